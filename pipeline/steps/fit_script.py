"""Writes a Python script that reproduces a fit: spec, selection, engine, seed and the checksum of the data in one file.

The script uses Dyadscope itself and the published study; it prints the terms or writes them as CSV, digit for digit.
"""

import re
from textwrap import wrap

from pipeline import VERSION
from pipeline.catalogue.spec import Spec
from pipeline.selection import Selection
from pipeline.steps.spec_toml import spec_toml
from pipeline.steps.stored_fits import selection_json, selection_of

PARTS = ("protocol", "choices", "ranges", "complete", "families", "dyads")


def fit_script(spec: Spec, selection: Selection, engine: str, seed: int, checksum: str, words: str = "") -> str:
    """The script as text. `checksum`: sha256 of the generation that was fitted; `words`: the selection in words."""
    facts = {
        "TITLE": _line(f"{spec.title}. {spec.step.title}."),
        "WORDS": _line(words or "all recordings"),
        "VERSION": VERSION,
        "SPEC": _literal(spec_toml(spec)),
        "SELECTION": _selection(selection),
        "ENGINE": repr(engine),
        "SEED": str(int(seed)),
        "CHECKSUM": repr(checksum),
    }
    return re.sub(r"<<([A-Z]+)>>", lambda found: facts[found[1]], TEMPLATE)


def _line(text: str) -> str:
    """Words that stand in comments: one line each, whatever they hold."""
    return "\n# ".join(wrap(" ".join(text.split()), 110)) or "-"


def _literal(text: str) -> str:
    """Text as Python: over several lines, to be read, where nothing in it needs an escape."""
    plain = "\\" not in text and "'''" not in text and text.replace("\n", "").isprintable()
    return f"'''\n{text}'''" if plain else repr(text)


def _selection(selection: Selection) -> str:
    """The selection as the Python that makes it; only what narrows."""
    plain = selection_of(selection_json(selection))
    given = {name: getattr(plain, name) for name in PARTS if getattr(plain, name) not in (None, ())}
    lines = [f"    {name}={value!r},\n" for name, value in given.items()]
    return f"Selection(\n{''.join(lines)})" if lines else "Selection()"


TEMPLATE = '''#!/usr/bin/env python
# <<TITLE>>
# Selection: <<WORDS>>.
#
# Written by Dyadscope <<VERSION>>. Run it in the folder of Dyadscope, with the study it was written for:
#     DYADSCOPE_HOME=/path/to/study .venv/bin/python THIS_FILE.py [terms.csv]
# It fits the same rows again with the same seed, and prints the terms or writes them to a CSV file.

import hashlib
import os
import sys
import tomllib
from pathlib import Path

sys.path.insert(0, os.getcwd())

from db import connect
from pipeline import VERSION
from pipeline.catalogue.spec import Spec
from pipeline.selection import Selection, select
from pipeline.steps.fit import fit_rows, rows_of
from pipeline.steps.fit_cells import cells_of
from pipeline.steps.observe import observation_frame

WRITTEN_BY = "<<VERSION>>"
ENGINE, SEED = <<ENGINE>>, <<SEED>>
GENERATION = <<CHECKSUM>>  # sha256 of the published file that was fitted

SELECTION = <<SELECTION>>

SPEC = <<SPEC>>


def published() -> Path:
    """The published file that was fitted: it may be an older generation that is still kept."""
    folder = connect.home() / "published"
    for file in sorted(folder.glob("gen-*.duckdb"), reverse=True):
        with file.open("rb") as handle:
            if hashlib.file_digest(handle, "sha256").hexdigest() == GENERATION:
                return file
    sys.exit(
        f"{folder}: the data of this fit (checksum {GENERATION[:12]}...) are not here. Set DYADSCOPE_HOME to the study "
        "folder; if the study was imported again since, put the older file back from a backup."
    )


def main() -> None:
    if VERSION != WRITTEN_BY:
        print(f"Written by Dyadscope {WRITTEN_BY}, run by {VERSION}: small differences are possible.", file=sys.stderr)
    spec = Spec.model_validate(tomllib.loads(SPEC))
    cursor = connect.open_reader(published()).cursor()
    read = cells_of if ENGINE == "two_part" else rows_of
    rows = read(cursor, spec, select(observation_frame(cursor), SELECTION))
    fit = fit_rows(rows, spec, ENGINE, SEED)
    for note in fit.notes:
        print(f"Note: {note.text}", file=sys.stderr)
    for reason in fit.failed:
        print(f"This fit failed its own checks: {reason}. Do not report it.", file=sys.stderr)
    fit.table.to_csv(sys.argv[1] if len(sys.argv) > 1 else sys.stdout, index=False, na_rep="nan", lineterminator="\\n")


if __name__ == "__main__":
    main()
'''
