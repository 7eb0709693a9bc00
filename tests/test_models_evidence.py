"""Clear, suggestive, as hypothesised, opposite: by hand."""

import pandas as pd

from pipeline.models.evidence import evidence
from tests.model_rows import SPEC


def terms(rows: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["response", "term", "mean", "lower", "upper"])


def judged(rows: list[tuple]) -> dict[str, tuple[str, str]]:
    found = evidence(terms(rows), SPEC)
    return {code: (word, way) for code, word, way in found[["code", "evidence", "direction"]].itertuples(index=False)}


def test_the_papers_rule() -> None:
    """Table 2: woe face clear and mock surprise suggestive beside it, negative alone cannot be suggestive."""
    found = judged(
        [
            ("caregiver", "intercept", 0.1, 0.0, 0.2),
            ("caregiver", "Woe face x EPDS", -0.49, -0.85, -0.13),
            ("caregiver", "Mock surprise x EPDS", -0.14, -0.28, 0.001),
            ("caregiver", "Negative x EPDS", 0.24, -0.03, 0.51),
            ("caregiver", "Disgust x EPDS", 0.34, -0.12, 0.79),
            ("caregiver", "Smile x Parental age (years)", 1.0, 0.5, 1.5),
        ]
    )
    assert found == {
        "Woe face": ("clear", "as hypothesised"),
        "Mock surprise": ("suggestive", "as hypothesised"),
        "Negative": ("none", "as hypothesised"),
        "Disgust": ("none", ""),
    }


def test_related_behaviours_that_disagree_suggest_nothing() -> None:
    found = judged(
        [
            ("caregiver", "Woe face x EPDS", -0.2, -0.5, 0.1),
            ("caregiver", "Mock surprise x EPDS", 0.0001, -0.2, 0.2),
            ("infant", "Negative x EPDS", -0.3, -0.5, -0.1),
        ]
    )
    assert found == {
        "Woe face": ("none", "as hypothesised"),
        "Mock surprise": ("none", "opposite"),
        "Negative": ("clear", ""),
    }


def test_both_may_point_the_other_way() -> None:
    found = judged(
        [("caregiver", "Woe face x EPDS", 0.2, -0.1, 0.5), ("caregiver", "Mock surprise x EPDS", 0.1, -0.1, 0.3)]
    )
    assert set(found.values()) == {("suggestive", "opposite")}
