"""Pictures of a video in their own time: true timestamps, upright, corrupt packets left out and counted.

Time 0 is where a player starts: where the container says that its streams begin (negative starts are kept at 0). The
frame number divided by the frame rate is not a time: webcams and telephones record at a variable rate.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from pipeline.errors import UnreadableFile, file_name

Layout = Literal["rgb24", "gray"]

BACKWARD_SHARE = 0.01
"""Up to this share of frames without a usable time is left out; with more, the file's times cannot be trusted."""


@dataclass(frozen=True)
class Times:
    """Settled times of frames: `t_s` of the `kept` ones (mask over all), and whether they are the file's or the count
    of frames divided by the frame rate."""

    t_s: np.ndarray
    kept: np.ndarray
    source: Literal["file", "frame_number"]


def settled(raw_s: np.ndarray, fps: float) -> Times:
    """Strictly increasing times from the file's own (nan where a frame has none).

    A frame that is not later than all before it is left out; where that is more than BACKWARD_SHARE of them, all
    frames are kept at number / `fps` instead.
    """
    raw_s = np.asarray(raw_s, float)
    before = np.r_[-np.inf, np.fmax.accumulate(raw_s)[:-1]] if len(raw_s) else raw_s
    kept = raw_s > np.where(np.isnan(before), -np.inf, before)
    if (~kept).sum() <= BACKWARD_SHARE * len(raw_s):
        return Times(raw_s[kept], kept, "file")
    return Times(np.arange(len(raw_s)) / fps, np.ones(len(raw_s), dtype=bool), "frame_number")


def exact_times(path: Path) -> tuple[list[Fraction | None], str]:
    """Time of every picture of a video in seconds, exact, as `settled` (None: left out), and where times come from.

    Pictures are decoded but not converted: a packet that is broken has no time.
    """
    tally = _Tally()
    with opened(path) as container:
        stream = picture_stream(container, path)
        fps, start = Fraction(stream.average_rate or stream.guessed_rate or 25), exact_origin(container)
        raw = [None if one.pts is None else one.pts * one.time_base - start for one in frames(container, stream, tally)]
    found = settled(np.array([np.nan if time is None else float(time) for time in raw]), float(fps))
    if found.source == "frame_number":
        return [number / fps for number in range(len(raw))], found.source
    return [time if kept else None for time, kept in zip(raw, found.kept, strict=True)], found.source


@dataclass
class _Tally:
    bad_packets: int = 0


class Pictures:
    """The pictures of a video, read once from beginning to end with one thread.

    Iterating gives (raw time in seconds or nan, array of uint8 (height, width[, 3])). `bad_packets`, `width`, `height`
    and `rotation` (degrees) are complete when the iteration is. UnreadableFile when the file is no video.
    """

    def __init__(self, path: Path, layout: Layout):
        self.path, self.layout = path, layout
        self.bad_packets = self.width = self.height = self.rotation = 0
        self.fps = self.length_s = 0.0
        self.reformatter = VideoReformatter()

    def __iter__(self) -> Iterator[tuple[float, np.ndarray]]:
        with opened(self.path) as container:
            stream = picture_stream(container, self.path)
            self.fps = float(stream.average_rate or stream.guessed_rate or 25)
            self.length_s = seconds(container)
            aspect, start = float(stream.sample_aspect_ratio or 1), origin(container)
            for frame in frames(container, stream, self):
                time = np.nan if frame.time is None else frame.time - start
                yield time, self._upright(frame, aspect)

    def _upright(self, frame: av.VideoFrame, aspect: float) -> np.ndarray:
        """The picture as a player shows it: square pixels, turned by the file's rotation."""
        width = round(frame.width * aspect)
        picture = self.reformatter.reformat(frame, width, frame.height, self.layout, threads=1).to_ndarray()
        self.rotation = frame.rotation
        if frame.rotation:
            picture = np.ascontiguousarray(np.rot90(picture, frame.rotation // 90))
        self.height, self.width = picture.shape[:2]
        return picture


def picture_stream(container: av.container.InputContainer, path: Path) -> av.VideoStream:
    """The pictures in an open file, decoded on one thread; UnreadableFile when there are none."""
    stream = container.streams.best("video")
    if stream is None:
        raise UnreadableFile(f"{file_name(path)}: there is no picture in this file.")
    stream.codec_context.thread_count = 1
    return stream


def has_pictures(path: Path) -> bool:
    """Whether a file has moving pictures; a cover drawn beside a song is none."""
    with opened(path) as container:
        stream = container.streams.best("video")
        return stream is not None and not stream.disposition & av.stream.Disposition.attached_pic


def frames(container: av.container.InputContainer, stream: av.stream.Stream, tally: object) -> Iterator[av.frame.Frame]:
    """Decoded frames of a stream; a packet that cannot be decoded is counted in `tally.bad_packets` and passed over."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:
            tally.bad_packets += 1
            return
        if packet is None:
            return
        try:
            yield from packet.decode()
        except av.FFmpegError:
            tally.bad_packets += 1


def opened(path: Path) -> av.container.InputContainer:
    """The file, open for reading; UnreadableFile says why not."""
    try:
        return av.open(str(path), metadata_errors="replace")
    except FileNotFoundError:
        raise UnreadableFile(f"{file_name(path)}: there is no such file.") from None
    except OSError as fault:
        text = f"{file_name(path)}: the file cannot be opened ({fault.strerror}). Check that it is a file you may read."
        raise UnreadableFile(text) from None
    except av.FFmpegError:
        text = f"{file_name(path)}: this cannot be read as a video. Check that it plays, or convert it to MP4."
        raise UnreadableFile(text) from None


def origin(container: av.container.InputContainer) -> float:
    """Where time 0 of the recording lies on the file's own clock, in seconds."""
    return max(0.0, (container.start_time or 0) / av.time_base)


def exact_origin(container: av.container.InputContainer) -> Fraction:
    """`origin` without rounding: the start of the container is told in whole microseconds, that of its earliest stream
    in its own clock."""
    rounded = Fraction(max(0, container.start_time or 0), av.time_base)
    starts = [one.start_time * one.time_base for one in container.streams if one.start_time is not None]
    return next((start for start in sorted(starts) if abs(start - rounded) < Fraction(2, av.time_base)), rounded)


def seconds(container: av.container.InputContainer) -> float:
    """Length of the recording as the file states it, 0 where it does not."""
    return max(0.0, (container.duration or 0) / av.time_base)


def length_s(path: Path) -> float:
    """Length of a recording in seconds as its file states it, 0 where it does not or cannot be read."""
    try:
        with opened(path) as container:
            return seconds(container)
    except UnreadableFile:
        return 0.0
