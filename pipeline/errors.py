"""The one family of errors that people read: where, what is wrong, what would do."""

import sysconfig
import traceback
from difflib import get_close_matches
from pathlib import Path, PurePath

LIBRARY = (sysconfig.get_paths()["stdlib"], "<")
"""Files of Python itself, and code without a file."""


class UserError(Exception):
    """A fault a person can mend; its text is shown bare, without a traceback.

    Fields: `file`, `line`, `column`, `value` are attributes as well as words, where they apply.
    """

    def __init__(self, message: str, *, file: str = "", line: int | None = None, column: str = "", value: str = ""):
        super().__init__(message)
        self.file, self.line, self.column, self.value = file, line, column, value

    @property
    def message(self) -> str:
        """The sentence itself."""
        return str(self)


class ManifestError(UserError):
    """The study manifest cannot be used as written."""


class CatalogueError(UserError):
    """A scheme, instrument or spec file cannot be used as written."""


class UnreadableFile(UserError):
    """A file as a whole cannot be read; nothing of it was imported."""


class StudyError(UserError):
    """The study folder or one of its generations cannot be used."""


class ImportLocked(UserError):
    """Another import holds the study's lock."""


def listed(names: "list[str] | set[str] | tuple[str, ...]") -> str:
    """Sorted, comma-separated choices for a message."""
    return ", ".join(sorted(str(name) for name in names))


def did_you_mean(value: str, choices: "list[str] | set[str] | tuple[str, ...]") -> str:
    """' Did you mean 'x'?' when one of the choices is close to the value (case aside), else ''."""
    folded = {str(choice).casefold(): str(choice) for choice in sorted(choices)}
    close = get_close_matches(value.casefold().strip(), list(folded), n=1, cutoff=0.7)
    return f" Did you mean '{folded[close[0]]}'?" if close else ""


def place(fault: BaseException) -> str:
    """Where a fault of ours broke, 'overview.py, line 41': the innermost line of this program, else of a library.

    Never its text, which may hold a participant's values.
    """
    frames = traceback.extract_tb(fault.__traceback__)
    own = [one for one in frames if "site-packages" not in one.filename and not one.filename.startswith(LIBRARY)]
    if not frames:
        return "an unknown place"
    frame = (own or frames)[-1]
    return f"{Path(frame.filename).name}, line {frame.lineno}"


def file_name(path: "str | PurePath") -> str:
    """The file's own name: messages and logs never print whole paths of a lab's machine."""
    return PurePath(path).name
