"""The networks trained many at a time against one plain loop of torch.nn, and what must not change their answers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.models.window_mlp import Recipe, Task, predict, scale_of, start

RECIPE = Recipe(hidden=(5, 4, 3), epochs=(1, 3, 4), learning_rate=0.01, batch=8)


def task(rows: int, seed: int, columns: int = 3) -> Task:
    """Scores that go with the first column; every task has its own rows."""
    rng = np.random.default_rng((99, rows, seed))
    features = rng.normal(size=(rows, columns))
    scores = np.clip(4 + 2 * features[:, 0] + rng.normal(size=rows), 0, 27)
    return Task(features, scores, rng.normal(size=(7, columns)), (seed,))


def plain_loop(task: Task, recipe: Recipe) -> np.ndarray:
    """The same network, taught by torch.nn, torch.optim and autograd, one row order after the other."""
    import torch

    rng = np.random.default_rng(task.seed)
    scale, rows = scale_of(task.scores), len(task.scores)
    sizes = (task.features.shape[1], *recipe.hidden, 1)
    first = start(sizes, task.scores.mean() / scale, rng)
    orders = rng.permuted(np.tile(np.arange(rows), (max(recipe.epochs), 1)), axis=1)
    layers = []
    for weights in first:
        layer = torch.nn.Linear(len(weights) - 1, weights.shape[1], dtype=torch.float64)
        layer.weight.data, layer.bias.data = torch.tensor(weights[:-1].T.copy()), torch.tensor(weights[-1].copy())
        layers += [layer, torch.nn.ReLU()]
    network = torch.nn.Sequential(*layers)
    adam = torch.optim.Adam(network.parameters(), lr=recipe.learning_rate)
    features, targets = torch.tensor(task.features), torch.tensor(task.scores[:, None] / scale)
    answers = []
    for epoch, order in enumerate(orders, 1):
        for begin in range(0, rows, recipe.batch):
            batch = torch.tensor(order[begin : begin + recipe.batch])
            adam.zero_grad()
            torch.nn.functional.mse_loss(network(features[batch]), targets[batch]).backward()
            adam.step()
        if epoch in recipe.epochs:
            with torch.no_grad():
                answers.append(network(torch.tensor(task.asked))[:, 0].numpy() * scale)
    return np.array(answers)


@pytest.mark.parametrize("rows", [[20], [8, 9], [3, 40, 17, 16]], ids=str)
def test_side_by_side_equals_a_plain_loop(rows):
    """Batches that are full and not, networks of unequal rows."""
    tasks = [task(count, seed) for seed, count in enumerate(rows)]
    for one, found in zip(tasks, predict(tasks, RECIPE), strict=True):
        assert found == pytest.approx(plain_loop(one, RECIPE), abs=1e-9)


def test_the_papers_own_size_equals_a_plain_loop():
    recipe = Recipe(epochs=(2, 5))
    assert recipe.hidden == (32, 32, 8)
    one = task(70, 4, columns=4)
    assert predict([one], recipe)[0] == pytest.approx(plain_loop(one, recipe), abs=1e-5)


@settings(max_examples=6)
@given(st.lists(st.integers(2, 20), min_size=1, max_size=36), st.randoms())
def test_nobody_beside_a_network_changes_its_answers(rows, random):
    """Another order, other neighbours, another chunk: the same numbers to the last bit."""
    tasks = [task(count, seed) for seed, count in enumerate(rows)]
    recipe = Recipe(hidden=(3,), epochs=(1,), batch=8)
    order = list(range(len(tasks)))
    random.shuffle(order)
    found, other = predict(tasks, recipe), predict([tasks[place] for place in order], recipe)
    for place, answer in zip(order, other, strict=True):
        assert answer == pytest.approx(found[place], rel=1e-12)


def test_the_same_numbers_in_every_run_and_on_both_cores():
    import torch

    tasks, before, found = [task(30, seed) for seed in range(5)], torch.get_num_threads(), []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            found.append(predict(tasks, RECIPE))
            assert torch.get_num_threads() == threads, "the caller's threads are given back"
    finally:
        torch.set_num_threads(before)
    for one, other in zip(*found, strict=True):
        assert (one == other).all()


def test_answers_are_never_negative_and_another_seed_answers_otherwise():
    one = task(30, 1)
    low = Task(one.features, np.where(np.arange(30) < 28, 0.0, 1.0), one.asked, one.seed)
    found, other = predict([low, Task(one.features, one.scores, one.asked, (2,)), one], RECIPE)[0:3:2], None
    assert (found[0] >= 0).all()
    other = predict([Task(one.features, one.scores, one.asked, (2,))], RECIPE)[0]
    assert not np.allclose(other, found[1])


def test_a_score_of_one_value_is_answered_by_it_at_the_start():
    one = task(20, 1)
    same = Task(one.features, np.full(20, 6.0), one.asked, one.seed)
    assert predict([same], Recipe(hidden=(4,), epochs=(1,), learning_rate=1e-9))[0] == pytest.approx(6, abs=1.5)


def test_who_listens_hears_every_epoch_and_may_end_it():
    heard = []
    predict([task(10, 1), task(12, 2)], RECIPE, heard.append)
    assert heard == [2, 2, 2, 2]

    def end(epochs: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        predict([task(10, 1)], RECIPE, end)
