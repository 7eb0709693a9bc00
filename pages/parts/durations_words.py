"""Sentences of the durations page: the finding, what could not be seen, what a split or a normalised share means."""

import pandas as pd

from pages.parts.charts_durations import MOST_DOTS, SPACE, spoken
from pages.parts.words import SUBJECTS, counted, escape, number, one_of
from pipeline.measures.shares import FIVE_MINUTES_S
from pipeline.measures.splits import Thirds
from pipeline.steps.durations import Question

PLURAL = {"infant": "infants", "caregiver1": "caregivers", "caregiver2": "second caregivers", "sibling": "siblings"}
OF_TIME = {
    "session": "of the session",
    "observable": "of the time it could be seen",
    "coded": "of the coded time",
}
UNITS = {"share": "%", "seconds": "s", "normalised": "SD"}
STARTS = {"share": "Mean share", "seconds": "Mean seconds per five minutes", "normalised": "Mean normalised share"}
UNIT_WORDS = {
    "observation_id": ("observation", "observations"),
    "caregiver_id": ("caregiver", "caregivers"),
    "infant_id": ("infant", "infants"),
    "family_id": ("family", "families"),
    "dyad_id": ("dyad", "dyads"),
}
HOUR_MS, MINUTE_MS = 3_600_000, 60_000


def axis(question: Question) -> str:
    """What the horizontal axis measures."""
    return f"{STARTS[question.display]} {OF_TIME[question.denominator]}, 95{SPACE}% interval"


def of_time(question: Question) -> str:
    """'share of the session', 'seconds per five minutes of the coded time', ..."""
    return f"{STARTS[question.display].removeprefix('Mean ')} {OF_TIME[question.denominator]}"


def marks(dots: pd.DataFrame) -> str:
    """What a box and a dot are."""
    box = "Box: the middle half of the dyads, line: their median"
    return f"{box}, dots: single dyads" if 0 < dots_of_a_box(dots) <= MOST_DOTS else box


def dots_of_a_box(dots: pd.DataFrame) -> int:
    """Dots in the fullest box."""
    return int(dots.groupby(["person", "level"], observed=True).size().max()) if len(dots) else 0


def finding(means: pd.DataFrame, question: Question) -> str:
    """The behaviour that took most time, per person, and of which time; '' where nothing can be said."""
    frame = means[~means["unobservable"] & (means["mean"] > 0)].sort_values("mean", ascending=False)
    tops = {
        subject: frame[frame["subject"] == subject].iloc[0]
        for subject in SUBJECTS
        if (frame["subject"] == subject).any()
    }
    if not tops:
        return ""
    unit, codes = UNITS[question.display], {row["code"] for row in tops.values()}
    if len(tops) > 1 and len(codes) == 1:
        who = one_of([PLURAL[subject] for subject in tops], "and")
        parts = [f"{PLURAL[subject]} {_estimate(row, unit)}" for subject, row in tops.items()]
        text = f"{who} spent most time on “{escape(codes.pop())}”: {', '.join(parts)} {_whole(question)}."
        return _capital(_in_sight(question) + text)
    said = [
        f"{PLURAL[s]} spent most time on “{escape(row['code'])}”: {_estimate(row, unit)}" for s, row in tops.items()
    ]
    return _capital(f"{_in_sight(question)}{'; '.join(said)} {_whole(question)}.")


def _in_sight(question: Question) -> str:
    """Codes that say "cannot see" are never called a finding; where they belong to the whole, that is said."""
    return "" if question.denominator == "observable" else "where it could be seen, "


def _whole(question: Question) -> str:
    """'of the session', 'in five minutes of the time it could be seen': what a value is a part of."""
    return ("in five minutes " if question.display == "seconds" else "") + OF_TIME[question.denominator]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _estimate(row: pd.Series, unit: str) -> str:
    """'**31 %** (95 % interval 28 to 34)'."""
    value = f"**{spoken(row['mean'], unit)}**"
    if pd.isna(row["low"]):
        return value
    low, high = (spoken(row[end], unit).removesuffix(f"{SPACE}{unit}") for end in ("low", "high"))
    return f"{value} (95{SPACE}% interval {low} to {high})"


