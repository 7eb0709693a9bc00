"""What the tables of a generation have of a track or stream: one row each, and what makes it one of a kind."""

from dataclasses import dataclass

from pipeline.steps.meaning import SUBJECT_WORDS


@dataclass(frozen=True)
class Track:
    """One face of one recording, as table track has it; `file` and `source` say where its frames lie."""

    observation_id: str
    subject: str
    coder_id: str
    au12_source: str
    face: int
    faces: int
    frames: int
    fps: float | None
    start_s: float
    end_s: float
    offset_ms: int
    file: str
    unfit: str
    source_id: int

    @property
    def identity(self) -> tuple[str, str, str]:
        """What only one track of a study has."""
        return self.observation_id, self.subject, self.coder_id

    @property
    def again(self) -> tuple[str, dict[str, str]]:
        """The rule of a second one, and the words of its sentence."""
        return "track_twice", {"subject_word": SUBJECT_WORDS[self.subject]}

    @property
    def end_ms(self) -> int:
        """Where its last frame ends, in ms of the recording."""
        step = 1 / self.fps if self.fps else 0.0
        return round((self.end_s + step) * 1000) - self.offset_ms


@dataclass(frozen=True)
class SpeechTrack:
    """The probability of speech in one recording, as table speech_track has it."""

    observation_id: str
    file: str
    offset_ms: int
    source_id: int

    @property
    def identity(self) -> tuple[str, ...]:
        """What only one speech track of a study has."""
        return (self.observation_id,)

    @property
    def again(self) -> tuple[str, dict[str, str]]:
        """The rule of a second one, and the words of its sentence."""
        return "speech_twice", {}


@dataclass(frozen=True)
class FeatureStream:
    """Numbers per frame of one recording, as table feature_stream has them. `subject`: '' for the whole session.

    `made`: what besides `choices` must be equal in streams that are compared; '' where that is not known any more.
    """

    observation_id: str
    stream: str
    subject: str
    fps: float
    frames: int
    dim: int
    file: str
    random_weights: bool
    choices: str
    offset_ms: int
    source_id: int
    made: str = ""

    @property
    def identity(self) -> tuple[str, str, str]:
        """What only one stream of a study has."""
        return self.observation_id, self.stream, self.subject

    @property
    def words(self) -> str:
        """The stream and whom it describes: 'dinov2 of the infant'."""
        return f"{self.stream} of {SUBJECT_WORDS.get(self.subject, 'the session')}"

    @property
    def again(self) -> tuple[str, dict[str, str]]:
        """The rule of a second one, and the words of its sentence."""
        return "stream_twice", {"what": self.words}

    @property
    def end_ms(self) -> int:
        """Where its last frame ends, in ms of the recording."""
        return round(1000 * self.frames / self.fps) - self.offset_ms
