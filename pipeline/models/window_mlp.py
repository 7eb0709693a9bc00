"""The smile paper's network (32-32-8, all through ReLU), trained many at a time: every fold, seed and permutation of a
search is one slice of the same tensors. Nothing of a network outlives `predict`: only what it answers comes back.

What the paper leaves open is marked "ours" in `Recipe`; the tests have the same network as a plain torch.nn loop.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

BETAS, EPSILON = (0.9, 0.999), 1e-8
"""Of Adam: Kingma & Ba 2015, and the default everywhere."""
TOGETHER = 32
"""Networks trained side by side: their parameters and moments stay in the cache of one core."""


@dataclass(frozen=True)
class Recipe:
    """How a network is built and taught.

    `hidden`, `epochs` (answers are read after each of them): the paper's. `learning_rate`, `batch`: ours, the default
    of both common libraries. The score is divided by its SD on the training side (not centred, because the last ReLU
    allows no negative answer), and the last bias starts at its mean there (ours: started at random, as
    libraries do, the last ReLU shuts about four networks in ten for good: they answer 0 to everything).
    """

    hidden: tuple[int, ...] = (32, 32, 8)
    epochs: tuple[int, ...] = (50, 100, 150, 200)
    learning_rate: float = 1e-3
    batch: int = 32


@dataclass(frozen=True)
class Task:
    """One network to train: `features` (rows, columns), already scaled, `scores` (rows,) in points, and `asked`
    (questions, columns): what it is to answer. `seed`: words of its own generator, so that the other networks beside it
    change nothing.
    """

    features: np.ndarray
    scores: np.ndarray
    asked: np.ndarray
    seed: tuple[int, ...]


def predict(
    tasks: Sequence[Task], recipe: Recipe, heard: Callable[[int], None] = lambda epochs: None
) -> list[np.ndarray]:
    """For each task the answers in points, (recipe.epochs, questions); the same numbers however many cores there are.

    `heard` is told after each epoch how many epochs of networks were done since; what it raises ends the training.
    All tasks have the same number of columns.
    """
    order = sorted(range(len(tasks)), key=lambda place: -len(tasks[place].scores))
    found: list[np.ndarray] = [np.empty(0)] * len(tasks)
    with _one_thread():
        for start in range(0, len(order), TOGETHER):
            places = order[start : start + TOGETHER]
            answers = _Networks([tasks[place] for place in places], recipe).taught(heard)
            for place, answer in zip(places, answers, strict=True):
                found[place] = answer
    return found


@contextmanager
def _one_thread() -> Iterator[None]:
    """Torch on one thread: small products gain nothing from two, and sums keep their order."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def start(sizes: Sequence[int], bias: float, rng: np.random.Generator) -> list[np.ndarray]:
    """First weights of each layer, (inputs + 1, outputs) with the biases as the last row: uniform within
    1 / sqrt(inputs), as torch starts a linear layer; the last bias is given.
    """
    layers = [
        rng.uniform(-1, 1, (before + 1, after)) / np.sqrt(before)
        for before, after in zip(sizes, sizes[1:], strict=False)
    ]
    layers[-1][-1] = bias
    return layers


def scale_of(scores: np.ndarray) -> float:
    """What scores are divided by: their SD, or 1 where they are all the same."""
    spread = float(scores.std())
    return spread if spread > 0 else 1.0


