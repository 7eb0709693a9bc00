"""Makes a release: views of the current generation, masked, audited together, published whole or not at all."""

import json
import os
import shutil
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from db import connect, publish, release_file
from db.release_file import CurrentRelease, ViewRow
from pipeline import VERSION
from pipeline.errors import ImportLocked, StudyError, UserError
from pipeline.measures.release_audit import Leak, audit
from pipeline.steps import release_history
from pipeline.steps.open_study import building_in_words, current_generation, open_generation
from pipeline.steps.release import ReleasedFrame
from pipeline.steps.release_history import History
from pipeline.steps.release_mask import View, admit, candidates, masked, offered, shown_families, sums
from pipeline.steps.release_profile import DIGITS, Profile, profile
from pipeline.steps.release_tables import protect, tables
from pipeline.steps.release_templates import templates
from pipeline.steps.release_views import Data, parts_of, protocols, read

PASSED = "no shown count below the threshold; no family or small group by any combination of views; every hidden count at least 3 wide"  # noqa: E501
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
    """Makes a release of the current generation and says what is in it."""
    made = make_release(connect.home(), options.threshold)
    print(f"Release of generation {made.release.generation}, threshold {made.release.threshold}: {made.views} views.")
    for words in dict.fromkeys(why for _, why in made.left_out):
        print(f"{sum(why == words for _, why in made.left_out)} views were left out: {words}.")
    print(f"The audit passed: {PASSED}. Show it with `make present`.")


def make_release(folder: Path, threshold: int) -> Made:
    """Builds, audits and publishes; ReleaseRefused names the view that leaks, and nothing is changed."""
    rules = profile(threshold)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    current = current_generation()
    if current is None:
        raise StudyError("There is no study yet, so there is nothing to release. Import one first.")
    try:
        with publish.lock(folder), building_in_words():
            data = read(open_generation(current).cursor(), threshold)
            history = release_history.read(folder)
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
    grown = [view for view in views if history.changed(view.id, _families(view, data), data.threshold)]
    _refuse_growth(grown, data.threshold)
    views = [view for view in views if view not in grown]
    admit(views, data, rules)
    protect(views, data, rules)
    kept = [view for view in views if len(view.hidden) and not view.hidden.all()]
    names = {view.id for view in kept}
    empty = [(view.id, "everything in them is hidden") for view in views if view.id not in names]
    changes = f"since their last release they changed by 1 to {data.threshold - 1} families"
    return kept, [(view.id, changes) for view in grown] + empty


def _refuse_growth(grown: list[View], threshold: int) -> None:
    """A protocol as a whole that changed by a few families is not released again."""
    whole = [view for view in grown if not view.part.variable]
    if whole:
        raise ReleaseRefused(
            f"View '{whole[0].id}': since the last release 1 to {threshold - 1} families came or went; whoever has "
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


def _families(view: View, data: Data) -> list[str]:
    return data.observations.loc[view.base, "family_id"].astype("str").unique().tolist()


def _publish(
    folder: Path, current: connect.Current, views: list[View], data: Data, rules: Profile, history: History
) -> CurrentRelease:
    """Writes the file beside the current release and swaps it in. The history is kept first: it may claim a release
    that never came to be, never miss one that did."""
    created = datetime.now(UTC).isoformat(timespec="seconds")
    about = {
        "generation": str(current.number), "sha256": current.sha256, "threshold": str(rules.threshold),
        "families": said(_whole(data, rules)), "created": created, "version": VERSION, "audit": f"passed: {PASSED}",
    }  # fmt: skip
    scratch = publish.scratch(folder)
    built = scratch / "release.duckdb"
    try:
        release_file.write(built, about, _rows(views, data, rules))
        publish.failpoint("release_built")
        history.views |= {view.id: history.tokens(_families(view, data)) for view in views}
        release_history.write(folder, history)
        return release_file.publish(folder, built, current.number, rules.threshold, created)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _whole(data: Data, rules: Profile) -> float:
    count = data.observations["family_id"].nunique()
    return float(round(count / 5) * 5 if rules.rounded else count)


def _rows(views: list[View], data: Data, rules: Profile) -> Iterator[tuple[ViewRow, pd.DataFrame, pd.DataFrame]]:
    for position, view in enumerate(views):
        shown = masked(view, data, rules)
        yield (
            _row(view, position, shown, said(shown_families(view, data, rules)), rules),
            _plain(shown.frame),
            shown.hidden,
        )


def _row(view: View, position: int, shown: ReleasedFrame, families: str, rules: Profile) -> ViewRow:
    """What is said about a view, all of it made from the masked frame."""
    template, part = view.template, view.part
    words = template.says(shown.frame) if template.says else ""
    about = "rounded to 5" if rules.rounded or not template.table else "exact"
    more = "" if template.table else f" Means have {DIGITS} significant digits."
    options = template.options | {"names": template.names, "protocol": template.protocol, "table": template.table}
    return ViewRow(
        id=view.id,
        page=template.page,
        position=position,
        title=template.title,
        question=template.question,
        chart=template.chart,
        options=json.dumps(options),
        spec=json.dumps(asdict(shown.spec)),
        filter=part.words,
        families=families,
        note=f"{shown.note} Numbers of families are {about}.{more}",
        alt=" ".join(one for one in (f"{template.title}, {families} families.", part.words, words) if one),
        words=words,
    )


def said(number: float) -> str:
    """A number of families in words."""
    return f"{number:.0f}"


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Text as text (categories would carry the names of levels that are not in the frame)."""
    texts = frame.select_dtypes(exclude=["number", "bool"]).columns
    return frame.assign(**{name: frame[name].astype("object").where(frame[name].notna(), None) for name in texts})
