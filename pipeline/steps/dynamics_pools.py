"""What the dynamics page shows of a selection beside the one number: tables, profiles, grids, waiting curves."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.measures import contingent, recurrence
from pipeline.measures.cluster_means import cluster_means
from pipeline.measures.lag_sequential import LagTable, analyse, tables
from pipeline.measures.latency import kaplan_meier
from pipeline.measures.splits import Split, split_levels
from pipeline.measures.state_space import grid, summary
from pipeline.measures.transitions import irreducible, stationary
from pipeline.steps.dynamics import Answer, latencies, measure, pairs, series
from pipeline.steps.dynamics_question import Question

BOUNDS = {
    "share": (0, 1), "at_lag": (0, 1), "dispersion": (0, 1), "yule_q": (-1, 1), "excess": (-1, 1),
    "determinism": (0, 100), "laminarity_second": (0, 100), "laminarity_first": (0, 100),
}  # fmt: skip
"""Between which ends a number lies; a recurrence rate lies between 0 and 100 too, a rate of answers has no end."""
CELLS = ("given", "target", "observed", "expected", "residual", "yule_q", "share", "possible")


@dataclass(frozen=True)
class Sequences:
    """`cells`: one row per given x target code (CELLS). `tests`: one row with g2, x2, df, their p, and n pairs.

    `long_run`: code, share; missing unless every code leads to every other (`irreducible`). Only within one stream.
    """

    cells: pd.DataFrame
    tests: pd.DataFrame
    long_run: pd.DataFrame
    irreducible: bool


def sequences(answer: Answer) -> Sequences:
    """Lag-sequential table of all recordings together (measures "lag" and "transition")."""
    question, both = answer.question, answer.both
    shape = (len(both.given.labels), len(both.target.labels))
    counted = tables(pairs(question, both.given, both.target), both.given.recordings, *shape).sum(0)
    found = analyse(counted, None if question.repeats else ~np.eye(shape[0], dtype=bool))
    tests = {name: [getattr(found, name)] for name in ("g2", "g2_p", "x2", "x2_p", "df")}
    square = question.within
    shares = stationary(counted) if square else np.full(shape[0], np.nan)
    long_run = pd.DataFrame({"code": both.given.labels, "share": shares})
    frame = pd.DataFrame(tests).assign(n=int(found.observed.sum()))
    cells = _cells(found, both.given.labels, both.target.labels)
    return Sequences(cells, frame, long_run, square and irreducible(counted))


def _cells(table: LagTable, given: tuple[str, ...], target: tuple[str, ...]) -> pd.DataFrame:
    """The matrices in long form, in scheme order."""
    first, second = (each.ravel() for each in np.meshgrid(given, target, indexing="ij"))
    values = {name: getattr(table, name).ravel() for name in CELLS[2:]}
    return pd.DataFrame({"given": first, "target": second, **values})


def responses(answer: Answer) -> pd.DataFrame:
    """One row: sums over all recordings, share followed, base of chance, excess, odds ratio (measure "contingent")."""
    sums = answer.rows[list(contingent.COUNTS)].sum().to_numpy(dtype=float)
    window = answer.question.window_ms
    share, base = contingent.share(sums), contingent.base(sums, window)
    values = {"share": share, "base": base, "excess": share - base, "odds_ratio": contingent.odds_ratio(sums, window)}
    numbers = {name: float(value) for name, value in values.items()}
    return pd.DataFrame([dict(zip(contingent.COUNTS, sums, strict=True)) | numbers])


def recurrences(answer: Answer) -> pd.DataFrame:
    """One row: recurrence rate, determinism and laminarity (percent) of all recordings together."""
    first, second = series(answer.question, answer.both.given, answer.both.target)
    sums = recurrence.counts(first, second).sum(0)
    found = {"rate": recurrence.rate(sums), "determinism": recurrence.determinism(sums)}
    found |= {f"laminarity_{along}": recurrence.laminarity(sums, along) for along in ("second", "first")}
    numbers = {name: float(value) for name, value in found.items()}
    return pd.DataFrame([dict(zip(recurrence.COUNTS, sums, strict=True)) | numbers])


def profile(answer: Answer) -> pd.DataFrame:
    """Diagonal profile over all recordings: lag (steps), lag_s, matches, samples, share; positive: target follows."""
    question = answer.question
    first, second = series(question, answer.both.given, answer.both.target)
    sums = recurrence.profile(first, second, question.reach).sum(0)
    lags = np.arange(-question.reach, question.reach + 1)
    seconds = lags * question.step_ms / 1000
    frame = pd.DataFrame({"lag": lags, "lag_s": seconds, "matches": sums[:, 0], "samples": sums[:, 1]})
    return frame.assign(share=(frame["matches"] / frame["samples"]).where(frame["samples"] > 0))


def grids(answer: Answer) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cells of the grid over all recordings (given, target, seconds, visits, share of time) and its one-row summary."""
    both = answer.both
    found = grid(both.given, both.target)
    time, counts = found.time_ms.sum(0), found.counts.sum(0)
    first, second = (each.ravel() for each in np.meshgrid(both.given.labels, both.target.labels, indexing="ij"))
    seconds = time.ravel() / 1000
    share = seconds / seconds.sum() if seconds.sum() > 0 else np.full(len(seconds), np.nan)
    cells = {"given": first, "target": second, "seconds": seconds, "visits": counts.ravel(), "share": share}
    return pd.DataFrame(cells), summary(time[None], counts[None])