class _Networks:
    """Networks of one shape side by side, those with the most rows first; tensors are (networks, ...)."""

    def __init__(self, tasks: Sequence[Task], recipe: Recipe) -> None:
        import torch

        self.recipe, self.count = recipe, len(tasks)
        self.sizes = (tasks[0].features.shape[1], *recipe.hidden, 1)
        self.rows = [len(task.scores) for task in tasks]
        self.scale = np.array([scale_of(task.scores) for task in tasks])
        rngs = [np.random.default_rng(task.seed) for task in tasks]
        first = [
            np.concatenate([layer.ravel() for layer in start(self.sizes, task.scores.mean() / scale, rng)])
            for task, scale, rng in zip(tasks, self.scale, rngs, strict=True)
        ]
        self.flat = torch.tensor(np.stack(first))
        self.slope, self.mean, self.square = (torch.zeros_like(self.flat) for _ in range(3))
        self.done = torch.zeros(self.count, 1, dtype=torch.float64)
        self.layers, self.slopes = self._views(self.flat), self._views(self.slope)
        self.features = torch.tensor(_padded([task.features for task in tasks]))
        targets = [task.scores[:, None] / scale for task, scale in zip(tasks, self.scale, strict=True)]
        self.targets = torch.tensor(_padded(targets))
        self.asked = torch.tensor(_padded([task.asked for task in tasks]))
        self.questions = [len(task.asked) for task in tasks]
        self.order, self.share = self._orders(rngs)

    def _views(self, flat: "Tensor") -> list["Tensor"]:
        """Layers (networks, inputs + 1, outputs) that look into one flat tensor."""
        found, at = [], 0
        for before, after in zip(self.sizes, self.sizes[1:], strict=False):
            found.append(flat[:, at : at + (before + 1) * after].view(-1, before + 1, after))
            at += (before + 1) * after
        return found

    def _orders(self, rngs: Sequence[np.random.Generator]) -> tuple["Tensor", "Tensor"]:
        """Which rows each step takes, (networks, epochs, steps, batch), shuffled anew each epoch, and the share of each
        in the mean of its batch, (networks, steps, batch, 1): 0 where a last batch is not full.
        """
        import torch

        batch, epochs, steps = self.recipe.batch, max(self.recipe.epochs), -(-self.rows[0] // self.recipe.batch)
        order = np.zeros((self.count, epochs, steps * batch), dtype=np.int64)
        share = np.zeros((self.count, steps * batch))
        for place, (rows, rng) in enumerate(zip(self.rows, rngs, strict=True)):
            order[place, :, :rows] = rng.permuted(np.tile(np.arange(rows), (epochs, 1)), axis=1)
            share[place, :rows] = 1
        share = share.reshape(self.count, steps, batch)
        share /= np.maximum(share.sum(axis=2, keepdims=True), 1)
        return torch.tensor(order.reshape(self.count, epochs, steps, batch)), torch.tensor(share[..., None])

    def taught(self, heard: Callable[[int], None]) -> list[np.ndarray]:
        """Trains all of them; the answers of each, (recipe.epochs, questions) in points."""
        import torch

        each, answers = torch.arange(self.count)[:, None], []
        steps = [-(-rows // self.recipe.batch) for rows in self.rows]
        for epoch in range(max(self.recipe.epochs)):
            for step in range(steps[0]):
                busy = sum(1 for one in steps if one > step)
                rows = self.order[:busy, epoch, step]
                batch = self.features[each[:busy], rows], self.targets[each[:busy], rows]
                self._step(*batch, self.share[:busy, step])
            if epoch + 1 in self.recipe.epochs:
                answers.append(_forward(self.layers, self.asked)[-1][..., 0].numpy() * self.scale[:, None])
            heard(self.count)
        stacked = np.stack(answers, axis=1)
        return [stacked[place, :, :questions] for place, questions in enumerate(self.questions)]

    def _step(self, features: "Tensor", targets: "Tensor", share: "Tensor") -> None:
        """One step of the first networks on the mean squared error of a batch."""
        import torch

        busy = len(features)
        layers = [layer[:busy] for layer in self.layers]
        outputs = _forward(layers, features)
        slope = (outputs[-1] - targets).mul_(share).mul_(2)
        for place in reversed(range(len(layers))):
            slope = torch.ops.aten.threshold_backward(slope, outputs[place + 1], 0)
            mine = self.slopes[place][:busy]
            mine[:, :-1] = torch.bmm(outputs[place].transpose(1, 2), slope)
            mine[:, -1:] = slope.sum(1, keepdim=True)
            if place:
                slope = torch.bmm(slope, layers[place][:, :-1].transpose(1, 2))
        self._adam(busy)

    def _adam(self, busy: int) -> None:
        """Adam's step on the slopes of the first networks."""
        slope, mean, square = self.slope[:busy], self.mean[:busy], self.square[:busy]
        done = self.done[:busy].add_(1)
        mean.lerp_(slope, 1 - BETAS[0])
        square.mul_(BETAS[1]).addcmul_(slope, slope, value=1 - BETAS[1])
        root = square.sqrt().div_((1 - BETAS[1] ** done).sqrt()).add_(EPSILON)
        self.flat[:busy].sub_(mean.div(root).mul_(self.recipe.learning_rate / (1 - BETAS[0] ** done)))


def _forward(layers: Sequence["Tensor"], features: "Tensor") -> list["Tensor"]:
    """The input and the output of every layer."""
    import torch

    outputs = [features]
    for layer in layers:
        outputs.append(torch.baddbmm(layer[:, -1:], outputs[-1], layer[:, :-1]).relu_())
    return outputs


def _padded(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Arrays (rows, columns) of unequal rows on top of each other, filled up with zeros."""
    most = max(len(one) for one in arrays)
    whole = np.zeros((len(arrays), most, arrays[0].shape[1]))
    for place, one in enumerate(arrays):
        whole[place, : len(one)] = one
    return whole
