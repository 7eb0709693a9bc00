"""The views that a report can hold: those of a release, of any selection, masked together as files for others.

Numbers are exact (a paper needs them), so every number that could be worked out from the others goes with the small
ones: the same rules as for a release, over all views of one report.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import duckdb
import numpy as np
import pandas as pd

from pipeline.measures.release_audit import family_counts
from pipeline.selection import select
from pipeline.steps import (
    release_views_agreement,
    release_views_durations,
    release_views_dynamics,
    release_views_engagement,
    release_views_overview,
    release_views_smiles,
)
from pipeline.steps.release import ReleasedFrame, T
from pipeline.steps.release_complements import complete
from pipeline.steps.release_mask import View, admit
from pipeline.steps.release_profile import MOST_OF_TWO, Profile
from pipeline.steps.release_tables import protect
from pipeline.steps.release_views import Data, Part, Template, protocols, read
from pipeline.steps.report_spec import Chosen, ViewItem

PAGES = {
    "overview": release_views_overview, "durations": release_views_durations, "agreement": release_views_agreement,
    "dynamics": release_views_dynamics, "smiles": release_views_smiles, "engagement": release_views_engagement,
}  # fmt: skip
EXACT = Profile(T)
TITLES = {
    "overview": "Overview", "durations": "Durations", "agreement": "Agreement", "dynamics": "Dynamics",
    "smiles": "Smiles", "engagement": "Engagement",
}  # fmt: skip


@dataclass(frozen=True)
class Offer:
    """What a report can be made of: the views of every kind of recording, by name (`page/protocol/key`). `pairs`: only
    these pages and kinds of recording are looked at.
    """

    data: Data
    pairs: frozenset[tuple[str, str]] | None = None

    @cached_property
    def templates(self) -> dict[str, Template]:
        """Name -> view, in the order of the pages."""
        return {view_name(one): one for one in _templates(self)}


def _templates(offered: Offer) -> Iterator[Template]:
    kinds = protocols(offered.data)
    for name, page in PAGES.items():
        for protocol in kinds:
            if offered.pairs is None or (name, protocol) in offered.pairs:
                yield from page.templates(offered.data, protocol)


def offer(cursor: duckdb.DuckDBPyConnection, names: Iterable[str] | None = None) -> Offer:
    """The views of a generation; with `names` only what can hold these."""
    if names is None:
        return Offer(read(cursor, T))
    return Offer(read(cursor, T), frozenset(tuple(name.split("/")[:2]) for name in names))


def view_name(template: Template) -> str:
    """How a report names a view."""
    return f"{template.page}/{template.protocol}/{template.key}"


def refusal(data: Data, chosen: Chosen) -> str:
    """Why nothing of a selection may be given to others; '' where it may: fewer than T families in it, or left out."""
    kept = select(data.observations, chosen.selection)
    whole = data.observations
    if chosen.protocol is not None:
        whole = whole[whole["protocol"] == chosen.protocol]
    inside = kept["family_id"].nunique()
    outside = whole.loc[~whole["family_id"].isin(kept["family_id"]), "family_id"].nunique()
    if inside < T:
        return f"the selection has fewer than {T} families"
    if 0 < outside < T:
        return f"the selection leaves out fewer than {T} families, so that their numbers could be worked out"
    return ""


def masked_together(offered: Offer, items: Iterable[tuple[int, ViewItem]]) -> dict[int, ReleasedFrame]:
    """Place in the report -> its view as others may see it; views that have nothing to show are left out.

    Whole studies come first: a part stays out where its difference from what is shown is small.
    """
    views: dict[int, View] = {}
    for place, item in items:
        if (view := _view(offered, place, item)) is not None:
            views[place] = view
    order = sorted(views, key=lambda place: (bool(views[place].part.variable), place))
    found = [views[place] for place in order]
    admit(found, offered.data, EXACT)
    protect(found, offered.data, EXACT)
    complete(found, offered.data, EXACT)
    return {place: masked(view, offered.data) for place, view in views.items()}


def _view(offered: Offer, place: int, item: ViewItem) -> View | None:
    """One view in the making; None where its selection has nothing to show."""
    template, data = offered.templates[item.view], offered.data
    selection = item.chosen.selection
    selected = select(data.observations, selection)
    answer = template.answer(selected)
    if answer is None or answer.frame.empty:
        return None
    words = item.chosen.said if selection.narrowed else ""
    part = Part(selection, words, words, words)
    view = View(f"item_{place}", template, part, answer, data.mask(selected["observation_id"]), np.array([]))
    view.hidden = EXACT.small(view.counts)
    return view


def masked(view: View, data: Data) -> ReleasedFrame:
    """The view with its hidden cells missing, in exact numbers; percentages of what is displayed."""
    spec, whole = view.template.spec, view.answer.frame
    if spec.extremes or spec.individual:
        raise TypeError("extremes and single recordings are never part of a report")
    followers = dict.fromkeys(name for name, _ in (*spec.statistics, *spec.percents))
    frame = whole[[name for name in (*spec.labels, *spec.counts, *followers) if name in whole]]
    frame = frame.reset_index(drop=True)
    hidden = pd.DataFrame(False, index=frame.index, columns=frame.columns)
    for place, name in enumerate(spec.counts):
        hidden[name] = view.hidden[:, place]
        frame[name] = frame[name].astype(float)
    for name, count in spec.statistics:
        hidden[name] |= hidden[count] | (whole[count].fillna(0) < T).to_numpy() | view.silent
        if view.answer.top2 is not None:
            hidden[name] |= view.answer.top2 > MOST_OF_TWO
        hidden[name] &= whole[name].notna().to_numpy()
    if not view.template.table:
        hidden |= _nearly_all(view, frame, data)
    frame = frame.mask(hidden)
    for name, count in spec.percents:
        hidden[name] = hidden[count]
        frame[name] = _percent(frame, count, spec.margins[0])
    return ReleasedFrame(frame, replace(spec, threshold=T), "presenting", hidden)


def _nearly_all(view: View, frame: pd.DataFrame, data: Data) -> pd.DataFrame:
    """Counts beside means that nearly all families make up: what is left of the whole would be a small count."""
    families = family_counts(view.base[None], data.families)[0]
    found = pd.DataFrame(False, index=frame.index, columns=frame.columns)
    for name in view.template.spec.counts:
        found[name] = (families - frame[name]).between(1, T - 1)
    return found


def _percent(frame: pd.DataFrame, count: str, margin: tuple[str, ...]) -> pd.Series:
    """Displayed counts in per cent of their characteristic; missing while one of it is hidden."""
    by = [frame[name] for name in margin]
    total = frame[count].groupby(by).transform("sum", min_count=1)
    whole = frame[count].notna().groupby(by).transform("all")
    return (100 * frame[count] / total.where(total > 0)).where(whole)
