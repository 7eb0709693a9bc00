"""Trained models of engagement phases in words: the finding in one sentence, what it rests on, how it was taught."""

import json
from dataclasses import asdict, dataclass

import pandas as pd

from pages.parts.charts_agreement import kappa_text
from pages.parts.words import coder, counted, escape, one_of, plain
from pipeline.catalogue.phase_card import Card, StreamUsed

SPACE = "\u00a0"
ROLES = {"infant": "Infant", "caregiver": "Caregiver"}
MODALITIES = {"multimodal": "Video and sound", "video": "Video alone", "audio": "Sound alone"}
KINDS = {
    "lstm": "Windows of frames (bi-LSTM)",
    "linear": "Single frames (linear)",
    "majority": "Always the commonest phase",
    "transition": "Usual course, nothing seen",
    "motion_linear": "Amount of movement alone",
}
BASELINES = ("majority", "transition", "motion_linear")
BASELINES_SAY = (
    "What a model must beat: “Always the commonest phase” names one phase throughout; “Usual course” knows only how "
    "phases follow each other; “Amount of movement” sees how much moves, not what."
)
STREAMS = {
    "dinov2": "picture (DINOv2)",
    "w2vbert": "sound (W2V-BERT)",
    "motion_grid": "movement (grid)",
    "log_mel": "sound (log-mel)",
    "blendshapes": "face shape",
}
SHORT = {
    "dinov2": "DINOv2",
    "w2vbert": "W2V-BERT",
    "motion_grid": "movement",
    "log_mel": "log-mel",
    "blendshapes": "face shape",
}
"""The same in a list."""
NETWORKS = {"lstm": "bi-LSTM", "linear": "Linear"}
PHASES = {
    "Ineg": "Ineg (negative)",
    "Inon": "Inon (looks at objects)",
    "Ineu": "Ineu (social monitor)",
    "Ipos": "Ipos (social positive)",
    "Cneg": "Cneg (negative)",
    "Cneu": "Cneu (neutral)",
    "Cpvc": "Cpvc (positive voice)",
    "Cpos": "Cpos (social positive)",
}
"""Class -> its label in ICEP-R with plain words."""
METRICS = {
    "accuracy": "Accuracy",
    "precision": "Precision",
    "recall": "Recall",
    "f1_unweighted": "F1 unweighted",
    "f1_weighted": "F1 weighted",
}
CLOSED = (
    "Nothing here can be checked against the paper's tables: its data, labels, features and weights are not public, "
    "and its families are others."
)
PUBLISHED = ("infant4", "caregiver3")
"""Class maps for which the paper has tables."""
NO_NEGATIVE = (
    "**Negative engagement of the caregiver can never be predicted by this model**: the paper's three classes leave it "
    "out. A model taught with the four-class map can predict it."
)
SCOPES = {
    "train_fold": "principal components fitted on the teaching sessions of each fold",
    "session": "principal components fitted on each session by itself (as the paper's text)",
    "frame": "principal components fitted on each frame (as the paper's code)",
    "as_imported": "as they were extracted or imported; no principal components were fitted here",
}
SIGNS = (
    "Sign of a component: its largest entry is positive, so that a component is not turned round from fit to fit; its "
    "direction has no meaning beyond that."
)


def phase(name: str) -> str:
    """A class in plain words (plain text)."""
    return PHASES.get(name, plain(name))


def short(words: str) -> str:
    """A class in a sentence, without its label: 'Ineg (negative)' becomes 'negative'."""
    return words.split("(", 1)[-1].removesuffix(")")


def percent(value: float) -> str:
    """A share as '68 %', with a space that does not break; '' for a missing one."""
    return "" if pd.isna(value) else f"{100 * value:.0f}{SPACE}%"


def interval(low: float, high: float) -> str:
    """' (95 % 61 to 74)' of two shares; '' without an interval."""
    return "" if pd.isna(low) or pd.isna(high) else f" (95{SPACE}% {100 * low:.0f} to {100 * high:.0f})"


def model(kind: str) -> str:
    """A kind of model or baseline."""
    return KINDS.get(kind, plain(kind))


