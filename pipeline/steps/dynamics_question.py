"""What the dynamics page asks: which measure, from which behaviour of whom to which of whom, with which parameters."""

from dataclasses import dataclass

from pipeline.errors import UserError, did_you_mean, listed

STATISTICS = {
    "lag": ("yule_q", "share"),
    "transition": ("share",),
    "contingent": ("share", "excess", "odds_ratio"),
    "recurrence": ("rate", "determinism", "laminarity_second", "laminarity_first", "at_lag"),
    "grid": ("dispersion", "share", "seconds_per_visit"),
    "latency": ("median", "mean", "rate"),
}
"""Measures and the numbers they can give per recording, the usual one first."""
BASES = ("event-based", "time-sampled")
SURROGATES = ("shift", "shuffle", "partner")
CLOCKS = ("end", "start")
CODED = ("lag", "transition", "contingent", "latency")
"""Measures that need a code on both sides."""
MOST = 5_000


@dataclass(frozen=True)
class Side:
    """One behaviour group of one subject, and the code that is asked about (None: all codes)."""

    scheme: str
    behaviour_group: str
    subject: str
    code: str | None = None

    @property
    def stream(self) -> tuple[str, str, str]:
        """The stream without the code."""
        return self.scheme, self.behaviour_group, self.subject


@dataclass(frozen=True)
class Question:
    """A measure with all its parameters; every answer keeps it.

    `lag`: bouts (event-based) or steps (time-sampled; of a recurrence at one lag, negative where the given side
    follows). `step_ms`: of time sampling and recurrence. `reach`: steps of the profile each way. `window_ms`: of a
    contingent response. `clock`: what starts a latency. `unseen`: whether "cannot see" counts as a "code" or as
    "missing"; empty: as a code in sequences, missing in recurrence and grids. `surrogates`: how many, 0 for none.
    `leave_out_on`: latencies whose answer was already on when the clock started are left out.
    """

    measure: str
    given: Side
    target: Side
    statistic: str = ""
    basis: str = "event-based"
    lag: int = 1
    step_ms: int = 1_000
    window_ms: int = 2_000
    clock: str = "end"
    reach: int = 10
    unseen: str = ""
    leave_out_on: bool = False
    surrogates: int = 0
    surrogate: str = "shift"
    seed: int = 1

    @property
    def number(self) -> str:
        """The number per recording that is asked for."""
        return self.statistic or STATISTICS[self.measure][0]

    @property
    def within(self) -> bool:
        """Whether both sides are the same stream."""
        return self.given.stream == self.target.stream

    @property
    def seen_only(self) -> bool:
        """Whether a code that says "cannot see" is taken as missing."""
        return self.unseen == "missing" or (not self.unseen and self.measure in ("recurrence", "grid"))

    @property
    def repeats(self) -> bool:
        """Whether a code can follow itself: not from one bout to the next."""
        return not (self.within and self.basis == "event-based" and self.lag == 1)


def refuse_unknown(question: Question) -> None:
    """UserError for a question no measure can answer, with the choices."""
    _one_of("measure", question.measure, tuple(STATISTICS))
    _one_of("number", question.number, STATISTICS[question.measure])
    _one_of("basis", question.basis, BASES)
    _one_of("comparison", question.surrogate, SURROGATES)
    _one_of("clock", question.clock, CLOCKS)
    _one_of("reading of unseen time", question.unseen, ("", "code", "missing"))
    first = -1_000 if question.measure == "recurrence" else int(question.basis == "event-based" or question.within)
    for name, value, low, high in (
        ("lag", question.lag, first, 1_000),
        ("step in ms", question.step_ms, 20, 60_000),
        ("window in ms", question.window_ms, 1, 600_000),
        ("reach of the profile in steps", question.reach, 0, 1_000),
        ("number of comparisons", question.surrogates, 0, MOST),
    ):
        if not low <= value <= high:
            raise UserError(f"The {name} is {value}. Choose a whole number from {low} to {high}.")
    _refuse_sides(question)


def _refuse_sides(question: Question) -> None:
    """What the two sides must be."""
    codes = (question.given.code, question.target.code)
    if question.measure in CODED and None in codes:
        raise UserError("A behaviour is missing on one side. Choose which behaviour is followed by which.")
    if (codes[0] is None) != (codes[1] is None):
        raise UserError("One side names a behaviour, the other does not. Choose one on both sides, or on neither.")
    if question.measure == "grid" and question.number == "share" and None in codes:
        raise UserError("A share of the grid needs one cell. Choose a behaviour on both sides.")
    if question.measure == "transition" and not question.within:
        text = "A transition leads from one behaviour to another of the same person and group."
        raise UserError(f"{text} Choose both of one group, or ask what the other does next.")
    if question.within and question.measure == "grid":
        raise UserError("A grid needs two different streams. Choose another person or group on one side.")
    if question.within and question.surrogates and question.surrogate != "shuffle":
        raise UserError("Within one stream only its own order can be shuffled. Choose shuffled bouts.")


def _one_of(what: str, value: str, choices: tuple[str, ...]) -> None:
    """UserError unless the value is one of the choices."""
    if value not in choices:
        known = listed([each for each in choices if each])
        raise UserError(f"'{value}' is not a known {what}.{did_you_mean(value, choices)} Choose one of: {known}.")
