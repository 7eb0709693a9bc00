"""Tables of trained models of engagement phases: their rows, names and release rules."""

import pandas as pd

from pages.parts.engagement_models_words import BASELINES, METRICS, MODALITIES, SPACE, Facts, arm, model, phase
from pages.parts.words import plain
from pipeline.catalogue.engagement_paper import TABLES
from pipeline.catalogue.phase_card import Card
from pipeline.steps.phase_report_agreement import CLASSES as CLASS_SCALE
from pipeline.steps.phase_report_agreement import FRAMES, HUMAN
from pipeline.steps.phase_report_frames import Report
from pipeline.steps.release import ReleaseSpec

COMMONEST = "majority"
NOTHING = "\u2013"
PUBLISHED_STREAMS = {"multimodal": "both", "video": "dinov2", "audio": "w2vbert"}
PUBLISHED_MAPS = {"infant4": "infant", "caregiver3": "caregiver"}
"""Class map -> the role whose table of the paper has the same classes."""
ENDS = ("accuracy_low", "accuracy_high", "f1_weighted_low", "f1_weighted_high")
PAPER = tuple(f"paper_{name}" for name in METRICS)
RESULTS = ReleaseSpec(
    labels=("seen", "model", *PAPER),
    counts=("families",),
    statistics=tuple((name, "families") for name in (*METRICS, *ENDS, "f1_weighted_sd", "frames")),
)
RESULTS_NAMES = {
    "seen": "What it sees", "model": "Model", **METRICS, "accuracy_low": "Accuracy 95 % from",
    "accuracy_high": "Accuracy 95 % to", "f1_weighted_low": "F1 weighted 95 % from",
    "f1_weighted_high": "F1 weighted 95 % to", "f1_weighted_sd": "F1 weighted SD over folds",
    **{f"paper_{name}": f"Published: {words}" for name, words in METRICS.items()}, "frames": "Frames",
    "families": "Families",
}  # fmt: skip
FOLDS = ReleaseSpec(
    labels=("label",),
    counts=("families",),
    statistics=tuple((name, "families") for name in ("value", "sd", "low", "high")),
)
FOLDS_NAMES = {
    "label": "Model", "fold": "Fold", "value": "F1 weighted (%)", "sd": "SD over folds", "low": "95 % from",
    "high": "95 % to", "families": "Families",
}  # fmt: skip
CLASSES = ReleaseSpec(
    labels=("phase", "note"),
    counts=("sessions",),
    unit="sessions",
    statistics=tuple((name, "sessions") for name in ("precision", "recall", "f1", "support", "predicted")),
)
CLASSES_NAMES = {
    "phase": "Phase", "precision": "Precision (%)", "recall": "Recall (%)", "f1": "F1 (%)",
    "support": "Frames coded", "predicted": "Frames predicted", "sessions": "Sessions", "note": "Note",
}  # fmt: skip
CONFUSION = ReleaseSpec(
    labels=("truth", "predicted"),
    counts=("sessions",),
    unit="sessions",
    statistics=(("share", "sessions"), ("frames", "sessions")),
)
CONFUSION_NAMES = {
    "truth": "Coded", "predicted": "Predicted", "frames": "Frames", "share": "% of the coded phase",
    "sessions": "Sessions with the phase",
}  # fmt: skip
CALIBRATION = ReleaseSpec(
    labels=("group",),
    counts=("families",),
    statistics=tuple((name, "families") for name in ("confidence", "right", "frames")),
)
CALIBRATION_NAMES = {
    "group": "How sure", "confidence": "Sure by its own account (%)", "right": "Right (%)", "frames": "Frames",
    "families": "Families",
}  # fmt: skip
COUNTS = ReleaseSpec(
    labels=("what", "goes_to"), counts=("sessions",), unit="sessions", statistics=(("frames", "sessions"),)
)
COUNTS_NAMES = {"what": "Coded", "goes_to": "Phase of the model", "frames": "Frames", "sessions": "Sessions"}
SINGLE = ReleaseSpec(individual=True)
NARROW = {
    "Accuracy = recall": "accuracy", "Precision": "precision", "F1, unweighted": "f1_unweighted",
    "F1, weighted": "f1_weighted",
}  # fmt: skip
TEXT = ReleaseSpec(labels=("Model", *NARROW))
"""A table in words, made of released numbers."""
CLASS_TEXT = ReleaseSpec(
    labels=tuple(CLASSES_NAMES[name] for name in ("phase", "precision", "recall", "f1", "support", "predicted"))
)


def pooled(scores: pd.DataFrame) -> pd.DataFrame:
    """Rows of all folds together."""
    return scores[scores["fold"].isna()]


