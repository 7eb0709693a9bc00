"""Views of trained models of engagement phases: how well a program names the phases of infant and caregiver.

Of each person the newest model that may be a coder of the study, where T families stand behind its sessions. What it
was taught on and how it did in single sessions stays out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.catalogue.phase_card import Card
from pipeline.errors import UserError
from pipeline.plain_words import one_of
from pipeline.steps import phase_models
from pipeline.steps.phase_report_agreement import CLASSES, DURATION, EVENTS, EVERY, FRAMES, HUMAN
from pipeline.steps.phase_report_frames import Report
from pipeline.steps.release import ReleaseSpec
from pipeline.steps.release_views import Answer, Data, Template, meanings
from pipeline.steps.release_views_agreement import KAPPAS
from pipeline.steps.release_views_agreement import NUMBERS as KAPPA_NUMBERS

COMMONEST, COMMONEST_SAYS = "majority", "always the commonest phase"
UNSEEN = (
    "Each family was predicted by a network that had not seen it. F1: the harmonic mean of how much of what is named "
    "is right and how much of what is there is found; 100 is best."
)
STREAMS = ("multimodal", "video", "audio")
"""What a model sees; that of all streams together is the model itself."""
METHODS = {DURATION: "By time", FRAMES: "Frame by frame", EVENTS: "Bout by bout (within 1 s)"}
MEASURES = {
    "accuracy": "Frames named rightly",
    "f1_weighted": "Rightly named and found (F1), frequent phases count more",
    "f1_unweighted": "Rightly named and found (F1), all phases count the same",
}
GOOD_ICC = 0.75
"""From here on agreement is called good: Koo and Li (2016), guideline on intraclass correlation coefficients."""
AGREED = f"Program and person agree on durations (ICC {GOOD_ICC} or more)"


def _spec(labels: tuple[str, ...], numbers: tuple[str, ...]) -> ReleaseSpec:
    return ReleaseSpec(labels=labels, counts=("families",), statistics=tuple((name, "families") for name in numbers))


SCORE_NUMBERS = ("value", "low", "high", "chance")
PHASE_NUMBERS = ("f1", "precision", "recall")
BIAS_NUMBERS = ("value", "low", "high", "chance", "icc")
"""Not the durations themselves: where classes join codes, those less the shares of the other codes would tell one."""
SCORES, PHASES, BIAS = (_spec(("label",), one) for one in (SCORE_NUMBERS, PHASE_NUMBERS, BIAS_NUMBERS))
SCORE_NAMES = {
    "label": "Measure", "value": "Program (%)", "low": "95 % from (%)", "high": "95 % to (%)",
    "chance": "Always the commonest phase (%)", "families": "Families (about)",
}  # fmt: skip
PHASE_NAMES = {
    "label": "Phase", "f1": "F1 (%)", "precision": "Right when named (%, precision)",
    "recall": "Found where coded (%, recall)", "families": "Families with the phase (about)",
}  # fmt: skip
BIAS_NAMES = {
    "label": "Phase", "value": "Program minus person (s)", "low": "95 % from (s)", "high": "95 % to (s)",
    "icc": "Agreement of durations (ICC)", "families": "Families with the phase (about)",
}  # fmt: skip
KAPPA_NAMES = {
    "behaviour": "How it is counted", "who": "Between", "kappa": "Kappa", "low": "95 % from", "high": "95 % to",
    "kappa_max": "Highest kappa possible", "agreement": "Agreement (%)", "recordings": "Recordings (about)",
    "families": "Families (about)",
}  # fmt: skip


@dataclass(frozen=True)
class Model:
    """A trained model with its report. `names`: phase -> words."""

    card: Card
    report: Report
    names: dict[str, str]

    @property
    def arm(self) -> tuple[str, str]:
        """(modality, kind) of the predictions that enter the study."""
        seen = set(self.report.scores.loc[self.report.scores["kind"] == self.card.kind, "modality"])
        return next((name for name in STREAMS if name in seen), STREAMS[0]), self.card.kind

    def own(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows of that arm."""
        return frame[(frame["modality"] == self.arm[0]) & (frame["kind"] == self.arm[1])]

    def sessions(self, phase: str = "") -> pd.Series:
        """Recordings it was scored on; with a phase those in which a person coded it."""
        points = self.own(self.report.duration_points)
        mine = points[(points["class"] == phase) & (points["human_s"] > 0)] if phase else points
        return mine["observation_id"].drop_duplicates()

    @property
    def twice(self) -> pd.Series:
        """Recordings that two people coded."""
        points = self.report.duration_points
        return points.loc[points["kind"] == HUMAN, "observation_id"].drop_duplicates()


