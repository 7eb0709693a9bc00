"""Names and release rules of the tables of the study's view."""

from pages.parts.engagement_study_words import STEPS, UNITS
from pipeline.steps.release import ReleaseSpec

MEANS = ReleaseSpec(
    labels=("code", "episode", "note", "name", "colour", "unobservable"),
    counts=("families",),
    statistics=tuple((name, "families") for name in ("mean", "low", "high", "observations")),
)
CHANGES = ReleaseSpec(
    labels=("code", "first", "second", "note", "name"),
    counts=("families",),
    statistics=tuple((name, "families") for name in ("mean", "low", "high", "observations")),
)
LABELS = ReleaseSpec(
    labels=("level", "name", "of", "words", "colour", "unobservable"),
    counts=("families",),
    statistics=tuple((name, "families") for name in ("frames", "sessions", "minutes")),
)
LABEL_NAMES = {
    "level": "Before or after", "words": "Code or class", "of": "Becomes", "frames": "Frames (25 per second)",
    "minutes": "Minutes", "sessions": "Sessions", "families": "Families",
}  # fmt: skip


def mean_names(display: str) -> dict[str, str]:
    """Column -> words of the table of means."""
    unit = UNITS[display]
    return {
        "name": "Code", "episode": "Episode", "mean": f"Mean ({unit})", "low": f"95 % from ({unit})",
        "high": f"95 % to ({unit})", "observations": "Sessions", "families": "Families", "note": "Note",
    }  # fmt: skip


def change_names(display: str) -> dict[str, str]:
    """Column -> words of the table of changes."""
    unit = STEPS[display]
    return {
        "name": "Code", "first": "From", "second": "To", "mean": f"Change ({unit})", "low": f"95 % from ({unit})",
        "high": f"95 % to ({unit})", "observations": "Sessions", "families": "Families", "note": "Note",
    }  # fmt: skip
