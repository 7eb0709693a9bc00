"""What a manifest says of files that hold numbers over time: face tracks, speech tracks and feature streams."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from pipeline.catalogue.scheme import Subject
from pipeline.catalogue.toml_file import Strict


def _regex(text: str) -> str:
    try:
        re.compile(text)
    except re.error as fault:
        raise ValueError(f"the pattern '{text}' is not a valid regular expression ({fault})") from None
    return text


Pattern = Annotated[str, AfterValidator(_regex)]


class Timed(Strict):
    """Files of one recording each, whose name says which: the stem of a file, after `corrections`, is matched with the
    pattern `observation` (default: the whole stem), and `observation_ids` maps what it caught to the study's own words.

    Observation time = time in the file - offset: `offset_ms`, or that of the recording's video of `view` in the media
    table.
    """

    files: tuple[str, ...] = Field(min_length=1)
    observation: Pattern = r"^(?P<observation>.+)$"
    observation_ids: dict[str, str] = {}
    corrections: dict[str, str] = {}
    offset_ms: int = 0
    view: str | None = None

    @model_validator(mode="after")
    def _offset(self) -> Self:
        if self.view is not None and self.offset_ms:
            raise ValueError("give offset_ms or view, not both")
        return self


class Tracks(Timed):
    """One set of face tracks. `subject`: whose face is followed. `face`: its number where a file holds several (by
    recording: `faces`); without it the face with the largest mean confidence is taken, and that is said."""

    format: Literal["openface", "faces"]
    subject: Subject = "caregiver1"
    face: int | None = Field(default=None, ge=0)
    faces: dict[str, int] = {}


class Speech(Timed):
    """One set of speech tracks: the probability of speech over time, as `extract` writes it."""

    format: Literal["speech"]


class Streams(Timed):
    """One set of feature streams: files that `extract` wrote, NOVA streams, or a session's HDF5 file.

    `subject`: whom they describe; without it the file says so (its role, its view), else it is the whole session.
    `stream`: what they are called, where the file does not say it or another name is wanted; an HDF5 file has its own.
    `fps`: frames per second of an HDF5 file, which does not say it.
    """

    format: Literal["extracted", "nova_stream", "hdf5"]
    subject: Literal["infant", "caregiver1", "caregiver2"] | None = None
    stream: str | None = Field(default=None, pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")
    fps: int = Field(default=25, ge=1, le=1000)

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.format == "hdf5" and (self.stream is not None or self.subject is not None):
            raise ValueError("an hdf5 file has the streams of a whole session: leave out stream and subject")
        return self
