"""Long fits beside the viewers: through the study's own queue, one always running and two always waiting."""

import os
from collections import Counter
from pathlib import Path

from pipeline import jobs
from pipeline.catalogue.spec import load_spec
from pipeline.errors import StudyError
from pipeline.jobs import Job, living
from pipeline.selection import Selection, select
from pipeline.steps import queue, stored_fits
from pipeline.steps.fit import rows_of
from pipeline.steps.observe import observation_frame
from pipeline.steps.open_study import current_generation, open_generation

SPEC = "facial_epds"
ACTIVE = 3
"""One runs, two wait."""
USERS = ("load-1", "load-2")
"""One person may have one fit running and one waiting."""


class Fits:
    """Asks for full fits of the study's published model, each with another seed, as long as `top_up` is called."""

    def __init__(self, home: Path) -> None:
        os.environ["DYADSCOPE_HOME"] = str(home)
        found = current_generation()
        if found is None:
            raise StudyError("There is no study in this folder.")
        self.home, self.spec, self.generation = home, load_spec(SPEC), found
        self.selection = Selection(protocol=self.spec.protocol)
        cursor = open_generation(found).cursor()
        self.rows = rows_of(cursor, self.spec, select(observation_frame(cursor), self.selection))
        self.seed, self.seen = 0, Counter()

    def top_up(self) -> None:
        """Asks for as many fits as are missing, and counts what state the queue is in."""
        active = [job for job in jobs.jobs(self.home) if job.active]
        running = sum(job.state != "queued" for job in active)
        self.seen[running, len(active) - running] += 1
        for _ in range(ACTIVE - len(active)):
            self._submit(active)
            active = [job for job in jobs.jobs(self.home) if job.active]

    def _submit(self, active: list[Job]) -> None:
        self.seed += 1
        number = self.generation.number
        order = stored_fits.order(self.spec, "full", self.seed, self.rows, self.selection, "No filter", number)
        user = min(USERS, key=[job.user for job in active].count)
        kept = {"user": user, "generation": self.generation.sha256}
        jobs.submit(self.home, stored_fits.KIND, order, self.rows.frame, **kept)

    def done(self) -> int:
        """How many fits are done."""
        return sum(job.state == "done" for job in jobs.jobs(self.home))

    def failed(self) -> list[str]:
        """Why fits ended otherwise."""
        return [job.sentence for job in jobs.jobs(self.home) if not job.active and job.state != "done"]

    def busy(self) -> float:
        """Share of the looks at which one fit ran and two waited."""
        return self.seen[1, ACTIVE - 1] / max(1, self.seen.total())


def end_worker(home: Path) -> None:
    """Ends the worker of a study, and the fit it runs."""
    if queue.mark(home) is not None and (worker := queue.worker(home)):
        living.kill(worker)
