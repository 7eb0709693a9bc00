"""Which kinds of long work there are: one line each, loaded by name in the worker only."""

import os
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from pipeline.errors import did_you_mean, listed
from pipeline.jobs.progress import Progress
from pipeline.steps.queue import JobError

if TYPE_CHECKING:
    from pandas import DataFrame

KINDS = {
    "fit": "pipeline.steps.fit:run_fit",
    "smile_windows": "pipeline.steps.smile_windows:run_smile_windows",
    "phases": "pipeline.steps.train_phases:run_phases",
}
"""Kind -> `module:function`; the function is called as `run(spec, frame, progress)` and writes into progress.folder."""
MORE = "DYADSCOPE_JOB_KINDS"
"""Further kinds from the environment, `kind=module:function` with commas between: tests and trials use it."""

Run = Callable[[dict[str, object], "DataFrame", Progress], None]


def kinds() -> dict[str, str]:
    """All kinds that can be asked for here."""
    pairs = (entry.split("=", 1) for entry in os.environ.get(MORE, "").split(",") if "=" in entry)
    return KINDS | {kind.strip(): place.strip() for kind, place in pairs}


def known(kind: str) -> str:
    """Where the callable of a kind stands; JobError when there is no such kind."""
    choices = kinds()
    if kind not in choices:
        near = did_you_mean(kind, set(choices))
        raise JobError(f"'{kind}' is not a known kind of job.{near} Choose one of: {listed(set(choices))}.")
    return choices[kind]


def load(kind: str) -> Run:
    """The callable of a kind, imported now."""
    module, name = known(kind).split(":")
    return getattr(import_module(module), name)
