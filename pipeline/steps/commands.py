"""The commands of `python -m pipeline`, one short function each."""

import sys
from argparse import Namespace
from importlib import import_module
from pathlib import Path

import duckdb

from db import publish
from db.connect import SCHEMA_VERSION, current, home, open_reader
from db.queries import study
from pipeline.errors import ImportLocked, StudyError
from pipeline.steps.import_study import Outcome, import_study
from pipeline.steps.plan import DEMO_STUDY


def run_import(options: Namespace) -> None:
    """Imports a study and says what became of its rows."""
    summary(import_study(options.manifest.resolve(), home(), options.data))


def run_propose(options: Namespace) -> None:
    """Prints a drafted manifest for the files given; a drafted scheme is written beside it, or printed as a comment."""
    proposing = import_module("pipeline.readers.propose")
    proposal = proposing.draft([path.resolve() for path in options.files])
    scheme = proposing.write_scheme(proposal, Path.cwd())
    print(proposal.manifest if scheme else proposal.text, end="")
    if scheme:
        print(f"{scheme.name} was written here: the coding scheme, drafted from the codes found.", file=sys.stderr)


def run_demo(options: Namespace) -> None:
    """Writes the demo study's raw files from a seed and imports them; a real study is never touched."""
    state = demo_state(home())
    if state == "real":
        if options.if_missing:
            return
        raise StudyError(
            "This study folder holds a real study; the demo was not built. "
            "Set DYADSCOPE_HOME to another folder for the demo."
        )
    if state == "demo" and options.if_missing:
        return
    build_demo(home(), options.seed)


def demo_state(folder: Path) -> str:
    """What a study folder holds: 'none', 'demo', 'old demo' (another schema: to be rebuilt) or 'real'."""
    found = current(folder)
    if found is None:
        return "none"
    with open_reader(found.file) as connection:
        entries = study(connection)
    if entries.get("study_id") != DEMO_STUDY:
        return "real"
    return "demo" if entries.get("schema_version") == SCHEMA_VERSION else "old demo"


def build_demo(folder: Path, seed: int | None) -> Outcome:
    """The demo study: raw files under `demo/` of the study folder, imported like any other study."""
    demo = import_module("pipeline.demo")
    print("Building the demo study (synthetic): writing its raw files ...", flush=True)
    raw = folder / "demo"
    manifest = demo.write_demo(raw) if seed is None else demo.write_demo(raw, seed=seed)
    print("Importing them ...", flush=True)
    outcome = import_study(manifest, folder, report=lambda line: None)
    summary(outcome)
    return outcome


def run_restore(options: Namespace) -> None:
    """Goes back to an earlier generation that is still kept."""
    folder = home()
    choices = ", ".join(str(number) for number in publish.kept(folder)) or "none"
    try:
        with publish.lock(folder):
            found = publish.restore(folder, options.number)
    except publish.Locked:
        raise ImportLocked("Another import is running. Nothing was changed.") from None
    except (FileNotFoundError, duckdb.Error):
        raise StudyError(
            f"Generation {options.number} is not kept or cannot be read. "
            f"Kept generations: {choices}. Nothing was changed."
        ) from None
    print(f"Generation {found.number} is current again.")


def summary(outcome: Outcome) -> None:
    """What an import did, in a few lines."""
    if not outcome.new:
        print(f"Nothing has changed: generation {outcome.generation.number} stays current.")
        return
    print(
        f"{outcome.rows} rows read = {outcome.accepted} accepted + {outcome.rejected} rejected + {outcome.blank} blank."
    )
    words = {"error": "errors", "warning": "warnings", "info": "notes"}
    found = [f"{outcome.issues[key]} {word}" for key, word in words.items() if outcome.issues.get(key)]
    print(f"Issues: {', '.join(found) or 'none'}. The data page lists each with its file and line.")
