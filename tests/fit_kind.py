"""A long fit for tests of the screen: says how far it is, waits for a sign, then stores the quick fit as its own."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pandas as pd

from pipeline.catalogue.spec import Spec
from pipeline.jobs.progress import Progress
from pipeline.models import collapsed
from pipeline.steps.fit import store

GO = "DYADSCOPE_TEST_GO"
"""Names the file whose presence is the sign."""
ENVIRONMENT = "fit=tests.fit_kind:run_fit"
NEWS = {"done": 5500, "total": 11000, "divergences": 2, "rhat": 1.0034, "ess": 321.4}


def run_fit(spec: dict, frame: pd.DataFrame, progress: Progress) -> None:
    """Runs until the sign is there, or it is cancelled."""
    progress.report(NEWS)
    while not Path(os.environ[GO]).exists():
        if progress.wait(0.05):
            return
    asked = Spec.model_validate_json(json.dumps(spec["spec"]))
    found = collapsed.fit(frame, asked, int(spec["seed"]) + 1)
    store(replace(found, engine=str(spec["engine"])), spec, progress.folder)
