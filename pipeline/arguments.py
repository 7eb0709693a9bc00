"""What `python -m pipeline` understands: its commands and their options."""

import argparse
from pathlib import Path

SEED = 1
"""Seed of a fit where none is given."""


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    top = argparse.ArgumentParser(
        prog="python -m pipeline", description="Dyadscope: from files to rows to measures to fits."
    )
    commands = top.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="write the synthetic demo study and import it")
    demo.add_argument("--if-missing", action="store_true", help="do nothing when a study exists")
    demo.add_argument("--seed", type=int, default=None, help="seed of the random numbers")
    read = commands.add_parser("import", help="import the study of a manifest")
    read.add_argument("manifest", type=Path, help="STUDY.toml")
    read.add_argument(
        "--data", type=Path, default=None, help="folder the manifest's paths are relative to (default: its own)"
    )
    propose = commands.add_parser("propose", help="draft a manifest from files")
    propose.add_argument("files", type=Path, nargs="+", help="coded files")
    restore = commands.add_parser("restore", help="go back to an earlier generation")
    restore.add_argument("number", type=int, help="number of the generation")
    _add_export(commands.add_parser("export", help="write the coded events in a format of another tool"))
    _add_fit(commands.add_parser("fit", help="fit a spec to the current study"))
    _add_fit_table(commands.add_parser("fit-table", help="fit the bivariate two-level model to a table of yours"))
    commands.add_parser("warm", help="compile the full and the two-part engine's models ahead of the first fit")
    return top


def _add_export(export: argparse.ArgumentParser) -> None:
    export.add_argument("format", metavar="long_csv|boris|gridware|sdis", help="which format")
    export.add_argument("--out", type=Path, default=Path("export"), help="folder to write to (default: export)")
    export.add_argument("--coder", default=None, metavar="NAME", help="this coder's (default: the analysed coder's)")
    export.add_argument("--group", default=None, metavar="NAME", help="one behaviour group (default: all)")


def _add_fit(fit: argparse.ArgumentParser) -> None:
    fit.add_argument("spec", metavar="SPEC", help="a name of the catalogue, such as facial_epds, or a .toml file")
    fit.add_argument(
        "--rung", type=int, default=None, metavar="0..4", help="which of the nested models (default: the spec's)"
    )
    _add_shared(fit, "quick (default), full, gibbs (the paper's own) or two_part", "quick|full|gibbs|two_part")


def _add_fit_table(fit: argparse.ArgumentParser) -> None:
    fit.add_argument("table", type=Path, metavar="TABLE.csv", help="one row per record; a missing value is left blank")
    fit.add_argument("--unit", required=True, metavar="COLUMN", help="column that says which unit a row belongs to")
    fit.add_argument("--responses", required=True, metavar="A,B", help="the two response columns")
    fit.add_argument("--predictors", default="", metavar="X,Y", help="columns that enter for both, beside an intercept")
    fit.add_argument(
        "--prior", choices=("mlwin", "weak"), default="mlwin", help="prior of the variances (default: mlwin)"
    )
    fit.add_argument("--method", choices=("reml", "ml", "bayes"), default="bayes", help="default: bayes")
    _add_shared(fit, "quick (default) or full", "quick|full")


def _add_shared(fit: argparse.ArgumentParser, engines: str, metavar: str) -> None:
    fit.add_argument("--engine", default="quick", metavar=metavar, help=engines)
    fit.add_argument(
        "--seed", type=int, default=SEED, metavar="N", help=f"seed of the random numbers (default: {SEED})"
    )
    fit.add_argument(
        "--csv", type=Path, default=None, metavar="FILE", help="write the terms here instead of printing them"
    )
