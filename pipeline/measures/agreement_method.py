"""How agreement is measured: the method with its parameters, stored with every result."""

from dataclasses import dataclass
from typing import Literal

from pipeline.errors import UserError, listed

Kind = Literal["weighted", "scan", "tolerance", "alignment"]
KINDS: tuple[Kind, ...] = ("weighted", "scan", "tolerance", "alignment")
DEFINITIONS: dict[Kind, str] = {
    "weighted": "Every stretch of time in which neither coder changes the code counts by its length.",
    "scan": "Both codings are looked at every {step:g} s; each look counts once. A step of sampling, not a tolerance.",
    "tolerance": "A coder's code agrees if the other shows it at most {tolerance:g} s earlier or later.",
    "alignment": "The two lists of events are laid side by side; events at most {tolerance:g} s apart can be a pair.",
}


@dataclass(frozen=True)
class Method:
    """A kind of agreement matrix and its parameters.

    `point_weight_s`: what a point event weighs beside seconds; 0 leaves point events out of every kind. `step_ms`:
    sampling step of a scan. `tolerance_ms`: of `tolerance` and `alignment`. `drop_unobservable`: leave out time either
    coder calls unobservable. `drop_uncoded`: leave out time either coder left uncoded, for codings that cover part of a
    session; it is meant for groups of states that fill all time, and leaves out no point event.
    """

    kind: Kind = "weighted"
    point_weight_s: float = 1.0
    step_ms: int = 1000
    tolerance_ms: int = 1000
    drop_unobservable: bool = False
    drop_uncoded: bool = False

    def __post_init__(self) -> None:
        """UserError where a parameter cannot be used."""
        if self.kind not in KINDS:
            raise UserError(f"'{self.kind}' is no kind of agreement. Choose one of: {listed(KINDS)}.")
        if self.point_weight_s < 0 or self.tolerance_ms < 0 or self.step_ms <= 0:
            text = "The weight of points and the tolerance must not be negative, the scan step must be above 0."
            raise UserError(f"Agreement: {text} Choose other values.")

    @property
    def points(self) -> bool:
        """Whether point events take part."""
        return self.point_weight_s > 0

    @property
    def nil(self) -> bool:
        """Whether the first category stands for 'no event', whose cell with itself cannot occur."""
        return self.kind == "alignment"

    @property
    def counts(self) -> bool:
        """Whether the cells of the matrix count units; else they are seconds."""
        return self.kind in ("scan", "alignment")

    @property
    def directions(self) -> tuple[str, ...]:
        """Tolerance is asked of both coders in turn; the other kinds are asked once."""
        return ("first", "second") if self.kind == "tolerance" else ("",)

    @property
    def definition(self) -> str:
        """One line that says what is counted."""
        return DEFINITIONS[self.kind].format(step=self.step_ms / 1000, tolerance=self.tolerance_ms / 1000)
