"""Names and release rules of the tables of the durations page: internal columns become plain words with units."""

from dataclasses import replace

import pandas as pd

from pages.parts.durations_choices import level_words
from pages.parts.words import SUBJECTS, plain
from pipeline.measures.splits import Split
from pipeline.steps.release import ReleasedFrame, ReleaseSpec

UNIT_NAMES = {"share": "% of time", "seconds": "s per 5 min", "normalised": "SD units"}
SHARES = ReleaseSpec(
    labels=("person", "subject", "code", "level", "denominator", "colour", "unobservable", "note"),
    counts=("families", "families_with"),
    statistics=(
        *((name, "families") for name in ("mean", "se", "low", "high", "bouts_per_min")),
        *((name, "families") for name in ("observations", "dyads", "coded_observations")),
        *((name, "families_with") for name in ("observations_with", "dyads_with")),
    ),
    margins=(("person", "code"),),
)
BOXES = ReleaseSpec(
    labels=("person", "subject", "level"),
    counts=("families",),
    statistics=tuple((name, "families") for name in ("mean", "dyads", "lower_quartile", "median", "upper_quartile")),
    extremes=("minimum", "maximum"),
    margins=(("person",),),
)
DOTS = ReleaseSpec(individual=True)
BUDGET = ReleaseSpec(
    labels=("person", "code", "level"),
    counts=("families",),
    statistics=tuple(
        (name, "families") for name in ("n", "total_s", "mean_s", "median_s", "sd_s", "gaps", "gap_mean_s", "gap_sd_s")
    ),
    extremes=("min_s", "max_s"),
)
COVERAGE = ReleaseSpec(
    labels=("subject",),
    counts=("families",),
    statistics=tuple(
        (name, "families")
        for name in ("observations", "dyads", "session_ms", "observable_ms", "coded_ms", "unobservable_ms")
    ),
)
BUDGET_NAMES = {
    "person": "Person", "level": "Group", "code": "Behaviour", "n": "Bouts", "total_s": "Total (s)",
    "mean_s": "Mean bout (s)", "median_s": "Median bout (s)", "sd_s": "SD of bouts (s)", "min_s": "Shortest (s)",
    "max_s": "Longest (s)", "gaps": "Gaps", "gap_mean_s": "Mean gap (s)", "gap_sd_s": "SD of gaps (s)",
    "families": "Families",
}  # fmt: skip


def share_names(display: str) -> dict[str, str]:
    """Column -> words for the table of shares, in the order of the screen."""
    unit = UNIT_NAMES[display]
    return {
        "person": "Person", "level": "Group", "code": "Behaviour", "mean": f"Mean ({unit})",
        "low": f"95 % from ({unit})", "high": f"95 % to ({unit})", "se": f"Standard error ({unit})",
        "observations": "Observations", "dyads": "Dyads",
        "families": "Families", "observations_with": "Seen in (observations)", "dyads_with": "Seen in (dyads)",
        "families_with": "Seen in (families)", "bouts_per_min": "Bouts per minute", "denominator": "Share of",
        "note": "Note",
    }  # fmt: skip


def value_names(display: str) -> dict[str, str]:
    """Column -> words for the tables behind a bar."""
    unit = UNIT_NAMES[display]
    return {
        "person": "Person", "level": "Group", "dyad_id": "Dyad", "family_id": "Family", "value": f"Value ({unit})",
        "observations": "Observations", "mean": f"Mean ({unit})", "minimum": f"Lowest ({unit})",
        "lower_quartile": f"Lower quartile ({unit})", "median": f"Median ({unit})",
        "upper_quartile": f"Upper quartile ({unit})", "maximum": f"Highest ({unit})", "dyads": "Dyads",
        "families": "Families",
    }  # fmt: skip


def named(released: ReleasedFrame, names: dict[str, str]) -> ReleasedFrame:
    """The released frame with plain names, the named columns only; "Group" is left out where nothing is split."""
    frame = released.frame
    keep = [
        name for name in names if name in frame and not (name == "level" and (frame[name].astype("str") == "").all())
    ]
    return replace(released, frame=frame[keep].rename(columns=names))


def in_words(frame: pd.DataFrame, split: Split) -> pd.DataFrame:
    """Persons and groups as a reader sees them, both in order; infants first."""
    words = {name: said(name, split) for name in frame["level"].cat.categories}
    persons = [name for name in SUBJECTS if name in set(frame["subject"])]
    level = pd.Categorical(frame["level"].map(words), categories=list(words.values()), ordered=True)
    subject = pd.Categorical(frame["subject"].astype("str"), categories=persons, ordered=True)
    person = subject.rename_categories(SUBJECTS)
    ordered = frame.assign(person=person.astype("str"), level=level, subject=subject)
    return ordered.sort_values([name for name in ("subject", "code", "level") if name in ordered], ignore_index=True)


def said(level: object, split: Split) -> str:
    """A level of a split as a reader sees it."""
    return level_words(split).get(str(level)) or (plain(level) if str(level) else "")
