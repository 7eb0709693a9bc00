"""Questionnaires: items, reversed items, range and bands, read from `instruments/*.toml`."""

from functools import lru_cache
from pathlib import Path
from statistics import mean, pstdev
from typing import Literal

from pydantic import Field, model_validator

from pipeline.catalogue.toml_file import Strict, load_toml
from pipeline.errors import CatalogueError, did_you_mean, listed

INSTRUMENT_FOLDER = Path(__file__).parent / "instruments"


class Band(Strict):
    """A category of totals, both ends included."""

    name: str
    low: float
    high: float


class Items(Strict):
    """Questions: how many, the range of an answer, and which are reversed."""

    count: int = Field(ge=1)
    low: float = 0
    high: float
    reversed: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _reversed(self) -> "Items":
        if beyond := [item for item in self.reversed if not 1 <= item <= self.count]:
            raise ValueError(f"reversed items {listed(set(beyond))} are not among items 1 to {self.count}")
        return self


class Points(Strict):
    """Points per band: mean and SD (n in the denominator) over the bands, as Table I of the smile paper counts them:
    a band of 0 to 4 has five points."""

    mean: float
    sd: float


class Sample(Strict):
    """What a paper printed about its sample: mean and SD of the totals, and points per band where it gives them.

    `erratum`: what is wrong in print; empty where nothing is.
    """

    source: str
    mean: float
    sd: float
    points: Points | None = None
    erratum: str = ""


class Instrument(Strict):
    """One questionnaire. `items` is missing when only totals exist. The total is the sum of the items
    after reversing (`low + high - answer`)."""

    name: str
    title: str
    short_title: str
    low: float
    high: float
    items: Items | None = None
    bands: tuple[Band, ...] = ()
    missing_rule: Literal["any_missing_item"] = "any_missing_item"
    citation: str
    sample: Sample | None = None

    @property
    def points(self) -> Points | None:
        """Points per band, from the bands themselves; None without bands."""
        return points_per_band([(band.low, band.high) for band in self.bands])

    @model_validator(mode="after")
    def _range(self) -> "Instrument":
        if self.items and (self.items.count * self.items.low, self.items.count * self.items.high) != (
            self.low,
            self.high,
        ):
            raise ValueError(f"the range of {self.name} is not what its items add up to")
        edges = [(band.low, band.high) for band in self.bands]
        if any(high >= low for (_, high), (low, _) in zip(edges, edges[1:], strict=False)):
            raise ValueError(f"the bands of {self.name} overlap or are out of order")
        return self


def points_per_band(bands: list[tuple[float, float]]) -> Points | None:
    """Points per band of bands (low, high) of whole points, both ends included; None without bands."""
    if not bands:
        return None
    points = [high - low + 1 for low, high in bands]
    return Points(mean=mean(points), sd=pstdev(points))


def known_instruments() -> tuple[str, ...]:
    """File names (without .toml) of the instruments that come with Dyadscope."""
    return tuple(sorted(path.stem for path in INSTRUMENT_FOLDER.glob("*.toml")))


@lru_cache(maxsize=64)
def load_instrument(name: str, beside: Path | None = None) -> Instrument:
    """An instrument by its name (case-insensitive: 'EPDS', 'PHQ-9') or by a `.toml` path relative to the manifest."""
    if name.endswith(".toml"):
        return load_toml((beside or Path()) / name, Instrument, CatalogueError)
    for stem in known_instruments():
        instrument = load_toml(INSTRUMENT_FOLDER / f"{stem}.toml", Instrument, CatalogueError)
        if instrument.name.casefold() == name.casefold() or stem == name.casefold():
            return instrument
    names = {load_instrument(stem).name for stem in known_instruments()}
    text = f"'{name}' is not a known instrument.{did_you_mean(name, names)}"
    raise CatalogueError(f"{text} Choose one of: {listed(names)}, or a .toml file.", value=name)
