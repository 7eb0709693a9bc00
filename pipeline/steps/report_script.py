"""Writes a Python script, or a notebook, that makes a report again from the published database it was made from."""

import json
import re
from textwrap import wrap

from pipeline import VERSION
from pipeline.steps.report_items import Report
from pipeline.steps.report_spec import plain_data
from pipeline.steps.report_text import clean

NAMES_PEOPLE = "It names the families or dyads that were chosen: keep it with the data."


def script(report: Report) -> str:
    """The script as text: the items as data, and the few calls that make them."""
    return _filled("\n\n".join([HEAD, SETUP, SPEC, BUILD, WRITE]), report)


def notebook(report: Report) -> str:
    """The same as a notebook (format 4.5): a cell per item, with its table and its figure."""
    found = [_cell("markdown", _filled(ABOUT, report))]
    found += [_cell("code", _filled(text, report)) for text in (SETUP, SPEC, BUILD)]
    for number, piece in enumerate(report.pieces, start=1):
        found.append(_cell("markdown", f"## {number}. {_markdown(piece.title or 'Text')}"))
        if piece.item.kind != "text":
            found.append(_cell("code", f"table({number})\nfigure({number})"))
    for number, one in enumerate(found):
        one["id"] = f"cell-{number}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    about = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return json.dumps({"cells": found, "metadata": about, "nbformat": 4, "nbformat_minor": 5}, indent=1) + "\n"


def names_people(report: Report) -> bool:
    """Whether a script would name families or dyads."""
    asked = [piece.item.chosen for piece in report.pieces if piece.item.kind != "text"]
    return any(one.families or one.dyads for one in asked)


def _cell(kind: str, text: str) -> dict[str, object]:
    cell: dict[str, object] = {"cell_type": kind, "metadata": {}, "source": text.splitlines(keepends=True)}
    return cell if kind == "markdown" else cell | {"execution_count": None, "outputs": []}


def _markdown(text: str) -> str:
    """Words of the data inside markdown: nothing in them is read as markdown or HTML."""
    return re.sub(r"([\\`*_\[\]#|~<>$!&])", r"\\\1", clean(text))


def _filled(text: str, report: Report) -> str:
    said = NAMES_PEOPLE if names_people(report) else ""
    facts = {
        "TITLE": _lines(report.spec.title),
        "MARKDOWN": _markdown(report.spec.title),
        "BASIS": _lines(report.basis),
        "SAID": _lines(said or "It names no family."),
        "VERSION": VERSION,
        "NUMBER": str(int(report.number)),
        "CHECKSUM": repr(report.sha256),
        "SPEC": _literal(plain_data(report.spec)),
    }
    return re.sub(r"<<([A-Z]+)>>", lambda found: facts[found[1]], text)


def _lines(text: str) -> str:
    """Words that stand in comments: one line each, whatever they hold."""
    return "\n# ".join(wrap(clean(text, None), 110)) or "-"


def _literal(content: dict) -> str:
    """Plain data as Python, one level per line; `ascii` so that nothing in it turns or hides the text around it."""
    text = json.dumps(content, indent=1, ensure_ascii=True)
    quoted = text.replace("\\", "\\\\").replace("'''", "\\'\\'\\'")
    return f"'''\n{quoted}\n'''"


HEAD = """#!/usr/bin/env python
# <<TITLE>>
# <<BASIS>>
# <<SAID>>
#
# Written by Dyadscope <<VERSION>>. Run it in the folder of Dyadscope, with the study it was written for:
#     DYADSCOPE_HOME=/path/to/study .venv/bin/python THIS_FILE.py [FOLDER]
# It makes the same report again: every table as CSV and the report as one HTML file, in FOLDER (default: here)."""

ABOUT = """# <<MARKDOWN>>

Written by Dyadscope <<VERSION>> for generation <<NUMBER>> of the data. Start the notebook in the folder of Dyadscope
with its own Python, and with `DYADSCOPE_HOME` set to the study folder. Every number is computed again."""

SETUP = """import hashlib
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, os.getcwd())

from db import connect
from pipeline import VERSION
from pipeline.steps.release import csv_bytes
from pipeline.steps.report_figures import svg
from pipeline.steps.report_html import html
from pipeline.steps.report_items import build, exact, table_of
from pipeline.steps.report_spec import checked

WRITTEN_BY = "<<VERSION>>"
# sha256 and number of the published file the report was made from
GENERATION = <<CHECKSUM>>
NUMBER = <<NUMBER>>


def published() -> connect.Current:
    \"\"\"The published file of the report: it may be an older generation that is still kept.\"\"\"
    folder = connect.home() / "published"
    for file in sorted(folder.glob("gen-*.duckdb"), reverse=True):
        with file.open("rb") as handle:
            if hashlib.file_digest(handle, "sha256").hexdigest() == GENERATION:
                return connect.Current(NUMBER, file, GENERATION, "")
    sys.exit(
        f"{folder}: the data of this report (checksum {GENERATION[:12]}...) are not here. Set DYADSCOPE_HOME to the "
        "study folder; if the study was imported again since, put the older file back from a backup."
    )
"""

SPEC = """# what the report holds, in order
REPORT = <<SPEC>>"""

BUILD = """if VERSION != WRITTEN_BY:
    print(f"Written by Dyadscope {WRITTEN_BY}, run by {VERSION}: small differences are possible.", file=sys.stderr)
data, asked = published(), checked(json.loads(REPORT), "this report")
report = build(connect.open_reader(data.file).cursor(), data, connect.home(), asked)


def table(number: int):
    \"\"\"The table of an item, as it is printed.\"\"\"
    piece = report.pieces[number - 1]
    return piece.refused or table_of(piece)


def figure(number: int):
    \"\"\"The figure of an item, where it has one.\"\"\"
    piece = report.pieces[number - 1]
    if piece.draw is not None:
        from IPython.display import SVG, display

        display(SVG(svg(piece.draw)))"""

WRITE = """if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    folder.mkdir(parents=True, exist_ok=True)
    for number, piece in enumerate(report.pieces, start=1):
        if piece.refused:
            print(f"{number}. {piece.title}: left out, {piece.refused}.", file=sys.stderr)
        elif piece.released is not None:
            (folder / f"{number:02}.csv").write_bytes(csv_bytes(exact(piece)))
    (folder / "report.html").write_text(html(report), encoding="utf-8")
"""
