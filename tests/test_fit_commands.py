"""The commands `fit` and `fit-table`: columns, names, tables worked by hand, statsmodels, every refusal."""

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from pipeline.__main__ import main
from pipeline.models import collapsed, two_level
from pipeline.models.design_table import of_table
from pipeline.models.fit import COLUMNS
from pipeline.models.rigls import rigls
from pipeline.steps.fit import ENGINES
from pipeline.steps.fit_commands import TABLE_ENGINES
from pipeline.steps.fit_table import read_frame
from tests import studies

HAND = """child;height;weight
a;1;2
a;3;1
b;6;5
b;8;8
c;11;3
c;13;5
d;4;6
d;10;7
"""
"""Four children, two records each: the variances of a balanced table follow from sums of squares."""
VARIANCES = ["unit_var_height", "unit_cov", "unit_var_weight", "row_var_height", "row_cov", "row_var_weight"]


@pytest.fixture
def call(tmp_path: Path, capsys):
    """Runs a command: (exit status, what was printed, what was said on the side)."""

    def run(*words: str) -> tuple[int, str, str]:
        status = main(words)
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def fitted(call, tmp_path: Path, text: str, *words: str) -> tuple[pd.DataFrame, str]:
    """The CSV of fit-table and what was printed."""
    file = tmp_path / "terms.csv"
    asked = ("fit-table", written(tmp_path, text), "--unit", "child", "--responses", "height,weight", *words)
    status, said, wrong = call(*asked, "--csv", str(file))
    assert status == 0, wrong
    return pd.read_csv(file, keep_default_na=False, na_values=["nan"]), said


def by_hand(method: str) -> tuple[list[Fraction], list[Fraction]]:
    """(means, variances of units and rows) of the table by sums of squares and products, as fractions."""
    lines = [line.split(";") for line in HAND.split()[1:]]
    units = [[(int(h), int(w)) for child, h, w in lines if child == name] for name in "abcd"]
    sums = [[sum(row[side] for row in unit) for side in (0, 1)] for unit in units]
    means = [Fraction(sum(unit[side] for unit in sums), 8) for side in (0, 1)]
    found = []
    for one, other in ((0, 0), (0, 1), (1, 1)):
        within = sum(
            (Fraction(row[one]) - Fraction(total[one], 2)) * (Fraction(row[other]) - Fraction(total[other], 2))
            for unit, total in zip(units, sums, strict=True)
            for row in unit
        ) / (8 - 4)
        between = sum((Fraction(t[one], 2) - means[one]) * (Fraction(t[other], 2) - means[other]) for t in sums)
        between = 2 * between / (4 - 1 if method == "reml" else 4)
        found.append(((between - within) / 2, within))
    return means, [unit for unit, _ in found] + [row for _, row in found]


@pytest.mark.parametrize("method", ["reml", "ml"])
def test_a_balanced_table_is_solved_by_hand(call, tmp_path: Path, method: str) -> None:
    means, variances = by_hand(method)
    u1, u12, u2 = map(float, variances[:3])
    assert u1 * u2 > u12**2 and u1 > 0, "the formulas hold inside the boundary only"
    table, _ = fitted(call, tmp_path, HAND, "--method", method)
    assert list(table["term"]) == ["intercept", "intercept", *VARIANCES]
    np.testing.assert_allclose(table["mean"], [*map(float, means), *map(float, variances)], rtol=1e-6)
    error = np.sqrt((2 * u1 + float(variances[3])) / 8)
    assert table.loc[0, "sd"] == pytest.approx(error, rel=1e-6), "SE of a mean of four children"


def apart() -> pd.DataFrame:
    """Height of thirty children and weight of thirty others: nothing ties the two responses together."""
    rng = np.random.default_rng(5)
    child = np.repeat(np.arange(60), 4)
    age = rng.normal(5, 2, 240)
    value = 100 + 3 * age + rng.normal(0, 4, 60)[child] + rng.normal(0, 3, 240)
    first = child < 30
    columns = {"height": np.where(first, value, np.nan), "weight": np.where(first, np.nan, value / 5 - 3)}
    return pd.DataFrame({"child": child, "age": age, **columns})


