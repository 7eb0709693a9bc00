"""How long and how often: time, bouts and gaps of every code, from events clipped to the session.

Input columns: events `observation_id, coder_id, subject, behaviour_group, code, onset_ms, offset_ms`; observations
`observation_id, start_ms, end_ms`; codes `behaviour_group, code, unobservable`. All times are integer milliseconds,
half-open.
"""

import pandas as pd

from pipeline.errors import StudyError, listed

STREAM = ("observation_id", "coder_id", "subject", "behaviour_group")
KEY = (*STREAM, "code")
SUMMARY = ("ms", "covered_ms", "bouts", "shortest_ms", "longest_ms", "squares_ms2", "gaps", "gap_ms", "gap_squares_ms2")


def refuse_duplicates(frame: pd.DataFrame, key: tuple[str, ...], what: str) -> None:
    """A StudyError that names the rows which stand twice: counting one recording twice would falsify every mean."""
    twice = frame.duplicated(list(key))
    if twice.any():
        named = {" / ".join(map(str, row)) for row in frame.loc[twice, list(key)].head(3).to_numpy().tolist()}
        raise StudyError(f"{what}: {listed(named)} stands twice. Keep one row of each; nothing was computed.")


def clip(events: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    """Events cut to `[start_ms, end_ms)` of their observation; what lies outside is left out."""
    refuse_duplicates(observations, ("observation_id",), "Observations")
    session = observations.set_index("observation_id").reindex(events["observation_id"])
    if session["start_ms"].isna().any():
        lost = set(events["observation_id"]) - set(observations["observation_id"])
        raise StudyError(f"Events of {listed(lost)}: no such observation. Add it to the observations.")
    start, end = (session[column].astype("int64").to_numpy() for column in ("start_ms", "end_ms"))
    inside = (events["onset_ms"] < end) & ((events["offset_ms"] > start) | (events["onset_ms"] >= start))
    return events.assign(
        onset_ms=events["onset_ms"].clip(lower=start), offset_ms=events["offset_ms"].clip(upper=end)
    ).loc[inside]


def bouts(events: pd.DataFrame, key: tuple[str, ...] = KEY) -> pd.DataFrame:
    """Events in order with `length_ms`, `added_ms` (time no earlier event of the code covers) and `gap_ms`: time since
    the code was last on (missing for the first bout, and where bouts of one code overlap).
    """
    ordered = events.sort_values([*key, "onset_ms", "offset_ms"], kind="stable", ignore_index=True)
    keys = [ordered[column] for column in key]
    reached = ordered["offset_ms"].groupby(keys, observed=True, sort=False).cummax()
    before = reached.groupby(keys, observed=True, sort=False).shift().astype("Int64")
    begins = before.fillna(ordered["onset_ms"]).clip(lower=ordered["onset_ms"]).astype("int64")
    return ordered.assign(
        length_ms=ordered["offset_ms"] - ordered["onset_ms"],
        added_ms=(ordered["offset_ms"] - begins).clip(lower=0),
        gap_ms=(ordered["onset_ms"] - before).where(before <= ordered["onset_ms"]),
    )


def durations(events: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    """One row per observation, coder, subject and code that occurs: the columns of table `duration` (ms, ms^2,
    counts).
    """
    marked = bouts(clip(events, observations))
    marked = marked.assign(square=marked["length_ms"] ** 2, gap_square=marked["gap_ms"] ** 2)
    summed = marked.groupby(list(KEY), observed=True, sort=True).agg(
        ms=("length_ms", "sum"),
        covered_ms=("added_ms", "sum"),
        bouts=("length_ms", "size"),
        shortest_ms=("length_ms", "min"),
        longest_ms=("length_ms", "max"),
        squares_ms2=("square", "sum"),
        gaps=("gap_ms", "count"),
        gap_ms=("gap_ms", "sum"),
        gap_squares_ms2=("gap_square", "sum"),
    )
    return summed.astype("int64").reset_index()


def covered(events: pd.DataFrame) -> pd.Series:
    """Milliseconds with at least one event per stream: overlapping events count once."""
    ordered = events.sort_values([*STREAM, "onset_ms"], kind="stable")
    keys = [ordered[column] for column in STREAM]
    reached = ordered["offset_ms"].groupby(keys, observed=True).cummax()
    before = reached.groupby(keys, observed=True).shift()
    begins = ordered["onset_ms"].where(before.isna() | (before < ordered["onset_ms"]), before)
    return (ordered["offset_ms"] - begins).clip(lower=0).groupby(keys, observed=True).sum().astype("int64")


def streams(events: pd.DataFrame, observations: pd.DataFrame, codes: pd.DataFrame) -> pd.DataFrame:
    """One row per stream that has events: `coded_ms`, `unobservable_ms`, `session_ms`, `events`."""
    clipped = clip(events, observations)
    hidden = codes.loc[codes["unobservable"].astype(bool), ["behaviour_group", "code"]].drop_duplicates()
    unseen = clipped.merge(hidden, on=["behaviour_group", "code"], how="inner")
    frame = covered(clipped).rename("coded_ms").to_frame()
    frame["unobservable_ms"] = covered(unseen).reindex(frame.index, fill_value=0).to_numpy()
    frame["events"] = clipped.groupby(list(STREAM), observed=True).size().reindex(frame.index).astype("int64")
    frame = frame.reset_index()
    lengths = observations.set_index("observation_id").eval("end_ms - start_ms")
    frame["session_ms"] = lengths.reindex(frame["observation_id"]).astype("int64").to_numpy()
    return frame
