"""`python -m pipeline ...`: parsing and printing only; the work is in `steps`."""

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from importlib import import_module

from pipeline.arguments import parser
from pipeline.errors import ImportLocked, UserError, place

LOCKED_EXIT = 75
"""EX_TEMPFAIL: try again later."""
FITS = ("fit", "fit-table", "warm")
MODULES = {
    "export": "write_events",
    "smiles": "smile_file",
    "extract": "extract",
    "models": "models_get",
    "smile-windows": "smile_window_commands",
    "train": "train_phases_commands",
    "annotate": "annotate_commands",
    "report": "report_commands",
    "release": "release_study",
    "digest": "access_log",
}
"""Command -> the step that has it; the others are in `commands`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status: 0 done, 1 a sentence says what is wrong,
    2 a fault of ours, 75 another import is running."""
    options = parser().parse_args(arguments)
    try:
        command(options.command)(options)
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


def command(name: str) -> Callable[[Namespace], None]:
    """The function of a command, its module loaded now."""
    if name in FITS:
        # Fits multiply many small matrices: a second thread of the linear algebra gains nothing and takes a core.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    module = "fit_commands" if name in FITS else MODULES.get(name, "commands")
    return getattr(import_module(f"pipeline.steps.{module}"), f"run_{name.replace('-', '_')}")


def unexpected(fault: Exception) -> str:
    """One sentence for a fault of ours: its kind and place, never its text, which may hold a participant's values."""
    words = f"This is a fault of Dyadscope ({type(fault).__name__} in {place(fault)})."
    return f"{words} Nothing was changed. Please report it with these words."


if __name__ == "__main__":
    sys.exit(main())
