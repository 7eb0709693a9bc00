"""The view "Runs": one job per question, its id in the link first; progress, cancel, lost; stored fits side by side."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from db import connect
from pages.parts import models_runs_words
from pages.parts.charts_models_runs import draw_fits
from pipeline import jobs
from pipeline.catalogue.spec import load_spec
from pipeline.jobs import Job, kinds, living
from pipeline.selection import Selection, select
from pipeline.steps import queue, stored_fits
from pipeline.steps.fit import fit_rows, rows_of
from pipeline.steps.observe import observation_frame
from tests.conftest import ROOT
from tests.fit_kind import ENVIRONMENT, GO
from tests.test_pages import HEAVY

DEADLINE_S = 40.0


@pytest.fixture
def home(demo_study: Path, tmp_path: Path, monkeypatch) -> Iterator[Path]:
    """A study folder to write in, whose long fits wait for a sign; its worker is ended afterwards."""
    folder = tmp_path / "study"
    shutil.copytree(demo_study / "published", folder / "published")
    (folder / "runs").mkdir()
    for name, value in {
        "DYADSCOPE_HOME": folder, kinds.MORE: ENVIRONMENT, GO: folder / "go", "DYADSCOPE_WORKER_IDLE": 20,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, str(value))
    yield folder
    if queue.mark(folder) is not None and (worker := queue.worker(folder)):
        living.kill(worker)


def opened(**query: object) -> AppTest:
    """The view as a link with these choices opens it."""
    app = AppTest.from_file(str(ROOT / "pages" / "_router.py"), default_timeout=60)
    app.query_params.update({"view": "Runs", **query})
    app.run()
    app.query_params.update({"view": "Runs", **query})
    return whole(app.switch_page("models.py").run())


def whole(app: AppTest) -> AppTest:
    assert not app.exception, [one.message for one in app.exception]
    return app


def said(app: AppTest) -> str:
    parts = [*app.main.markdown, *app.info, *app.error, *app.warning, *app.caption]
    return " ".join(one.value.replace("\\", "") for one in parts)


def progress(app: AppTest) -> list[str]:
    """The words beside the bars of fits that wait or run."""
    return [one.proto.text.replace("\\", "") for one in app.main.get("progress")]


def chosen(app: AppTest) -> list[str]:
    return app.multiselect(key="fits").value


def until(true: Callable[[], object]) -> None:
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < DEADLINE_S, "this never became true"
        time.sleep(0.05)


def begun(home: Path) -> Job:
    """The newest job, as soon as it has said how far it is."""
    until(lambda: jobs.jobs(home)[0].progress)
    return jobs.jobs(home)[0]


def click(app: AppTest, key: str) -> AppTest:
    return whole(app.button(key=key).click().run())


def quick_fit(home: Path, seed: int) -> object:
    cursor = connect.open_reader(connect.current(home).file).cursor()
    observations = select(observation_frame(cursor), Selection())
    spec = load_spec("facial_epds")
    return fit_rows(rows_of(cursor, spec, observations), spec, "quick", seed)


def test_a_fit_from_the_click_to_the_link(home: Path) -> None:
    app = opened()
    assert "No fit is stored yet" in said(app) and not progress(app)
    click(app, "start_fit")
    (job,) = jobs.jobs(home)
    assert [name[:8] for name in chosen(app)] == [job.id[:8]]
    assert begun(home).id == job.id
    click(app, "start_fit")
    assert len(jobs.jobs(home)) == 1, "two clicks are one job"
    (words,) = progress(app)
    for part in ("Running", "5,500 of 11,000 draws", "2 divergent ones", "R-hat 1.003", "effective number 321"):
        assert part in words
    assert app.main.get("progress")[0].proto.value == 50 and "no result yet" in said(app)
    (home / "go").touch()
    until(lambda: jobs.state(home, job.id).state == "done")
    whole(app.run())
    assert not progress(app) and "The two agree" in said(app)
    expected = quick_fit(home, seed=2).terms.set_index("term").loc["Woe face x EPDS", "mean"]
    shown = app.dataframe[0].value.set_index(["Fit", "Behaviour"])
    assert shown.loc[("As in the paper (Gibbs)", "Woe face"), "Estimate"] == expected
    again = opened(fits=chosen(app), rung="Model 2: unadjusted", outcome="Visual attention")
    same = again.dataframe[0].value.set_index(["Fit", "Behaviour"])
    np.testing.assert_array_equal(same["Estimate"], shown["Estimate"])
    order = stored_fits.asked(home, job.id)
    assert order.selection == Selection(protocol="home_headcam") and order.words == "Home headcam, no filter"
    assert order.spec == load_spec("facial_epds") and order.study == "demo"
    assert order.number == connect.current(home).number


def test_the_quick_fit_is_kept_and_compared(home: Path) -> None:
    app = click(opened(role="Mother"), "keep_fit")
    click(app, "keep_fit")
    assert len(stored_fits.ids(home)) == 1 and jobs.jobs(home) == [], "stored at once, and once"
    assert "Selection: Home headcam, only Caregiver: Mother." in said(app)
    other = opened(fits=chosen(app), rung="Model 3: adjusted for the putative confounder")
    click(other, "keep_fit")
    assert len(chosen(other)) == 2 == len(stored_fits.ids(home))
    questions = other.table[0].value.set_index("What")
    assert {"Model", "Covariates", "Selection"} <= set(questions.index) and "Engine" not in questions.index
    terms = other.dataframe[1].value
    first, second = (name[:8] for name in chosen(other))
    gap = (terms[f"{first} estimate"] - terms[f"{second} estimate"]).abs()
    np.testing.assert_allclose(terms["Largest difference"], gap.fillna(0), atol=1e-12)
    assert gap.max() > 0.01


def test_waiting_cancelled_lost_and_too_many(home: Path) -> None:
    app = click(opened(), "start_fit")
    begun(home)
    app.selectbox(key="fit_of").set_value("Unadjusted").run()
    click(app, "start_fit")
    assert progress(app)[0] == "Waiting for its turn"
    click(opened(exposure="SAPAS: personality difficulties"), "start_fit")
    refused = click(opened(exposure="SAPAS: personality difficulties"), "start_fit")
    assert "One of your jobs runs and one waits already" in said(refused) and len(jobs.jobs(home)) == 2
    waiting, running = jobs.jobs(home)
    click(app, f"cancel_{waiting.id}")
    assert jobs.state(home, waiting.id).state == "cancelled"
    os.kill(queue.worker(home).pid, 9)
    until(lambda: jobs.state(home, running.id).state == "lost")
    whole(app.run())
    assert "Cancelled. Nothing was stored." in said(app) and "Lost. The worker ended while" in said(app)
    assert not progress(app)


def test_a_fit_that_failed_its_checks_says_so(home: Path) -> None:
    app = click(opened(), "keep_fit")
    (id,) = stored_fits.ids(home)
    about = home / "runs" / id / "result" / "fit.json"
    about.write_text(json.dumps(json.loads(about.read_text()) | {"failed": ["Pareto k 0.91, above 0.7"]}))
    whole(app.run())
    assert "failed its own checks: Pareto k 0.91, above 0.7. Do not report it." in said(app)
    about.write_text("{")
    whole(app.run())
    assert "missing or damaged. Nothing was changed" in said(app)


def test_a_link_to_a_fit_that_is_not_here(home: Path) -> None:
    app = opened(fits="0badc0de: As in the paper (Gibbs), EPDS and facial expression, Model 4")
    assert "is not stored in this study" in said(app) and "start the fit again" in said(app)


def test_the_views_load_nothing_heavy(home: Path) -> None:
    """In a fresh process, with a stored fit open."""
    click(opened(), "keep_fit")
    (id,) = stored_fits.ids(home)
    name = models_runs_words.label_of(stored_fits.asked(home, id))
    script = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('pages/_router.py', default_timeout=60).run()\n"
        "for view in ('Runs', 'Methods and export'):\n"
        f"    app.query_params.update({{'view': view, 'fits': {name!r}}})\n"
        "    assert not app.switch_page('models.py').run().exception\n"
        f"print([name for name in {(*HEAVY, 'matplotlib', 'xarray')!r} if name in sys.modules], len(app.main))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith("[] ")


def test_the_forest_of_several_fits() -> None:
    """Two fits, two people: a mark per fit and behaviour, filled where the interval excludes 0, both ends drawn."""
    import pandas as pd

    rows = [
        ("one", "Infant", "Smile", 0.5, 0.2, 0.8), ("two", "Infant", "Smile", 0.1, -0.2, 0.4),
        ("two", "Caregiver", "Woe face", -0.5, -0.9, -0.1),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["fit", "person", "code", "mean", "lower", "upper"]).assign(rows=9, units=8)
    figure = draw_fits(frame, "SD")
    marks = [trace for trace in figure.data if trace.text is not None and len(trace.x)]
    assert [list(trace.x) for trace in marks] == [[0.5], [0.1], [-0.5]]
    assert [trace.marker.symbol[0] for trace in marks] == ["square", "circle-open", "circle"]
    lines = [trace for trace in figure.data if trace.mode == "lines" and trace.name != "zero" and len(trace.x)]
    assert [list(trace.x)[:2] for trace in lines] == [[0.2, 0.8], [-0.2, 0.4], [-0.9, -0.1]]
    assert len({trace.y[0] for trace in marks[:2]}) == 2, "fits of one behaviour lie beside each other"
    labels = " ".join(note.text for note in figure.layout.annotations)
    assert "Smile" in labels and "9 rows, 8 units" in labels and "<b>Caregiver</b>" in labels
    assert [trace.name for trace in figure.data if trace.showlegend is not False] == ["one", "two"]
