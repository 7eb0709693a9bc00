"""The frames of a report on a trained classifier."""

from dataclasses import dataclass, fields

import pandas as pd


@dataclass(frozen=True)
class Report:
    """Frames of a report; an arm is `modality` (multimodal, video, audio) x `kind` (lstm, linear, baselines).

    `scores`: fold missing = all frames together, then with `<metric>_low`, `_high` (families drawn) and `_sd` over
    folds. `classes`, `fold_classes`: per class. `confusion`: cells with `share` of the truth's frames. `sessions`: per
    session, analyst only. `ahead`: main arm minus the others on the same frames. `agreement`: kappas on the scale of
    people (`phase_report_agreement`), rows of kind "human" where people coded twice. `bouts`: events that find each
    other. `durations`: bias and limits per class, and how much of differences between sessions is kept (`closeness`);
    `duration_points`: the sessions behind it. `over_codes`: s predicted (columns after `code`) during each code, main
    arm. `calibration`, `class_calibration`, `calibration_error`: how sure it may be. `counts`: frames and sessions
    before (level code) and after the map (level class); name '' is time without any. `unsure`: segments of the main
    arm, those to review first on top. `published`: the engagement paper's figures for this role, shares, with
    `caption`.
    """

    scores: pd.DataFrame
    classes: pd.DataFrame
    fold_classes: pd.DataFrame
    confusion: pd.DataFrame
    sessions: pd.DataFrame
    ahead: pd.DataFrame
    agreement: pd.DataFrame
    bouts: pd.DataFrame
    durations: pd.DataFrame
    duration_points: pd.DataFrame
    over_codes: pd.DataFrame
    calibration: pd.DataFrame
    class_calibration: pd.DataFrame
    calibration_error: pd.DataFrame
    counts: pd.DataFrame
    unsure: pd.DataFrame
    published: pd.DataFrame


FRAMES = tuple(field.name for field in fields(Report))