def levels(answer: Answer, observations: pd.DataFrame, split: Split) -> pd.DataFrame:
    """Mean of the numbers per level of a split (role, thirds of a score, ...) with intervals that respect dyads.

    Numbers between two ends (shares, dispersions, Yule's Q) have their interval on the logit scale, which keeps it
    between them. Columns: level, then those of `cluster_means`, then `families`. `observations`: the selection that was
    asked about.
    """
    rows = answer.rows.assign(level=split_levels(observations, split).level.array)
    rows = rows[rows["level"].notna()]
    found = _means(rows, _ends(answer.question))
    families = rows[rows["value"].notna()].groupby("level", observed=True)["family_id"].nunique()
    return found.assign(families=families.reindex(found["level"]).fillna(0).astype("int64").to_numpy())


def _ends(question: Question) -> tuple[int, int] | None:
    """Between which ends the number of a question lies."""
    if (question.measure, question.number) == ("recurrence", "rate"):
        return 0, 100
    return BOUNDS.get(question.number)


def _means(rows: pd.DataFrame, ends: tuple[int, int] | None) -> pd.DataFrame:
    """Means of `value` per level; of numbers between two ends by way of their place between them."""
    if ends is None:
        return cluster_means(rows, ["level"], "value", scale="identity")
    low, width = ends[0], ends[1] - ends[0]
    found = cluster_means(rows.assign(value=(rows["value"] - low) / width), ["level"], "value")
    places = {name: low + width * found[name] for name in ("mean", "low", "high")}
    return found.assign(se=width * found["se"], **places)


def per_dyad(answer: Answer) -> pd.DataFrame:
    """The number of every dyad over its recordings together: dyad_id, family_id, value, n, recordings."""
    both = answer.both
    of, dyads = pd.factorize(both.observations["dyad_id"])
    found = measure(answer.question, both.given, both.target).grouped(of, len(dyads))
    families = both.observations.drop_duplicates("dyad_id")["family_id"].to_numpy()
    columns = {"dyad_id": dyads, "family_id": families, "value": found.each, "n": found.n}
    return pd.DataFrame({**columns, "recordings": np.bincount(of, minlength=len(dyads))})


def visits(answer: Answer, observation_id: str) -> pd.DataFrame:
    """The way of one dyad through the grid: given, target, onset_ms, offset_ms, in order."""
    both = answer.both
    rows = grid(both.given, both.target).visits
    place = pd.Index(both.observations["observation_id"]).get_indexer([observation_id])[0]
    rows = rows[rows["observation"] == place]
    labels = np.array(both.given.labels), np.array(both.target.labels)
    named = {"given": labels[0][rows["first"]], "target": labels[1][rows["second"]]}
    return pd.DataFrame({**named, "onset_ms": rows["onset_ms"].array, "offset_ms": rows["offset_ms"].array})


def waiting(answer: Answer) -> pd.DataFrame:
    """Waiting curve of all clocks together (see `latency.kaplan_meier`), with `time_s`."""
    clocks = latencies(answer.question, answer.both.given, answer.both.target)
    curve = kaplan_meier(clocks["wait_ms"].to_numpy(), clocks["answered"].to_numpy())
    return curve.assign(time_s=curve["time_ms"] / 1000)


def clocks(answer: Answer) -> pd.DataFrame:
    """Every clock of a latency with its recording, dyad and family: since_ms, wait_ms, answered, already_on."""
    found = latencies(answer.question, answer.both.given, answer.both.target)
    named = answer.both.observations[["observation_id", "dyad_id", "family_id"]].iloc[found["observation"]]
    return pd.concat([named.reset_index(drop=True), found.drop(columns="observation")], axis=1)
