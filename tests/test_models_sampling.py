"""Sampling in the background: progress, cancel, stop and the watchdog, on a sampler of ours that keeps to nutpie's ways
(`is_finished` raises while it runs), and summaries against ArviZ and formulas.
"""

import os
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from pipeline.models import sampling, sampling_libraries
from pipeline.models.sampling import Sampling, SamplingFailed, SamplingStopped, sample, summary, worst
from tests.conftest import ROOT

NAMES = ("b", "z")


class Batch:
    """What one chain has so far: `b` (2 numbers) and `z`, then what the sampler says of each iteration."""

    def __init__(self, rows: int, tune: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.num_rows, self.schema = rows, SimpleNamespace(names=list(NAMES))
        early = np.arange(rows) < tune
        self.columns = {"b": rng.standard_normal((rows, 2)), "z": rng.standard_normal(rows), "tuning": early}
        self.columns |= {name: np.zeros(rows) for name in sampling.STATISTICS}
        self.columns["diverging"] = np.arange(rows) % 50 == 49


class Running:
    """A sampler that has done `pace` more iterations of each chain at every look."""

    def __init__(self, settings: Sampling, pace: tuple[int, ...]) -> None:
        self.settings, self.pace, self.done, self.calls = settings, pace, np.zeros(len(pace), int), []

    @property
    def whole(self) -> int:
        return self.settings.tune + self.settings.draws

    @property
    def is_finished(self) -> bool:
        self.done = np.minimum(self.done + self.pace, self.whole)
        if (self.done < self.whole).any():
            raise TimeoutError("Timeout while waiting for sampler to finish")
        return True

    def get_arrow_trace(self) -> tuple[list[Batch], list[Batch]]:
        batches = [Batch(int(done), self.settings.tune, place) for place, done in enumerate(self.done)]
        return batches, batches

    def inspect(self) -> "Running":
        return self

    def abort(self) -> "Running":
        self.calls.append("abort")
        return self

    def wait(self) -> "Running":
        return self

    def cancel(self) -> None:
        self.calls.append("cancel")


class Ear:
    """A listener that ends the sampling once so many iterations are done."""

    def __init__(self, cancel_at: float = np.inf, stop_at: float = np.inf) -> None:
        self.heard, self.cancel_at, self.stop_at = [], cancel_at, stop_at

    @property
    def done(self) -> int:
        return self.heard[-1]["done"] if self.heard else 0

    def report(self, news: dict) -> None:
        self.heard.append(news)

    def cancelled(self) -> bool:
        return self.done >= self.cancel_at

    def stopping(self) -> bool:
        return self.done >= self.stop_at


@pytest.fixture
def mocked(monkeypatch):
    """`mocked(settings, pace)` puts a sampler of ours in nutpie's place and returns it."""
    az = sampling.libraries().az
    monkeypatch.setattr(sampling, "LOOK_S", 0.0)
    monkeypatch.setattr(sampling, "LOOKING", 0.0)
    monkeypatch.setattr(sampling, "_column", lambda batch, name: batch.columns[name])

    def put(settings: Sampling, pace: tuple[int, ...]) -> Running:
        running = Running(settings, pace)

        def begin(compiled: object, **asked: object) -> Running:
            running.asked = asked
            return running

        library = SimpleNamespace(az=az, nutpie=SimpleNamespace(sample=begin))
        monkeypatch.setattr(sampling, "libraries", lambda: library)
        return running

    return put


SETTINGS = Sampling(draws=100, tune=50, chains=2, cores=2, seed=7)


def test_progress_is_told_until_the_end(mocked) -> None:
    """Iterations of both chains; divergences of tuning are not counted (one of 50 iterations diverges)."""
    running, ear = mocked(SETTINGS, (10, 10)), Ear()
    found = sample("compiled", SETTINGS, ear)
    assert [news["done"] for news in ear.heard] == sorted(news["done"] for news in ear.heard)
    assert set(ear.heard[-1]) == {"done", "total", "divergences", "rhat", "ess"} and ear.heard[-1]["total"] == 300
    assert ear.heard[0]["rhat"] is None and 0.9 < ear.heard[-1]["rhat"] < 1.2 and ear.heard[-1]["ess"] > 20
    assert ear.heard[-1]["divergences"] == 2 and int(found.sample_stats["diverging"].sum()) == 4
    assert found.posterior["b"].shape == (2, 100, 2) and found.posterior.attrs["stopped"] == 0
    np.testing.assert_array_equal(found.posterior["z"][1], Batch(150, 50, 1).columns["z"][50:])
    asked = running.asked
    assert (asked["draws"], asked["tune"], asked["chains"], asked["seed"], asked["blocking"]) == (100, 50, 2, 7, False)


def test_variables_of_every_unit_are_not_looked_at_and_can_be_dropped(mocked) -> None:
    """`b` is many copies of one number, so that it alone would fail every look; `z` is well mixed."""
    mocked(SETTINGS, (10, 10))
    looked = sampling.progress(Stuck(SETTINGS, (150, 150)), SETTINGS)
    spared = sampling.progress(Stuck(SETTINGS, (150, 150)), SETTINGS, ("b",))
    assert looked["rhat"] > 2 and spared["rhat"] < 1.1
    found = sample("compiled", SETTINGS, dropped=("b",))
    assert set(found.posterior.data_vars) == {"z"} and found.posterior["z"].shape == (2, 100)


class Stuck(Running):
    """Each chain's `b` moves a little around a place of its own."""

    def __init__(self, settings: Sampling, pace: tuple[int, ...]) -> None:
        super().__init__(settings, pace)
        self.done = self.done + pace

    def get_arrow_trace(self) -> tuple[list[Batch], list[Batch]]:
        batches, _ = super().get_arrow_trace()
        for place, batch in enumerate(batches):
            batch.columns["b"] = batch.columns["b"] * 0.01 + place
        return batches, batches


def test_looking_does_not_take_the_time_of_the_sampler(mocked, monkeypatch) -> None:
    """A look of 20 ms is followed by 200 ms without one, and the end is still found at once."""
    monkeypatch.setattr(sampling, "LOOKING", 10.0)
    monkeypatch.setattr(sampling, "LOOK_S", 0.01)
    looked = sampling.progress
    spared = []

    def slow(running: object, settings: Sampling, per_unit: tuple[str, ...]) -> dict[str, object]:
        spared.append(per_unit)
        time.sleep(0.02)
        return looked(running, settings, per_unit)

    monkeypatch.setattr(sampling, "progress", slow)
    running, ear = mocked(Sampling(draws=100, tune=50, chains=1), (10,)), Ear()
    sample("compiled", Sampling(draws=100, tune=50, chains=1), ear, per_unit=("b",))
    assert running.done[0] == 150 and len(ear.heard) < 5 and set(spared) == {("b",)}


def test_a_cancel_keeps_nothing(mocked) -> None:
    running = mocked(SETTINGS, (10, 10))
    with pytest.raises(SamplingStopped):
        sample("compiled", SETTINGS, Ear(cancel_at=100))
    assert running.calls == ["cancel"]


def test_a_stop_keeps_the_draws_so_far(mocked) -> None:
    """Chains of 132, 110 and 0 iterations, 50 of them tuning: two chains are cut to the shorter one."""
    settings = Sampling(draws=1000, tune=50, chains=3, cores=2)
    running = mocked(settings, (12, 10, 0))
    found = sample("compiled", settings, Ear(stop_at=220))
    assert running.calls == ["abort"] and found.posterior.attrs["stopped"] == 1
    assert found.posterior["b"].shape == (2, 60, 2)


def test_a_stop_before_there_is_anything_says_so(mocked) -> None:
    mocked(SETTINGS, (5, 5))
    with pytest.raises(SamplingFailed, match="stopped before each chain had 20 draws, so there is nothing to keep"):
        sample("compiled", SETTINGS, Ear(stop_at=60))


@given(some.lists(some.integers(0, 60), min_size=1, max_size=4))
def test_the_chains_that_are_kept_are_those_with_most_draws_together(lengths: list[int]) -> None:
    """The best of all choices, tried one by one."""
    best = max(least * sum(one >= least for one in lengths) for least in lengths)
    trace = SimpleNamespace(get_arrow_trace=lambda: (batches, batches))
    batches = [Batch(10 + length, 10, place) for place, length in enumerate(lengths)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampling, "_column", lambda batch, name: batch.columns[name])
        patch.setattr(sampling, "FEWEST_KEPT", 1)
        if best == 0:
            with pytest.raises(SamplingFailed):
                sampling._kept(trace)
        else:
            shape = sampling._kept(trace).posterior["z"].shape
            assert shape[0] * shape[1] == best


def test_a_sampler_that_makes_no_draw_is_given_up(mocked) -> None:
    running = mocked(SETTINGS, (0, 0))
    begun = time.monotonic()
    with pytest.raises(SamplingFailed) as failed:
        sample("compiled", SETTINGS, Ear(), stalled_s=0.2)
    assert str(failed.value) == "The sampler made no draw for 0.2 seconds and was ended. Start the fit again."
    assert running.calls == ["cancel"] and time.monotonic() - begun < 5


def test_summaries_are_those_of_arviz_and_of_formulas() -> None:
    """Mean, SD and quantiles by numpy; the running R-hat and size are near ArviZ's; a constant has neither."""
    rng = np.random.default_rng(3)
    draws = rng.standard_normal((4, 500, 3)) + np.array([0.0, 1.0, 0.0])
    draws[..., 2] = 5.0
    table = np.array(summary(draws, (0.025, 0.975)))
    np.testing.assert_allclose(table[:, 0], draws.mean(axis=(0, 1)))
    np.testing.assert_allclose(table[1, 2:4], np.quantile(draws[..., 1], (0.025, 0.975)))
    assert np.isnan(table[2, 4:]).all() and (np.abs(table[:2, 4] - 1) < 0.01).all() and (table[:2, 5] > 1500).all()
    rhat, ess = worst(draws[..., :2])
    assert rhat == pytest.approx(table[:2, 4].max(), abs=0.01) and ess == pytest.approx(table[:2, 5].min(), rel=0.25)
    moved = draws + np.arange(4)[:, None, None]
    assert worst(moved[..., :2])[0] > 1.5 and worst(moved[..., :2])[1] < 1500


def test_what_failed_is_said() -> None:
    assert sampling.failures(1.01, 400, 0) == ()
    assert sampling.failures(1.0123, 399.6, 1) == (
        "R-hat 1.012, above 1.01: the chains do not agree yet",
        "effective draws 400, below 400",
        "1 divergence while sampling",
    )
    assert len(sampling.failures(np.nan, np.nan, 0)) == 2, "what is not known is not good"


def loaded(**changed: str) -> tuple[str, str]:
    """(folder of compiled models, C compiler) of a fresh program with other variables of its environment."""
    code = "from pipeline.models.sampling import libraries as l; l(); from pytensor import config as c; "
    code += "print(c.base_compiledir); print(c.cxx)"
    left_out = ("PYTENSOR_FLAGS", "XDG_CACHE_HOME", sampling_libraries.COMPILED)
    environment = {name: value for name, value in os.environ.items() if name not in left_out} | changed
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    folder, compiler = done.stdout.split("\n")[:2]
    return folder, compiler


def test_compiled_models_are_kept_in_a_folder_with_any_name(tmp_path) -> None:
    """PyTensor reads its folder from one line of flags, in which blanks, commas and # have a meaning. No C compiler is
    asked for: there may be none, and only the sampler's density is worth compiling.
    """
    folder = tmp_path / "a study #1, compiled"
    assert loaded(**{sampling_libraries.COMPILED: str(folder)}) == (str(folder), "")


def test_without_a_home_to_write_to_models_are_kept_for_the_program(tmp_path) -> None:
    """Neither the named folder nor the home can be written to: both would lie in a file."""
    file = tmp_path / "file"
    file.touch()
    named = {sampling_libraries.COMPILED: str(file / "compiled")}
    folder, _ = loaded(HOME=str(file / "home"), TMPDIR=str(tmp_path), **named)
    assert folder.startswith(str(tmp_path / "dyadscope-compiled-"))
    assert not [one.name for one in tmp_path.iterdir() if one.name.startswith("dyadscope")], "it cleans up"


def test_the_folder_of_compiled_models_is_the_first_that_can_be_written_to(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv(sampling_libraries.COMPILED, str(tmp_path / "a b" / "compiled"))
    assert sampling_libraries.compiled_folder() == tmp_path / "a b" / "compiled"
    (tmp_path / "file").touch()
    monkeypatch.setenv(sampling_libraries.COMPILED, str(tmp_path / "file" / "compiled"))
    assert sampling_libraries.compiled_folder() == tmp_path / "home" / ".pytensor"
