"""What all earlier releases were about: no view may come again with 1 to T - 1 families more or fewer than in any of
them, nor the same families with another threshold.

`release_history.json` of the study folder stays with the analyst; it is no part of a release. Families stand in it as
salted checksums.
"""

import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from db import release_file
from db.publish import sync
from pipeline.errors import StudyError
from pipeline.measures.release_audit import changed

FILE = "release_history.json"
DAMAGED = (
    f"{FILE}: this file is damaged, so what earlier releases showed is not known. Nothing was released. Put it back "
    "from a backup; if no release was ever shown to anyone, delete it."
)


@dataclass(frozen=True)
class Shown:
    """The families (checksums) of a total in one release, and the threshold of that release; 0: not known."""

    families: frozenset[str]
    threshold: int = 0


@dataclass
class History:
    """`views`: view, one of its columns or its filter -> whom it was about in every release so far, each once."""

    salt: str = field(default_factory=lambda: token_hex(16))
    views: dict[str, list[Shown]] = field(default_factory=dict)

    @property
    def threshold(self) -> int:
        """The largest threshold so far; 0 where none is known."""
        return max((one.threshold for shown in self.views.values() for one in shown), default=0)

    def tokens(self, families: list[str]) -> frozenset[str]:
        """Checksums of families."""
        return frozenset(hashlib.sha256(f"{self.salt}{one}".encode()).hexdigest()[:16] for one in families)

    def changed(self, view: str, families: list[str], threshold: int) -> bool:
        """Whether the view differs from any earlier one by 1 to T - 1 families, T being the larger threshold."""
        now = self.tokens(families)
        return any(changed(one.families, now, max(one.threshold, threshold)) for one in self.views.get(view, ()))

    def keep(self, view: str, families: list[str], threshold: int) -> None:
        """Notes whom a view is about."""
        now, earlier = Shown(self.tokens(families), threshold), self.views.setdefault(view, [])
        if now not in earlier:
            earlier.append(now)

    def thresholds(self, families: list[str]) -> list[int]:
        """The thresholds, where known, of all releases with any of these families."""
        now, every = self.tokens(families), frozenset(one for shown in self.views.values() for one in shown)
        return sorted({one.threshold for one in every if one.threshold and one.families & now})


def read(folder: Path) -> History:
    """What was released from a study folder so far; StudyError when that cannot be read."""
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        names = content["families"]
        if "sets" not in content:
            last = _last_threshold(folder)
            return History(content["salt"], {view: [_of(names, one, last)] for view, one in content["views"].items()})
        every = [_of(names, *one) for one in content["sets"]]
        views = {view: [every[place] for place in places] for view, places in content["views"].items()}
        return History(content["salt"], views)
    except FileNotFoundError:
        return History()
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OSError):
        raise StudyError(DAMAGED) from None


def _last_threshold(folder: Path) -> int:
    """Of the release that is there; 0 where there is none. Histories of sets only were written with it."""
    try:
        last = release_file.current(folder)
    except ValueError:
        return 0
    return last.threshold if last else 0


def _of(names: list[str], places: list[int], threshold: int) -> Shown:
    """Families by their places in the list."""
    return Shown(frozenset(names[place] for place in places), threshold)


def write(folder: Path, history: History) -> None:
    """Keeps the history, whole: names of families once, and every set of them once."""
    every = list(dict.fromkeys(one for shown in history.views.values() for one in shown))
    names = sorted(frozenset().union(*(one.families for one in every)))
    places, numbers = ({one: at for at, one in enumerate(found)} for found in (names, every))
    content = {
        "salt": history.salt,
        "families": names,
        "sets": [[sorted(places[name] for name in one.families), one.threshold] for one in every],
        "views": {view: [numbers[one] for one in shown] for view, shown in history.views.items()},
    }
    temporary = folder / f".build-{FILE}"
    with temporary.open("w", encoding="utf-8") as handle:
        json.dump(content, handle)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(temporary, folder / FILE)
    sync(folder)
