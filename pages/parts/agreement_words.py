"""Sentences of the agreement page: the finding, what it rests on, what a number means and why one is missing."""

import pandas as pd

from pages.parts.charts_agreement import kappa_text, per_cent
from pages.parts.durations_words import PLURAL
from pages.parts.words import SUBJECTS, TRAINED, counted, escape, one_of
from pipeline.measures.agreement import NO_TIME, ONE_CATEGORY, ONE_EMPTY
from pipeline.measures.agreement_icc import ALIKE, TOO_FEW
from pipeline.measures.agreement_pools import NO_INTERVAL, ONE_RECORDING

ENOUGH = 5
"""A finding names pools of at least so many recordings, where there are any; only they have an interval."""
FEW_RECORDINGS = "few_recordings"
REASONS = {
    ONE_CATEGORY: "undefined: both coders used one code only",
    NO_TIME: "undefined: no common time",
    ONE_EMPTY: "undefined: one coder marked nothing",
    ONE_RECORDING: "one recording: no interval",
    FEW_RECORDINGS: f"fewer than {ENOUGH} recordings: no interval",
    NO_INTERVAL: "no interval: too few draws have a kappa",
    ALIKE: "undefined: every value is the same",
    TOO_FEW: "fewer than two recordings",
}
MERGED = (
    "A model of engagement phases names classes, into which several codes were merged: here a merged code counts as a "
    "disagreement; the page Engagement compares classes with classes."
)
STARTS = {
    "Two people": "Two coders agree",
    "Person and model": "A person and a model agree",
    "Two models": "Two models agree",
}
_PEOPLE = {word: PLURAL[name] for name, word in SUBJECTS.items()}
HOW_TO_READ = """
**Kappa** is agreement beyond chance: 1 is perfect, 0 is what two coders reach by chance who use each code as often as
these two do. Matrices of recordings are added up before kappa is taken; kappas are never averaged.

**95 % interval**: the recordings are drawn anew 1,000 times, whole recordings at a time. With fewer than about ten
recordings it is itself uncertain; with fewer than five none is given.

**Grey line, highest kappa possible**: two coders who use a code for different amounts of time cannot reach 1. Where the
grey line is low, they differ in how often they use codes, not only in when.

**Agreement (%)** is the plain share on the diagonal. It is high by itself where one code fills most of the time.

**Gwet's AC1** stands in the table, and beside a kappa that is undefined: it exists also where only one code was used.

**No verdicts.** Names for ranges of kappa, such as those of Landis and Koch (1977), are conventions: no study stands
behind the limits, and the same skill gives another kappa where codes are rarer. Look at the matrix instead: *which*
codes are taken for each other, and does it matter for the question?
"""


def finding(frame: pd.DataFrame) -> list[str]:
    """Per kind of comparison one sentence: where kappa is highest and lowest; none where no kappa exists.

    `frame`: behaviour, subject words (`person`), compared, kappa, low, high, recordings of all recordings together.
    """
    known = frame[frame["kappa"].notna()]
    return [_sentence(rows, compared) for compared, rows in known.groupby("compared", sort=False)]


def _sentence(rows: pd.DataFrame, compared: str) -> str:
    """'Two coders agree most on ... (kappa .92, ...) and least on ... (.77, ...).'"""
    some = rows[rows["recordings"] >= ENOUGH]
    rows = (some if len(some) else rows).sort_values("kappa", kind="stable")
    rows = rows.drop_duplicates(["behaviour", "person"])
    several = set(rows["behaviour"][rows["behaviour"].duplicated()])
    least, most = rows.iloc[0], rows.iloc[-1]
    if len(rows) == 1:
        return f"{STARTS[compared]} on {_named(least, several)} with kappa {_estimate(least, True)}."
    if kappa_text(least["kappa"]) == kappa_text(most["kappa"]):
        return f"{STARTS[compared]} equally on everything that is compared: kappa {_estimate(least, True)}."
    start = f"{STARTS[compared]} most on {_named(most, several)}: kappa {_estimate(most, True)}"
    return f"{start}. Least on {_named(least, several)}: {_estimate(least)}."


