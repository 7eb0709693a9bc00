"""What earlier releases were about: no view may come again with 1 to T - 1 families more or fewer.

`release_history.json` of the study folder stays with the analyst; it is no part of a release. Families stand in it as
salted checksums.
"""

import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from db.publish import sync
from pipeline.errors import StudyError
from pipeline.measures.release_audit import changed

FILE = "release_history.json"
DAMAGED = (
    f"{FILE}: this file is damaged, so what earlier releases showed is not known. Nothing was released. Put it back "
    "from a backup; if no release was ever shown to anyone, delete it."
)


@dataclass
class History:
    """`views`: view -> checksums of its families when it was last released."""

    salt: str = field(default_factory=lambda: token_hex(16))
    views: dict[str, frozenset[str]] = field(default_factory=dict)

    def tokens(self, families: list[str]) -> frozenset[str]:
        """Checksums of families."""
        return frozenset(hashlib.sha256(f"{self.salt}{one}".encode()).hexdigest()[:16] for one in families)

    def changed(self, view: str, families: list[str], threshold: int) -> bool:
        """Whether the view was released before and has since changed by 1 to T - 1 families."""
        before = self.views.get(view)
        return before is not None and changed(before, self.tokens(families), threshold)


def read(folder: Path) -> History:
    """What was released from a study folder so far; StudyError when that cannot be read."""
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        names = content["families"]
        views = {view: frozenset(names[place] for place in places) for view, places in content["views"].items()}
        return History(content["salt"], views)
    except FileNotFoundError:
        return History()
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OSError):
        raise StudyError(DAMAGED) from None


def write(folder: Path, history: History) -> None:
    """Keeps the history, whole."""
    names = sorted(frozenset().union(*history.views.values()))
    places = {name: place for place, name in enumerate(names)}
    views = {view: sorted(places[name] for name in families) for view, families in history.views.items()}
    temporary = folder / f".build-{FILE}"
    with temporary.open("w", encoding="utf-8") as handle:
        json.dump({"salt": history.salt, "families": names, "views": views}, handle)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(temporary, folder / FILE)
    sync(folder)