@pytest.mark.parametrize("method", ["reml", "ml"])
def test_two_responses_apart_are_two_mixed_models(call, tmp_path: Path, method: str) -> None:
    """statsmodels MixedLM, one response at a time: coefficients, errors, variances, and the sum of log-likelihoods."""
    frame = apart()
    text = frame.to_csv(index=False)
    table, said = fitted(call, tmp_path, text, "--predictors", "age", "--method", method)
    rows, total = table.set_index(["response", "term"]), 0.0
    for name in ("height", "weight"):
        mine = frame.dropna(subset=[name])
        model = sm.MixedLM(mine[name], sm.add_constant(mine["age"]), mine["child"])
        other = model.fit(reml=method == "reml", method=["powell", "lbfgs"])
        total += other.llf
        assert rows.loc[(name, "intercept"), "mean"] == pytest.approx(other.fe_params["const"], rel=1e-5)
        assert rows.loc[(name, "age"), "mean"] == pytest.approx(other.fe_params["age"], rel=1e-5)
        together = other.cov_re.iloc[0, 0] * (mine["child"].to_numpy()[:, None] == mine["child"].to_numpy())
        weighed = sm.GLS(mine[name], sm.add_constant(mine["age"]), together + other.scale * np.eye(120)).fit()
        error = np.sqrt(np.diag(weighed.normalized_cov_params))[1]
        assert rows.loc[(name, "age"), "sd"] == pytest.approx(error, rel=1e-4), "generalised least squares"
        assert rows.loc[(name, f"unit_var_{name}"), "mean"] == pytest.approx(other.cov_re.iloc[0, 0], rel=1e-3)
        assert rows.loc[(name, f"row_var_{name}"), "mean"] == pytest.approx(other.scale, rel=1e-3)
    assert f"Log-likelihood ({method.upper()}): " in said
    assert float(said.split(f"({method.upper()}): ")[1].split()[0]) == pytest.approx(total, abs=1e-4)


def test_the_columns_and_names_of_a_table(call, tmp_path: Path) -> None:
    """Exactly these columns, response by column name, `nan` where the engine has none, blank where both share."""
    text = apart().assign(sex=["girl", "boy"] * 120).to_csv(index=False)
    table, said = fitted(call, tmp_path, text, "--predictors", "age,sex")
    assert (tmp_path / "terms.csv").read_text().startswith(",".join(COLUMNS) + "\n")
    assert ",".join(COLUMNS) == "response,term,mean,sd,lower,upper,rows,units,rhat,ess"
    assert list(table["term"]) == ["intercept", "age", "sex: girl"] * 2 + VARIANCES
    assert list(table["response"]) == ["height"] * 3 + ["weight"] * 3 + ["height", "", "weight"] * 2
    assert table["rhat"].isna().all() and (table["ess"] > 400).all() and (table["rows"][:6] == 120).all()
    assert " of 4000; Pareto k" in said and "Log-likelihood (REML): " in said
    again, _ = fitted(call, tmp_path, text, "--predictors", "age,sex")
    pd.testing.assert_frame_equal(table, again)
    for words in (("--prior", "weak"), ("--seed", "2")):
        other, _ = fitted(call, tmp_path, text, "--predictors", "age,sex", *words)
        assert not np.allclose(other["mean"], table["mean"], rtol=1e-6), words


def test_blanks_and_other_marks_of_missing(call, tmp_path: Path) -> None:
    """A missing side is blank, or NA as R writes it; a row without its unit does not enter and that is said."""
    table, said = fitted(call, tmp_path, HAND + "e;NA;4\ne;5;\n;5;5\n", "--method", "ml")
    assert table.loc[table["term"] == "intercept", "rows"].tolist() == [9, 9]
    assert "Note: 1 row without child did not enter." in said


