"""The mode of this program, analyst or presenting: read once when it starts; no page and no address can change it."""

import os

from pipeline.errors import StudyError, listed
from pipeline.steps.release import Mode

VARIABLE = "DYADSCOPE_MODE"
MODES: tuple[Mode, ...] = ("analyst", "presenting")

_fixed: list[Mode] = []


def fix() -> Mode:
    """Reads the mode for good: from now on the environment no longer matters. Called once, by the launcher."""
    if not _fixed:
        _fixed.append(_read())
    return _fixed[0]


def mode() -> Mode:
    """'analyst' (the whole study) or 'presenting' (a release, nothing else)."""
    return _fixed[0] if _fixed else _read()


def _read() -> Mode:
    """What the environment says; a word that is no mode is refused, never taken for the open one."""
    word = os.environ.get(VARIABLE) or "analyst"
    for known in MODES:
        if word == known:
            return known
    raise StudyError(f"{VARIABLE}: '{word}' is not a mode. Choose one of: {listed(MODES)}.", value=word)
