"""The generator's numbers, read once from generator.toml (behaviour at home) and generator_smiles.toml (free play)."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

GENERATOR_FILE = Path(__file__).parent / "generator.toml"
SMILE_FILE = Path(__file__).parent / "generator_smiles.toml"
SIDES = ("infant", "caregiver")


@lru_cache(maxsize=1)
def parameters() -> dict:
    """Everything in generator.toml, as nested dictionaries."""
    return tomllib.loads(GENERATOR_FILE.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def smile_parameters() -> dict:
    """Everything in generator_smiles.toml, as nested dictionaries."""
    return tomllib.loads(SMILE_FILE.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Codes:
    """The codes of one group that one person may show: arrays over codes (shares, probabilities; seconds)."""

    labels: tuple[str, ...]
    occurs: np.ndarray
    share: np.ndarray
    bout_s: np.ndarray
    when: tuple[str, ...]

    def loadings(self, table: dict[str, float], otherwise: float) -> np.ndarray:
        """Values of a table of labels in the order of the codes; `otherwise` for codes it does not name."""
        return np.array([table.get(label, otherwise) for label in self.labels])


def codes_of(table: dict[str, dict]) -> Codes:
    """A table of generator.toml (label -> occurs, share, bout_s) as arrays."""
    rows = list(table.values())
    return Codes(
        tuple(table),
        np.array([row["occurs"] for row in rows]),
        np.array([row["share"] for row in rows]),
        np.array([row["bout_s"] for row in rows]),
        tuple(row.get("when", "") for row in rows),
    )


def coupling_of(mine: Codes, other: Codes, who: str) -> np.ndarray:
    """Log factors (codes of the other person x my codes) on the chance of changing to a code."""
    factors = np.zeros((len(other.labels), len(mine.labels)))
    for entry in parameters()["coupling"]:
        if entry["who"] == who and entry["when"] in other.labels and entry["code"] in mine.labels:
            factors[other.labels.index(entry["when"]), mine.labels.index(entry["code"])] = np.log(entry["times"])
    return factors
