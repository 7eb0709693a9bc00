"""A report made from a generation: every item as what others may see of it, with its figure, caption and words."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import duckdb
import pandas as pd

from db import queries
from db.connect import Current
from pipeline import VERSION
from pipeline.errors import UserError
from pipeline.figures.forest import draw_forest
from pipeline.selection import select
from pipeline.steps import report_fit
from pipeline.steps.fit_choices import Exposure
from pipeline.steps.fit_methods import paragraphs as fit_paragraphs
from pipeline.steps.paper_fit import failed_words, forest_of, heading
from pipeline.steps.release import ReleasedFrame, T, renamed
from pipeline.steps.report_figures import Draw, figure_of
from pipeline.steps.report_results import fit_finding, sizes, spoken
from pipeline.steps.report_spec import FitItem, Item, ReportSpec, TextItem, ViewItem
from pipeline.steps.report_tables import printed
from pipeline.steps.report_text import clean, paragraphs
from pipeline.steps.report_views import TITLES, Offer, masked_together, offer, refusal

METHODS = {
    "overview": "Characteristics are counted per family: of its earliest recording, with the caregiver filmed most "
    "often; rare levels are joined with their neighbour. Means of scores take one value per caregiver.",
    "durations": "Shares of time are the time of a behaviour over the time of the session in which it could be seen, "
    "per recording; means over recordings with 95 % intervals on the logit scale that keep recordings of a dyad "
    "together.",
    "agreement": "Agreement of two coders: kappa of the summed agreement matrices, in which every stretch of time "
    "counts by its length; 95 % bootstrap intervals over recordings.",
    "dynamics": "Answers: the share of a behaviour's bouts after which the other person begins the same behaviour "
    "within 2 s, beside what chance gives; 95 % intervals over families.",
    "smiles": "Smiles were found and measured on face tracks (lip corner to nose, in initial radii); means with 95 % "
    "intervals over families.",
    "engagement": "Still face: the share of each episode's coded time per code, sessions coded in every episode only; "
    "means with 95 % intervals by family, and changes within session.",
}
NOTHING = "there is nothing to show in this selection"
UNKNOWN = "this study has no such view (any more)"


@dataclass(frozen=True)
class Piece:
    """One item as it leaves. `released`: its table in words; `numbers`: the same cells under their own names (`names`:
    column -> words; `hidden`: which are masked); `draw`: makes its figure; `refused`: why it is left out, with nothing
    else then; `families`: of its selection.
    """

    item: Item
    title: str
    text: tuple[str, ...] = ()
    released: ReleasedFrame | None = None
    numbers: pd.DataFrame = field(default_factory=pd.DataFrame)
    hidden: pd.DataFrame = field(default_factory=pd.DataFrame)
    draw: Draw | None = None
    alt: str = ""
    caption: tuple[str, ...] = ()
    warning: str = ""
    refused: str = ""
    families: int = 0
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """A report of one generation. `methods`: (heading, paragraphs) of what is in it."""

    spec: ReportSpec
    pieces: tuple[Piece, ...]
    methods: tuple[tuple[str, tuple[str, ...]], ...]
    number: int
    sha256: str
    day: str
    study: str
    synthetic: bool

    @property
    def basis(self) -> str:
        """What every number of it rests on, in one sentence."""
        made = "Synthetic data. " if self.synthetic else ""
        data = f"generation {self.number} of the data (checksum {self.sha256[:12]})"
        return f"{made}{self.study}: {data}; Dyadscope {VERSION}, {self.day}."


@dataclass(frozen=True)
class Material:
    """What items are made from."""

    cursor: duckdb.DuckDBPyConnection
    current: Current
    home: Path
    offered: Offer
    day: str
    synthetic: bool

    @property
    def observations(self) -> pd.DataFrame:
        """All recordings."""
        return self.offered.data.observations


def build(cursor: duckdb.DuckDBPyConnection, current: Current, home: Path, spec: ReportSpec) -> Report:
    """The report of this generation; an item that cannot be given is there with the reason."""
    study = queries.study(cursor)
    day, synthetic = f"{datetime.now(UTC):%d %b %Y}", study.get("synthetic") == "true"
    views = [item.view for item in spec.items if isinstance(item, ViewItem)]
    material = Material(cursor, current, home, offer(cursor, views), day, synthetic)
    pieces, methods = _pieces(material, spec.items)
    title = clean(study.get("title") or study.get("study_id") or "Study")
    found = tuple(methods.items()) if spec.methods else ()
    return Report(spec, tuple(pieces), found, current.number, current.sha256, day, title, synthetic)


def _pieces(material: Material, items: Iterable[Item]) -> tuple[list[Piece], dict[str, tuple[str, ...]]]:
    items = list(items)
    known = material.offered.templates
    why = _reasons(material, items)
    views = {
        place: item for place, item in enumerate(items)
        if isinstance(item, ViewItem) and item.view in known and not why[place]
    }  # fmt: skip
    frames = masked_together(material.offered, views.items())
    methods: dict[str, tuple[str, ...]] = {}
    fits: list[frozenset[str]] = []
    pieces = []
    for place, item in enumerate(items):
        if isinstance(item, TextItem):
            pieces.append(Piece(item, clean(item.title), tuple(paragraphs(item.text))))
        elif why[place]:
            pieces.append(_refused(material, item, why[place]))
        elif isinstance(item, FitItem):
            pieces.append(_fit(material, item, methods, fits))
        else:
            pieces.append(_view(material, item, frames.get(place), methods))
    return pieces, methods


def _reasons(material: Material, items: list[Item]) -> dict[int, str]:
    """Place -> why that item is left out before it is looked at, '' where it is not: by itself, or because its families
    and those of an earlier one differ by few.
    """
    found: dict[int, str] = {}
    known: list[frozenset[str]] = []
    for place, item in enumerate(items):
        if isinstance(item, TextItem):
            continue
        families = frozenset(select(material.observations, item.chosen.selection)["family_id"])
        found[place] = _why(material, item)
        if not found[place] and any(_nearly(families, one) for one in known):
            found[place] = f"its selection and that of an earlier item differ by 1 to {T - 1} families"
        known += [] if found[place] else [families]
    return found


def _nearly(first: frozenset[str], second: frozenset[str]) -> bool:
    """Whether one holds the other and 1 to T - 1 families more: n of both would count these."""
    nested = first <= second or second <= first
    return nested and 0 < len(first ^ second) < T


def _why(material: Material, item: ViewItem | FitItem) -> str:
    """Why an item is left out before it is looked at."""
    if isinstance(item, ViewItem):
        template = material.offered.templates.get(item.view)
        if template is None:
            return UNKNOWN
        if item.chosen.protocol != template.protocol:
            return "its selection is not of the kind of recording that the view is about"
        if item.chosen.selection.narrowed and template.table and not template.filtered:
            return "this view is of all families only; add it without filters"
    return refusal(material.offered.data, item.chosen)


def _refused(material: Material, item: ViewItem | FitItem, why: str) -> Piece:
    return Piece(item, title_of(material.offered, item), refused=why)


def title_of(offered: Offer, item: Item) -> str:
    """What an item is called: its own title, else that of its view or fit."""
    if item.title or isinstance(item, TextItem):
        return clean(item.title)
    if isinstance(item, FitItem):
        return clean(f"{item.spec.title}. {item.spec.step.title}")
    known = offered.templates.get(item.view)
    return clean(known.title) if known else "A view that is not there"


def _view(
    material: Material, item: ViewItem, found: ReleasedFrame | None, methods: dict[str, tuple[str, ...]]
) -> Piece:
    """A view of a page."""
    template, title = material.offered.templates[item.view], title_of(material.offered, item)
    if found is None or not len(found.frame) or found.hidden.drop(columns=list(found.spec.labels)).to_numpy().all():
        return Piece(item, title, refused=NOTHING if found is None else "all its numbers rest on too few families")
    names = {column: words.replace(" (about)", "") for column, words in template.names.items()}
    numbers = [name for name, _ in (*found.spec.statistics, *found.spec.percents)]
    words = template.says(spoken(found.frame, numbers)) if template.says else ""
    families, caption = _basis(material, item, found.note)
    methods.setdefault(TITLES[template.page], (METHODS[template.page],))
    table = renamed(found, {column: words for column, words in names.items() if _says(found.frame, column)})
    alt = " ".join(part for part in (f"{title}.", template.question, clean(words, None)) if part)
    return Piece(
        item, title, (clean(words, None),) if words else (), table, found.frame, found.hidden,
        figure_of(template, found.frame), alt, caption, families=families, names=names,
    )  # fmt: skip


def _says(frame: pd.DataFrame, column: str) -> bool:
    """Whether a column has anything in it."""
    return column in frame and bool((frame[column].notna() & (frame[column].astype("str") != "")).any())


def _basis(material: Material, item: ViewItem | FitItem, note: str) -> tuple[int, tuple[str, ...]]:
    """Families of the selection; the caption: n, filters, generation, date, what is masked."""
    selected = select(material.observations, item.chosen.selection)
    families = selected["family_id"].nunique()
    n = sizes(families, selected["dyad_id"].nunique(), len(selected))
    made = "Synthetic data, generation" if material.synthetic else "Generation"
    data = f"{made} {material.current.number} (checksum {material.current.sha256[:12]}), {material.day}."
    return families, (f"{n}. Selection: {clean(item.chosen.said)}. {data}", note)


def _fit(material: Material, item: FitItem, methods: dict[str, tuple[str, ...]], fits: list[frozenset[str]]) -> Piece:
    """A fit, or why there is none; `fits`: families of the fits before it."""
    title = title_of(material.offered, item)
    try:
        found = report_fit.fitted(
            material.cursor, item, material.observations, material.home, material.current, material.day
        )
    except UserError as fault:
        return Piece(item, title, refused=fault.message.rstrip("."))
    families = frozenset(found.rows["family_id"].astype("str"))
    why = report_fit.refusal(found)
    if not why and any(_nearly(families, one) for one in fits):
        why = f"it and an earlier fit differ by 1 to {T - 1} families"
    if why:
        return Piece(item, title, refused=why)
    fits.append(families)
    exposure = report_fit.about(material.cursor, item.spec, material.observations)
    export = report_fit.export_of(found, clean(item.chosen.said), exposure.label, material.synthetic)
    masked = report_fit.released(found)
    words = fit_finding(export.parts[-1].terms, found.spec, exposure.label, export.per)
    said = fit_paragraphs(report_fit.facts_of(found, item, exposure))
    methods[f"{title} ({found.engine} engine)"] = tuple(clean(_in_words(one, item, exposure), None) for one in said)
    forest = replace(forest_of(export), title="", notes=())
    selected, (basis, note) = _basis(material, item, masked.note)
    entered = sizes(export.families, export.dyads, export.units)
    if not 0 < selected - export.families < T:
        entered += f" entered, of {basis.removeprefix('n = ').partition('. ')[0]}"
    old = found.sha256 != material.current.sha256
    warning = [failed_words(export)] if export.failed else []
    if old:
        warning.append(f"Computed on generation {found.number}, not on the current one: fit it again.")
    return Piece(
        item, title, (clean(words, None),), renamed(masked, report_fit.NAMES), masked.frame, masked.hidden,
        partial(draw_forest, forest) if len(export.parts[-1].terms) else None,
        f"Forest plot. {clean(heading(export))}. {clean(words, None)}",
        (f"{clean(heading(export))}.", f"{entered}. {basis.partition('. ')[2]}", note),
        " ".join(warning), families=selected, names=report_fit.NAMES,
    )  # fmt: skip


def _in_words(text: str, item: FitItem, exposure: Exposure) -> str:
    """A sentence of the engine with the exposure as a reader knows it."""
    name = str(item.spec.exposure)
    return text.replace(name, exposure.label) if "_" in name else text


def table_of(piece: Piece) -> pd.DataFrame:
    """The table of a piece as a paper prints it: cells as text, both ends of an interval in one column; an empty frame
    where it has none.
    """
    if piece.released is None or not piece.item.table:
        return pd.DataFrame()
    return printed(exact(piece), piece.names)


def exact(piece: Piece) -> ReleasedFrame:
    """The table of a piece with all its digits and the columns under their own names: for files that programs read."""
    return replace(piece.released, frame=piece.numbers, hidden=piece.hidden)