def templates(data: Data, protocol: str, folder: Path) -> Iterator[Template]:
    """Four views per person: how often it is right, agreement with people, phase by phase, durations."""
    for model in models(data, protocol, folder):
        who = model.card.role
        yield _view(data, protocol, model, "scores", _scores)(
            f"How well a program names the {who}'s phases", f"How well can a program name the {who}'s phases?",
            "draw_groups", SCORES, SCORE_NAMES, says=partial(scores_say, who=who), note=UNSEEN,
            options={"unit": "%", "axis": "Percent, 95 % interval over families", "chance": COMMONEST_SAYS,
                     "observed": "the program"},
        )  # fmt: skip
        yield _view(data, protocol, model, "kappas", _kappas)(
            f"Program and person: the {who}'s phases", "Is a program as good as a second person?", "draw_kappas",
            KAPPAS, KAPPA_NAMES, says=kappas_say, among=("who", "label", "role"),
            note="Kappa is agreement beyond chance: 0 is chance, 1 perfect.",
        )  # fmt: skip
        yield _view(data, protocol, model, "classes", _classes)(
            f"Phase by phase: a program on the {who}", "Which phases does a program find?", "table", PHASES,
            PHASE_NAMES, says=classes_say, note=UNSEEN,
        )  # fmt: skip
        yield _view(data, protocol, model, "durations", _durations)(
            f"How long the {who}'s phases last, by a program", "Are a program's durations good enough?",
            "draw_groups", BIAS, BIAS_NAMES, says=durations_say,
            options={"unit": "s", "axis": "Program minus person, seconds per session, 95 % interval of the mean"},
            note="Agreement (ICC, intraclass correlation): 1 if both durations are the same in every session; "
            f"{GOOD_ICC} or more is called good.",
        )  # fmt: skip


def _view(data: Data, protocol: str, model: Model, key: str, answer: Callable) -> Callable[..., Template]:
    """A template of a model, but for what is said and drawn."""

    def template(title: str, question: str, chart: str, spec: ReleaseSpec, names: dict, **more: object) -> Template:
        return Template(
            f"phases_{model.card.role}_{key}", "engagement", protocol, title, question, chart, spec,
            lambda selected: answer(data, model), names, filtered=False, **more,
        )  # fmt: skip

    return template


def models(data: Data, protocol: str, folder: Path) -> Iterator[Model]:
    """Per person the newest model that may be shown."""
    done: set[str] = set()
    for card in phase_models.cards(folder):
        if card.role in done or not card.may_be_coder or card.study_id != data.about.get("study_id"):
            continue
        model = _model(data, folder, card)
        if model and _may_be_shown(data, protocol, model):
            done.add(card.role)
            yield model


def _model(data: Data, folder: Path, card: Card) -> Model | None:
    """None where its report cannot be read."""
    try:
        report = phase_models.read_report(phase_models.model_folder(folder, card.id))
    except UserError:
        return None
    return Model(card, report, meanings(data, card.classes))


def _may_be_shown(data: Data, protocol: str, model: Model) -> bool:
    """Whether its recordings are all of this protocol and of T families."""
    here = data.observations[data.observations["protocol"] == protocol]
    mine = here[here["observation_id"].isin(model.sessions())]
    return len(mine) == len(model.sessions()) and mine["family_id"].nunique() >= data.threshold


def _answer(data: Data, rows: list[dict], recordings: list[pd.Series]) -> Answer | None:
    """Rows with the families of their recordings."""
    behind = np.array([[data.mask(one)] for one in recordings])
    counts = [int(pd.Series(data.families[mask[0]]).nunique()) for mask in behind]
    frame = pd.DataFrame([row | {"families": count} for row, count in zip(rows, counts, strict=True)])
    return Answer(frame, behind) if rows else None


def _whole(model: Model, kind: str = "") -> dict[str, float]:
    """Scores of all folds together: the model's, or those of a baseline."""
    scores = model.report.scores[model.report.scores["fold"].isna()]
    rows = scores[scores["kind"] == kind] if kind else model.own(scores)
    return {} if rows.empty else rows.iloc[0].to_dict()