def arm(modality: str, kind: str) -> str:
    """'Video and sound, windows of frames (bi-LSTM)'; a baseline has no modality."""
    name = model(kind)
    return name if kind in BASELINES else f"{MODALITIES.get(modality, plain(modality))}, {name[:1].lower()}{name[1:]}"


def label(card: Card) -> str:
    """A model in the list: its name as a coder first, then how, what it sees, what it tells apart, when (plain)."""
    seen = " + ".join(SHORT.get(one.stream, one.stream) for one in card.streams)
    published = " · published choices" if card.compat else ""
    kind = NETWORKS.get(card.kind, card.kind)
    return f"{card.id} · {kind} · {seen} · {len(card.classes)} phases{published} · {card.created[:10]}"


@dataclass(frozen=True)
class Facts:
    """What the finding says, shares of 1, missing where it does not exist: how many frames are right with its ends; the
    same of always naming the commonest phase, and the ends of the difference; kappa of the model and of people.
    """

    right: float
    low: float
    high: float
    common: float
    ahead_low: float
    ahead_high: float
    kappa: float
    people: float


def finding(card: Card, facts: Facts) -> str:
    """The finding in two sentences (markdown)."""
    right = f"{percent(facts.right)} of the frames{interval(facts.low, facts.high)}"
    said = f"The model names the {ROLES[card.role].lower()}'s phase in **{right}**"
    if pd.notna(facts.common):
        said += f"; {_verdict(facts)}always naming the commonest would be right in {percent(facts.common)}"
    if pd.isna(facts.kappa):
        return f"{said}."
    people = f"; two people reach {kappa_text(facts.people)}" if pd.notna(facts.people) else ""
    return f"{said}. Agreement with the coder: kappa **{kappa_text(facts.kappa)}**{people}."


def _verdict(facts: Facts) -> str:
    """Said where the model is not ahead of the commonest phase, by the interval of the difference."""
    if facts.ahead_high < 0:
        return "**worse than a blind guess**: "
    return "" if facts.ahead_low > 0 else "**not clearly better than a blind guess**: "


FEW_FAMILIES = 20
NARROW = " Intervals draw families anew; with so few they are somewhat too narrow."
"""Of 95 % intervals by the bootstrap about 85 % held the truth with 6 families, 92 % with 12, 94 % with 40 (300 draws
of synthetic cohorts each)."""


def basis(card: Card) -> str:
    """What the finding rests on (markdown). That families are kept apart is not said of a model with published
    choices: some of them do not.
    """
    who = f"{counted(card.sessions, 'session')} of {counted(card.families, 'family', 'families')}"
    apart = "" if card.compat else " Each family was predicted by a network that had seen none of its sessions."
    narrow = NARROW if card.families < FEW_FAMILIES else ""
    return f"{card.scored_frames:,} frames of {who}, whatever is selected on the left.{apart}{narrow}"


def counts(frame: pd.DataFrame, card: Card) -> str:
    """Of which phases the frames are, and how many frames are of none (markdown). `frame`: `counts` of a report."""
    known = frame[frame["level"] == "class"].groupby("name")["frames"].sum().reindex(card.classes).fillna(0)
    codes = frame[frame["level"] == "code"].groupby("name")["frames"].sum()
    whole, dropped = known.sum(), codes[codes.index.isin(card.drop)].sum()
    if not whole:
        return ""
    parts = [f"{escape(phase(str(name)))} {percent(count / whole)}" for name, count in known.items()]
    left = f" {dropped:,.0f} coded frames are of no phase it knows and count nowhere." if dropped else ""
    return f"Coded: {', '.join(parts)}.{left}"


def taught(card: Card) -> str:
    """How a model was taught (markdown)."""
    streams = "; ".join(_stream(one) for one in card.streams)
    recipe = ", ".join(f"{name.replace('_', ' ')} {_value(value)}" for name, value in asdict(card.recipe).items())
    where = f"Coder in the study: {escape(coder(card.coder_id))}." if card.may_be_coder else "Not a coder in the study."
    lines = [
        where,
        f"Streams: {streams}.",
        f"Features: {SCOPES.get(card.pca_scope, plain(card.pca_scope))}.{_signs(card)}",
        f"Folds: {card.outer} outer, {card.inner} inner; all sessions of a family are on one side. Seed {card.seed}.",
        f"Settings of the last model: {escape(recipe)}.",
        f"Data: generation {card.generation}; computed {card.created[:16].replace('T', ' ')} UTC in "
        f"{card.seconds / 60:.0f} min by version {escape(card.version)}.",
        f"Meant for: {escape(card.intended_use)}",
        *(escape(note) for note in card.notes),
    ]
    return "\n".join(f"- {line}" for line in lines)


