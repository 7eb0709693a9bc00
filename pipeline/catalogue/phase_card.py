"""The card of a trained classifier of engagement phases: what it is, what it was taught on and what it can do."""

from pipeline.catalogue.phase_recipe import Recipe
from pipeline.catalogue.toml_file import Strict

INTENDED_USE = (
    "Research on recordings of the same kind, coded by the same scheme. Not for judging a family or a child: a single "
    "session is wrong more often than the figures of all sessions say."
)


class StreamUsed(Strict):
    """A feature stream as the model takes it in: `dim` numbers per frame after components; `choices` of the extraction
    as JSON, so that a new recording is extracted in the same way. `subject` is '' for a stream of the whole session.
    """

    stream: str
    subject: str = ""
    dim: int
    fps: float
    choices: str = "{}"
    random_weights: bool = False


class Card(Strict):
    """What a trained classifier is and what it can do. `metrics`: pooled over all folds, by name (shares of 1; None
    where one does not exist). `recipe`: of the final network; `grid`: all settings that were searched. `generation`:
    of the data; `coded`: letters for all that people coded. `merge`, `drop`: the class map itself. `seconds`: what
    training took. `precision` of its teaching.
    """

    id: str
    title: str
    role: str
    subject: str
    behaviour_group: str
    class_map: str
    classes: tuple[str, ...]
    kind: str
    streams: tuple[StreamUsed, ...]
    pca_scope: str
    recipe: Recipe
    grid: tuple[Recipe, ...]
    outer: int
    inner: int
    seed: int
    precision: str = "float32"
    compat: tuple[str, ...] = ()
    study_id: str
    generation: int
    generation_sha256: str
    coded: str = ""
    sessions: int
    families: int
    metrics: dict[str, float | None]
    scored_frames: int
    seconds: float
    version: str
    created: str
    intended_use: str = INTENDED_USE
    notes: tuple[str, ...] = ()
    merge: dict[str, str] = {}
    drop: tuple[str, ...] = ()

    @property
    def coder_id(self) -> str:
        """The coder under whose name its predictions enter a study."""
        return f"model:{self.id}"

    @property
    def random_weights(self) -> bool:
        """Whether any stream came out of an encoder with random weights."""
        return any(one.random_weights for one in self.streams)

    @property
    def may_be_coder(self) -> bool:
        """Whether its predictions may enter a study: no published choice that we do not make, no random weights."""
        return not self.compat and not self.random_weights
