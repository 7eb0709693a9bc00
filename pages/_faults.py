"""What happens when something breaks: a sentence with a reference number on the page, no values in any log."""

import hashlib
import logging

import streamlit as st

from pages.parts.words import harmless
from pipeline.errors import UserError, place
from pipeline.steps.open_study import explained


def reference(fault: BaseException) -> str:
    """Six letters and digits for a place in the program: the same fault has the same number."""
    return hashlib.sha256(f"{type(fault).__name__} {place(fault)}".encode()).hexdigest()[:6].upper()


def tell(fault: Exception) -> bool:
    """Shows a fault to the reader; True: nothing else of it is shown."""
    words = harmless(fault.message) if isinstance(fault, UserError) else explained(fault)
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