def _signs(card: Card) -> str:
    """What the sign of a component means, where components were fitted."""
    return "" if card.pca_scope == "as_imported" else f" {SIGNS}"


def _value(value: object) -> str:
    return "-".join(map(str, value)) if isinstance(value, list | tuple) else str(value) or "none"


def _choice(name: str, value: object) -> str:
    """'cells 4', 'left 50 ms'."""
    unit = " ms" if name.endswith("_ms") else ""
    return f"{name.removesuffix('_ms').replace('_', ' ')} {_value(value)}{unit}"


def _stream(one: StreamUsed) -> str:
    """'picture (DINOv2), 1,024 numbers per frame at 25 frames a second (crop centre, ...)'."""
    chosen = json.loads(one.choices or "{}")
    said = ", ".join(_choice(name, value) for name, value in chosen.items() if value != "")
    name = STREAMS.get(one.stream, one.stream)
    return f"{escape(name)}, {one.dim:,} numbers per frame at {one.fps:g} frames a second ({escape(said)})"


OLDER = (
    "**Taught on an older state of the study** (generation {number}): files have been read since. Its figures are "
    "about the sessions and codes of then; train again to bring them up to date."
)
TRIALS = (
    "Their features come from an encoder with random weights: such a run shows that the road works and says nothing "
    "about phases. No figure of theirs is shown, and they are never a coder."
)


def published_choices(card: Card) -> str:
    """That a model was taught with choices of the published code (markdown)."""
    names = one_of([name.replace("_", " ") for name in card.compat], "and")
    return (
        f"**With choices of the published code: {names}.** They make a model look better or worse than it is on new "
        "families; this one is here to measure their effect and never enters the study as a coder."
    )


def blind(card: Card) -> bool:
    """Whether a caregiver's negative engagement can never be predicted."""
    return card.role == "caregiver" and "Cneg" not in card.classes


def beside_the_paper(card: Card, caveat: str) -> str:
    """What stands in brackets in the table of results, if anything (markdown)."""
    if card.class_map not in PUBLISHED:
        return "The paper had other classes for this person: nothing of its tables can stand beside."
    return f"In brackets: {caveat[:1].lower()}{caveat[1:]} {CLOSED} Recall weighted by phases is always the accuracy."


def confusion_says(frame: pd.DataFrame) -> str:
    """The commonest mistake (plain text). `frame`: truth, predicted (words), share (%)."""
    wrong = frame[frame["truth"] != frame["predicted"]].sort_values("share", ascending=False)
    right = frame[frame["truth"] == frame["predicted"]].sort_values("share", ascending=False)
    if wrong.empty or right.empty:
        return "No phase is taken for another."
    best, worst = right.iloc[0], wrong.iloc[0]
    return (
        f"Found best: {short(best['truth'])}, {best['share']:.0f}{SPACE}% of it. Most often mistaken: "
        f"{short(worst['truth'])}, {worst['share']:.0f}{SPACE}% of it taken for {short(worst['predicted'])}."
    )


def sure_says(frame: pd.DataFrame) -> str:
    """How far its own account is off (plain text). `frame`: the row of `calibration_error` of a model."""
    if frame.empty or pd.isna(frame["error"].iloc[0]):
        return "How sure the model was is not known."
    row = frame.iloc[0]
    sign = "too sure" if row["too_sure_low"] > 0 else "too modest" if row["too_sure_high"] < 0 else ""
    points = f"{100 * row['error']:.0f}"
    start = f"On average its sureness is {points} percentage point{'' if points == '1' else 's'} off"
    return f"{start}: it is {sign} of its answers." if sign else f"{start}, sometimes too sure, sometimes too modest."
