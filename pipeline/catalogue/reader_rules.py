"""What a rule of the import is, and the rules by which a reader itself refuses a row, in its own sentence."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]

REFUSED = "The row was refused. Correct it in the coding tool and import again."


@dataclass(frozen=True)
class Rule:
    """One named rule. `sentence` is filled with fields of the row; `action` says what was done, and what would do."""

    kind: str
    severity: Severity
    title: str
    sentence: str
    action: str


READER_RULES = (
    Rule("ragged_row", "error", "Wrong number of cells", "the row does not have as many cells as the header.", REFUSED),
    Rule(
        "unterminated_quote",
        "error",
        "Quotation mark not closed",
        "a quotation mark opens here and never closes.",
        REFUSED,
    ),
    Rule("time_slot_missing", "error", "Annotation without a time", "a time slot has no time.", REFUSED),
    Rule("malformed_cell", "error", "Cell not as its column is defined", "the cell does not fit its column.", REFUSED),
    Rule(
        "end_without_start",
        "warning",
        "End without a start",
        "a state ends that was never started.",
        "The row was dropped. Add its start in the coding tool and import again.",
    ),
    Rule("unknown_level", "error", "Level of a row not known", "the level is none of 1, 2 and 3.", REFUSED),
)
"""Rules of rows that a reader words itself."""

SAID_BY_READERS = tuple(rule.kind for rule in READER_RULES)
