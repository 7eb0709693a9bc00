"""`python -m pipeline report`: makes a saved report from the current data, as files for others."""

import sys
from argparse import Namespace
from pathlib import Path

from db import connect
from pipeline.errors import StudyError, file_name
from pipeline.steps import report_changes, report_spec
from pipeline.steps.open_study import current_generation, open_generation
from pipeline.steps.report_changes import CLOSE, Changes
from pipeline.steps.report_docx import docx
from pipeline.steps.report_html import html
from pipeline.steps.report_items import Report, build
from pipeline.steps.report_pptx import pptx
from pipeline.steps.report_script import notebook, script
from pipeline.steps.whole_file import write_bytes

WRITERS = {
    "html": lambda report, changes: html(report, changes).encode(),
    "pptx": pptx,
    "docx": docx,
    "script": lambda report, changes: script(report).encode(),
    "notebook": lambda report, changes: notebook(report).encode(),
}


def run_report(options: Namespace) -> None:
    """Makes the files that were asked for and says what was left out and what changed."""
    if options.name is None:
        print("\n".join(report_spec.names(connect.home())) or "No report is saved. Make one on the page Report.")
        return
    report, changes = made(options.name)
    asked = {kind: Path(given) for kind in WRITERS if (given := getattr(options, kind)) is not None}
    for kind, file in (asked or {"html": Path(f"{options.name}.html")}).items():
        write_bytes(file, WRITERS[kind](report, changes))
        print(f"{file_name(file)} was written.")
    for piece in report.pieces:
        if piece.refused:
            print(f"Left out: {piece.title}, because {piece.refused}.", file=sys.stderr)
    if changes is not None:
        print(changes.words)
        if changes.close:
            print(CLOSE, file=sys.stderr)
    report_changes.keep(connect.home(), report)


def made(name: str) -> tuple[Report, Changes | None]:
    """A saved report of the current generation, and what is other than in its last version."""
    current = current_generation()
    if current is None:
        raise StudyError("There is no study yet, so there is nothing to report. Import one first.")
    home = connect.home()
    report = build(open_generation(current).cursor(), current, home, report_spec.load(home, name))
    return report, report_changes.since_last(home, report)
