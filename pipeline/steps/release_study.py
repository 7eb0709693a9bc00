"""Makes a release: views of the current generation, masked, audited together, published whole or not at all."""

import os
import shutil
from argparse import Namespace
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from db import connect, publish, release_file
from db.release_file import CurrentRelease
from pipeline import VERSION
from pipeline.errors import ImportLocked, StudyError, UserError
from pipeline.measures.release_audit import Leak, audit
from pipeline.plain_words import counted
from pipeline.steps import release_history
from pipeline.steps.open_release import current_release, open_release
from pipeline.steps.open_study import building_in_words, current_generation, open_generation
from pipeline.steps.release_complements import complete
from pipeline.steps.release_fits import FIT, sifted
from pipeline.steps.release_history import History
from pipeline.steps.release_mask import View, admit, candidates, offered, said, sums
from pipeline.steps.release_profile import Profile, profile
from pipeline.steps.release_rows import rows
from pipeline.steps.release_tables import protect, tables
from pipeline.steps.release_templates import templates
from pipeline.steps.release_views import Data, parts_of, protocols, read

PASSED = (
    "no shown count below the threshold; no number of one family by any combination of views, none of a small group by "
    "up to four of them; every hidden count at least 3 wide"
)
STUDY = ("title", "study_id", "synthetic", "attribution")
"""What is said of the study itself, as its table `study` has it."""
MOST_NAMED = 3


class ReleaseRefused(UserError):
    """A release that would give away a number about fewer than T families."""


@dataclass(frozen=True)
class Made:
    """A published release: how many views it has, and those left out, with the reason."""

    release: CurrentRelease
    views: int
    left_out: tuple[tuple[str, str], ...]


def run_release(options: Namespace) -> None:
    """Makes a release of the current generation and says what is in it; `if_missing`: not where there is one."""
    folder = connect.home()
    if not getattr(options, "if_missing", False):
        return tell(make_release(folder, options.threshold))
    last = _last(folder)
    if last and _is_of_now(last):
        words = f"There is a release of generation {last.generation} already, threshold {last.threshold}."
        return print(f"{words} Nothing was changed.")
    before = last.threshold if last else release_history.read(folder).threshold
    try:
        tell(make_release(folder, before or options.threshold))
    except ReleaseRefused as refusal:
        if last is None:
            raise
        print(f"{refusal} What is shown is the release of generation {last.generation}.")
    return None


def tell(made: Made) -> None:
    """What is in a release, what is not, and why."""
    release = made.release
    views = counted(made.views, "view")
    print(f"Release of generation {release.generation}, threshold {release.threshold}: {views}.")
    for words in dict.fromkeys(why for _, why in made.left_out):
        names = [name for name, why in made.left_out if why == words]
        noun = "stored fit" if names[0].startswith(FIT) else "view"
        print(f"Left out, {counted(len(names), noun)}: {words}.")
    print(f"The audit passed: {PASSED}. Show it with `make present`.")


def _last(folder: Path) -> CurrentRelease | None:
    """The release that can be shown; None where there is none, or a damaged one."""
    try:
        found = current_release(folder)
        if found is not None:
            open_release(found).connection.close()
        return found
    except StudyError:
        return None


def _is_of_now(release: CurrentRelease) -> bool:
    """Whether it was made of the current generation, by this version of the program."""
    current = current_generation()
    opened = open_release(release)
    about = opened.about
    opened.connection.close()
    return current is not None and (about["sha256"], about["version"]) == (current.sha256, VERSION)


def make_release(folder: Path, threshold: int) -> Made:
    """Builds, audits and publishes; ReleaseRefused names the view that leaks, and nothing is changed."""
    rules = profile(threshold)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    current = current_generation()
    if current is None:
        raise StudyError("There is no study yet, so there is nothing to release: import one first.")
    try:
        with publish.lock(folder), building_in_words():
            data = read(open_generation(current).cursor(), threshold)
            history = release_history.read(folder)
            _refuse_threshold(data, history)
            views, left_out = collected(data, rules, history, folder)
            refuse_leaks(audit(sums(views, data), tables(views, data, rules), threshold))
            return Made(_publish(folder, current, views, data, rules, history), len(views), tuple(left_out))
    except publish.Locked:
        raise ImportLocked("An import or another release is running. Nothing was released.") from None