WRONG = {
    "table.csv, line 4, column height: this is not a number. Correct it, or leave the cell blank.": (
        HAND.replace("b;6;5", "b;tall;5"), (),
    ),
    "table.csv, line 4, column height: this is not a number. Write it with a decimal point.": (
        HAND.replace("b;6;5", "b;6,5;5"), (),
    ),
    "table.csv, line 3, column dose: this is not a number. Correct it, or leave the cell blank.": (
        "child;height;weight;dose\na;1;2;3\nb;3;4;much\n", ("--predictors", "dose"),
    ),
    "table.csv: two columns are named 'weight'. Rename one of them.": (
        HAND.replace("child;height", "weight;height"), (),
    ),
    "'wieght' is not a column of the table. Did you mean 'weight'? Choose from: child, height, weight.": (
        HAND, ("--responses", "height,wieght"),
    ),
    "--responses names 1 columns, and the model has two. Write --responses A,B.": (HAND, ("--responses", "height")),
    "The full engine samples a posterior and has no reml. Use --engine quick for --method reml.": (
        HAND, ("--engine", "full", "--method", "reml"),
    ),
    "'gibs' is not an engine for tables. Choose quick or full.": (HAND, ("--engine", "gibs")),
    "Only one unit is left, and a two-level model needs several. Widen the selection.": (
        "child;height;weight\na;1;2\na;3;1\na;2;2\n", (),
    ),
}  # fmt: skip


@pytest.mark.parametrize("sentence", WRONG)
def test_what_a_table_must_be(call, tmp_path: Path, sentence: str) -> None:
    text, words = WRONG[sentence]
    given = () if "--responses" in words else ("--responses", "height,weight")
    assert call("fit-table", written(tmp_path, text), "--unit", "child", *given, *words) == (1, "", sentence + "\n")


def test_a_row_that_does_not_fit_is_not_dropped_in_silence(call, tmp_path: Path) -> None:
    status, _, wrong = call(
        "fit-table", written(tmp_path, HAND + "e;1;2;3;4\n"), "--unit", "child", "--responses", "height,weight"
    )
    assert status == 1 and wrong.startswith("table.csv, line 10: ") and wrong.count("\n") == 1


def test_a_file_that_cannot_be_written_is_said(call, tmp_path: Path) -> None:
    words = ("fit-table", written(tmp_path, HAND), "--unit", "child", "--responses", "height,weight")
    status, _, wrong = call(*words, "--csv", str(tmp_path / "no" / "terms.csv"))
    assert status == 1 and wrong.startswith("terms.csv: the terms cannot be written here")


OWN = """
name = "own"
title = "Own spec"
scheme = "hand"
protocol = "home_headcam"
behaviour_group = "face"
reference = "Neutral"
exposure = "EPDS"
rung = 1
[[rungs]]
title = "Behaviours"
codes = true
[[rungs]]
title = "Unadjusted"
codes = true
exposure = true
[options]
zeros = "include"
method = "ml"
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch) -> str:
    """A study of uneven shares in the study folder, and a lab's own spec on it."""
    content = studies.tables()
    rows = content["duration"].reset_index(drop=True)
    content["duration"] = rows.assign(covered_ms=rows["covered_ms"] - 1000 * (np.arange(len(rows)) * 7 % 29))
    monkeypatch.setenv("DYADSCOPE_HOME", str(studies.publish(tmp_path / "home", content)))
    path = tmp_path / "own.toml"
    path.write_text(OWN, encoding="utf-8")
    return str(path)


def test_fit_names_its_terms(call, own: str, tmp_path: Path) -> None:
    file = tmp_path / "terms.csv"
    status, said, wrong = call("fit", own, "--csv", str(file))
    assert (status, wrong) == (0, "")
    table = pd.read_csv(file, keep_default_na=False, na_values=["nan"])
    assert tuple(table.columns) == COLUMNS
    side = ["intercept", "Positive", "Not visible", "EPDS", "Positive x EPDS", "Not visible x EPDS"]
    assert list(table["term"][:12]) == side * 2
    assert list(table["response"][:12]) == ["infant"] * 6 + ["caregiver"] * 6
    assert list(table["term"][12:18]) == [
        name.replace("height", "infant").replace("weight", "caregiver") for name in VARIANCES
    ]
    assert (
        "Own spec. Unadjusted. Engine quick, seed 1." in said and "7 units of 5 dyads in 4 families; 21 rows." in said
    )
    assert "Note: 1 unit did not enter: no value of EPDS." in said and "Log-likelihood (ML): " in said
    assert "Note: 2 recordings did not enter: another protocol than home_headcam." in said


