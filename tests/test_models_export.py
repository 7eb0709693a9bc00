"""Exports of a fit: the numbers of the screen in every file, a failed fit said in each, nothing a spreadsheet runs."""

import csv
import io
import re
import sys
import tomllib
import warnings
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from pages.parts.charts_models import Look, draw_terms
from pages.parts.models_export_figure import KINDS, draw_forest, figure_bytes
from pages.parts.models_export_table import (
    Export,
    Part,
    caption,
    csv_rows,
    html_of,
    markdown_of,
    notes,
    number,
    table_of,
    terms_rows,
)
from pages.parts.models_methods import paragraphs
from pages.parts.models_runs_words import terms_of
from pages.parts.store_models import Answer, Fitted, Question, estimated
from pipeline.catalogue.spec import Moderator, Spec, known_specs, load_spec
from pipeline.models import collapsed
from pipeline.models.collapsed_maps import single
from pipeline.models.design import build
from pipeline.models.fit import settings_of
from pipeline.steps.fit_choices import Exposure
from pipeline.steps.fit_rows import ModelRows
from pipeline.steps.quick_draws import quick_draws
from pipeline.steps.release import ReleaseSpec, csv_bytes, release
from pipeline.steps.spec_toml import spec_toml

SPEC = load_spec("facial_epds")
WHY = "Pareto k 0.91, above 0.7"
NAMES = ["response", "term", "mean", "lower", "upper", "rows", "units"]


def terms(shift: float = 0.0) -> pd.DataFrame:
    rows = [
        ("infant", "Smile x EPDS", 0.15 + shift, 0.004 + shift, 0.30 + shift, 91, 90),
        ("caregiver", "Woe face x EPDS", -0.49 + shift, -0.85 + shift, -0.13 + shift, 6, 5),
        ("caregiver", "Negative x EPDS", 0.24 + shift, -0.03 + shift, 0.51 + shift, 13, 12),
    ]
    return pd.DataFrame(rows, columns=NAMES).assign(sd=0.1, rhat=np.nan, ess=900.0)


def part(name: str, rung: int, shift: float = 0.0, failed: tuple[str, ...] = ()) -> Part:
    spec = SPEC.changed(rung=rung)
    shown = terms_of(terms(shift), spec, {"infant": 0.2, "caregiver": 0.1})
    shown = shown.assign(inner_low=shown["mean"] - 0.05, inner_high=shown["mean"] + 0.05)
    return Part(name, spec, shown, terms(shift), failed)


def export(failed: tuple[str, ...] = (), **changes: object) -> Export:
    found = Export(
        parts=(part("Unadjusted", 2, 0.02), part("Adjusted", 4, 0.0, failed)), rows=1409, units=117, dyads=102,
        families=97, words="Home headcam, only Caregiver: Mother", number=3, checksum="c0ffee" * 10, engine="quick",
        seed=1, day="20 Nov 2026", sd={"infant": 0.2, "caregiver": 0.1}, exposure="EPDS",
        per="1 SD (4.6 points) of EPDS", synthetic=True,
    )  # fmt: skip
    return replace(found, **changes)


# --- the table


def test_the_table_by_hand() -> None:
    frame = table_of(export())
    assert frame.columns.tolist() == [
        "Person", "Behaviour", "Rows", "Units", "Unadjusted: estimate", "Unadjusted: 95 % CrI", "Adjusted: estimate",
        "Adjusted: 95 % CrI", "Checks",
    ]  # fmt: skip
    assert frame.iloc[1].tolist() == [
        "Caregiver", "Woe face", 6, 5, "\u22120.47*", "\u22120.83 to \u22120.11", "\u22120.49*",
        "\u22120.85 to \u22120.13", "passed",
    ]  # fmt: skip
    assert frame["Adjusted: estimate"].tolist() == ["0.15*", "\u22120.49*", "0.24"]
    assert frame["Adjusted: 95 % CrI"][0] == "0.00 to 0.30", "clear is decided on unrounded numbers"


