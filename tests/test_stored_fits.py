"""Stored fits: what was asked comes back whole, damage is a sentence, the next publish takes them in, roads agree."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from db import connect
from pipeline import jobs
from pipeline.catalogue.spec import load_spec
from pipeline.models.fit import Fit, Note, Settings, Term, frame_of
from pipeline.selection import Selection
from pipeline.steps import run_folder, stored_fits
from pipeline.steps.fit_agreement import agreement, largest, root_mean_square, side_by_side
from pipeline.steps.fit_rows import ModelRows
from pipeline.steps.import_study import import_study
from pipeline.steps.stored_fits import FitDamaged, selection_json, selection_of
from tests.test_publish import add_file, write_study

SPEC = load_spec("facial_epds").changed(rung=2)
CHOSEN = Selection("home_headcam", (("role", ("father", None)),), (("score:EPDS", 2.0, None),), ("camera",), ("f1",))


def rows() -> ModelRows:
    """Two units of two dyads of one family: three rows, one recording lost."""
    frame = pd.DataFrame({"unit": ["a", "a", "b"], "dyad_id": ["d1", "d1", "d2"], "family_id": "f1"})
    frame["code"] = pd.Categorical(["Smile", "Negative", "Smile"])
    flow = pd.DataFrame(
        [("recordings", "in the selection", 0, 3), ("units", "no value of EPDS", 1, 2), ("values", "entered", 0, 4)],
        columns=["stage", "reason", "lost", "left"],
    )
    scale = pd.DataFrame({"response": ["infant", "caregiver"], "values": [3, 1], "mean": [0.5, 0.2]})
    scale["sd"] = [0.1, np.nan]
    return ModelRows(frame, flow, scale, (6.5, 2.5))


def fit(mean: float = 0.5, failed: tuple[str, ...] = ()) -> Fit:
    terms = [Term("infant", "intercept", 0.1, 0.2, -0.3, 0.5, 3, 2, 1.001, 400.0)]
    terms.append(Term("caregiver", "Smile x EPDS", mean, 0.1, mean - 0.2, mean + 0.2, 2, 2))
    random = [Term("infant", "unit_var_infant", 0.3, 0.1, 0.1, 0.5, 3, 2)]
    random.append(Term("", "unit_cov", 0.0, 0.1, -0.2, 0.2, 3, 2))
    notes = (Note("warning", "Smile rests on 2 values only."),)
    return Fit(frame_of(terms), frame_of(random), {"ess": 300.0}, Settings(), 7, "quick", SPEC, notes, 3, 2, failed)


def kept(home: Path, found: Fit | None = None, engine: str = "quick", **about: object) -> str:
    order = stored_fits.order(SPEC, engine, 7, rows(), CHOSEN, **{"words": "fathers", "number": 4, **about})
    id = jobs.identity(home, "fit", order, "c0ffee")
    (home / "runs").mkdir(parents=True, exist_ok=True)
    stored_fits.keep(home, id, order, "c0ffee", rows().frame, found or fit())
    return id


def test_a_kept_fit_comes_back_whole(tmp_path: Path) -> None:
    id = kept(tmp_path)
    found = stored_fits.read(tmp_path, id)
    pd.testing.assert_frame_equal(found.terms, fit().terms)
    pd.testing.assert_frame_equal(found.random, fit().random)
    assert found.asked.spec == SPEC and found.asked.selection == CHOSEN and found.asked.words == "fathers"
    assert (found.asked.engine, found.asked.seed, found.rows, found.units) == ("quick", 7, 3, 2)
    assert (found.asked.dyads, found.asked.families, found.asked.number) == (2, 1, 4)
    assert found.asked.scale == {"infant": (3, 0.5, 0.1), "caregiver": (1, 0.2, None)}
    assert found.asked.exposure == (6.5, 2.5) and found.asked.generation == "c0ffee"
    assert found.versions["dyadscope"] == found.asked.version and "numpy" in found.versions
    assert found.diagnostics == {"ess": 300.0} and found.failed == () and found.draws is None
    texts = [note.text for note in stored_fits.with_losses(found).notes]
    assert texts == ["1 unit did not enter: no value of EPDS.", "Smile rests on 2 values only."]
    pd.testing.assert_frame_equal(run_folder.read_rows(tmp_path, id), rows().frame)


def test_a_fit_is_kept_once(tmp_path: Path) -> None:
    id = kept(tmp_path)
    before = stored_fits.read(tmp_path, id)
    assert kept(tmp_path, fit(mean=9.0)) == id
    after = stored_fits.read(tmp_path, id)
    pd.testing.assert_frame_equal(after.terms, before.terms)
    assert [path.name for path in (tmp_path / "runs" / id).iterdir() if path.name.startswith(".")] == []


def test_everything_that_was_asked_is_part_of_the_id(tmp_path: Path) -> None:
    def id(spec=SPEC, engine="gibbs", seed=1, chosen=CHOSEN) -> str:
        return jobs.identity(tmp_path, "fit", stored_fits.order(spec, engine, seed, rows(), chosen, "w", 1), "c0ffee")

    others = [id(spec=SPEC.changed(rung=4)), id(engine="quick"), id(seed=2), id(chosen=Selection())]
    assert len({id(), *others}) == 5 and id() == id()


VALUES = some.one_of(some.none(), some.text(max_size=5), some.booleans(), some.integers(0, 99))


@given(
    some.builds(
        Selection,
        protocol=some.one_of(some.none(), some.text(max_size=5)),
        choices=some.lists(some.tuples(some.text(max_size=5), some.lists(VALUES, max_size=3).map(tuple))).map(tuple),
        ranges=some.lists(
            some.tuples(some.text(max_size=5), some.none() | some.floats(-9, 9), some.none() | some.integers(0, 9))
        ).map(tuple),
        complete=some.lists(some.text(max_size=5)).map(tuple),
        families=some.lists(some.text(max_size=5)).map(tuple),
    )
)
def test_a_selection_comes_back(selection: Selection) -> None:
    assert selection_of(json.loads(json.dumps(selection_json(selection)))) == selection


def test_a_selection_of_numpy_numbers_is_plain() -> None:
    found = selection_json(Selection(ranges=(("score:EPDS", np.float64(2.5), np.int64(7)),)))
    assert found["ranges"] == [["score:EPDS", 2.5, 7]] and type(found["ranges"][0][1]) is float


DAMAGES = {
    "terms.parquet": b"PAR1 torn", "fit.json": b"{", "../spec.json": b'{"kind": "fit", "spec": 3}',
}  # fmt: skip


@pytest.mark.parametrize("file", [*DAMAGES, "gone"])
def test_damage_is_a_sentence(tmp_path: Path, file: str) -> None:
    id = kept(tmp_path)
    result = run_folder.result(tmp_path, id)
    if file == "gone":
        (result / "terms.parquet").unlink()
    else:
        (result / file).write_bytes(DAMAGES[file])
    with pytest.raises(FitDamaged, match=r"missing or damaged\. Nothing was changed"):
        stored_fits.read(tmp_path, id)
    other = kept(tmp_path, engine="gibbs")
    found, damaged = stored_fits.all_readable(tmp_path, stored_fits.ids(tmp_path))
    assert [one.asked.id for one in found] == [other] and damaged == [id]


def test_other_folders_are_no_fits(tmp_path: Path) -> None:
    assert stored_fits.ids(tmp_path) == []
    (tmp_path / "runs" / "notes").mkdir(parents=True)
    jobs_of_other_kinds = tmp_path / "runs" / ("a" * 64)
    jobs_of_other_kinds.mkdir()
    (jobs_of_other_kinds / "spec.json").write_text('{"kind": "add", "spec": {}}')
    assert stored_fits.ids(tmp_path) == ["a" * 64]
    assert stored_fits.asked(tmp_path, "a" * 64) is None
    assert stored_fits.all_readable(tmp_path, ["a" * 64]) == ([], [])


# --- the next publish takes them in


def taken_in(home: Path) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    with connect.open_reader(connect.current(home).file) as connection:
        fits = connection.execute("SELECT * FROM fit ORDER BY fit_id").df()
        terms = connection.execute("SELECT * FROM fit_term ORDER BY fit_id, position").df()
        issues = connection.execute("SELECT detail FROM issue WHERE kind = 'damaged_fit'").fetchall()
    return fits, terms, [detail for (detail,) in issues]


def test_the_next_publish_takes_stored_fits_in(tmp_path: Path) -> None:
    manifest, home = write_study(tmp_path / "raw", 3), tmp_path / "home"
    add_file(tmp_path / "raw", 0)
    import_study(manifest, home, report=lambda line: None)
    assert [len(part) for part in taken_in(home)] == [0, 0, 0]
    id = kept(home, fit(failed=("Pareto k 0.91, above 0.7",)), study="kills")
    damaged = kept(home, engine="gibbs", study="kills")
    (run_folder.result(home, damaged) / "terms.parquet").write_bytes(b"torn")
    kept(home, engine="full", study="another study")
    import_study(manifest, home, report=lambda line: None)
    assert len(taken_in(home)[0]) == 0, "an import that changes nothing publishes nothing"
    add_file(tmp_path / "raw", 1)
    import_study(manifest, home, report=lambda line: None)
    fits, terms, issues = taken_in(home)
    assert fits["fit_id"].tolist() == [id] and fits["failed"][0] == "Pareto k 0.91, above 0.7"
    assert (fits["engine"][0], fits["words"][0], fits["generation_sha256"][0]) == ("quick", "fathers", "c0ffee")
    assert load_spec("facial_epds").model_validate_json(fits["spec"][0]) == SPEC
    assert selection_of(json.loads(fits["selection"][0])) == CHOSEN
    assert terms["term"].tolist() == ["intercept", "Smile x EPDS", "unit_var_infant", "unit_cov"]
    assert terms["part"].tolist() == ["fixed", "fixed", "random", "random"]
    np.testing.assert_array_equal(terms["mean"], [0.1, 0.5, 0.3, 0.0])
    assert terms["n_rows"].tolist() == [3, 2, 3, 3] and terms["rhat"].isna().tolist() == [False, True, True, True]
    assert len(issues) == 1 and damaged[:8] in issues[0] and "missing or damaged" in issues[0]
    shutil.rmtree(home / "runs")
    add_file(tmp_path / "raw", 2)
    import_study(manifest, home, report=lambda line: None)
    assert [len(part) for part in taken_in(home)] == [0, 0, 0], "a generation holds what lies in runs/ when it is made"


# --- two fits beside each other


def table(means: list[float], sd: float, ess: float, terms: tuple[str, ...] = ("a", "b")) -> pd.DataFrame:
    frame = pd.DataFrame({"response": "infant", "term": terms, "mean": means, "sd": sd, "ess": ess})
    return frame.assign(lower=frame["mean"] - 2 * sd, upper=frame["mean"] + 2 * sd)


def test_agreement_by_hand() -> None:
    """Errors 3/sqrt(100) = .3 and 4/sqrt(100) = .4: together .5."""
    both = agreement(table([1.0, 2.0], 3.0, 100.0), table([0.5, 2.5], 4.0, 100.0))
    np.testing.assert_allclose(both["difference"], [0.5, -0.5])
    np.testing.assert_allclose(both["errors"], [1.0, -1.0])
    assert largest(both) == pytest.approx(1.0) and root_mean_square(both) == pytest.approx(1.0)
    exact = agreement(table([1.0, 2.0], 3.0, 100.0), table([0.5, 2.5], 4.0, 100.0), pd.Series([0.0, 0.0]))
    np.testing.assert_allclose(exact["error"], 0.3)
    assert np.isnan(largest(agreement(table([1.0], 1.0, np.nan, ("a",)), table([1.0], 1.0, 9.0, ("a",)))))


def test_fits_side_by_side() -> None:
    wide = side_by_side({"one": table([1.0, 2.0], 1.0, 9.0), "two": table([5.0], 1.0, 9.0, ("b",))})
    assert wide["term"].tolist() == ["a", "b"]
    np.testing.assert_allclose(wide["spread"], [0.0, 3.0])
    assert np.isnan(wide["two: mean"][0]) and wide["one: lower"][1] == 0.0


def test_two_engines_at_one_posterior(tmp_path: Path) -> None:
    """Draws of one Normal: differences in Monte Carlo errors are about standard Normal."""
    rng = np.random.default_rng(4)
    draws = rng.normal(size=(2, 400, 300))
    tables = [
        pd.DataFrame({"response": "x", "term": range(300), "mean": one.mean(0), "sd": one.std(0), "ess": 400.0})
        .assign(lower=0.0, upper=0.0) for one in draws
    ]  # fmt: skip
    assert 0.85 < root_mean_square(agreement(*tables)) < 1.15
