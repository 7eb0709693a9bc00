"""The same tasks on Ray, for a cluster; an optional extra (`pip install ray`). Files are the same as those of the pool.

Ray joins the cluster that RAY_ADDRESS names, or starts one on this computer; the folders must be seen by all machines.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec

from pipeline.errors import UserError, file_name
from pipeline.features.task import Outcome, Task
from pipeline.features.weights import ENCODERS
from pipeline.features.work import run

QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DEDUP_LOGS": "0"}
"""Nothing about the use is sent to anyone."""
ENDED = "A worker was ended by the system, most often for want of memory. Choose fewer at a time (--jobs 1)."


def on_ray(
    tasks: Sequence[Task], jobs: int, progress: Callable[[float], None] = lambda media_s: None
) -> Iterator[Outcome]:
    """Outcomes in the order in which they come; UserError where Ray is not installed."""
    ray = _joined(jobs)
    try:
        yield from _outcomes(ray, tasks, progress)
    finally:
        ray.shutdown()


def _joined(jobs: int) -> object:
    """Ray, joined to a cluster; UserError where it is not installed."""
    if find_spec("ray") is None:
        raise UserError("Ray is not installed here. Install it with: pip install ray. Or leave --engine out.")
    os.environ.update(QUIET)
    import ray

    cluster = {} if os.environ.get("RAY_ADDRESS") else {"num_cpus": jobs, "include_dashboard": False}
    ray.init(configure_logging=False, log_to_driver=False, ignore_reinit_error=True, **cluster)
    return ray


def calls_on_ray(
    call: Callable[[object, object], object], given: Sequence[tuple[object, object]], jobs: int, tick_s: float
) -> Iterator[object]:
    """Results of `call(large, small)` in the order in which they come, and None every `tick_s` seconds in between.

    Each large object is sent once, however many calls share it. UserError when a worker was ended by the system.
    """
    ray = _joined(jobs)
    try:
        remote = ray.remote(num_cpus=1, max_retries=1)(call)
        sent = {id(large): ray.put(large) for large, _ in given}
        waiting = [remote.remote(sent[id(large)], small) for large, small in given]
        while waiting:
            done, waiting = ray.wait(waiting, num_returns=1, timeout=tick_s)
            for one in done:
                yield _result(ray, one)
            yield None
    finally:
        ray.shutdown()


def _result(ray: object, one: object) -> object:
    try:
        return ray.get(one)
    except ray.exceptions.RayError:
        raise UserError(ENDED) from None


def _outcomes(ray: object, tasks: Sequence[Task], progress: Callable[[float], None]) -> Iterator[Outcome]:
    remote = ray.remote(num_cpus=1, max_retries=1)(run)
    graphics = ray.cluster_resources().get("GPU", 0) > 0
    waiting = {remote.options(**_needs(task, graphics)).remote(task): task for task in tasks}
    media_s = 0.0
    while waiting:
        (done,), _ = ray.wait(list(waiting), num_returns=1)
        outcome = _outcome(ray, done, waiting.pop(done))
        media_s += outcome.media_s
        progress(media_s)
        yield outcome


def _needs(task: Task, graphics: bool) -> dict[str, int]:
    """What a task is lent: Ray hides its GPUs from tasks that do not ask for one."""
    return {"num_gpus": 1} if graphics and task.stream in ENCODERS else {}


def _outcome(ray: object, done: object, task: Task) -> Outcome:
    try:
        return ray.get(done)
    except ray.exceptions.RayError:
        words = f"{file_name(task.video)}: the worker that read it was ended by the system (the file or the memory)."
        return Outcome(file_name(task.video), task.stream, "failed", error=f"{words} Convert it to MP4 and try again.")
