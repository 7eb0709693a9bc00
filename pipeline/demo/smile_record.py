"""What truth.json says about the free play: the smiles as they were made, and what an analysis should find."""

import pandas as pd

from pipeline.demo.free_play import FreePlay
from pipeline.demo.parameters import smile_parameters
from pipeline.demo.smile_schedule import Session
from pipeline.demo.smile_truth import expected
from pipeline.demo.track_files import Variant, track_path

COLUMNS = ("kind", "number", "onset_s", "apex_s", "offset_s", "end_s", "rise", "fall", "head_leans")
"""Of every true smile. Times are seconds of the recording: onset a..b, apex b..c, offset c..d; `rise` and `fall`:
amplitudes of onset and offset in IR."""

ASSOCIATED = ("onset_amplitude", "onset_duration_s", "offset_duration_s", "total_duration_s")
LAST_NUMBER = 10
NOTE = (
    "kept: to be found. spoken: found, and it meets speech. hidden: in a drop-out. twitch: AU12 without a movement. "
    "cut: not over when the recording ends. number: among the kept smiles of the recording."
)


def record(
    play: FreePlay, smiles: pd.DataFrame, sessions: dict[int, Session], variants: list[Variant], written: int
) -> dict:
    """The entry `free_play` of truth.json."""
    recordings = {
        play.recordings["observation_id"].iloc[variant.number]: _recording(
            play, sessions[variant.number], variant, place < written
        )
        for place, variant in enumerate(variants)
    }
    return {
        "generator": smile_parameters(),
        "note": NOTE,
        "columns": COLUMNS,
        "recordings": dict(sorted(recordings.items())),
        "expected_slopes": {
            "note": "Change of a feature per point of a score in the n-th kept smile, as expected with these scores.",
            "columns": ("feature", "instrument", "smile_number", "recordings", "slope"),
            "rows": expected_slopes(play, smiles).round(7).to_numpy().tolist(),
        },
    }


def _recording(play: FreePlay, session: Session, variant: Variant, written: bool) -> dict:
    row = play.recordings.iloc[variant.number]
    return {
        "file": track_path(row["observation_id"], variant) if written else None,
        "visit": smile_parameters()["visits"][row["visit"]]["name"],
        "person_id": row["person_id"],
        "load": round(float(play.scores.load[variant.number]), 4),
        "fps": session.fps,
        "frames": session.frames,
        "first_frame_s": session.start_s,
        "offset_ms": variant.offset_ms or 0,
        "landmark_noise": variant.noise,
        "low_confidence": round(float(session.hidden.mean()), 4),
        "smiles": true_smiles(session).to_numpy().tolist(),
    }


def true_smiles(session: Session) -> pd.DataFrame:
    """The true smiles of one recording with the columns COLUMNS, by time."""
    times = session.seconds
    rows = [
        (
            *(smile.kind, smile.number),
            *times[list(smile.frames)].tolist(),
            *(round(smile.rise, 4), round(smile.fall, 4), bool(smile.lean)),
        )
        for smile in session.smiles
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def expected_features(play: FreePlay, smiles: pd.DataFrame) -> pd.DataFrame:
    """Expected values of the features ASSOCIATED for rows of `recording` and `number`."""
    table = expected(play, smiles)
    durations = ["onset_duration_s", "apex_duration_s", "offset_duration_s"]
    return table.assign(total_duration_s=table[durations].sum(axis=1))[list(ASSOCIATED)]


def expected_slopes(play: FreePlay, smiles: pd.DataFrame) -> pd.DataFrame:
    """feature, instrument, smile_number, recordings, slope: least squares of the expected values on each score.

    Over the recordings with so many kept smiles; given the scores, this is the mean of what such a regression finds.
    """
    kept = smiles[smiles["kind"] == "kept"].reset_index(drop=True)
    means, rows = expected_features(play, kept), []
    for number, group in kept[kept["number"] <= LAST_NUMBER].groupby("number"):
        for name, totals in play.scores.totals.items():
            score = totals[group["recording"].to_numpy()].astype(float)
            score = score - score.mean()
            slopes = score @ means.loc[group.index].to_numpy() / max(score @ score, 1e-12)
            found = zip(ASSOCIATED, slopes.tolist(), strict=True)
            rows += [(feature, name, int(number), len(group), slope) for feature, slope in found]
    return pd.DataFrame(rows, columns=["feature", "instrument", "smile_number", "recordings", "slope"])
