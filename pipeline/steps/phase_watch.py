"""How far a training is, and how long it will go on: read from what its folds say, wherever they run."""

import time
from collections.abc import Sequence

from pipeline.models.sampling import Listener, SamplingStopped
from pipeline.steps.phase_cost import costs
from pipeline.steps.phase_folds_run import FINAL, FoldTask, kept, share_done, where
from pipeline.steps.phase_plan import KIND_WORDS, Plan, width

STEPS = 1000
"""Progress is told in thousandths."""
TELL_S = 0.5
SURE_SHARE = 0.02
"""So much must be done before it is said how long the rest will take."""


class Watch:
    """Tells how far a training is and how long it will go on; ends it when it was cancelled."""

    def __init__(self, made: Plan, tasks: Sequence[FoldTask], final: FoldTask, listener: Listener) -> None:
        self.made, self.listener, self.begun = made, listener, time.monotonic()
        self.costs = [costs(arm.work, width(arm)) for arm in made.arms]
        self.weights = {(one.arm, one.number): self._weight(one) for one in (*tasks, final)}
        self.tasks = {(one.arm, one.number): one for one in (*tasks, final)}
        self.done = {place for place, one in self.tasks.items() if one is not final and kept(one) is not None}
        self.before = self._share()
        self.told = 0.0

    def _weight(self, task: FoldTask) -> float:
        design, own = task.work.design, self.costs[task.arm]
        networks = [recipe.epochs * cost for recipe, cost in zip(design.settings, own, strict=True)]
        return max(networks) if task.number == FINAL else design.inner * sum(networks) + max(networks)

    def ended(self, arm: int, number: int) -> None:
        """A task is finished."""
        self.done.add((arm, number))
        self.told = 0.0

    def tick(self) -> None:
        """Called often; tells at most twice a second."""
        if self.listener.cancelled():
            raise SamplingStopped
        if time.monotonic() - self.told >= TELL_S:
            self.told = time.monotonic()
            self.listener.report(self.news())

    def news(self) -> dict[str, object]:
        """done and total (thousandths), fold and folds, setting and epoch of the fold that is furthest, left_s."""
        share, now = self._share(), time.monotonic()
        if share <= self.before:
            self.begun = now  # workers are starting: that says nothing of how fast they teach
        fresh = (share - self.before) / max(1e-9, 1 - self.before)
        left = (now - self.begun) * (1 - fresh) / fresh if fresh > SURE_SHARE else None
        told = {"done": int(share * STEPS), "total": STEPS, "left_s": None if left is None else round(left)}
        folds = [place for place in self.tasks if place[1] != FINAL]
        told |= {"fold": sum(place in self.done for place in folds), "folds": len(folds)}
        return told | self._now()

    def _share(self) -> float:
        total = sum(self.weights.values())
        return sum(self.weights[place] * self._done(place) for place in self.tasks) / total

    def _done(self, place: tuple[int, int]) -> float:
        return 1.0 if place in self.done else share_done(self.tasks[place], self.costs[place[0]])

    def _now(self) -> dict[str, object]:
        """What is being taught: the arm in words, setting and epoch (counted from 1) of the fold that began first."""
        for place, task in self.tasks.items():
            if place not in self.done and (now := where(task)) is not None:
                arm = self.made.arms[task.arm]
                words = f"{KIND_WORDS[arm.kind]}, {arm.modality}"
                return {"arm": words, "setting": now.setting + 1, "settings": len(arm.work.design.settings)} | {
                    "epoch": now.epoch
                }
        return {}