def test_rung_and_engine_act(call, own: str) -> None:
    _, said, _ = call("fit", own, "--rung", "0")
    assert "Own spec. Behaviours." in said and "x EPDS" not in said
    status, said, wrong = call("fit", own, "--engine", "gibbs")
    assert status == 1 and wrong.startswith("The Gibbs engine has MLwiN's default priors only") and not said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("facial_epd",), "'facial_epd' is not a known spec. Did you mean 'facial_epds'?"),
        (("facial_epds", "--engine", "fast"), "'fast' is not a known engine. Choose one of: full, gibbs,"),
        (("facial_epds", "--rung", "7"), "facial_epds: there is no rung 7; the last one is 4."),
        (
            ("facial_epds",),
            "There is no study yet. Import yours with `python -m pipeline import STUDY.toml`, or build the demo",
        ),
    ],
)  # fmt: skip
def test_what_fit_refuses(call, tmp_path: Path, monkeypatch, words: tuple[str, ...], sentence: str) -> None:
    monkeypatch.setenv("DYADSCOPE_HOME", str(tmp_path))
    status, said, wrong = call("fit", *words)
    assert (status, said) == (1, "") and wrong.startswith(sentence) and wrong.count("\n") == 1


def test_the_help_offers_only_what_exists(capsys) -> None:
    for name, engines in (("fit", ENGINES), ("fit-table", TABLE_ENGINES)):
        with pytest.raises(SystemExit):
            main([name, "--help"])
        (offered,) = set(re.findall(r"--engine ([a-z_|]+)", capsys.readouterr().out))
        assert sorted(offered.split("|")) == sorted(engines)


def test_a_table_goes_through_the_full_engine_with_the_quick_ones_prior(call, tmp_path, monkeypatch) -> None:
    """What the engine is handed: REML variances as every road knows them, and settings that say 4,000 draws or more."""
    asked = {}

    def fit_design(design, settings, seed, start, listener):
        asked.update(settings=settings, seed=seed, start=start)
        return collapsed.fit_design(design, settings, seed), None

    monkeypatch.setattr(two_level, "fit_design", fit_design)
    monkeypatch.setenv("DYADSCOPE_HOME", str(tmp_path / "none"))
    rng = np.random.default_rng(3)
    unit = np.repeat(np.arange(30), 4)
    values = rng.standard_normal((120, 2)) + rng.standard_normal((30, 2))[unit]
    table = tmp_path / "table.csv"
    pd.DataFrame({"u": unit, "a": values[:, 0], "b": values[:, 1]}).to_csv(table, index=False)
    words = ("--unit", "u", "--responses", "a,b", "--engine", "full", "--prior", "weak", "--seed", "5")
    status, said, _ = call("fit-table", str(table), *words)
    assert status == 0 and "Method bayes, full engine." in said
    assert asked["seed"] == 5 and asked["settings"].prior == "weak"
    design = of_table(read_frame(table, "u", ("a", "b"), ()), "u", ("a", "b"), ())
    omega, _, settled = rigls(design)
    assert settled
    np.testing.assert_allclose(asked["start"], omega, rtol=1e-5)


def test_the_demo_from_the_command_line(call, demo_study, monkeypatch) -> None:
    monkeypatch.setenv("DYADSCOPE_HOME", str(demo_study))
    status, said, _ = call("fit", "facial_epds")
    assert status == 0 and "117 units of 78 dyads in 73 families; 631 rows." in said
    assert "Woe face x EPDS" in said
