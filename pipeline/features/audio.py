"""The sound of a video as 16 kHz mono, on the same clock as its pictures: a late start and gaps are kept."""

from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np

from pipeline.errors import UnreadableFile, file_name
from pipeline.features.video import frames, opened, origin

RATE = 16_000
GAP_S = 0.05
"""A jump of the clock by more than this is a gap and filled with silence; less is rounding of the file."""


@dataclass(frozen=True)
class Sound:
    """`samples`: int16 (n,) at RATE; `start_s`: time of the first one; `gaps`, `bad_packets`: what was mended."""

    samples: np.ndarray
    start_s: float
    gaps: int
    bad_packets: int


@dataclass
class _Recorder:
    """Collects resampled sound and fills gaps."""

    parts: list[np.ndarray] = field(default_factory=list)
    start_s: float = np.nan
    next_s: float = np.nan
    gaps: int = 0
    bad_packets: int = 0
    resampler: av.AudioResampler | None = None

    def take(self, frame: av.AudioFrame, time_s: float) -> None:
        """Adds a frame that starts at `time_s` (nan: where the last one ended)."""
        if np.isnan(self.start_s):
            self.start_s = self.next_s = 0.0 if np.isnan(time_s) else time_s
        if time_s - self.next_s > GAP_S:
            self.fill(time_s)
        self.resampler = self.resampler or av.AudioResampler(format="s16", layout="mono", rate=RATE)
        self.next_s += frame.samples / frame.sample_rate
        frame.pts = None
        self._keep(self.resampler.resample(frame))

    def fill(self, until_s: float) -> None:
        """Silence up to a time."""
        self.flush()
        missing = round((until_s - self.start_s) * RATE) - sum(len(part) for part in self.parts)
        self.parts.append(np.zeros(max(missing, 0), np.int16))
        self.next_s, self.gaps = until_s, self.gaps + 1

    def flush(self) -> None:
        """What the resampler still holds."""
        if self.resampler is not None:
            self._keep(self.resampler.resample(None))
            self.resampler = None

    def _keep(self, resampled: list[av.AudioFrame]) -> None:
        self.parts += [one.to_ndarray().reshape(-1) for one in resampled]


def read_sound(path: Path) -> Sound:
    """The whole sound track of a file; UnreadableFile when it has none."""
    recorder = _Recorder()
    with opened(path) as container:
        stream = container.streams.best("audio")
        if stream is None:
            text = f"{file_name(path)}: the video has no sound track, so nothing can be heard in it."
            raise UnreadableFile(f"{text} Leave streams of sound (speech, log_mel, w2vbert) out for this file.")
        stream.codec_context.thread_count = 1
        start = origin(container)
        for frame in frames(container, stream, recorder):
            recorder.take(frame, np.nan if frame.time is None else frame.time - start)
    recorder.flush()
    samples = np.concatenate(recorder.parts) if recorder.parts else np.zeros(0, np.int16)
    return Sound(samples, np.nan_to_num(recorder.start_s), recorder.gaps, recorder.bad_packets)
