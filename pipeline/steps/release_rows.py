"""The rows of a release: every view with what is said about it, all of it made from the masked frame."""

import json
from collections.abc import Iterator
from dataclasses import asdict

import pandas as pd

from db.release_file import ViewRow
from pipeline.steps.release import ReleasedFrame
from pipeline.steps.release_mask import View, masked, shown_families
from pipeline.steps.release_profile import Profile
from pipeline.steps.release_views import Data


def rows(views: list[View], data: Data, rules: Profile) -> Iterator[tuple[ViewRow, pd.DataFrame, pd.DataFrame]]:
    """(what is said of a view, its masked frame, its hidden cells), in order."""
    for position, view in enumerate(views):
        shown = masked(view, data, rules)
        yield _row(view, position, shown, shown_families(view, data, rules), rules), _plain(shown.frame), shown.hidden


def _row(view: View, position: int, shown: ReleasedFrame, families: str, rules: Profile) -> ViewRow:
    """What is said about a view, all of it made from the masked frame."""
    template, part = view.template, view.part
    words = template.says(shown.frame) if template.says else ""
    note = f"{template.note} {rules.note(shown.masked, template.table)}".strip()
    filtered = f"Only {part.words}." if part.words else ""
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
        note=note,
        alt=" ".join(one for one in (f"{template.title}, {families} families.", filtered, words, template.note) if one),
        words=words,
    )


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Text as text (categories would carry the names of levels that are not in the frame)."""
    texts = frame.select_dtypes(exclude=["number", "bool"]).columns
    return frame.assign(**{name: frame[name].astype("object").where(frame[name].notna(), None) for name in texts})
