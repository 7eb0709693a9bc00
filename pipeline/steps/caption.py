"""The caption of a figure or table: what it shows, on what it rests, which filters, which data, which day."""

from dataclasses import dataclass

from pipeline import VERSION
from pipeline.plain_words import counted


@dataclass(frozen=True)
class Basis:
    """On what a view rests. Counts are missing (None) where they may not be shown. `filters`: phrases of the filters
    that narrow the selection ('Caregiver: Father'); None where `protocol` says them too. `day`: '20 Nov 2026'.
    """

    families: int | None
    dyads: int | None
    observations: int | None
    protocol: str
    filters: tuple[str, ...] | None
    number: int
    checksum: str
    day: str
    synthetic: bool = False


def rests_on(basis: Basis) -> str:
    """'Home headcam: 97 families, 102 dyads, 142 observations. Only Caregiver: Father. Generation 3 ...'."""
    counts = (
        (basis.families, "family", "families"), (basis.dyads, "dyad", "dyads"),
        (basis.observations, "observation", "observations"),
    )  # fmt: skip
    numbers = ", ".join(counted(count, one, many) for count, one, many in counts if count is not None)
    selected = ": ".join(part for part in (basis.protocol, numbers) if part)
    chosen = f"Only {'; '.join(basis.filters)}. " if basis.filters else "" if basis.filters is None else "No filter. "
    made = "Synthetic data. " if basis.synthetic else ""
    return (
        f"{f'Selected: {selected}. ' if selected else ''}{chosen}{made}"
        f"Dyadscope {VERSION}, generation {basis.number} of the data (checksum {basis.checksum[:12]}), {basis.day}."
    )


def caption(says: str, basis: Basis, note: str = "") -> str:
    """What a figure or table shows (`says`), on what it rests, and what is hidden in it (`note`)."""
    shown = says.strip()
    end = "" if not shown or shown.endswith((".", "?", "!")) else "."
    return " ".join(part for part in (f"{shown}{end}", rests_on(basis), note) if part)
