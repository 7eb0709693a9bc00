"""What each measure of the dynamics page is, in a line or two under its figure."""

from pages.parts.dynamics_words import SPACE, later
from pipeline.steps.dynamics_question import Question

ABOUT_CHANCE = {
    "shift": "in every recording the coding of the second side is shifted by a random time, its end to the start",
    "partner": "the coding of the second side is that of another family",
    "shuffle": "bouts and gaps of the second side are put in random order",
}


def contingent(question: Question) -> str:
    """How an answer is counted."""
    return (
        "An answer is an onset of the second behaviour after the onset of the first and within the window; behaviours "
        "already on at the start have no onset. By chance: what the second behaviour's own rate would give in such a "
        "window (Poisson). Odds ratio (OR): odds of an answer against the odds by chance; 1 is chance."
    )


def lag(question: Question) -> str:
    """Which pairs are counted."""
    if question.basis == "time-sampled":
        first = f"Time-sampled: a look every {question.step_ms / 1000:g}{SPACE}s; a behaviour can follow itself."
    else:
        first = "Event-based: from bout to bout, however long they last"
        first += "; a behaviour cannot follow itself." if not question.repeats else "."
    yule = "Yule's Q: −1 never together, 0 chance, 1 always."
    if not question.repeats:
        yule = "Yule's Q: −1 never, 1 always; its 0 is not chance here, because a behaviour cannot follow itself."
    rare = "beyond 2 is rare by chance"
    if question.basis == "time-sampled":
        rare = "moments close together resemble each other, so beyond 2 is common by chance here"
    return (
        f"{first} {later(question)}: lag {question.lag}. Adjusted residual: how far a number is from chance, in "
        f"standard errors; {rare}. {yule}"
    )


RECURRENCE = (
    "**Recurrence rate**: of all pairs of moments, one of each side, the share that matches. **Determinism**: "
    "the share of matches that run on for two moments or more in step. **Laminarity**: the share of "
    "matches in which one side stays on for two moments or more while the other is met at one moment."
)


def profile(question: Question) -> str:
    """What the lags are."""
    return (
        f"A look every {question.step_ms / 1000:g}{SPACE}s. Right of 0: the second comes later, it follows the first. "
        "Left of 0: the first follows the second."
    )


GRID = (
    "Each cell is one state of the pair. Visits: uninterrupted stays in a cell. Dispersion: 0 when all time is spent "
    "in one cell, 1 when every cell of the grid has the same time."
)


def latency(question: Question) -> str:
    """When a clock runs."""
    start = "each time the first behaviour ends" if question.clock == "end" else "each time the first behaviour begins"
    return (
        f"A clock starts {start} and stops when the second begins. Waits cut short, by the next clock or by the end of "
        "the session, count as long as they were watched (censored; Kaplan-Meier). The bands take waits as "
        "independent; the interval of the median is drawn over families."
    )


def chance(question: Question) -> str:
    """What the comparison with chance is."""
    if not question.surrogates:
        return "No comparison with chance was asked for."
    return (
        f"By chance: {ABOUT_CHANCE[question.surrogate]}, {question.surrogates} times (seed {question.seed}); the "
        f"middle 95{SPACE}% of what that gives. Different from chance: two-sided p below .05."
    )
