"""Keeps a trained model: answers of all arms, predictions, report, weights and card, in one folder."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from pipeline import VERSION
from pipeline.catalogue.phase_card import Card, StreamUsed
from pipeline.measures.phase_coded import fingerprint
from pipeline.measures.phase_metrics import METRICS, confusion, metrics
from pipeline.measures.phase_segments import segments
from pipeline.models.phases import Fitted
from pipeline.steps import phase_models
from pipeline.steps.phase_arms import answer_rows, baseline_rows
from pipeline.steps.phase_features import scope_shown, widths
from pipeline.steps.phase_folds_run import FoldTask, read_fold
from pipeline.steps.phase_models import PREDICTED, REPORT, Kept
from pipeline.steps.phase_plan import Plan
from pipeline.steps.phase_report import build_report, write_report


def keep_model(made: Plan, fitted: Fitted, tasks: Sequence[FoldTask], seconds: float) -> Card:
    """Answers of all arms, report, predictions and card, in one folder."""
    results = {arm: [read_fold(one.file) for one in tasks if one.arm == arm] for arm in range(len(made.arms))}
    parts = [answer_rows(arm, results[place]) for place, arm in enumerate(made.arms)]
    own = parts[0]
    answers = pd.concat([*parts, baseline_rows(made.main)], ignore_index=True)
    for column in ("observation_id", "family", "modality", "kind"):
        answers[column] = answers[column].astype("category")
    card = _card(made, fitted, own, seconds)
    asked = set(own["observation_id"])
    report = build_report(
        answers,
        [one for one in made.cohort.coded if one.observation_id in asked],
        made.cohort.task,
        (made.main.modality, made.main.kind),
        made.asked.seed,
    )
    reading = made.main.reading
    fitted_on = reading.components(tuple(made.main.work.sessions)) or None
    predicted = predictions(made, own)
    phase_models.keep(
        made.home,
        Kept(card, fitted, fitted_on, answers, predicted, lambda folder: write_report(report, folder / REPORT)),
    )
    return card


def predictions(made: Plan, answers: pd.DataFrame) -> pd.DataFrame:
    """Answers of one arm as events inside the sessions (columns PREDICTED): equal neighbours are one event, frames
    without features are gaps.
    """
    classes, task = made.main.work.design.classes, made.cohort.task
    coded = {one.observation_id: one for one in made.cohort.coded}
    parts = [pd.DataFrame(columns=list(PREDICTED))]
    for name, rows in answers.groupby("observation_id", sort=True, observed=True):
        one = coded[str(name)]
        predicted, sure = np.full(one.frames, -1, dtype=np.int64), np.zeros(one.frames)
        predicted[rows["frame"]], sure[rows["frame"]] = rows["predicted"], rows["confidence"]
        found = segments(predicted, sure, classes, task.fps)
        found["onset_ms"] = found["onset_ms"].clip(lower=one.start_ms)
        found["offset_ms"] = found["offset_ms"].clip(upper=one.end_ms)
        whose = {"observation_id": str(name), "subject": made.cohort.subjects[str(name)]}
        found = found.assign(**whose, behaviour_group=task.behaviour_group)
        parts.append(found.loc[found["offset_ms"] > found["onset_ms"], list(PREDICTED)])
    return pd.concat(parts[1:] or parts, ignore_index=True)


def _card(made: Plan, fitted: Fitted, own: pd.DataFrame, seconds: float) -> Card:
    work, task, asked = made.main.work, made.cohort.task, made.asked
    matrix = confusion(own["truth"].to_numpy(), own["predicted"].to_numpy(), len(work.design.classes))
    values = dict(zip(METRICS, metrics(matrix), strict=True))
    return Card(
        id=made.id,
        title=made.title,
        role=asked.role,
        subject=task.subject,
        behaviour_group=task.behaviour_group,
        class_map=made.material.class_map_name,
        classes=work.design.classes,
        kind=made.main.kind,
        streams=streams_used(made),
        pca_scope=scope_shown(made.main.reading),
        recipe=fitted.recipe,
        grid=work.design.settings,
        outer=len(work.plan.folds),
        inner=work.design.inner,
        seed=asked.seed,
        precision=work.where.precision,
        compat=asked.published.names,
        study_id=made.material.study_id,
        generation=made.material.number,
        generation_sha256=made.material.sha256,
        coded=fingerprint(made.cohort.coded, task),
        sessions=len(work.sessions),
        families=len({one.family for one in work.sessions.values()}),
        metrics={name: float(value) if np.isfinite(value) else None for name, value in values.items()},
        scored_frames=int(matrix.sum()),
        seconds=round(seconds, 1),
        version=VERSION,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        notes=made.notes,
        merge=task.class_map.merge,
        drop=task.class_map.drop,
    )


def streams_used(made: Plan) -> tuple[StreamUsed, ...]:
    """The streams of the main arm as its network takes them in."""
    reading, dims = made.main.reading, dict(widths(made.main.reading))
    first = reading.of(str(reading.rows["observation_id"].iloc[0]))
    return tuple(
        StreamUsed(
            stream=str(row.stream),
            subject=str(row.subject),
            dim=dims[str(row.stream)],
            fps=float(row.fps),
            choices=str(row.choices),
            random_weights=bool(row.random_weights),
        )
        for row in first.itertuples()
    )