def test_an_exploratory_table_says_so() -> None:
    assert notes(export(exploratory=True))[0] == "Exploratory: not a pre-specified analysis."
    assert "Exploratory" not in " ".join(notes(export()))


@given(some.floats(-9, 9))
def test_a_printed_number_is_the_number(value: float) -> None:
    text = number(value)
    assert float(text.replace("\u2212", "-")) == pytest.approx(value, abs=0.005 + 1e-9)
    assert text != "\u22120.00" and "-" not in text


def test_the_notes_say_what_the_table_rests_on() -> None:
    assert caption(export()) == "Associations between EPDS and facial expression in 117 units (102 dyads)"
    said = " ".join(notes(export()))
    for words in (
        "per 1 SD (4.6 points) of EPDS", "relative to 'Face not visible'", "infant 20.0, caregiver 10.0",
        "Unadjusted: no covariates.", "Adjusted: adjusted for Parental age (years)",
        "117 units (recordings) of 102 dyads in 97 families, 1,409 rows", "Home headcam, only Caregiver: Mother",
        "quick engine, seed 1", "synthetic data",
        "generation 3", "c0ffeec0ffee", "20 Nov 2026",
    ):  # fmt: skip
        assert words in said, words
    assert "synthetic" not in " ".join(notes(export(synthetic=False)))