def _scores(data: Data, model: Model) -> Answer | None:
    own, common = _whole(model), _whole(model, COMMONEST)
    rows = [
        {
            "label": words, "value": 100 * own[name], "low": 100 * own[f"{name}_low"],
            "high": 100 * own[f"{name}_high"], "chance": 100 * common.get(name, np.nan),
        }
        for name, words in MEASURES.items()
    ]  # fmt: skip
    return _answer(data, rows, [model.sessions()] * len(rows))


def _kappas(data: Data, model: Model) -> Answer | None:
    """Model and coder over all sessions and over those that two people coded, and those two people."""
    frame = model.report.agreement
    frame = frame[(frame["scale"] == CLASSES) & frame["method"].isin(METHODS)]
    rows, recordings = [], []
    for method, words in METHODS.items():
        for row in [*_records(model.own(frame), method), *_records(frame[frame["kind"] == HUMAN], method)]:
            human, whole = row["kind"] == HUMAN, row["over"] == EVERY
            who = "Two people" if human else "Program and person" if whole else "Program, where two people coded"
            numbers = {name: row[name] for name in KAPPA_NUMBERS if name in row}
            numbers |= {"agreement": 100 * row["agreement"], "recordings": row["sessions"]}
            compared = "Two people" if human else "Person and model"
            words_of = {"behaviour": words, "who": who, "compared": compared, "role": "", "label": f"{words}: {who}"}
            rows.append(words_of | numbers)
            recordings.append(model.sessions() if whole and not human else model.twice)
    return _answer(data, rows, recordings)


def _records(frame: pd.DataFrame, method: str) -> list[dict]:
    return frame[frame["method"] == method].to_dict("records")


def _classes(data: Data, model: Model) -> Answer | None:
    mine = model.own(model.report.classes).to_dict("records")
    rows = [
        {"label": model.names[row["class"]]} | {name: 100 * float(row[name]) for name in PHASE_NUMBERS} for row in mine
    ]
    return _answer(data, rows, [model.sessions(row["class"]) for row in mine])


def _durations(data: Data, model: Model) -> Answer | None:
    mine = model.own(model.report.durations).to_dict("records")
    rows = [
        {
            "label": model.names[row["class"]], "value": row["bias_s"], "low": row["bias_low"],
            "high": row["bias_high"], "chance": np.nan, "icc": float(row["icc"]),
        }
        for row in mine
    ]  # fmt: skip
    return _answer(data, rows, [model.sessions(row["class"]) for row in mine])


def scores_say(frame: pd.DataFrame, who: str) -> str:
    """'The program names the infant's phase rightly in 67 % of the frames; ...'"""
    row = frame.iloc[0]
    if pd.isna(row["value"]):
        return ""
    blind = f"; always naming the commonest would be right in {row['chance']:g} %" if pd.notna(row["chance"]) else ""
    return f"A program names the {who}'s phase rightly in {row['value']:g} % of the frames{blind}."


def kappas_say(frame: pd.DataFrame) -> str:
    """Program and person beside two people, by time."""
    known = frame[frame["kappa"].notna() & (frame["behaviour"] == METHODS[DURATION])].set_index("who")["kappa"]
    if "Program and person" not in known:
        return ""
    people = f"; two people with {known['Two people']:g}" if "Two people" in known else ""
    return f"By time, program and person agree with kappa {known['Program and person']:g}{people}."


def classes_say(frame: pd.DataFrame) -> str:
    """The phase it finds best and the one it finds worst."""
    known = frame[frame["f1"].notna()]
    if len(known) < 2 or known["f1"].max() == known["f1"].min():
        return ""
    best, worst = known.loc[known["f1"].idxmax()], known.loc[known["f1"].idxmin()]
    ends = (f"{row['label']} (F1 {row['f1']:g} %)" for row in (best, worst))
    return "The program finds best {}, and worst {}.".format(*ends)


def durations_say(frame: pd.DataFrame) -> str:
    """For which phases durations are good enough."""
    known = frame[frame["icc"].notna()]
    good, poor = (known.loc[mask, "label"].tolist() for mask in (known["icc"] >= GOOD_ICC, known["icc"] < GOOD_ICC))
    if known.empty:
        return ""
    if not (good and poor):
        return f"{AGREED} for {'every' if good else 'no'} phase shown."
    return f"{AGREED} only for {one_of(good, 'and')}."
