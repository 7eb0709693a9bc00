"""The commands `fit`, `fit-table` and `warm` of `python -m pipeline`."""

import os
import sys
import time
from argparse import Namespace
from pathlib import Path

import duckdb
import pandas as pd

from db import connect
from pipeline.catalogue.spec import Spec, known_specs, load_spec
from pipeline.errors import StudyError, UserError, file_name
from pipeline.models import collapsed, hurdle, two_level
from pipeline.models.design_table import of_table
from pipeline.models.fit import Fit, ModelRefused, Settings
from pipeline.models.sampling import Silent
from pipeline.models.sampling_libraries import COMPILED
from pipeline.steps.fit import ModelRows, fit_rows, refuse, reml_variances, rows_of
from pipeline.steps.fit_cells import cells_of
from pipeline.steps.fit_table import read_frame
from pipeline.steps.observe import observation_frame
from pipeline.steps.open_study import current_generation, open_generation
from pipeline.steps.whole_file import write_whole

TABLE_DRAWS = 4_000
"""Draws of the variance parameters for a table."""
TABLE_ENGINES = ("quick", "full")
VARIANCES = 6
"""The first rows of the random part; what follows them is computed from them."""


def run_fit(options: Namespace) -> None:
    """Fits a spec to all recordings of its protocol in the current generation."""
    spec = load_spec(options.spec, Path.cwd())
    if options.rung is not None:
        spec = spec.changed(rung=options.rung)
    refuse(spec, options.engine)
    keep_compiled()
    cursor = study_cursor()
    read = cells_of if options.engine == "two_part" else rows_of
    rows = read(cursor, spec, observation_frame(cursor))
    fit = fit_rows(rows, spec, options.engine, options.seed, Told())
    hand_over(fit.table, options.csv)
    for line in (*about(fit, rows, spec), *said(fit)):
        print(line)


def run_fit_table(options: Namespace) -> None:
    """Fits the bivariate two-level model to a table; nothing is standardised or normalised."""
    refuse_table(options)
    responses, predictors = pair(options.responses), names(options.predictors)
    frame = read_frame(options.table, options.unit, responses, predictors)
    settings = Settings(prior=options.prior, method=options.method, draws=TABLE_DRAWS)
    design = of_table(frame, options.unit, responses, predictors)
    if options.engine == "full":
        keep_compiled()
        start = reml_variances(design, settings)
        fit, _ = two_level.fit_design(design, settings, options.seed, start=start, listener=Told())
    else:
        fit = collapsed.fit_design(design, settings, options.seed)
    hand_over(pd.concat([fit.terms, fit.random.head(VARIANCES)], ignore_index=True), options.csv)
    print(f"{fit.units} units, {fit.rows} rows. Method {options.method}, {options.engine} engine.")
    for line in said(fit):
        print(line)
    if options.method != "bayes" and options.prior != "mlwin":
        print(f"Note: {options.method} uses no prior; {options.prior} had nothing to act on.", file=sys.stderr)


def refuse_table(options: Namespace) -> None:
    """Refuses engines that fit no tables, and methods the full engine does not have."""
    if options.engine not in TABLE_ENGINES:
        text = f"'{options.engine}' is not an engine for tables. Choose {' or '.join(TABLE_ENGINES)}."
        raise ModelRefused(text, value=options.engine)
    if options.engine == "full" and options.method != "bayes":
        text = f"The full engine samples a posterior and has no {options.method}."
        raise ModelRefused(f"{text} Use --engine quick for --method {options.method}.")


def study_cursor() -> duckdb.DuckDBPyConnection:
    """A cursor on the current generation; StudyError before the first import."""
    found = current_generation()
    if found is None:
        text = "There is no study yet. Import yours with `python -m pipeline import STUDY.toml`, or build the"
        raise StudyError(f"{text} demo with `python -m pipeline demo`.")
    return open_generation(found).cursor()


def keep_compiled() -> None:
    """Keeps compiled models in the study folder where there is one, so that the next fit need not compile."""
    if connect.home().is_dir():
        os.environ.setdefault(COMPILED, str(connect.home().absolute() / "compiled"))


class Told(Silent):
    """Says on a terminal how far a sampling is."""

    def report(self, news: dict[str, object]) -> None:
        """One line, written over; none where nobody watches."""
        if sys.stderr.isatty():
            line = f"{news['done']} of {news['total']} iterations" if "done" in news else "Preparing the sampler ..."
            print(f"\r{line:<40}", end="", file=sys.stderr, flush=True)


