"""What the engagement paper printed about its models, in percent: to be put beside one's own results.

Source: its Tables 3 and 4; mothers and infants of 92 still-face sessions. Data, labels and features are closed.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """One row of Table 3 or 4, in percent; precision, recall and `f1_weighted` are weighted by support."""

    accuracy: int
    precision: int
    recall: int
    f1_unweighted: int
    f1_weighted: int


STREAMS = ("both", "dinov2", "w2vbert")
MODELS = ("lstm", "linear")

TABLE_3 = {
    ("both", "lstm"): Published(72, 87, 72, 62, 76),
    ("both", "linear"): Published(71, 74, 71, 53, 72),
    ("dinov2", "lstm"): Published(80, 87, 80, 68, 82),
    ("dinov2", "linear"): Published(68, 68, 68, 49, 66),
    ("w2vbert", "lstm"): Published(63, 84, 63, 51, 69),
    ("w2vbert", "linear"): Published(81, 81, 81, 56, 81),
}
"""Caregiver, 3 classes: (streams, model) -> what was printed."""

TABLE_4 = {
    ("both", "lstm"): Published(68, 72, 68, 60, 68),
    ("both", "linear"): Published(54, 50, 54, 40, 51),
    ("dinov2", "lstm"): Published(66, 72, 66, 57, 66),
    ("dinov2", "linear"): Published(47, 41, 47, 26, 43),
    ("w2vbert", "lstm"): Published(55, 56, 55, 43, 50),
    ("w2vbert", "linear"): Published(56, 50, 56, 41, 51),
}
"""Infant, 4 classes: (streams, model) -> what was printed."""

TABLES = {"caregiver": TABLE_3, "infant": TABLE_4}

CAVEAT = (
    "Published, other data. There the bi-LSTM was cross-validated in 20 folds and the linear model was run once on a "
    "single split, so that the two are not compared like for like."
)
"""To stand beside every published figure."""
