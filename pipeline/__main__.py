"""`python -m pipeline ...`: parsing and printing only; the work is in `steps`."""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from pipeline.errors import ImportLocked, UserError

LOCKED_EXIT = 75
"""EX_TEMPFAIL: try again later."""


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
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status: 0 done, 1 a sentence says what is wrong,
    2 a fault of ours, 75 another import is running."""
    options = parser().parse_args(arguments)
    try:
        step = import_module("pipeline.steps.commands")
        getattr(step, f"run_{options.command}")(options)
    except ImportLocked as fault:
        print(fault, file=sys.stderr)
        return LOCKED_EXIT
    except UserError as fault:
        print(fault, file=sys.stderr)
        return 1
    except Exception as fault:
        if os.environ.get("DYADSCOPE_DEBUG"):
            raise
        print(unexpected(fault), file=sys.stderr)
        return 2
    return 0


def unexpected(fault: Exception) -> str:
    """One sentence for a fault of ours: its kind and place, never its text, which may hold a participant's values."""
    frames = traceback.extract_tb(fault.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename] or frames
    place = f"{Path(ours[-1].filename).name}, line {ours[-1].lineno}"
    words = f"This is a fault of Dyadscope ({type(fault).__name__} in {place})."
    return f"{words} Nothing was changed. Please report it with these words."


if __name__ == "__main__":
    sys.exit(main())
