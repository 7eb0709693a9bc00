"""The report of a trained classifier: made once from its answers and people's codes, kept as Parquet, only shown later.

Scores are over frames; agreement is the agreement code's; durations are those a lab would compute.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import StudyError
from pipeline.measures import phase_calibration, phase_scores
from pipeline.measures.phase_arms import arms
from pipeline.measures.phase_coded import Coded, Task
from pipeline.measures.phase_metrics import DRAWS
from pipeline.steps.phase_report_agreement import agreement
from pipeline.steps.phase_report_durations import duration_points, duration_table, over_main_codes
from pipeline.steps.phase_report_frames import FRAMES, Report
from pipeline.steps.phase_report_lists import counts, published, unsure


def build_report(
    answers: pd.DataFrame,
    sessions: Sequence[Coded],
    task: Task,
    main: tuple[str, str],
    seed: int = 1,
    draws: int = DRAWS,
) -> Report:
    """All frames of a report. `answers`: observation_id, family, modality, kind, fold, frame, truth, predicted,
    confidence and `p_<class>` per class of the task; `sessions`: everyone in them; `main`: modality and kind of the arm
    whose predictions enter the study. Neither the order of rows nor that of sessions changes anything.
    """
    every = list(arms(answers, task.classes))
    ordered = sorted(sessions, key=lambda one: one.observation_id)
    own = next(arm for arm in every if (arm.modality, arm.kind) == main)
    lengths = {one.observation_id: one.frames for one in ordered}
    points = duration_points(every, ordered, task)
    kappas, bouts = agreement(every, ordered, task, seed, draws)
    return Report(
        scores=_each(phase_scores.scores(arm, seed, draws) for arm in every),
        classes=_each(phase_scores.classes(arm, task.classes) for arm in every),
        fold_classes=_each(phase_scores.fold_classes(arm, task.classes) for arm in every),
        confusion=_each(phase_scores.confusions(arm, task.classes) for arm in every),
        sessions=_each(phase_scores.sessions(arm) for arm in every),
        ahead=phase_scores.ahead(own, [arm for arm in every if arm is not own], lengths, seed, draws),
        agreement=kappas,
        bouts=bouts,
        durations=duration_table(points, seed, draws),
        duration_points=points,
        over_codes=over_main_codes(own, ordered, task),
        calibration=_each(phase_calibration.calibration(arm) for arm in every),
        class_calibration=_each(phase_calibration.class_calibration(arm, task.classes) for arm in every),
        calibration_error=_each(phase_calibration.calibration_error(arm, seed, draws) for arm in every),
        counts=counts(ordered, task),
        unsure=unsure(own, ordered, task),
        published=published(task.role),
    )


def _each(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(list(frames), ignore_index=True)


def write_report(report: Report, folder: Path) -> None:
    """Writes each frame as `<name>.parquet` into the folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in FRAMES:
        table = pa.Table.from_pandas(getattr(report, name), preserve_index=False)
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")


def read_report(folder: Path) -> Report:
    """A report as it was written; StudyError where a part is missing or damaged."""
    try:
        return Report(**{name: pq.read_table(folder / f"{name}.parquet").to_pandas() for name in FRAMES})
    except (OSError, pa.ArrowException):
        text = "The report of this model is missing or damaged. Train the model again."
        raise StudyError(text) from None
