"""Masks the views of a release: first each number, then what could be worked out from all of them together."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.measures.release_admission import admitted
from pipeline.measures.release_audit import Sums, family_counts
from pipeline.selection import select
from pipeline.steps.release import ReleasedFrame
from pipeline.steps.release_profile import MOST_OF_TWO, Profile, rounded, significant
from pipeline.steps.release_views import Answer, Data, Part, Template, slug


@dataclass
class View:
    """One view in the making: `hidden` rows x counts; `base`: the recordings the filter keeps; `lines`: the rows of
    every characteristic; `labels`: what every row is; `quantities`: what it is about, whoever it is of; `counts`:
    families behind each count, rows x counts; `columns`: the recordings behind each column of counts as it was
    answered, columns x recordings; `silent`: rows whose count is shown but not what is said beside it;
    `gone`: of rows that were taken out, to what they add up and the recordings behind them."""

    id: str
    template: Template
    part: Part
    answer: Answer
    base: np.ndarray
    hidden: np.ndarray

    def __post_init__(self) -> None:
        """Looks up the rows once."""
        spec, frame = self.template.spec, self.answer.frame
        texts = frame[list(spec.labels)].astype("str").to_numpy(dtype=object)
        self.labels = ["|".join(row) for row in texts]
        places = [spec.labels.index(name) for name in (spec.margins[0] if spec.margins else ())]
        apart = [spec.labels.index(name) for name in self.template.quantity]
        own = (self.template.page, self.template.protocol, self.template.measured or self.template.key)
        self.quantities = [(*own, *words[apart]) for words in texts]
        self.counts = frame[list(spec.counts)].to_numpy(dtype=float)
        self.silent = np.zeros(len(frame), dtype=bool)
        self.gone: tuple[tuple[tuple[str, ...], np.ndarray], ...] = getattr(self, "gone", ())
        self.columns: np.ndarray = getattr(self, "columns", self.base & self.answer.behind.any(axis=0))
        self.lines: dict[str, list[int]] = {}
        for row, words in enumerate(texts):
            self.lines.setdefault("|".join(words[places]), []).append(row)

    @property
    def stands(self) -> np.ndarray:
        """The recordings behind any of its counts."""
        return self.columns.any(axis=0)

    @property
    def totals(self) -> dict[str, np.ndarray]:
        """What may not change by a few families from release to release: who is in the view, and who is behind each
        of its columns (those with a score, say)."""
        names = (f"{self.id}/{name}" for name in self.template.spec.counts)
        return {self.id: self.base} | dict(zip(names, self.columns, strict=True))

    def keep(self, rows: np.ndarray) -> None:
        """Leaves only these rows."""
        old, gone = self.answer, np.setdiff1d(np.arange(len(self.hidden)), rows)
        labels = old.frame[list(self.template.adds)].astype("str").to_numpy(dtype=object)
        self.gone = (*self.gone, *((tuple(labels[row]), old.behind[row, 0]) for row in gone))
        top2 = None if old.top2 is None else old.top2[rows]
        self.answer = Answer(old.frame.iloc[rows].reset_index(drop=True), old.behind[rows], top2)
        self.hidden = self.hidden[rows]
        self.__post_init__()


def candidates(data: Data, templates: Iterable[Template], parts: dict[str, list[Part]], profile: Profile) -> list[View]:
    """Every template for the whole of its protocol and, where it can be filtered, for one filter at a time."""
    found: list[View] = []
    for template in templates:
        for part in parts[template.protocol] if template.filtered else parts[template.protocol][:1]:
            selected = select(data.observations, part.selection)
            answer = template.answer(selected)
            if answer is None or answer.frame.empty:
                if not part.variable:
                    break
                continue
            name = _free(slug(template.page, template.protocol, template.key, part.label, part.level), found)
            view = View(name, template, part, answer, data.mask(selected["observation_id"]), np.array([]))
            view.hidden = profile.small(view.counts)
            found.append(view)
    return found


def _free(name: str, taken: list[View]) -> str:
    """The name, with a number behind it where another view has it."""
    names, number = {view.id for view in taken}, 2
    free = name
    while free in names:
        free, number = f"{name}_{number}", number + 1
    return free


def admit(views: list[View], data: Data, rules: Profile) -> None:
    """Hides, in place, the numbers of statistics that could be subtracted from one another."""
    rows = [(view, row) for view in _wholes_first(views) for row in range(len(view.answer.frame))]
    groups: dict[tuple, list[tuple[View, int]]] = {}
    for view, row in rows:
        groups.setdefault(view.quantities[row], []).append((view, row))
    known: dict[tuple, np.ndarray] = {}
    for members in groups.values():
        masks = np.array([view.answer.behind[row, 0] for view, row in members])
        batches = np.array([f"{view.template.key} {view.part.variable}" for view, _ in members], dtype=object)
        key = (np.packbits(masks).tobytes(), tuple(batches))
        if key not in known:
            known[key] = admitted(masks, batches, data.families, rules.threshold, rules.zeros)
        for (view, row), kept in zip(members, known[key], strict=True):
            view.hidden[row] |= not kept


def _wholes_first(views: list[View]) -> list[View]:
    """Views of statistics, those of whole protocols before their filters: what the audit looks at in this order is
    taken in in this order."""
    return sorted((view for view in views if not view.template.table), key=lambda view: bool(view.part.variable))


def sums(views: list[View], data: Data) -> Sums:
    """All numbers that are shown about sums over recordings."""
    found = [
        (view.id, "|".join(view.quantities[row]), view.answer.behind[row, 0])
        for view in _wholes_first(views)
        for row in range(len(view.answer.frame))
        if not view.hidden[row, 0]
    ]
    bases = {(view.part.variable, view.part.level, view.template.protocol): (view.id, view.base) for view in views}
    found += [(name, f"recordings of {key[2]}", base) for key, (name, base) in bases.items()]
    names, quantities, masks = zip(*found, strict=True) if found else ((), (), ())
    return Sums(names, quantities, np.array(masks, dtype=bool).reshape(len(masks), -1), data.families)


def masked(view: View, data: Data, profile: Profile) -> ReleasedFrame:
    """The view as it is shown: hidden cells missing, counts and means rounded, percentages of what is displayed."""
    spec, whole = view.template.spec, view.answer.frame
    columns = [*spec.labels, *spec.counts, *dict.fromkeys(name for name, _ in (*spec.statistics, *spec.percents))]
    if spec.extremes or spec.individual:
        raise TypeError("extremes and single recordings are never part of a release")
    frame = whole[[name for name in columns if name in whole]].reset_index(drop=True)
    hidden = pd.DataFrame(False, index=frame.index, columns=frame.columns)
    for place, name in enumerate(spec.counts):
        hidden[name] = view.hidden[:, place]
        frame[name] = rounded(frame[name]) if profile.rounded or not view.template.table else frame[name].astype(float)
    for name, count in spec.statistics:
        hidden[name] |= hidden[count] | (whole[count].fillna(0) < profile.threshold).to_numpy() | view.silent
        if view.answer.top2 is not None:
            hidden[name] |= view.answer.top2 > MOST_OF_TWO
        if pd.api.types.is_numeric_dtype(frame[name]):
            frame[name] = significant(frame[name])
    frame = frame.mask(hidden)
    for name, count in spec.percents:
        hidden[name], frame[name] = _percent(frame[count], hidden[count], whole, spec.margins[0])
    for name, count in spec.statistics:  # a hidden row looks like every other one
        hidden[name] &= whole[name].notna().to_numpy() | hidden[count]
    return ReleasedFrame(frame, replace(spec, threshold=profile.threshold), "presenting", hidden)


def _percent(
    shown: pd.Series, hidden: pd.Series, whole: pd.DataFrame, margin: tuple[str, ...]
) -> tuple[pd.Series, pd.Series]:
    """(hidden, percentages): displayed counts in percent of the displayed total of their characteristic; all hidden
    where one of its counts is: of the others alone a percentage would be another number than it seems.
    """
    by = [whole[name] for name in margin]
    gone = hidden.groupby(by).transform("any")
    total = shown.groupby(by).transform("sum")
    return gone, significant(100 * shown / total.where(total > 0)).mask(gone)


def shown_families(view: View, data: Data, profile: Profile) -> str:
    """Families behind a view as they may be said: where they are not all of its selection their number is rounded, so
    that those who are missing cannot be counted."""
    behind, whole = (int(family_counts(mask[None], data.families)[0]) for mask in (view.stands, view.base))
    return said(behind, profile) if behind == whole else f"about {_round(behind)}"


def said(families: int, profile: Profile) -> str:
    """A number of families in words."""
    return f"about {_round(families)}" if profile.rounded else f"{families}"


def _round(families: int) -> int:
    return int(rounded(pd.Series([families])).iloc[0])


def offered(data: Data, parts: list[Part]) -> list[Part]:
    """The filters that can be offered beside each other without a difference that is small."""
    masks = np.array([data.mask(select(data.observations, part.selection)["observation_id"]) for part in parts])
    batches = np.array([part.variable for part in parts], dtype=object)
    kept = admitted(masks, batches, data.families, data.threshold)
    return [part for part, one in zip(parts, kept, strict=True) if one]