def collected(data: Data, rules: Profile, history: History, folder: Path) -> tuple[list[View], list[tuple[str, str]]]:
    """The views of a release, masked; and those left out, with the reason."""
    kinds = protocols(data)
    if not kinds:
        raise ReleaseRefused(f"The study has fewer than {data.threshold} families. Nothing can be released.")
    parts = {name: offered(data, parts_of(data, name)) for name in kinds}
    views = candidates(data, templates(data, kinds, folder), parts, rules)
    grown = [view for view in views if _changed(view, data, history)]
    _refuse_growth([one for one in grown if {one.id, _part(one)} & {*_changed(one, data, history)}], data.threshold)
    views = [view for view in views if view not in grown]
    admit(views, data, rules)
    protect(views, data, rules)
    complete(views, data, rules)
    kept = [view for view in views if (view.counts[~view.hidden] > 0).any()]
    names = {view.id for view in kept}
    empty = [(view.id, "nothing in it may be shown") for view in views if view.id not in names]
    changes = f"it differs by 1 to {data.threshold - 1} families from what an earlier release showed"
    fits = [one for kind in kinds for one in sifted(data, folder, kind)[1]]
    return kept, [(view.id, changes) for view in grown] + empty + fits


def _refuse_threshold(data: Data, history: History) -> None:
    """What the mask of one threshold hides, that of another may show."""
    known = history.thresholds(_families(data))
    before = [one for one in known if one != data.threshold]
    if before:
        stay = f"Stay with threshold {before[0]}; or, if" if len(known) == 1 else "If"
        raise ReleaseRefused(
            f"These families were released with threshold {before[0]} before: whoever has that release could work out "
            f"from one with {data.threshold} what either hides. Nothing was released. {stay} nobody has seen that "
            f"release, delete the folder {release_file.FOLDER} and {release_history.FILE} and release again."
        )


def _refuse_growth(grown: list[View], threshold: int) -> None:
    """A protocol as a whole that differs by a few families from an earlier release is not released again."""
    whole = [view for view in grown if not view.part.variable]
    if whole:
        raise ReleaseRefused(
            f"View '{whole[0].id}': 1 to {threshold - 1} families came or went since an earlier release; whoever has "
            "both releases could work out their numbers. Nothing was released, the last release stays. Release again "
            f"when {threshold} or more have come."
        )


def refuse_leaks(leaks: tuple[Leak, ...]) -> None:
    """ReleaseRefused with the views that leak."""
    if leaks:
        named = [f"view '{leak.view}': {leak.why}" for leak in leaks[:MOST_NAMED]]
        more = f" (and {len(leaks) - MOST_NAMED} more)" if len(leaks) > MOST_NAMED else ""
        text = f"The audit failed. {'; '.join(named)}{more}. Nothing was released."
        raise ReleaseRefused(text, value=leaks[0].view)


def _families(data: Data, mask: np.ndarray | None = None) -> list[str]:
    """The families of some recordings; of all without a mask."""
    family = data.observations["family_id"].astype("str")
    return (family if mask is None else family[mask]).unique().tolist()


def _part(view: View) -> str:
    """Whom a view is about, whatever it shows of them: every view of a filter says how many they are."""
    return "|".join((view.template.protocol, view.part.label, view.part.level))


def _totals(view: View, data: Data) -> dict[str, list[str]]:
    """The families of each total of a view, and of its filter."""
    masks = view.totals | {_part(view): view.base}
    return {name: _families(data, mask) for name, mask in masks.items()}


def _changed(view: View, data: Data, history: History) -> list[str]:
    """Totals of a view that differ by a few families from those of any earlier release."""
    found = _totals(view, data).items()
    return [name for name, families in found if history.changed(name, families, data.threshold)]


def _publish(
    folder: Path, current: connect.Current, views: list[View], data: Data, rules: Profile, history: History
) -> CurrentRelease:
    """Writes the file beside the current release and swaps it in. The history is kept first: it may claim a release
    that never came to be, never miss one that did."""
    created = datetime.now(UTC).isoformat(timespec="seconds")
    about = {
        "generation": str(current.number), "sha256": current.sha256, "threshold": str(rules.threshold),
        "families": said(data.observations["family_id"].nunique(), rules), "created": created, "version": VERSION,
        "audit": f"passed: {PASSED}",
    } | {name: data.about.get(name, "") for name in STUDY}  # fmt: skip
    scratch = publish.scratch(folder)
    built = scratch / "release.duckdb"
    try:
        release_file.write(built, about, rows(views, data, rules))
        publish.failpoint("release_built")
        for view in views:
            for name, families in _totals(view, data).items():
                history.keep(name, families, rules.threshold)
        release_history.write(folder, history)
        return release_file.publish(folder, built, current.number, rules.threshold, created)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
