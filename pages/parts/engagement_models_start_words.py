"""The training of a model in words: how long it takes, and how it stands."""

from pages.parts.engagement_models_words import SPACE
from pages.parts.words import counted
from pipeline.jobs import Job

STATES = {"queued": "Waiting for its turn", "compiling": "Getting ready", "running": "Training", "failed": "Failed",
          "lost": "Lost"}  # fmt: skip


STOPPED = "Stopped. Folds that were done are kept for the next start."


def expected(low_s: float, high_s: float) -> str:
    """'Takes about 2 to 5 minutes' (plain text): from early stopping as a rule to all epochs everywhere."""
    low, high = lasting(low_s), lasting(high_s)
    return f"Takes {low}, at most {high}" if low != high else f"Takes {low}"


def lasting(seconds: float) -> str:
    """'about 40 seconds', 'about 3 minutes', 'about 5 hours'."""
    if seconds < 55:
        return f"about {max(10, 10 * round(seconds / 10))} seconds"
    if seconds < 5400:
        return f"about {counted(max(1, round(seconds / 60)), 'minute')}"
    return f"about {counted(round(seconds / 3600), 'hour')}"


def state(job: Job, seconds: float = 0.0) -> str:
    """How a training stands: what is taught now, how much is done, how long it still needs (plain text)."""
    word, told = STATES.get(job.state, job.state), job.progress
    if not job.active:
        return STOPPED if job.state == "cancelled" else f"{word}. {job.sentence}".strip()
    if not (share := part(job)):
        return word
    folds = f", {told['fold']} of {told['folds']} parts done" if told.get("folds") else ""
    left = f", {lasting(float(told['left_s']))} left" if told.get("left_s") and seconds > 5 else ""
    return f"{word}{folds}, {100 * share:.0f}{SPACE}% of all{left}"


def part(job: Job) -> float:
    """How much of a job is done, 0 to 1."""
    total = float(job.progress.get("total") or 0)
    return min(float(job.progress.get("done", 0)) / total, 1.0) if total else 0.0