def of_arm(frame: pd.DataFrame, arm: tuple[str, str]) -> pd.DataFrame:
    """Rows of a (modality, kind)."""
    return frame[(frame["modality"] == arm[0]) & (frame["kind"] == arm[1])]


def main_arm(card: Card, scores: pd.DataFrame) -> tuple[str, str]:
    """(modality, kind) of the predictions that enter the study: all streams together, the model's own kind."""
    seen = set(scores.loc[scores["kind"] == card.kind, "modality"])
    return next((name for name in MODALITIES if name in seen), "multimodal"), card.kind


def facts(card: Card, report: Report) -> Facts:
    """What the finding says."""
    main = main_arm(card, report.scores)
    own = _row(of_arm(pooled(report.scores), main))
    common = _row(pooled(report.scores)[pooled(report.scores)["kind"] == COMMONEST])
    ahead = _row(report.ahead[(report.ahead["kind"] == COMMONEST) & (report.ahead["metric"] == "accuracy")])
    kappas = report.agreement[(report.agreement["method"] == FRAMES) & (report.agreement["scale"] == CLASS_SCALE)]
    people = _row(kappas[kappas["kind"] == HUMAN])
    return Facts(
        right=_of(own, "accuracy"), low=_of(own, "accuracy_low"), high=_of(own, "accuracy_high"),
        common=_of(common, "accuracy"), ahead_low=_of(ahead, "low"), ahead_high=_of(ahead, "high"),
        kappa=_of(own, "kappa"), people=_of(people, "kappa"),
    )  # fmt: skip


def _row(frame: pd.DataFrame) -> dict[str, object]:
    """The first row, empty without any."""
    return frame.iloc[0].to_dict() if len(frame) else {}


def _of(row: dict[str, object], name: str) -> float:
    value = row.get(name)
    return float("nan") if value is None or pd.isna(value) else float(value)


def guesses(scores: pd.DataFrame) -> dict[str, float]:
    """Baseline in words -> weighted F1 (%) of all folds together."""
    mine = _in_order(pooled(scores))
    return {model(row.kind): 100 * row.f1_weighted for row in mine.itertuples() if row.kind in BASELINES}


def results(scores: pd.DataFrame, card: Card) -> pd.DataFrame:
    """Tables 3 and 4: one row per model and what it sees, baselines last; percent, published values beside."""
    frame = _in_order(pooled(scores))
    shares = [name for name in (*METRICS, *ENDS, "f1_weighted_sd") if name in frame]
    frame[shares] = 100 * frame[shares]
    own = [row.kind in BASELINES for row in frame.itertuples()]
    seen = [
        NOTHING if base else MODALITIES.get(name, plain(name))
        for name, base in zip(frame["modality"], own, strict=True)
    ]
    paper = [_published(row.modality, row.kind, card) for row in frame.itertuples()]
    return frame.assign(seen=seen, model=frame["kind"].map(model), **_columns(paper)).reset_index(drop=True)


def _columns(rows: list[dict[str, float]]) -> dict[str, list[float | None]]:
    return {f"paper_{name}": [row.get(name) for row in rows] for name in METRICS}


def _published(modality: str, kind: str, card: Card) -> dict[str, float]:
    """The paper's percentages for the same streams and model; empty where it has none or had other classes."""
    role = PUBLISHED_MAPS.get(card.class_map)
    row = TABLES[role].get((PUBLISHED_STREAMS.get(modality, ""), kind)) if role else None
    return {name: float(getattr(row, name)) for name in METRICS} if row else {}


