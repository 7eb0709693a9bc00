"""Classifiers of engagement phases: `fit` teaches one, `predict` asks it. Arrays in, arrays out; torch loads when used.

Everything learnt (scaling, class weights, the network) comes from the teaching sessions. Sessions are read one after
the other through `read`, so that memory does not grow with their number. The same lesson, recipe and seed give the same
network on the CPU with the same number of threads.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from math import cos, inf, isfinite, pi
from typing import TYPE_CHECKING

import numpy as np

from pipeline.catalogue.phase_recipe import Recipe
from pipeline.errors import UserError
from pipeline.measures.phase_scaling import Scaling
from pipeline.measures.phase_sessions import Session
from pipeline.measures.phase_windows import asked_windows
from pipeline.models import phases_linear, phases_lstm
from pipeline.models.phases_lesson import Batch, Lesson, ahead, batches, padded, parts

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module
    from torch.optim import Optimizer

KINDS = {"linear": phases_linear, "lstm": phases_lstm}


class Diverged(UserError):
    """Teaching went off: the loss is no number any more."""


@dataclass(frozen=True)
class Fitted:
    """A taught network as plain arrays. `taught` (classes,): classes that occurred, no other is ever predicted.
    `epochs`: how many it was taught; `history` (epochs run, 3): teaching loss, validation loss, learning rate.
    """

    recipe: Recipe
    scaling: Scaling
    taught: np.ndarray
    state: dict[str, np.ndarray]
    epochs: int
    history: np.ndarray


@dataclass(frozen=True)
class Learner:
    """A network and its optimiser, while they are taught."""

    network: "Module"
    optimiser: "Optimizer"


@dataclass(frozen=True)
class Answers:
    """Probabilities (n, classes) float32 of the `frames` (n,) of a session; frames without features are not there."""

    frames: np.ndarray
    probabilities: np.ndarray
    outside: int = 0
    """Numbers beyond the range of the teaching frames, which were clipped."""


def fit(
    given: Lesson,
    recipe: Recipe,
    seed: tuple[int, ...],
    epochs: int | None = None,
    heard: Callable[[int], None] = lambda epoch: None,
    learner: Learner | None = None,
    period: int | None = None,
) -> Fitted:
    """A new network (or `learner`, taught further), of the epoch with the smallest validation loss; without validation
    sessions, or with `epochs` given, of the last of so many epochs. `heard` is told each epoch and may end it by
    raising. `period`: of the cosine, in epochs. Raises Diverged.
    """
    rng = np.random.default_rng(seed)
    with settled(int(rng.integers(2**31)), given.device, given.threads):
        own = learner or new_learner(given, recipe)
        most, best, kept, rows = epochs or recipe.epochs, (inf, 0), {}, []
        for epoch in range(1, most + 1):
            rate = _set_rate(own, recipe, epoch - 1, period)
            losses = _teach(own, given, recipe, rng), validation_loss(own.network, given, recipe)
            rows.append((*losses, rate))
            heard(epoch)
            _refuse_divergence(losses, bool(given.validation))
            if epochs is not None or not given.validation or losses[1] < best[0]:
                best, kept = (losses[1], epoch), _state(own.network)
            elif epoch - best[1] >= recipe.patience:
                break
    taught = np.bincount(_labels(given.teaching), minlength=given.classes) > 0
    return Fitted(recipe, given.scaling, taught, kept, best[1], np.array(rows))


def _labels(sessions: Sequence[Session]) -> np.ndarray:
    return np.concatenate([one.labels[one.scored] for one in sessions]).astype(np.int64)


def _refuse_divergence(losses: tuple[float, float], validated: bool) -> None:
    if not isfinite(losses[0]) or (validated and not isfinite(losses[1])):
        raise Diverged("Teaching went off: the loss is no number any more. Choose a smaller learning rate.")


@contextmanager
def settled(seed: int, device: str = "cpu", threads: int = 1) -> Iterator[None]:
    """torch with a seed of its own, deterministic algorithms and so many threads; the caller's come back afterwards.

    One thread: sums keep their order on any machine, and several folds at a time do not wait for each other.
    """
    import torch

    before, own = torch.are_deterministic_algorithms_enabled(), torch.get_num_threads()
    filling = torch.utils.deterministic.fill_uninitialized_memory
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.use_deterministic_algorithms(True, warn_only=device != "cpu")
        # Filling new memory is to find mistakes in torch itself; it takes a seventh of an epoch.
        torch.utils.deterministic.fill_uninitialized_memory = False
        torch.set_num_threads(threads)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(before)
            torch.utils.deterministic.fill_uninitialized_memory = filling
            torch.set_num_threads(own)


def new_learner(given: Lesson, recipe: Recipe) -> Learner:
    """A new network and a new optimiser; inside `settled`."""
    import torch

    network = KINDS[recipe.kind].build(len(given.scaling.low), given.classes, recipe).to(given.device)
    options = {"lr": recipe.learning_rate, "weight_decay": recipe.weight_decay, "fused": True}
    if recipe.optimiser == "sgd":
        return Learner(network, torch.optim.SGD(network.parameters(), momentum=recipe.momentum, **options))
    return Learner(network, torch.optim.Adam(network.parameters(), **options))


def learning_rate(recipe: Recipe, epoch: int, period: int | None = None) -> float:
    """Learning rate of an epoch counted from 0; the cosine falls to 0 after `period` (default: all) epochs."""
    if recipe.schedule != "cosine":
        return recipe.learning_rate
    return recipe.learning_rate * (1 + cos(pi * epoch / (period or recipe.epochs))) / 2


def _set_rate(learner: Learner, recipe: Recipe, epoch: int, period: int | None) -> float:
    rate = learning_rate(recipe, epoch, period)
    for group in learner.optimiser.param_groups:
        group["lr"] = rate
    return rate


def _teach(learner: Learner, given: Lesson, recipe: Recipe, rng: np.random.Generator) -> float:
    """One epoch; the mean loss of its frames, weighted by class."""
    learner.network.train()
    total = weight = 0.0
    for batch in ahead(batches(given, recipe, rng)):
        with products_in(given.precision, given.device):
            loss, share = _loss(learner.network, given, recipe, batch)
        learner.optimiser.zero_grad(set_to_none=True)
        (loss / share).backward()
        learner.optimiser.step()
        total, weight = total + float(loss.detach()), weight + share
    return total / weight if weight else float("nan")


def products_in(precision: str, device: str = "cpu") -> AbstractContextManager:
    """Inside: products of matrices in this precision, sums and what is learnt in float32."""
    import torch

    lower = precision != "float32"
    return torch.autocast(device, getattr(torch, precision)) if lower else nullcontext()


def _loss(network: "Module", given: Lesson, recipe: Recipe, batch: Batch) -> tuple["Tensor", float]:
    """Summed weighted cross-entropy of the labelled frames of a batch, and the sum of their weights."""
    import torch

    windows, labels, lengths = batch
    inputs = torch.from_numpy(windows).to(given.device)
    logits = KINDS[recipe.kind].forward(network, inputs, torch.from_numpy(lengths))
    targets = torch.from_numpy(labels.reshape(-1)).to(given.device)
    weights = torch.tensor(given.weights, dtype=torch.float32, device=given.device)
    loss = torch.nn.functional.cross_entropy(
        logits.reshape(-1, given.classes).float(), targets, weights, ignore_index=-1, reduction="sum"
    )
    return loss, float(given.weights[labels[labels >= 0]].sum())


def validation_loss(network: "Module", given: Lesson, recipe: Recipe) -> float:
    """Mean weighted loss of the validation sessions' scored frames, without dropout; missing without any."""
    import torch

    network.eval()
    total = weight = 0.0
    with torch.no_grad():
        for session in given.validation:
            values, windows = given.read(session.name), asked_windows(session, recipe.window)
            known = np.where(session.scored, session.labels, -1).astype(np.int64)
            for part in parts(windows, recipe.window):
                batch = padded(values, known, part, given.scaling)
                loss, share = _loss(network, given, recipe, batch)
                total, weight = total + float(loss), weight + share
    return total / weight if weight else float("nan")


