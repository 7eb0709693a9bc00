"""Two codings of one session in the classes of a class map: where they differ, and how much they agree by time."""

import pandas as pd

from pipeline.catalogue.class_map import ClassMap
from pipeline.intervals import Interval, clip, intersect, total, union
from pipeline.measures.co_occurrence import Disagreement, disagreement

SCORES = ("compared_ms", "accuracy", "kappa")


def in_classes(events: pd.DataFrame, class_map: ClassMap) -> pd.DataFrame:
    """Events (code, onset_ms, offset_ms, ...) with codes replaced by their classes; those of no class are left out.

    CatalogueError for a code that the map does not name.
    """
    classes = [class_map.of(code) for code in events["code"]]
    found = events.assign(code=pd.Series(classes, index=events.index, dtype=object))
    return found[found["code"].notna()]


def scores(first: pd.DataFrame, second: pd.DataFrame, session: Interval) -> tuple[Disagreement, float, float]:
    """Where two codings (code, onset_ms, offset_ms) differ, the share of the time that both coded in which they agree,
    and Cohen's kappa of that time; both are missing where they share no time, kappa where both know one class only.
    """
    found = disagreement(first, second, session)
    if not found.both_coded_ms:
        return found, float("nan"), float("nan")
    right = 1 - found.share
    expected = sum(a * b for a, b in _margins(first, second, session)) / found.both_coded_ms**2
    return found, right, (right - expected) / (1 - expected) if expected < 1 else float("nan")


def _margins(first: pd.DataFrame, second: pd.DataFrame, session: Interval) -> list[tuple[int, int]]:
    """Per class, its time in each coding within the time that both coded."""
    left, right = ({code: _spans(rows) for code, rows in one.groupby("code")} for one in (first, second))
    both = clip(intersect(union(*left.values()), union(*right.values())), *session)
    classes = left.keys() | right.keys()
    return [tuple(total(intersect(one.get(code, []), both)) for one in (left, right)) for code in sorted(classes)]


def _spans(rows: pd.DataFrame) -> list[Interval]:
    return list(zip(rows["onset_ms"].tolist(), rows["offset_ms"].tolist(), strict=True))