def _in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Models by what they see, then baselines."""
    kinds, seen = ["lstm", "linear", *BASELINES], list(MODALITIES)
    place = [(row.kind in BASELINES, _at(seen, row.modality), _at(kinds, row.kind)) for row in frame.itertuples()]
    return frame.iloc[sorted(range(len(frame)), key=place.__getitem__)]


def _at(names: list[str], name: str) -> int:
    return names.index(name) if name in names else len(names)


def results_in_words(frame: pd.DataFrame) -> pd.DataFrame:
    """The table of results as text, the published value in brackets behind ours (markdown); narrow, because weighted
    recall is the accuracy.
    """
    text = {"Model": [_whole(row.seen, row.model) for row in frame.itertuples()]}
    for heading, name in NARROW.items():
        text[heading] = [_cell(row[name], row.get(f"paper_{name}")) for row in frame.to_dict("records")]
    return pd.DataFrame(text)


def _whole(seen: str, name: str) -> str:
    """'Video alone: single frames (linear)'; baselines see nothing that is worth naming."""
    return name if seen == NOTHING else f"{seen}: {name[:1].lower()}{name[1:]}"


def _cell(value: float, paper: object) -> str:
    """'68 (72)'."""
    own = "" if pd.isna(value) else f"{value:.0f}"
    return f"{own}{SPACE}({paper:.0f})" if isinstance(paper, float) and not pd.isna(paper) else own


def folds(scores: pd.DataFrame) -> pd.DataFrame:
    """Weighted F1 (%) per fold and, with a missing fold, of all: label, kind, fold, value, low, high, sd, families."""
    frame = _in_order(scores.sort_values("fold", kind="stable"))
    columns = {"value": "f1_weighted", "low": "f1_weighted_low", "high": "f1_weighted_high", "sd": "f1_weighted_sd"}
    numbers = {name: 100 * frame[column].astype(float) for name, column in columns.items()}
    labels = [arm(row.modality, row.kind) for row in frame.itertuples()]
    kept = frame[["modality", "kind", "fold", "families"]].assign(label=labels, **numbers)
    return kept.reset_index(drop=True)


def classes(frame: pd.DataFrame, counts: pd.DataFrame, main: tuple[str, str]) -> pd.DataFrame:
    """Per phase of the main model: precision, recall, f1 (%), support, predicted (frames), sessions, note."""
    mine = of_arm(frame, main)
    notes = [_note(row.support, row.predicted) for row in mine.itertuples()]
    shares = {name: 100 * mine[name].astype(float) for name in ("precision", "recall", "f1")}
    sessions = mine["class"].map(_sessions(counts)).fillna(0).astype(int)
    return mine.assign(phase=mine["class"].map(phase), note=notes, sessions=sessions, **shares).reset_index(drop=True)


def classes_in_words(frame: pd.DataFrame) -> pd.DataFrame:
    """The table of phases as text, narrow: why a precision is missing stands in its place (markdown)."""
    text = {"Phase": frame["phase"]}
    for name in ("precision", "recall", "f1", "support", "predicted"):
        text[CLASSES_NAMES[name]] = [_figure(value) for value in frame[name]]
    text[CLASSES_NAMES["precision"]] = [
        note or own for note, own in zip(frame["note"], text[CLASSES_NAMES["precision"]], strict=True)
    ]
    return pd.DataFrame(text)


def _figure(value: float) -> str:
    return "" if pd.isna(value) else f"{value:,.0f}"


def _note(support: int, predicted: int) -> str:
    return "none coded" if not support else "none predicted" if not predicted else ""


def _sessions(counts: pd.DataFrame) -> pd.Series:
    """Class -> sessions in which it was coded."""
    return counts[counts["level"] == "class"].groupby("name")["sessions"].max()


def confusion(frame: pd.DataFrame, counts: pd.DataFrame, main: tuple[str, str]) -> pd.DataFrame:
    """What was predicted of each coded phase: truth, predicted (words), frames, share (% of the row), sessions."""
    mine = of_arm(frame, main)
    whole = mine.groupby("truth", sort=False)["frames"].transform("sum")
    share = 100 * mine["frames"] / whole.where(whole > 0)
    sessions = mine["truth"].map(_sessions(counts)).fillna(0).astype(int)
    names = {name: mine[name].map(phase) for name in ("truth", "predicted")}
    return mine.assign(share=share, sessions=sessions, **names).reset_index(drop=True)


def calibration(frame: pd.DataFrame, scores: pd.DataFrame, main: tuple[str, str]) -> pd.DataFrame:
    """Frames by how sure the model was: group, confidence and right (%), frames, families (all of the model)."""
    mine, families = of_arm(frame, main), _of(_row(of_arm(pooled(scores), main)), "families")
    groups = [f"{100 * row.low:.0f} to {100 * row.high:.0f} %" for row in mine.itertuples()]
    shares = {name: 100 * mine[name] for name in ("confidence", "right")}
    return mine.assign(group=groups, families=families, **shares).reset_index(drop=True)


def mapped(counts: pd.DataFrame) -> pd.DataFrame:
    """Before and after the class map: what, goes_to, frames, sessions; codes first, then phases."""
    codes = counts["level"] == "code"
    what = [("uncoded time" if one else "of no phase") if name == "" else name if one else f"all of {phase(name)}"
            for name, one in zip(counts["name"], codes, strict=True)]  # fmt: skip
    goes = counts["class"].map(lambda name: phase(name) if name else "none").where(codes, "")
    return counts.assign(what=what, goes_to=goes)[["what", "goes_to", "frames", "sessions"]].reset_index(drop=True)