def _state(network: "Module") -> dict[str, np.ndarray]:
    return {name: tensor.detach().cpu().numpy().copy() for name, tensor in network.state_dict().items()}


def network_of(fitted: Fitted, device: str = "cpu") -> "Module":
    """The network again from its arrays."""
    import torch

    network = KINDS[fitted.recipe.kind].build(len(fitted.scaling.low), len(fitted.taught), fitted.recipe)
    network.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in fitted.state.items()})
    return network.to(device)


def predict(
    fitted: Fitted,
    session: Session,
    features: np.ndarray,
    stride: int | None = None,
    dropout_seed: int | None = None,
    device: str = "cpu",
) -> Answers:
    """Answers for every frame with features, each once. Only the published choices give a `stride` (frames count more
    than once) or leave dropout on.
    """
    import torch

    windows = asked_windows(session, fitted.recipe.window, stride)
    labels, found = np.full(len(features), -1, dtype=np.int64), []
    with settled(dropout_seed or 0, device), torch.no_grad():
        network = network_of(fitted, device).train(dropout_seed is not None)
        never = torch.from_numpy(~fitted.taught).to(device)
        for frames in parts(windows, fitted.recipe.window):
            inputs, _, lengths = padded(features, labels, frames, fitted.scaling)
            logits = KINDS[fitted.recipe.kind].forward(
                network, torch.from_numpy(inputs).to(device), torch.from_numpy(lengths)
            )
            sure = torch.softmax(logits.masked_fill(never, -inf), dim=-1).cpu().numpy()
            found.append(sure[frames >= 0])
    asked = windows.frames()
    empty = np.empty((0, len(fitted.taught)), dtype=np.float32)
    outside = fitted.scaling.outside(features[session.present])
    return Answers(asked[asked >= 0], np.concatenate([empty, *found]), outside)