class Cells(HTMLParser):
    """The cells of a table, row by row."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        self.inside = tag in ("td", "th") or (self.inside and tag == "b")

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag == "b"

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.rows[-1][-1] += data


def test_html_and_markdown_carry_the_same_cells() -> None:
    frame = table_of(export())
    expected = frame.drop(columns=["Person", "Checks"]).astype(str).to_numpy().tolist()
    assert [row for row in Cells(html_of(export())).rows if len(row) == 7] == expected
    assert html_of(export()).count("<b>\u22120.49*</b>") == 1 and "<b>0.24</b>" not in html_of(export())
    lines = [line for line in markdown_of(export()).splitlines() if line.startswith("| ")][1:]
    cells = [[cell.strip().replace("\\*", "*") for cell in line.strip("|").split("|")][1:] for line in lines]
    assert cells == expected


def test_what_the_data_say_is_never_markup() -> None:
    one = part("Adjusted", 4)
    shown = replace(one, terms=one.terms.assign(code="<b>bold</b>", person="<i>Infant"))
    odd = export(parts=(shown,), words="<script>alert(1)</script> | *x*")
    assert "<b>bold" not in html_of(odd) and "<i>" not in html_of(odd) and "<b>bold" not in markdown_of(odd)
    assert "<script>" not in html_of(odd) and "&lt;script&gt;" in html_of(odd)
    assert "<script>" not in markdown_of(odd) and "\\| \\*x\\*" in markdown_of(odd)


def rows_of_csv(frame: pd.DataFrame) -> list[list[str]]:
    text = csv_bytes(release(frame, ReleaseSpec(individual=True), "analyst")).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_csv_files_hold_no_formula_and_their_own_caption() -> None:
    one = part("=cmd()", 4)
    odd = export(parts=(replace(one, terms=one.terms.assign(code="=1+1")),), words="@SUM(A1)")
    for frame in (csv_rows(odd), terms_rows(odd)):
        cells = [cell for row in rows_of_csv(frame) for cell in row]
        numbers = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")
        assert not [cell for cell in cells if cell[:1] in "=+-@\t" and cell and not numbers.fullmatch(cell)]
    first = [row[0] for row in rows_of_csv(csv_rows(export()))]
    assert first[4].startswith("Associations between EPDS") and any("generation 3" in text for text in first)
    frame = terms_rows(export())
    assert frame["model"].tolist() == ["Unadjusted"] * 3 + ["Adjusted"] * 3 and set(frame["checks"]) == {"passed"}
    np.testing.assert_array_equal(frame["mean"][3:], terms()["mean"])


def test_a_failed_fit_says_so_in_every_export() -> None:
    bad = export(failed=(WHY,))
    assert set(table_of(bad)["Checks"]) == {"failed"}
    assert terms_rows(bad)["checks"].tolist() == ["passed"] * 3 + [WHY] * 3
    for text in (caption(bad), html_of(bad), markdown_of(bad), " ".join(csv_rows(bad)["Person"])):
        assert "Failed its own checks: do not report" in text
    for text in (html_of(bad), markdown_of(bad), " ".join(csv_rows(bad)["Person"])):
        assert WHY in text
    words = [text.get_text() for text in draw_forest(bad).texts]
    assert any(WHY in text and "Do not report it" in text for text in words)
    assert not any("failed" in text.get_text().lower() for text in draw_forest(export()).texts)


# --- the figure


def drawn(figure: object, gid: str) -> list[list[float]]:
    """What matplotlib drew: the x of every line of a kind, panel by panel."""
    return [list(map(float, line.get_xdata())) for axes in figure.axes for line in axes.lines if line.get_gid() == gid]


def test_the_figure_is_a_twin_of_the_one_on_the_screen() -> None:
    """The same estimates and both intervals as the plotly traces carry, in the same panels."""
    found = export()
    words = {"clear": "Clear", "suggestive": "Suggestive", "none": "No clear evidence"}
    frame = pd.concat([one.terms.assign(model=one.name) for one in found.parts[::-1]], ignore_index=True)
    frame = frame.assign(evidence=frame["evidence"].map(words), counts="", said="said")
    people = ("Infant", "Caregiver")
    screen = draw_terms(frame, Look(heads=dict(zip(people, people, strict=True)), seconds=dict.fromkeys(people, 60.0)))
    marks = sorted(float(x) for trace in screen.data if trace.text is not None for x in trace.x)
    figure = draw_forest(found)
    assert sorted(x for (x,) in drawn(figure, "estimate")) == pytest.approx(marks) and len(marks) == 6
    lines = sorted(
        (trace.x[place], trace.x[place + 1])
        for trace in screen.data if trace.mode == "lines" and trace.name != "zero"
        for place in range(0, len(trace.x), 3)
    )  # fmt: skip
    twin = sorted(tuple(pair) for gid in ("interval", "inner") for pair in drawn(figure, gid))
    np.testing.assert_allclose(twin, lines)
    assert len(lines) == 12
    infant, caregiver = figure.axes[:2]
    assert [label.get_text() for label in caregiver.get_yticklabels()] == [
        "Woe face (6 rows, 5 units)", "Negative (13 rows, 12 units)",
    ]  # fmt: skip
    assert [label.get_text() for label in infant.get_yticklabels()] == ["Smile (91 rows, 90 units)"]
    assert figure.get_size_inches()[0] * 25.4 == pytest.approx(183)


def test_figures_are_files_of_their_kind_and_always_the_same() -> None:
    starts = {"SVG": b"<?xml", "PDF": b"%PDF", "PNG": b"\x89PNG"}
    for kind in KINDS:
        built = figure_bytes(export(), kind)
        assert built.startswith(starts[kind])
    svg = figure_bytes(export(), "SVG").decode()
    assert figure_bytes(export(), "SVG").decode() == svg
    for words in ("Woe face", "117 units", "generation 3", "Caregiver: Mother", "20 Nov 2026"):
        assert words in svg
    assert "<text" not in svg, "letters are outlines: they look the same where the font is not installed"
    assert b"FontFile2" in figure_bytes(export(), "PDF"), "the font is inside"


def test_letters_of_the_data_are_no_formulas_in_a_figure() -> None:
    one = part("Adjusted", 4)
    odd = export(parts=(replace(one, terms=one.terms.assign(code=r"$\frac{1}{$ & <b>")),))
    assert figure_bytes(odd, "SVG")


# --- the spec


@pytest.mark.parametrize("name", known_specs())
def test_a_spec_comes_back_from_toml(name: str, tmp_path) -> None:
    spec = load_spec(name).changed(
        rung=2, protocol=None, by_code=("role",), options={"standardise": (6.5, 2.0), "pooled": True},
        moderator={"column": "role", "label": 'Role "now"\\', "levels": ("mother", "father")},
    )  # fmt: skip
    (tmp_path / "mine.toml").write_text(spec_toml(spec), encoding="utf-8")
    assert load_spec("mine.toml", tmp_path) == spec
    assert Spec.model_validate(tomllib.loads(spec_toml(load_spec(name)))) == load_spec(name)


# --- methods in words


def an_answer(spec: Spec, rung: int = 4, shown: tuple[str, ...] = ("adjusted", "unadjusted")) -> Answer:
    """The quick fit of random rows that have every covariate of the paper's ladder."""
    rows = random_rows(spec)
    question = Question(spec.changed(rung=rung), 2 if rung >= 2 else rung, shown, Exposure("EPDS", "EPDS", score=True))
    models = {}
    for name, one in (("adjusted", question.adjusted), ("unadjusted", question.unadjusted)):
        model = collapsed.posterior(collapsed.prepare(build(rows.frame, one)), settings_of(one), 1)
        asked = estimated(model, single(model.columns, "interaction" if one.step.exposure else "code"), one, rows)
        models[name] = Fitted(collapsed.bayes_fit(model, one), model, asked.frame, asked)
    return Answer(question, rows, models)


