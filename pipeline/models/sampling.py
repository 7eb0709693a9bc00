"""Sampling of written-out models: nutpie in the background under a watchdog, with progress, cancel and stop.

    compiled = compiled_model(build)                          # build() -> pm.Model with every array as pm.Data
    data = sample(compiled.with_data(**arrays), Sampling(seed=1), listener)

Nothing heavy is loaded before the first model is built: see `sampling_libraries`.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from pipeline.errors import UserError
from pipeline.models.chains import effective_size
from pipeline.models.sampling_libraries import libraries

if TYPE_CHECKING:
    from arviz import InferenceData

LOOK_S = 0.5
"""Time between two looks at a running sampler: a cancel is heard within it."""
LOOKING, SLOWEST_S = 10.0, 10.0
"""A look at the draws so far is followed by ten times as long without one, but by 10 seconds at most."""
STALLED_S = 300.0
"""A sampler without a new draw for this long is given up; a first one has been seen to sit for two minutes."""
FEWEST_KEPT = 20
"""Draws of a chain below which a stopped run has nothing to keep."""
LARGEST_RHAT, FEWEST_ESS = 1.01, 400.0
"""Limits of R-hat and of the bulk effective size (Vehtari et al. 2021)."""
STATISTICS = ("diverging", "energy", "depth", "n_steps", "step_size", "logp", "maxdepth_reached")


class SamplingStopped(Exception):
    """Somebody cancelled the sampling: nothing is kept."""


class SamplingFailed(UserError):
    """The sampler gave no draws."""


class Listener(Protocol):
    """Who is told how far the sampling is, and says when it should end (a job's Progress is one)."""

    def report(self, news: dict[str, object]) -> None:
        """Is told state (compiling) or done, total, divergences, rhat and ess (None before they are known)."""

    def cancelled(self) -> bool:
        """Whether to end at once and keep nothing."""

    def stopping(self) -> bool:
        """Whether to end at once and keep the draws so far."""


class Silent:
    """A listener that says nothing and never ends the sampling."""

    def report(self, news: dict[str, object]) -> None:
        """Hears nothing."""

    def cancelled(self) -> bool:
        """Never."""
        return False

    def stopping(self) -> bool:
        """Never."""
        return False


SILENT = Silent()


def cores() -> int:
    """How many cores this program may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Sampling:
    """How long and how often: `tune` and `draws` iterations in each of `chains`, `cores` of them at a time."""

    draws: int = 1000
    tune: int = 1000
    chains: int = 4
    cores: int = 0
    """0: all this program may use."""
    seed: int = 1
    accept: float = 0.9

    @property
    def total(self) -> int:
        """Iterations of all chains."""
        return self.chains * (self.tune + self.draws)


def compiled_model(build: Callable[[], object], listener: Listener = SILENT) -> object:
    """The compiled form of the model that `build` makes (a pm.Model); its `with_data` takes other arrays of its rank.

    Takes tens of seconds the first time, fewer from the folder of compiled models. Keep it, and sample it often.
    """
    listener.report({"state": "compiling"})
    return libraries().nutpie.compile_pymc_model(build(), var_names=[])


def sample(
    compiled: object,
    settings: Sampling,
    listener: Listener = SILENT,
    stalled_s: float = STALLED_S,
    per_unit: tuple[str, ...] = (),
    dropped: tuple[str, ...] = (),
) -> "InferenceData":
    """Draws of a compiled model: `posterior` and `sample_stats` by chain and draw, without the tuning.

    `per_unit`: variables with numbers for every unit, which are not looked at while it runs: there are thousands, and
    each look copies them. `dropped`: variables that are not kept.

    `posterior.attrs` says `stopped` (1: ended early by wish, chains cut to one length) and `seconds`. The same seed on
    the same data gives the same draws. SamplingStopped when cancelled; SamplingFailed when it stalls, breaks, or is
    stopped before there is anything to keep.
    """
    begun = time.monotonic()
    running = libraries().nutpie.sample(
        compiled, draws=settings.draws, tune=settings.tune, chains=settings.chains,
        cores=min(settings.cores or cores(), settings.chains), seed=settings.seed, target_accept=settings.accept,
        progress_bar=False, blocking=False, return_raw_trace=True,
    )  # fmt: skip
    stopped = _watched(running, settings, listener, stalled_s, per_unit)
    kept = _kept(running.abort() if stopped else _result(running), dropped)
    kept.posterior.attrs.update(stopped=int(stopped), seconds=time.monotonic() - begun, tune=settings.tune)
    return kept


def _watched(
    running: object, settings: Sampling, listener: Listener, stalled_s: float, per_unit: tuple[str, ...] = ()
) -> bool:
    """Waits for the end and reports; whether it was stopped early. Looking takes a tenth of the time at most."""
    moved, done, again = time.monotonic(), 0, 0.0
    while not finished(running):
        if listener.cancelled():
            running.cancel()
            raise SamplingStopped
        if listener.stopping():
            return True
        if time.monotonic() < again:
            continue
        begun = time.monotonic()
        news = progress(running, settings, per_unit)
        again = time.monotonic() + min(LOOKING * (time.monotonic() - begun), SLOWEST_S)
        listener.report(news)
        moved, done = (time.monotonic(), news["done"]) if news["done"] > done else (moved, done)
        if time.monotonic() - moved > stalled_s:
            running.cancel()
            minutes = f"{stalled_s / 60:.0f} minutes" if stalled_s >= 120 else f"{stalled_s:g} seconds"
            raise SamplingFailed(f"The sampler made no draw for {minutes} and was ended. Start the fit again.")
    return False


def finished(running: object) -> bool:
    """Whether the sampler ended, waiting a moment for it (it raises TimeoutError while it runs)."""
    until = time.monotonic() + LOOK_S
    while True:
        try:
            if running.is_finished:
                return True
        except TimeoutError:
            pass
        if time.monotonic() >= until:
            return False
        time.sleep(0.05)


def _result(running: object) -> object:
    """The whole trace."""
    try:
        return running.wait()
    except (RuntimeError, ValueError):
        text = "The sampler found no place to begin, or broke off."
        raise SamplingFailed(f"{text} Use the quick engine, or the weak prior.") from None


def progress(running: object, settings: Sampling, per_unit: tuple[str, ...] = ()) -> dict[str, object]:
    """How far a running sampler is: iterations of all chains, divergences, and the worst R-hat and effective size of
    the draws so far, but for those of `per_unit` (None before each chain that runs has some).
    """
    draws, statistics = running.inspect().get_arrow_trace()
    tuning = [_column(one, "tuning") for one in statistics]
    diverging = [_column(one, "diverging") for one in statistics]
    news: dict[str, object] = {
        "done": sum(len(one) for one in tuning), "total": settings.total,
        "divergences": int(sum((bad & ~early).sum() for bad, early in zip(diverging, tuning, strict=True))),
        "rhat": None, "ess": None,
    }  # fmt: skip
    begun = [(one, early) for one, early in zip(draws, tuning, strict=True) if len(early)]
    length = min((int((~early).sum()) for _, early in begun), default=0)
    if length >= FEWEST_KEPT:
        chains = np.stack([_wide(one, per_unit)[early.sum() :][:length] for one, early in begun])
        news["rhat"], news["ess"] = worst(chains)
    return news


def worst(chains: np.ndarray) -> tuple[float, float]:
    """Largest split R-hat and smallest effective size over the columns of chains x draws x columns: quick versions of
    ArviZ's, to be looked at while sampling.
    """
    half = chains.shape[1] // 2
    halves = np.concatenate([chains[:, :half], chains[:, -half:]])
    within = halves.var(axis=1, ddof=1).mean(axis=0)
    between = half * halves.mean(axis=1).var(axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        rhat = np.sqrt((within * (half - 1) / half + between / half) / within)
    sizes = sum(effective_size(one) for one in chains) / rhat**2
    return float(np.nanmax(rhat)), float(np.nanmin(sizes))


def _column(batch: object, name: str) -> np.ndarray:
    """One column of a trace as rows x its shape."""
    import pyarrow

    column = batch.column(name)
    shape = [int(part) for part in (column.field.metadata.get(b"shape") or b"").decode().split(",") if part]
    values = pyarrow.array(column)
    values = values.flatten() if shape else values
    return values.to_numpy(zero_copy_only=False).reshape(batch.num_rows, *shape)


def _wide(batch: object, without: tuple[str, ...] = ()) -> np.ndarray:
    """The other variables of a trace side by side: rows x numbers."""
    names = [name for name in batch.schema.names if name not in without]
    return np.column_stack([_column(batch, name).reshape(batch.num_rows, -1) for name in names])


def _kept(trace: object, dropped: tuple[str, ...] = ()) -> "InferenceData":
    """The draws after tuning: of the chains that together keep most when they have different lengths."""
    draws, statistics = trace.get_arrow_trace()
    tuned = [int(_column(one, "tuning").sum()) for one in statistics]
    lengths = np.array([len(_column(one, "tuning")) - early for one, early in zip(statistics, tuned, strict=True)])
    order = np.argsort(-lengths, kind="stable")
    best = int(np.argmax(lengths[order] * np.arange(1, len(order) + 1)))
    chosen, length = sorted(order[: best + 1]), int(lengths[order][best])
    if length < FEWEST_KEPT:
        text = f"The sampling was stopped before each chain had {FEWEST_KEPT} draws, so there is nothing to keep."
        raise SamplingFailed(f"{text} Start the fit again.")
    found = []
    wanted = [name for name in draws[0].schema.names if name not in dropped]
    for batches, names in ((draws, wanted), (statistics, STATISTICS)):
        found.append(
            {name: np.stack([_column(batches[one], name)[tuned[one] :][:length] for one in chosen]) for name in names}
        )
    return libraries().az.from_dict(posterior=found[0], sample_stats=found[1])


def summary(draws: np.ndarray, ends: tuple[float, float]) -> list[tuple[float, ...]]:
    """Mean, SD, the ends of an interval, R-hat and bulk effective size per column of chains x draws x columns; R-hat
    and size are nan for a column that never moves.
    """
    az = libraries().az
    flat = draws.reshape(-1, draws.shape[2])
    moving = np.ptp(flat, axis=0) > 0
    rhat, size = np.full(draws.shape[2], np.nan), np.full(draws.shape[2], np.nan)
    for place in np.flatnonzero(moving):
        rhat[place] = az.rhat(draws[:, :, place])
        size[place] = az.ess(draws[:, :, place], method="bulk")
    parts = (flat.mean(axis=0), flat.std(axis=0, ddof=1), *np.quantile(flat, ends, axis=0), rhat, size)
    return [tuple(float(number) for number in row) for row in np.column_stack(parts)]


def failures(rhat: float, ess: float, divergences: int) -> tuple[str, ...]:
    """What of a sampling failed its limits, in words; () when nothing did."""
    failed = []
    if not rhat <= LARGEST_RHAT:
        failed.append(f"R-hat {rhat:.3f}, above {LARGEST_RHAT}: the chains do not agree yet")
    if not ess >= FEWEST_ESS:
        failed.append(f"effective draws {ess:.0f}, below {FEWEST_ESS:.0f}")
    if divergences > 0:
        failed.append(f"{divergences} {'divergence' if divergences == 1 else 'divergences'} while sampling")
    return tuple(failed)