def run_warm(options: Namespace) -> None:
    """Compiles the catalogue's models for the current study, so that the first fits begin at once."""
    keep_compiled()
    cursor = study_cursor()
    frame, begun = observation_frame(cursor), time.monotonic()
    for name in known_specs():
        spec = load_spec(name)
        try:
            two_level.prepare(rows_of(cursor, spec, frame).frame, spec)
        except UserError as fault:
            print(f"{spec.title}: not compiled. {fault}")
            continue
        print(f"{spec.title}: ready after {time.monotonic() - begun:.0f} s.")
    if warm_two_part(cursor, frame):
        print(f"Two-part model: ready after {time.monotonic() - begun:.0f} s.")


def warm_two_part(cursor: duckdb.DuckDBPyConnection, frame: pd.DataFrame) -> bool:
    """Compiles the two-part model of the first spec that has one: others share most of its parts. Whether there was
    one.
    """
    for name in known_specs():
        spec = load_spec(name)
        try:
            hurdle.prepare(cells_of(cursor, spec, frame).frame, spec)
        except UserError:
            continue
        return True
    return False


def names(text: str) -> tuple[str, ...]:
    """Column names separated by commas."""
    return tuple(name for part in text.split(",") if (name := part.strip()))


def pair(text: str) -> tuple[str, str]:
    """The two response columns; ModelRefused when they are not two."""
    found = names(text)
    if len(found) != 2:
        raise ModelRefused(f"--responses names {len(found)} columns, and the model has two. Write --responses A,B.")
    return found[0], found[1]


def hand_over(table: pd.DataFrame, file: Path | None) -> None:
    """Writes the terms as CSV (empty: of both responses; nan: the engine has none), or prints them."""
    if file is None:
        print(table.to_string(index=False, float_format="{:.4f}".format))
        return
    text = table.to_csv(index=False, na_rep="nan", lineterminator="\n")
    write_whole(file, text, "the terms cannot be written here ({}). Choose another file.")
    print(f"{len(table)} terms written to {file_name(file)}.")


def about(fit: Fit, rows: ModelRows, spec: Spec) -> list[str]:
    """What was fitted to how much."""
    dyads, families = rows.frame["dyad_id"].nunique(), rows.frame["family_id"].nunique()
    lines = [
        f"{spec.title}. {spec.step.title}. Engine {fit.engine}, seed {fit.seed}.",
        f"{fit.units} units of {dyads} dyads in {families} families; {fit.rows} rows.",
    ]
    if spec.exposure:
        mean, sd = rows.exposure
        lines.append(f"1 of {spec.exposure} = 1 SD = {sd:.3f} (mean {mean:.3f}).")
    if spec.options.outcome == "normalised":
        sides = [f"{one.response} {one.sd:.4f} (mean {one.mean:.4f})" for one in rows.scale.itertuples()]
        lines.append(f"1 of the outcome = 1 SD of the share of time: {', '.join(sides)}.")
    return lines


def said(fit: Fit) -> list[str]:
    """Log-likelihood, diagnostics, notes and what failed, a line each."""
    numbers = fit.diagnostics
    lines = []
    if "log_likelihood" in numbers:
        lines.append(f"Log-likelihood ({fit.settings.method.upper()}): {numbers['log_likelihood']:.6f}")
    if "reml_log_likelihood" in numbers:
        lines.append(f"Log-likelihood (REML): {numbers['reml_log_likelihood']:.6f}")
    if "pareto_k" in numbers:
        lines.append(
            f"Effective draws {numbers['ess']:.0f} of {numbers['draws']:.0f}; Pareto k {numbers['pareto_k']:.2f}."
        )
    if "divergences" in numbers:
        text = f"R-hat at most {numbers['rhat']:.3f}; effective draws at least {numbers['ess']:.0f} of"
        lines.append(f"{text} {numbers['draws']:.0f}; {numbers['divergences']:.0f} divergences.")
    if "dic" in numbers:
        lines.append(f"DIC {numbers['dic']:.1f}, effective parameters {numbers['effective_parameters']:.1f}.")
    lines += [f"Note: {note.text}" for note in fit.notes]
    return [*lines, *(f"This fit failed its own checks: {reason}." for reason in fit.failed)]
