"""Classifiers of phases: the networks written out in numpy, and what must not change an answer."""

import subprocess
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import erf, expit, log_softmax, softmax

from pipeline.catalogue.phase_recipe import LSTM, Recipe
from pipeline.measures.phase_windows import asked_windows
from pipeline.models import phases_lesson, phases_lstm
from pipeline.models.phases import Diverged, fit, learning_rate, network_of, predict, settled, validation_loss
from pipeline.models.phases_lesson import ahead, batches, lesson
from tests.phase_sessions import QUICK_LINEAR, QUICK_LSTM, cohort, session

SESSIONS, FEATURES = cohort(3, 130, 3, 1.5)
READ = FEATURES.__getitem__
SHORT_LSTM = replace(QUICK_LSTM, epochs=2)
SHORT_LINEAR = replace(QUICK_LINEAR, hidden=(6, 5, 4), epochs=2)


@pytest.fixture(scope="module")
def taught():
    given = lesson(SESSIONS[:2], READ, 3, SESSIONS[2:])
    return {recipe.kind: fit(given, recipe, (1,)) for recipe in (SHORT_LINEAR, SHORT_LSTM)}


def linear_head(state: dict[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
    """Layers 512-256-128 style: x W' + b, GELU as x times the normal distribution's share below x."""
    names = sorted((name for name in state if name.endswith("weight")), key=lambda name: int(name.split(".")[0]))
    for place, name in enumerate(names):
        rows = rows @ state[name].T + state[name.replace("weight", "bias")]
        if place < len(names) - 1:
            rows = rows * (1 + erf(rows / np.sqrt(2))) / 2
    return rows


def lstm_layer(state: dict[str, np.ndarray], layer: int, rows: np.ndarray, back: bool) -> np.ndarray:
    """One direction of one layer over the frames of a window, gate by gate."""
    end = f"l{layer}{'_reverse' if back else ''}"
    ih, hh = state[f"lstm.weight_ih_{end}"], state[f"lstm.weight_hh_{end}"]
    bias, size = state[f"lstm.bias_ih_{end}"] + state[f"lstm.bias_hh_{end}"], hh.shape[1]
    hidden, cell, found = np.zeros(size), np.zeros(size), {}
    for frame in reversed(range(len(rows))) if back else range(len(rows)):
        into, forget, new, out = np.split(ih @ rows[frame] + hh @ hidden + bias, 4)
        cell = expit(forget) * cell + expit(into) * np.tanh(new)
        hidden = found[frame] = expit(out) * np.tanh(cell)
    return np.array([found[frame] for frame in range(len(rows))])


def bi_lstm(state: dict[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
    for layer in (0, 1):
        rows = np.hstack([lstm_layer(state, layer, rows, back) for back in (False, True)])
    return rows @ state["out.weight"].T + state["out.bias"]


@pytest.mark.parametrize("kind", ["linear", "lstm"])
def test_answers_are_the_network_written_out(taught, kind):
    """130 frames: five whole windows and a tail of five frames, which padding must not touch."""
    fitted, one = taught[kind], SESSIONS[2]
    rows = fitted.scaling.scaled(FEATURES[one.name])
    if kind == "linear":
        logits = linear_head(fitted.state, rows)
    else:
        windows = asked_windows(one, 25)
        ends = zip(windows.starts, windows.stops, strict=True)
        logits = np.vstack([bi_lstm(fitted.state, rows[start:stop]) for start, stop in ends])
    found = predict(fitted, one, FEATURES[one.name])
    assert found.frames.tolist() == list(range(130))
    assert found.probabilities == pytest.approx(softmax(logits, axis=1), abs=1e-5)


def test_the_loss_is_weighted_by_class_and_blind_to_padding(taught):
    fitted, given = taught["lstm"], lesson(SESSIONS[:2], READ, 3, SESSIONS[2:])
    labels, odds = SESSIONS[2].labels, predict(fitted, SESSIONS[2], READ("s02")).probabilities
    own = -log_softmax(np.log(odds), axis=1)[np.arange(130), labels]
    weight = given.weights[labels]
    assert fitted.history[fitted.epochs - 1, 1] == pytest.approx((own * weight).sum() / weight.sum(), rel=1e-4)
    half = replace(SESSIONS[2], labels=np.where(np.arange(130) < 60, labels, -1))
    asked = lesson(SESSIONS[:2], READ, 3, [half])
    network = network_of(fitted)
    answers = predict(fitted, half, READ("s02"))
    own = -np.log(answers.probabilities)[np.arange(60), labels[:60]]
    expected = (own * weight[:60]).sum() / weight[:60].sum()
    assert validation_loss(network, asked, SHORT_LSTM) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("recipe", [SHORT_LINEAR, SHORT_LSTM], ids=lambda one: one.kind)
def test_the_same_lesson_gives_the_same_network(taught, recipe):
    import torch

    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    threads = torch.get_num_threads()
    torch.set_num_threads(3 - min(threads, 2))
    again = fit(lesson(SESSIONS[1::-1], READ, 3, SESSIONS[2:]), recipe, (1,))
    torch.set_num_threads(threads)
    assert (torch.rand(3) == expected).all(), "the caller's generator is given back"
    other = fit(lesson(SESSIONS[:2], READ, 3, SESSIONS[2:]), recipe, (2,))
    first = taught[recipe.kind]
    assert all((again.state[name] == array).all() for name, array in first.state.items())
    assert any((other.state[name] != array).any() for name, array in first.state.items())


def test_asked_twice_it_answers_the_same_unless_dropout_is_left_on(taught):
    one, fitted = SESSIONS[2], taught["lstm"]
    found = [predict(fitted, one, READ("s02")).probabilities for _ in range(2)]
    left_on = [predict(fitted, one, READ("s02"), dropout_seed=seed).probabilities for seed in (1, 1, 2)]
    assert (found[0] == found[1]).all() and (left_on[0] == left_on[1]).all()
    assert (left_on[0] != found[0]).any() and (left_on[0] != left_on[2]).any()


def test_frames_without_features_are_not_answered(taught):
    features = FEATURES["s02"].copy()
    features[[3, 40, 41]] = np.nan
    one = session("s02", SESSIONS[2].labels, features)
    for fitted in taught.values():
        found = predict(fitted, one, features)
        assert found.frames.tolist() == [frame for frame in range(130) if frame not in (3, 40, 41)]
        assert np.isfinite(found.probabilities).all()
    empty = replace(one, present=np.zeros(130, dtype=bool))
    assert predict(taught["lstm"], empty, features).probabilities.shape == (0, 3)


def test_a_class_nobody_taught_is_never_predicted():
    """The second class of three is dropped from the teaching sessions."""
    teaching = [replace(one, labels=np.where(one.labels == 1, -1, one.labels)) for one in SESSIONS[:2]]
    for recipe in (SHORT_LINEAR, SHORT_LSTM):
        fitted = fit(lesson(teaching, READ, 3, SESSIONS[2:]), recipe, (1,))
        assert fitted.taught.tolist() == [True, False, True]
        assert (predict(fitted, SESSIONS[2], READ("s02")).probabilities[:, 1] == 0).all()


def test_the_best_epoch_is_kept_and_patience_ends():
    """Features say nothing, so that the validation loss soon rises."""
    rng = np.random.default_rng(1)
    noise = {one.name: rng.normal(size=(130, 4)).astype(np.float32) for one in SESSIONS}
    recipe = replace(QUICK_LINEAR, epochs=40, patience=3, learning_rate=0.03, dropout=0.0)
    given = lesson(SESSIONS[:2], noise.__getitem__, 3, SESSIONS[2:])
    fitted = fit(given, recipe, (3,))
    losses = fitted.history[:, 1]
    assert fitted.epochs == losses.argmin() + 1 and len(losses) == fitted.epochs + 3 < 40
    with settled(1):
        assert validation_loss(network_of(fitted), given, recipe) == pytest.approx(losses.min())
    again = fit(given, recipe, (3,), epochs=fitted.epochs)
    assert len(again.history) == fitted.epochs
    assert all((again.state[name] == array).all() for name, array in fitted.state.items())


def test_every_teaching_window_comes_once_per_epoch(monkeypatch):
    """Two sessions in memory at a time; a feature that counts the frames says which ones came."""
    monkeypatch.setattr(phases_lesson, "TOGETHER", 2)
    sessions = [replace(one, labels=np.where(np.arange(130) % 50 == 49, -1, one.labels)) for one in SESSIONS]
    count = {one.name: np.arange(130.0)[:, None] + 1000 * place for place, one in enumerate(sessions)}
    given = lesson(sessions, count.__getitem__, 3)
    came, truth = [], {}
    for values, labels, lengths in batches(given, replace(QUICK_LSTM, batch=4), np.random.default_rng(1)):
        there = labels >= 0
        assert values.dtype == np.float32 and (there.sum(axis=1) == lengths).all() and (values[~there] == 0).all()
        frames = np.round((values[there][:, 0].astype(float) + 1) / 2 * 2129).astype(int)
        came += frames.tolist()
        truth |= dict(zip(frames.tolist(), labels[there].tolist(), strict=True))
    expected = {1000 * place + frame: int(one.labels[frame])
                for place, one in enumerate(sessions) for frame in np.flatnonzero(one.scored)}  # fmt: skip
    assert sorted(came) == sorted(expected) and truth == expected


def test_whole_windows_learn_the_same_beside_short_ones():
    """Three whole windows and two tails, together and each alone: the same states, and the same slopes of the weights;
    what stands in the padding does not matter."""
    import torch

    torch.manual_seed(2)
    network = phases_lstm.build(4, 3, replace(SHORT_LSTM, dropout=0.0))
    windows, lengths = torch.randn(5, 6, 4), torch.tensor([6, 2, 6, 6, 4])
    goal = torch.randn(5, 6, 3) * (torch.arange(6) < lengths[:, None])[..., None]
    slopes = []
    for padding in (0.0, 9.0):
        filled = torch.where((torch.arange(6) < lengths[:, None])[..., None], windows, padding)
        network.zero_grad()
        together = phases_lstm.forward(network, filled, lengths)
        (together * goal).sum().backward()
        slopes.append([one.grad.clone() for one in network.parameters()])
    network.zero_grad()
    alone = [
        phases_lstm.forward(network, windows[[place], :stop], torch.tensor([stop]))
        for place, stop in enumerate(lengths)
    ]
    for place, one in enumerate(alone):
        assert torch.allclose(together[place, : lengths[place]], one[0], atol=1e-6)
        (one * goal[[place], : lengths[place]]).sum().backward()
    for first, second, one in zip(*slopes, network.parameters(), strict=True):
        assert torch.equal(first, second) and torch.allclose(first, one.grad, atol=1e-5)


def test_batches_are_made_ahead_in_their_order_and_faults_come_through():
    """While the first is learnt from, the second is made, and no more; the third goes wrong."""
    begun, second = [], threading.Event()

    def made():
        for number in range(3):
            begun.append(number)
            if number == 1:
                second.set()
            if number == 2:
                raise Diverged("no")
            yield number

    found = ahead(made())
    assert next(found) == 0 and second.wait(5) and begun == [0, 1]
    assert next(found) == 1
    with pytest.raises(Diverged):
        next(found)
    assert list(ahead(iter([]))) == []


def test_products_in_half_precision_teach_nearly_the_same_and_the_same_each_time(taught):
    given = replace(lesson(SESSIONS[:2], READ, 3, SESSIONS[2:]), precision="bfloat16")
    first, second = (fit(given, SHORT_LSTM, (1,)) for _ in range(2))
    assert all((second.state[name] == array).all() for name, array in first.state.items())
    whole = taught["lstm"]
    assert all(array.dtype == np.float32 for array in first.state.values())
    assert any((first.state[name] != array).any() for name, array in whole.state.items())
    odds = [predict(one, SESSIONS[2], READ("s02")).probabilities for one in (first, whole)]
    assert np.abs(odds[0] - odds[1]).max() < 0.02


def test_the_cosine_is_stepped_in_the_unit_of_its_period():
    recipe = replace(LSTM, schedule="cosine", epochs=10)
    rates = [learning_rate(recipe, epoch) for epoch in range(11)]
    assert rates == pytest.approx([1e-3 * (1 + np.cos(np.pi * epoch / 10)) / 2 for epoch in range(11)])
    assert rates[0] == 1e-3 and rates[5] == pytest.approx(5e-4) and rates[10] == pytest.approx(0)
    assert learning_rate(recipe, 9, period=5000) == pytest.approx(1e-3, rel=1e-4), "the published mistake"
    assert learning_rate(LSTM, 90) == 1e-3
    short = replace(SHORT_LSTM, schedule="cosine", epochs=2)
    assert fit(lesson(SESSIONS[:1], READ, 3), short, (1,)).history[:, 2] == pytest.approx([0.05, 0.025])


def test_it_can_be_ended_and_says_when_it_goes_off():
    def end(epoch: int) -> None:
        raise InterruptedError

    given = lesson(SESSIONS[:2], READ, 3, SESSIONS[2:])
    with pytest.raises(InterruptedError):
        fit(given, SHORT_LSTM, (1,), heard=end)
    wild = Recipe("linear", 1, 1, (4,), "sgd", 1e30, 0.0, 64, epochs=3)
    with pytest.raises(Diverged, match="smaller learning rate"):
        fit(given, wild, (1,))


def test_loading_the_modules_loads_no_library():
    """Neither torch nor database nor screen; torch comes when a network is taught or asked."""
    banned = "torch duckdb streamlit statsmodels pymc cv2"
    modules = "pipeline.models.phases, pipeline.models.phase_search"
    code = f"import sys, {modules}; print(set('{banned}'.split()) & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


def test_validating_on_a_class_that_nobody_taught_is_no_divergence():
    """Such a session has no loss; beside another one it changes nothing."""
    odd = replace(SESSIONS[2], name="s02", labels=np.full(130, 2))
    teaching = [replace(one, labels=np.where(one.labels == 2, -1, one.labels)) for one in SESSIONS[:2]]
    fitted = fit(lesson(teaching, READ, 3, [odd]), replace(SHORT_LINEAR, patience=1), (1,))
    assert fitted.epochs == 2 and np.isnan(fitted.history[:, 1]).all()
    beside = fit(lesson(teaching[:1], READ, 3, [teaching[1], odd]), SHORT_LINEAR, (1,))
    alone = fit(lesson(teaching[:1], READ, 3, teaching[1:]), SHORT_LINEAR, (1,))
    assert (beside.history == alone.history).all()
