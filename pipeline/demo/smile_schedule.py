"""When it happens: the frames of every smile's phases, drop-outs of the face track, and intervals of speech."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from pipeline.demo.parameters import smile_parameters

LEAST_APEX = 6
LARGEST_SINK = 0.2
"""The lip corner comes to rest at most so much (IR) nearer to the nose than before the smile."""
TWITCH_S = 0.5
SPOKEN_S = (0.25, 1.6)
"""A smile that meets speech does so for at least the first, from at most so long before or after."""


@dataclass(frozen=True)
class Phases:
    """Frames of one true smile: onset a..b, apex b..c, offset c..d; amplitudes of onset and offset in IR. `number`:
    among the kept ones. `cut`: the recording ends before the offset. `lean`: frame of a quick lean, 0 for none.
    """

    kind: str
    number: int
    frames: tuple[int, int, int, int]
    rise: float
    fall: float
    lean: int = 0
    cut: bool = False


@dataclass
class Session:
    """One recording, in its frames. `smiles` by time; `start_s`: time of the recording at the first frame; `hidden`
    (frames,): the face is lost. `gap`: frames that the file lacks (first, last + 1). `speech`: onset and offset (s).
    """

    fps: float
    frames: int
    smiles: list[Phases]
    start_s: float = 0.0
    hidden: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    gap: tuple[int, int] | None = None
    speech: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)))

    @property
    def seconds(self) -> np.ndarray:
        """Time of every frame in the recording (s), as the program writes it."""
        return np.round(self.start_s + np.arange(self.frames) / self.fps, 3)


def schedule(rng: np.random.Generator, smiles: pd.DataFrame, fps: float, length_s: float, ending: str = "") -> Session:
    """Puts the smiles of one recording (columns of `draw_smiles`) on its time line. `ending`: 'offset' lets the
    recording end with the last frame of the last smile, 'apex' with a further smile that is not over.
    """
    wanted = smile_parameters()
    shapes = [_shape(row, fps) for row in smiles.itertuples(index=False)]
    between, edge = round(wanted["between_s"] * fps), round(wanted["edge_s"] * fps)
    taken = sum(sum(lengths) for lengths, _, _ in shapes) + between * max(len(shapes) - 1, 0) + 2 * edge
    frames = max(round(length_s * fps), taken + round(8 * fps))
    pauses = np.diff(np.sort(np.concatenate([[0], rng.integers(0, frames - taken, len(shapes)), [frames - taken]])))
    at, placed = edge, []
    for row, ((rise, apex, fall), up, down), pause in zip(
        smiles.itertuples(index=False), shapes, pauses[:-1].tolist(), strict=True
    ):
        a = at + pause
        frames_of = (a, a + rise, a + rise + apex, a + rise + apex + fall)
        placed.append(Phases(row.kind, int(row.number), frames_of, up, down))
        at = placed[-1].frames[3] + between
    session = Session(fps, frames, placed)
    return _ended(session, ending) if ending and placed else session


def _shape(row: Any, fps: float) -> tuple[tuple[int, int, int], float, float]:
    """(frames of onset, apex and offset, amplitude of onset and of offset): what the values come to in whole frames."""
    track = smile_parameters()["track"]
    fewest, slowest = track["fewest_frames"], track["slowest"]
    if row.kind == "twitch":
        return (0, round(TWITCH_S * fps), 0), 0.0, 0.0
    up = max(row.onset_amplitude, fewest * slowest)
    down = min(max(up * row.offset_ratio, fewest * slowest), up + LARGEST_SINK)
    rise = min(max(round(row.onset_duration_s * fps), fewest), int(up / slowest))
    fall = min(max(round(row.offset_duration_s * fps), fewest), int(down / slowest))
    return (rise, max(round(row.apex_duration_s * fps), LEAST_APEX), fall), up, down


def _ended(session: Session, ending: str) -> Session:
    """The session cut at its last smile that can be found: with its last frame, or in the middle of its apex."""
    smiles = session.smiles
    last = max(place for place, smile in enumerate(smiles) if smile.kind in ("kept", "spoken"))
    kept = smiles[: last + 1]
    a, b, c, d = kept[-1].frames
    if ending == "offset":
        return Session(session.fps, d + 1, kept)
    end = b + max((c - b) // 2, LEAST_APEX // 2)
    kept[-1] = Phases("cut", kept[-1].number, (a, b, end, end), kept[-1].rise, 0.0, cut=True)
    return Session(session.fps, end + 1, kept)


def add_lean(session: Session, rng: np.random.Generator) -> None:
    """The head comes closer at once in the apex of one smile long enough for it."""
    steps = round(0.2 * session.fps)
    places = [
        place
        for place, smile in enumerate(session.smiles)
        if smile.kind == "kept" and smile.frames[2] - smile.frames[1] >= 3 * steps
    ]
    if places:
        place = int(rng.choice(places))
        smile = session.smiles[place]
        session.smiles[place] = Phases(
            smile.kind, smile.number, smile.frames, smile.rise, smile.fall, smile.frames[1] + steps
        )


def lose_frames(rng: np.random.Generator, session: Session, share: float) -> None:
    """Drop-outs: the hidden smiles, and stretches of 0.2 to 3 s between the others until `share` of the frames is
    lost, or no time is left."""
    clear = round(smile_parameters()["clear_s"] * session.fps)
    lost, free = np.zeros(session.frames, bool), np.ones(session.frames, bool)
    for smile in session.smiles:
        first, last = smile.frames[0], smile.frames[3]
        if smile.kind == "hidden":
            lost[max(first - clear // 2, 0) : last + clear // 2] = True
        else:
            free[max(first - clear, 0) : last + clear] = False
    for _ in range(400):
        left = round(share * session.frames) - int((lost & free).sum() + (lost & ~free).sum())
        places = np.flatnonzero(free & ~lost)
        if left <= 0 or not len(places):
            break
        start = int(rng.choice(places))
        stop = start + min(int(rng.uniform(0.2, 3.0) * session.fps), left)
        lost[start:stop] |= free[start:stop]
    session.hidden = lost


def add_gap(rng: np.random.Generator, session: Session) -> None:
    """The file lacks 0.3 to 0.5 s somewhere between smiles."""
    clear = round(smile_parameters()["clear_s"] * session.fps)
    size = round(rng.uniform(0.3, 0.5) * session.fps)
    free = np.ones(session.frames, bool)
    for smile in session.smiles:
        free[max(smile.frames[0] - clear - size, 0) : smile.frames[3] + clear] = False
    places = np.flatnonzero(free[: session.frames - size])
    if len(places):
        start = int(rng.choice(places))
        session.gap = (start, start + size)


def add_speech(rng: np.random.Generator, session: Session, clicks: int) -> None:
    """Speech at the smiles that meet it, and elsewhere but near the ones that do not; `clicks` of a few milliseconds in
    kept smiles.
    """
    wanted = smile_parameters()
    times = session.seconds
    at = [(smile, times[smile.frames[0]], times[smile.frames[3]]) for smile in session.smiles]
    spoken = [_at_smile(rng, start, end) for smile, start, end in at if smile.kind == "spoken"]
    quiet = [(start - 0.4, end + 0.4) for smile, start, end in at if smile.kind in ("kept", "cut")]
    taken = [*quiet, *[(start - 0.1, end + 0.1) for start, end in spoken]]
    here = _elsewhere(rng, float(times[-1]), taken)
    kept = [(start, end) for smile, start, end in at if smile.kind == "kept"][:clicks]
    short = [(round(start + 0.3, 3), round(start + 0.3 + wanted["click_ms"] / 1000, 3)) for start, _ in kept]
    found = np.array(sorted([*spoken, *here, *short])).reshape(-1, 2)
    session.speech = np.round(found, 3)


def _at_smile(rng: np.random.Generator, start: float, end: float) -> tuple[float, float]:
    """Speech that begins before or within a smile and shares at least a quarter of a second with it."""
    shared, around = SPOKEN_S
    first = rng.uniform(max(start - around, 0), end - shared)
    last = rng.uniform(max(first, start) + shared, end + around)
    return float(first), float(last)


def _elsewhere(rng: np.random.Generator, until: float, taken: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Intervals of speech from 0 to `until`, none of which touches a taken one."""
    wanted = smile_parameters()
    bout, share = wanted["speech_bout_s"], wanted["speech_share"]
    found, at = [], float(rng.exponential(bout))
    while at < until:
        end = min(at + float(rng.gamma(2, bout / 2)) + 0.05, until)
        if not any(start < end and at < stop for start, stop in taken):
            found.append((at, end))
        at = end + 0.1 + float(rng.exponential(bout * (1 - share) / share))
    return found