def random_rows(spec: Spec, units: int = 40) -> ModelRows:
    rng = np.random.default_rng(3)
    names = ["Face not visible", "Smile", "Negative"]
    unit = np.repeat(np.arange(units), 3)
    frame = pd.DataFrame({"unit": unit, "dyad_id": unit // 2, "family_id": unit // 2})
    frame["code"] = pd.Categorical(np.tile(names, units), names)
    frame["z"] = rng.normal(size=units)[unit]
    for side in ("infant", "caregiver"):
        frame[f"y_{side}"] = rng.normal(size=len(frame)) + rng.normal(size=units)[unit]
    for one in spec.covariates:
        values = rng.normal(size=units) if one.kind == "numeric" else rng.choice(["a", "b"], units)
        frame[one.column] = values[unit]
    flow = pd.DataFrame(
        [
            ("recordings", "in the selection", 0, 45),
            ("units", "no value of EPDS", 5, 40),
            ("units", "entered", 0, 40),
            ("values", "behaviours x sides that could occur", 0, 300),
            ("values", "the behaviour never occurred", 60, 240),
        ],
        columns=["stage", "reason", "lost", "left"],
    )  # fmt: skip
    sides = ["infant", "caregiver"]
    scale = pd.DataFrame({"response": sides, "values": 120, "mean": [0.2, 0.3], "sd": [0.194, 0.172]})
    return ModelRows(frame, flow, scale, (6.21, 4.64))


def said(answer: Answer) -> str:
    return "\n".join(paragraphs(answer, "Home headcam, no filter"))


def test_the_methods_of_the_paper() -> None:
    text = said(an_answer(SPEC))
    for words in (
        "45 recordings. Not entered: 5 (no value of EPDS).", "40 units (recordings) of 20 dyads in 20 families",
        "Of 300 values", "60 (the behaviour never occurred)", "240 values in 120 rows", "the whole recording",
        "infant 20.0 (SD 19.4) and caregiver 30.0 (SD 17.2)", "compared with 'Face not visible'",
        "EPDS of the caregiver filmed, standardised over units (mean 6.21, SD 4.64 points)",
        "adjusted for Parental age (years)", "Child sex (categorical)", "The unadjusted model has none of them.",
        "inverse-Wishart prior with 2 degrees of freedom", "seed 1",
        "empathic and playful expressions (caregiver, \u2212)",
        "numpy", "quick engine", "has no row there",
    ):  # fmt: skip
        assert words in text, words
    assert "partial pooling" not in text and "failed" not in text


OPTIONS = {
    "the time that was coded": {"denominator": "coded"},
    "counts as 0": {"zeros": "include"},
    "as a share between 0 and 1": {"outcome": "share"},
    "normal scores (Blom)": {"outcome": "normal_scores"},
    "standardised over parents": {"standardise": "parents"},
    "with a fixed mean and SD": {"standardise": (6.0, 2.0)},
    "taken before the recording only": {"score_timing": "before_recording"},
    "of the partner of the caregiver filmed": {"whose_score": "partner"},
    "within rows are independent": {"row_covariance": "none"},
    "half-Normal priors": {"prior": "weak"},
    "(partial pooling)": {"pooled": True},
}


def asked_otherwise(answer: Answer, **changes: object) -> Answer:
    """The same answer as if another spec had been asked."""
    return replace(answer, question=replace(answer.question, adjusted=answer.question.adjusted.changed(**changes)))


def test_every_option_is_told() -> None:
    """Told where chosen, and not where it is not; the engine's own fit is that of the paper's options."""
    usual = an_answer(SPEC)
    for words, option in OPTIONS.items():
        assert words in said(asked_otherwise(usual, options=option)), words
        assert words not in said(usual), words


def test_other_models_are_told() -> None:
    usual = an_answer(SPEC)

    def with_spec(**changes: object) -> str:
        return said(asked_otherwise(usual, **changes))

    assert "products of Caregiver role with each behaviour" in with_spec(by_code=("role",))
    moderator = Moderator(column="role", label="Caregiver role").model_dump()
    assert "Its products with Caregiver role" in with_spec(moderator=moderator)
    assert "Child sex (categorical, reference girl)" in with_spec(
        covariates=[{**one.model_dump(), "levels": ("girl", "boy")} if one.column == "child_sex" else one.model_dump()
                    for one in SPEC.covariates]
    )  # fmt: skip
    assert "1 in 20 excludes 0 by chance" in with_spec(hypotheses=())
    assert "Hypothesised" not in with_spec(hypotheses=())


def test_rungs_without_an_exposure_are_told() -> None:
    null, codes = (said(an_answer(SPEC, rung, ("adjusted",))) for rung in (0, 1))
    assert "an intercept for each response and nothing else" in null and "compared with" not in null
    assert "one indicator per behaviour" in codes and "compared with 'Face not visible'" in codes
    for text in (null, codes):
        assert "The exposure is" not in text and "The model has no covariates." in text and "Hypothesised" not in text


def test_a_failed_fit_is_told_first() -> None:
    usual = an_answer(SPEC)
    first = usual.models["adjusted"]
    bad = {**usual.models, "adjusted": replace(first, fit=replace(first.fit, failed=(WHY,)))}
    assert said(replace(usual, models=bad)).startswith(f"This fit failed its own checks: {WHY}. Do not report it.")


def test_the_draws_of_a_quick_fit_are_read_by_arviz(tmp_path, monkeypatch) -> None:
    """Joint: the mean and SD of each coefficient are those of the terms, and each draw stands by its own variances."""
    used = []
    drawn = collapsed.joint_draws
    monkeypatch.setattr(collapsed, "joint_draws", lambda *given: used.append(given[1]) or drawn(*given))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="(?s).*ArviZ is undergoing", category=FutureWarning)
        import arviz
    one = an_answer(SPEC).models["adjusted"]
    file = tmp_path / "draws.nc"
    file.write_bytes(quick_draws(one.posterior, SPEC, {"selection": "some", "checks": "passed"}))
    found = arviz.from_netcdf(file).posterior
    table = one.fit.terms
    assert found["coefficient"].values.tolist() == (table["response"] + ": " + table["term"]).tolist()
    draws = found["b"].values[0]
    np.testing.assert_allclose(draws.mean(0), table["mean"], atol=5 * table["sd"].max() / np.sqrt(4000))
    np.testing.assert_allclose(draws.std(0), table["sd"], rtol=0.08)
    np.testing.assert_array_equal(found["omega"].values[0], one.posterior.omega[used[0]])
    random = one.fit.random.set_index("term")["mean"]
    for name in ("unit_var_infant", "row_var_caregiver"):
        assert float(found["omega"].sel(variance=name).mean()) == pytest.approx(random[name], rel=0.1)
    assert tomllib.loads(found.attrs["spec"])["name"] == SPEC.name and found.attrs["checks"] == "passed"


def test_importing_exports_loads_no_matplotlib() -> None:
    import subprocess

    script = "import sys, pages.parts.models_export_figure; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