def _named(row: pd.Series, several: set[str]) -> str:
    """'“Facial expression” of infants'; the person only where several were coded for the behaviour."""
    name = f"“{escape(row['behaviour'])}”"
    return f"{name} of {_PEOPLE.get(row['person'], row['person'])}" if row["behaviour"] in several else name


def _estimate(row: pd.Series, first: bool = False) -> str:
    """'**.78** (95 % interval .72 to .84)'; the interval is named the first time."""
    value = f"**{kappa_text(row['kappa'])}**"
    if pd.isna(row["low"]):
        return value
    return f"{value} ({'95 % interval ' if first else ''}{kappa_text(row['low'])} to {kappa_text(row['high'])})"


def basis(pairs: pd.DataFrame, observations: int) -> str:
    """How many of the selected observations were coded twice, and by how many coders."""
    kinds = pd.concat(
        [pairs[[side, f"{side}_kind"]].set_axis(["coder", "kind"], axis=1) for side in ("first", "second")]
    ).drop_duplicates()
    people, models = (int((kinds["kind"] == kind).sum()) for kind in ("human", "model"))
    coders = [counted(people, "person", "people")] if people else []
    coders += [counted(models, "model")] if models else []
    twice = pairs["observation_id"].nunique()
    verb = "was" if twice == 1 else "were"
    return (
        f"**{twice:,}** of {counted(observations, 'selected observation')} {verb} coded more than once, "
        f"by {one_of(coders, 'and')}. Every number below rests on these alone.{merged_classes(pairs)}"
    )


def merged_classes(pairs: pd.DataFrame) -> str:
    """What must be known of a trained model that names classes, not codes; '' where there is none."""
    named = pd.concat([pairs["first"], pairs["second"]]).astype("str")
    return f" {MERGED}" if named.str.fullmatch(TRAINED).any() else ""


def left_out(streams: int) -> str:
    """Streams that only one of two coders marked."""
    if not streams:
        return ""
    what = "person and behaviour was" if streams == 1 else "persons and behaviours were"
    return (
        f"Not counted: {streams:,} {what} marked by one coder of a recording only, although the other coder marks that "
        "behaviour elsewhere. They have no kappa; check whether a coding is missing."
    )


def note_of(note: object) -> str:
    """A reason in plain words."""
    return REASONS.get(str(note), str(note))


def numbers(row: pd.Series, unit: str) -> str:
    """What stands beside the matrix of one pool."""
    if pd.isna(row["kappa"]):
        start = f"Kappa is {escape(note_of(row['outcome']))}."
        ac1 = f" Gwet's AC1 is {kappa_text(row['ac1'])}." if pd.notna(row["ac1"]) else ""
        return f"{start}{_agree(row, unit)}{ac1}"
    interval = (
        f" (95 % interval {kappa_text(row['low'])} to {kappa_text(row['high'])})"
        if pd.notna(row["low"])
        else f" ({escape(note_of(row['note']))})"
    )
    most = f" With how often each coder uses each code it could be at most {kappa_text(row['kappa_max'])}."
    return f"Kappa is **{kappa_text(row['kappa'])}**{interval}.{most}{_agree(row, unit)} {_rests(row)}"


def _agree(row: pd.Series, unit: str) -> str:
    if not row["total"] > 0:
        return ""
    chance = f"; by chance it would be {row['expected']:.0f} %" if pd.notna(row["kappa"]) else ""
    return f" They agree in **{per_cent(row['agreement'])} %** of {row['total']:,.0f} {unit}{chance}."


def _rests(row: pd.Series) -> str:
    recordings = counted(int(row["recordings"]), "recording")
    pairs = counted(int(row["pairs"]), "pair of codings", "pairs of codings")
    return f"It rests on {recordings} of {counted(int(row['families']), 'family', 'families')} ({pairs})."