def infants_first(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows in the order of the panels."""
    order = frame["subject"].astype("str").map({subject: place for place, subject in enumerate(SUBJECTS)})
    return frame.iloc[order.argsort(kind="stable")]


def basis(coverage: pd.DataFrame, means: pd.DataFrame) -> str:
    """Over what the means are taken: per person where persons differ, and whether some means rest on fewer."""
    sizes = {PLURAL.get(row["subject"], row["subject"]): _sizes(row) for _, row in infants_first(coverage).iterrows()}
    alike = len(set(sizes.values())) == 1
    over = next(iter(sizes.values())) if alike else one_of([f"{size} of {who}" for who, size in sizes.items()], "and")
    return (
        f"Means over {over}{_fewer(coverage, means)}. "
        "The intervals allow for observations of one dyad being alike. "
        "“Seen in” counts the observations in which a code occurs at all."
    )


def _sizes(row: pd.Series) -> str:
    """'142 observations of 102 dyads (97 families)'."""
    observations, dyads = counted(int(row["observations"]), "observation"), counted(int(row["dyads"]), "dyad")
    return f"{observations} of {dyads} ({counted(int(row['families']), 'family', 'families')})"


def _fewer(coverage: pd.DataFrame, means: pd.DataFrame) -> str:
    """A warning where a mean leaves observations out, because they have no such time or do not show the code."""
    used = means.groupby([means["subject"].astype("str"), means["code"].astype("str")])["observations"]
    used = used.sum().reset_index()
    coded = coverage.set_index(coverage["subject"].astype("str"))["observations"]
    fewer = ((used["observations"] > 0) & (used["observations"] < used["subject"].map(coded))).any()
    return "; some rest on fewer (see Observations in the table)" if fewer else ""


def never(means: pd.DataFrame) -> str:
    """The codes that nobody on the chart showed; they have no row there."""
    return (
        f"Never seen in the selection: {', '.join(escape(code) for code in never_seen(means))}."
        if never_seen(means)
        else ""
    )


def never_seen(means: pd.DataFrame) -> list[str]:
    """Codes of the frame that occur in no observation, in order."""
    seen = means.groupby("code", observed=True)["observations_with"].max()
    return [str(code) for code in seen.index[seen == 0]]


def unseen(coverage: pd.DataFrame) -> str:
    """How much time could not be seen, per person, in plain units."""
    return "Could not be seen: " + "; ".join(_unseen(row) for _, row in infants_first(coverage).iterrows()) + "."


def _unseen(row: pd.Series) -> str:
    share, who = row["unobservable_ms"] / row["session_ms"], PLURAL.get(row["subject"], row["subject"])
    return (
        f"{who} {_length(row['unobservable_ms'])} of {_length(row['session_ms'])} "
        f"({spoken(share * 100, '%')}, {_seconds(share * FIVE_MINUTES_S)} in five minutes)"
    )


def _seconds(seconds: float) -> str:
    """'<1 second', '1 second', '94 seconds'."""
    return f"<1{SPACE}second" if 0 < seconds <= 0.5 else counted(round(seconds), "second")


def _length(ms: float) -> str:
    """'11.5 hours', '72 minutes', '40 seconds'."""
    if ms >= 2 * HOUR_MS:
        return f"{ms / HOUR_MS:,.1f} hours"
    return f"{ms / MINUTE_MS:.0f} minutes" if ms >= 2 * MINUTE_MS else _seconds(ms / 1000)


def moments(codes: list[str]) -> str:
    """Point codes have no length: they are named, and how often they occur stands in the table."""
    if not codes:
        return ""
    return f"Moments without length, so not drawn (how often they occur stands in the table): {', '.join(codes)}."


def cut_points(thirds: Thirds | None, question: Question, left_out: int) -> str:
    """How the groups of a split were made, and what belongs to none of them."""
    parts = []
    if thirds is not None:
        one, many = UNIT_WORDS[question.split.unit]
        low, middle, high = (counted(count, one, many) for count in thirds.units.values())
        first, second = number(round(thirds.first, 2)), number(round(thirds.second, 2))
        parts.append(
            f"Thirds over the {many} in the selection: lowest up to {first} ({low}), "
            f"middle above {first} up to {second} ({middle}), highest above {second} ({high})."
        )
        if 0 in thirds.units.values():
            parts.append(f"A third without {many} means that many share one value.")
    if left_out:
        parts.append(f"{counted(left_out, 'observation')} without a value {'is' if left_out == 1 else 'are'} left out.")
    return " ".join(parts)


def scale(frame: pd.DataFrame, question: Question) -> str:
    """What one unit of the normalised share is, per person."""
    rows = {"observed": "recordings in which a code occurs", "include": "all recordings, 0 where a code is not seen"}
    parts = [
        f"{PLURAL.get(row.subject, row.subject)} mean {row.mean * 100:.1f} %, SD {row.sd * 100:.1f} % of the time, "
        f"that is {row.sd * FIVE_MINUTES_S:.0f} seconds in five minutes ({row.rows:,} values)"
        for row in infants_first(frame[frame["sd"].notna()]).itertuples()
    ]
    start = f"One unit is one SD over all codes of a person ({rows[question.zeros]}): "
    return f"{start}{'; '.join(parts)}." if parts else ""
