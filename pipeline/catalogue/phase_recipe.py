"""How a classifier of engagement phases is built and taught: the engagement paper's numbers where it has them."""

from dataclasses import dataclass, fields, replace
from typing import Literal


@dataclass(frozen=True)
class Recipe:
    """One setting of the grid.

    `window` frames go in at once (1: single frames), a new one begins every `stride` frames when teaching; asked
    windows never overlap. `hidden`: widths of the layers (linear), or of each direction (lstm, both layers).
    `weight_decay` is the L2 term of the optimiser. At most `epochs` are taught; the best is the one with the smallest
    validation loss, and after `patience` epochs without a better one teaching ends. `schedule` "cosine": from the
    learning rate to 0 over `epochs`, stepped once per epoch.
    """

    kind: Literal["linear", "lstm"]
    window: int
    stride: int
    hidden: tuple[int, ...]
    optimiser: Literal["adam", "sgd"]
    learning_rate: float
    weight_decay: float
    batch: int
    dropout: float = 0.25
    momentum: float = 0.9
    epochs: int = 100
    patience: int = 5
    schedule: Literal["", "cosine"] = ""

    def __post_init__(self) -> None:
        if not 1 <= self.stride <= self.window:
            raise ValueError("stride must be between 1 and the window: a longer one would skip frames")
        if self.kind == "linear" and self.window != 1:
            raise ValueError("the linear model sees single frames: its window is 1")
        if not self.hidden or min(self.batch, self.epochs, self.patience, *self.hidden) < 1:
            raise ValueError("hidden, batch, epochs and patience must be at least 1")


LINEAR = Recipe("linear", 1, 1, (512, 256, 128), "adam", 1e-3, 1e-5, 128)
"""The paper's layers; optimiser and rates are ours (the paper says nothing of them)."""
LSTM = Recipe("lstm", 25, 25, (128,), "adam", 1e-3, 1e-5, 64)
"""Adam stands in the paper's grid; its learning rate here is ours."""
LSTM_PRINTED = replace(LSTM, window=50, stride=50, optimiser="sgd", learning_rate=1e-4, weight_decay=0.1)
"""As printed: SGD with momentum and a weight decay of 0.1."""


@dataclass(frozen=True)
class PaperCompat:
    """Choices of the published code that we do not make, one by one, so that their effect can be measured.

    A result with any of them on says so in its title and never enters a study as a coder.
    """

    scaling_on_all: bool = False
    """Features scaled by all sessions, those asked included."""
    weights_on_all: bool = False
    """Class weights from all labels, those asked included."""
    overlapping_asked_windows: bool = False
    """Asked windows overlap by half, and frames count twice."""
    one_model_throughout: bool = False
    """One model and one optimiser go through all inner folds."""
    no_refit: bool = False
    """The model of the last inner fold answers."""
    dropout_when_asked: bool = False
    """Dropout stays on when the model answers: results are random."""
    cosine_in_steps: bool = False
    """A cosine period counted in steps but stepped per epoch: the learning rate hardly falls."""
    early_epoch_bonus: bool = False
    """Chosen by 0.5 F1 unweighted + 0.5 (1 - epoch / 100), which rewards early epochs."""
    single_split: bool = False
    """One split instead of folds."""

    @property
    def names(self) -> tuple[str, ...]:
        """The switches that are on."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name))

    @property
    def title(self) -> str:
        """' (published choices: ...)' for a title, '' when none is on."""
        words = ", ".join(name.replace("_", " ") for name in self.names)
        return f" (published choices: {words})" if words else ""

    @property
    def may_be_coder(self) -> bool:
        """Whether predictions may enter a study."""
        return not self.names
