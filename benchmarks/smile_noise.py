"""How far the boundaries of smiles are off, against the noise of the landmarks: the error curve of docs/smiles.md.

Tracks of the synthetic free play are drawn again with more and more noise and measured by the rule of the published
study, unsmoothed and with the radius smoothed over 3 and 5 frames. Prints the table and draws
docs/pictures/smile_noise.png.

python -m benchmarks.smile_noise
python -m benchmarks.smile_noise --recordings 10     quicker and rougher
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.catalogue.smile_parameters import SmileParameters
from pipeline.demo import SEED, make_study
from pipeline.demo.smile_record import true_smiles
from pipeline.demo.smile_schedule import Session
from pipeline.demo.smile_tracks import draw_face
from pipeline.demo.smiling import Smiling, make_smiling
from pipeline.measures.face_track import FaceTrack
from pipeline.measures.smile_radius import between
from pipeline.measures.smiles import smiles

NOISES = (0.0, 0.0005, 0.001, 0.002, 0.003, 0.004, 0.0055, 0.008, 0.0125)
"""SD of every coordinate of every landmark, in IR."""
SMOOTHINGS = ("raw", "3", "5")
WORDS = {"raw": "raw", "3": "3 frames", "5": "5 frames"}
COLOURS = {"raw": "#B0413E", "3": "#2A6F97", "5": "#6A994E"}
REAL = (0.011, 0.025)
"""Frame-to-frame SD of the radius in real tracks (IR)."""
RECORDINGS = 40
PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "smile_noise.png"
TIMES = ("onset_s", "apex_s", "offset_s", "end_s")


def error_curve(made: Smiling, recordings: int, noises: tuple[float, ...] = NOISES) -> pd.DataFrame:
    """One row per noise and smoothing: noise, frame_noise, smoothing, smiles, found, exact, within_2, all_4, median and
    p90 (frames), amplitude and duration (of the onset, found / true). Shares from 0 to 1.
    """
    numbers = [variant.number for variant in made.variants[-recordings:]]
    return pd.DataFrame([row for noise in noises for row in _at_noise(made, numbers, noise)])


def _at_noise(made: Smiling, numbers: list[int], noise: float) -> list[dict[str, object]]:
    parts: dict[str, list[pd.DataFrame]] = {smoothing: [] for smoothing in SMOOTHINGS}
    restless = []
    for number in numbers:
        session = made.sessions[number]
        face = draw_face(np.random.default_rng([number, 1]), session, noise)
        track = FaceTrack(session.seconds, face.confidence, face.au12, face.points, face.distance_mm)
        restless.append(restlessness(session, track))
        for smoothing, found in parts.items():
            found.append(compared(session, smiles(track, SmileParameters(smoothing=smoothing))))
    typical = float(np.sqrt(np.mean(np.square(np.concatenate(restless)))))
    head = {"noise": noise, "frame_noise": typical}
    return [head | {"smoothing": smoothing} | _summary(pd.concat(found)) for smoothing, found in parts.items()]


def restlessness(session: Session, track: FaceTrack) -> np.ndarray:
    """Steps of the radius from frame to frame (IR) where the mouth is at rest: no smile, no speech, no drop-out."""
    calm = ~session.hidden
    for smile in session.smiles:
        calm[max(smile.frames[0] - 2, 0) : smile.frames[3] + round(3 * session.fps)] = False
    for start, end in session.speech:
        calm[(session.seconds >= start) & (session.seconds < end + 1 / session.fps)] = False
    at_rest = np.median(between(track, 48, 54)[calm]) / 2 if calm.any() else np.nan
    return np.diff(between(track, 48, 34))[calm[1:] & calm[:-1]] / at_rest


def compared(session: Session, episodes: pd.DataFrame) -> pd.DataFrame:
    """One row per true smile that should be found: error_0 to error_3 in frames (infinite when it was not found),
    amplitude and duration of the onset as found / true.
    """
    true = true_smiles(session)
    rows = []
    for one in true[true["kind"].isin(["kept", "spoken"])].itertuples():
        met = episodes[(episodes["gate_on_s"] <= one.end_s) & (episodes["gate_off_s"] >= one.onset_s)]
        hit = met.iloc[0] if len(met) == 1 and np.isfinite(met.iloc[0]["end_s"]) else None
        if hit is None:
            rows.append([np.inf] * 4 + [np.nan] * 2)
            continue
        errors = [abs(hit[name] - getattr(one, name)) * session.fps for name in TIMES]
        lasted = hit["onset_duration_s"] / (one.apex_s - one.onset_s)
        rows.append([*errors, hit["onset_amplitude"] / one.rise, lasted])
    return pd.DataFrame(rows, columns=[*(f"error_{place}" for place in range(4)), "amplitude", "duration"])


def _summary(found: pd.DataFrame) -> dict[str, float]:
    errors = np.round(found[[f"error_{place}" for place in range(4)]].to_numpy(float), 1)
    return {
        "smiles": len(found),
        "found": float(np.isfinite(errors).all(axis=1).mean()),
        "exact": float((errors < 0.5).mean()),
        "within_2": float((errors < 2.5).mean()),
        "all_4": float((errors < 2.5).all(axis=1).mean()),
        "median": float(np.median(errors)),
        "p90": float(np.quantile(errors[np.isfinite(errors)], 0.9)),
        "amplitude": float(found["amplitude"].median()),
        "duration": float(found["duration"].median()),
    }


def as_markdown(curve: pd.DataFrame) -> str:
    """The curve as the table of docs/smiles.md."""
    names = (
        "Landmark noise",
        "r, frame to frame",
        "Smoothing",
        "Boundaries exact",
        "within 2 frames",
        "all 4 within 2",
    )
    names += ("median error", "90th percentile", "onset amplitude", "onset duration")
    lines = [" | ".join(names), " | ".join(["---:", "---:", "---", *["---:"] * 7])]
    for row in curve.itertuples():
        shares = [f"{100 * share:.1f} %" for share in (row.exact, row.within_2, row.all_4)]
        rest = [f"{row.median:.0f}", f"{row.p90:.0f}", f"{row.amplitude:.2f}", f"{row.duration:.2f}"]
        lines.append(" | ".join([f"{row.noise:.4f}", f"{row.frame_noise:.4f}", WORDS[row.smoothing], *shares, *rest]))
    return "\n".join(f"| {line} |" for line in lines)


def draw(curve: pd.DataFrame, path: Path) -> None:
    """Two panels against the frame-to-frame noise: the 90th percentile of the error, and smiles found as they were."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.2), dpi=120, layout="constrained")
    for smoothing, rows in curve.groupby("smoothing", sort=False):
        style = {"marker": "o", "color": COLOURS[smoothing], "label": WORDS[smoothing]}
        left.plot(rows["frame_noise"], rows["p90"], **style)
        right.plot(rows["frame_noise"], 100 * rows["all_4"], **style)
    for axes in (left, right):
        axes.axvspan(*REAL, color="0.9", zorder=0)
        axes.set_xlabel("noise of the radius from frame to frame (SD, initial radii)")
        axes.set_xlim(0, 1.05 * REAL[1])
        axes.set_ylim(bottom=0)
        axes.spines[["top", "right"]].set_visible(False)
        axes.text(np.mean(REAL), axes.get_ylim()[1] * 0.97, "real tracks", ha="center", va="top", color="0.35")
    left.set_ylabel("boundary error, 90th percentile (frames)")
    right.set_ylabel("smiles with all four boundaries\nwithin two frames (%)")
    left.legend(title="radius smoothed over", frameon=False, loc="upper left")
    figure.savefig(path, metadata={"Software": None})


def main() -> None:
    """Prints the table and draws the picture."""
    options = argparse.ArgumentParser(description="The error curve of smile boundaries.")
    options.add_argument("--recordings", type=int, default=RECORDINGS)
    curve = error_curve(make_smiling(SEED, make_study().sample), options.parse_args().recordings)
    print(as_markdown(curve))
    draw(curve, PICTURE)


if __name__ == "__main__":
    main()
