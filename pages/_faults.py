"""What happens when something breaks: a sentence with a reference number on the page, no values in any log."""

import hashlib
import logging
import traceback
from pathlib import Path

import streamlit as st

from pipeline.errors import UserError
from pipeline.steps.open_study import explained

ROOT = Path(__file__).parents[1]


def reference(fault: BaseException) -> str:
    """Six letters and digits for a place in the program: the same fault has the same number."""
    return hashlib.sha256(f"{type(fault).__name__} {place(fault)}".encode()).hexdigest()[:6].upper()


def place(fault: BaseException) -> str:
    """Where it broke, 'pages/overview.py line 41': the innermost line of this program, else of a library."""
    frames = traceback.extract_tb(fault.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(ROOT) and ".venv" not in frame.filename]
    if not frames:
        return "an unknown place"
    frame = (own or frames)[-1]
    return f"{'/'.join(Path(frame.filename).parts[-2:])} line {frame.lineno}"


def tell(fault: Exception) -> bool:
    """Shows a fault to the reader; True: nothing else of it is shown."""
    words = fault.message if isinstance(fault, UserError) else explained(fault)
    st.error(
        words
        or f"Something went wrong here (reference {reference(fault)}). The data are unchanged. "
        "Reload the page; if it happens again, tell whoever looks after Dyadscope the reference."
    )
    return True


def keep_values_out_of_logs() -> None:
    """From now on a logged exception is only its kind, place and reference: messages may hold participants' values."""
    make = logging.getLogRecordFactory()

    def made(*parts: object, **named: object) -> logging.LogRecord:
        record = make(*parts, **named)
        fault = record.exc_info[1] if record.exc_info else None
        if fault is not None:
            record.msg = f"fault {reference(fault)}: {type(fault).__name__} in {place(fault)}"
            record.args, record.exc_info, record.exc_text = (), None, None
        return record

    logging.setLogRecordFactory(made)
