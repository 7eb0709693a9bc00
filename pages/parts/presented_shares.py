"""Figures of a release about codes and scores: shares of time, families per band and per bin, correlations."""

from html import escape

import pandas as pd
import plotly.graph_objects as go

from pages.parts import words
from pages.parts.charts_durations import BAR_AT, LABEL_WIDTH, SMALL, draw_shares, in_order, levels_of, lines
from pages.parts.charts_overview import draw_correlations
from pages.parts.charts_released import bin_words, draw_bands, draw_bins
from pages.parts.presented_words import NOT_SHOWN, about, between, gone, joined, left_out, number, one_line
from pipeline.steps.release import SYMBOL
from pipeline.steps.report_figures import NO_NUMBER, NOT_CODED

FAMILIES = "Numbers: families."
MOST_IN_ONE_LINE = 2
"""Up to so many panels a person's name has room in one line."""
MORE_ROOM = 1.2
"""Width over the usual one of more panels than that: on a narrow screen the value and its n would touch."""
EDGE = 16
"""Pixels left of the bars: half of the number below the zero, which plotly leaves out where it would be cut."""
UNKNOWN = f"; {NO_NUMBER}: never coded, or not shown"
NONE = float("nan")


def shares(options: dict[str, object], frame: pd.DataFrame) -> go.Figure | None:
    """Bars per person and code; a code or a person of whom nothing is shown is named below."""
    there = frame[frame["mean"].notna()]
    if there.empty:
        return None
    drawn = frame[frame["code"].isin(there["code"]) & frame["person"].isin(there["person"])]
    level = drawn["level"].fillna("").astype("str")
    drawn = drawn.assign(level=pd.Categorical(level, categories=list(dict.fromkeys(level))))
    unit = str(options["unit"])
    out = left_out([*gone(frame["person"], there["person"]), *gone(frame["code"], there["code"])])
    axis = f"{options['axis']}; line: 95 % interval; n: families that show it (about){_unknown(drawn)}"
    axis += f". {out}" if out else ""
    full = drawn.assign(dyads=NONE, coded_observations=NONE, observations_with=drawn["families"])
    found = draw_shares(full, unit, axis)
    _say(found, drawn, unit)
    if drawn["person"].nunique() > MOST_IN_ONE_LINE:
        found.for_each_xaxis(lambda axis: axis.update(range=[axis.range[0], axis.range[1] * MORE_ROOM]))
    return found.update_layout(margin={"l": EDGE})


def _unknown(drawn: pd.DataFrame) -> str:
    """What 'no number' means, where it stands."""
    whole = drawn["code"].nunique() * drawn["person"].nunique()
    return "" if len(drawn[["code", "person"]].drop_duplicates()) == whole else UNKNOWN


def _say(found: go.Figure, drawn: pd.DataFrame, unit: str) -> None:
    """What bars say when pointed at, what the column of numbers is, and what is not shown."""
    people, codes, levels = drawn["person"].unique().tolist(), in_order(drawn), levels_of(drawn)
    pointed = iter([trace for trace in found.data if trace.hovertext is not None])
    for person in people:
        own = drawn[drawn["person"] == person]
        for level in levels:
            next(pointed).hovertext = [_hover(row, unit) for row in own[own["level"] == level].itertuples()]
    said = {lines(code, LABEL_WIDTH): escape(one_line(code)) for code in codes}
    said |= {"": "n", NOT_CODED: NO_NUMBER}
    if len(people) > MOST_IN_ONE_LINE:
        said |= {head: head.replace(" ", "<br>") for head in (f"<b>{escape(str(person))}</b>" for person in people)}
    notes = [note.to_plotly_json() for note in found.layout.annotations]
    notes = [{"align": "left"} | note | {"text": said.get(note["text"], note["text"])} for note in notes]
    place = {"x": 0, "xanchor": "left", "xshift": 12, "yref": "y", "text": NOT_SHOWN, "font": SMALL}
    hidden = drawn[drawn["mean"].isna()] if len(levels) == 1 else drawn.iloc[:0]
    notes += [
        place | {"xref": _axis(people.index(row.person)), "y": codes.index(row.code) + BAR_AT, "showarrow": False}
        for row in hidden.itertuples()
    ]
    found.layout.annotations = notes  # an update would keep the old words where there are more notes than before


def _axis(place: int) -> str:
    """Plotly's name for the axis of a panel."""
    return f"x{place + 1}" if place else "x"


def _hover(row: tuple, unit: str) -> str:
    if pd.isna(row.mean):
        return ""
    said = f"{number(row.mean, unit)}{between(row.low, row.high)}"
    who = joined(str(row.person), str(row.level))
    return f"<b>{escape(str(row.code))}</b><br>{escape(who)}: {said}<br>{about(row.families)} show it"


def bins(options: dict[str, object], frame: pd.DataFrame) -> go.Figure | None:
    """Families per bin; those without one of the scores in a sentence below."""
    edges = {name: options["edges"][name] for name in (options["x"], options["y"])}
    inside = frame["x"].isin(bin_words(edges[options["x"]])) & frame["y"].isin(bin_words(edges[options["y"]]))
    if frame.loc[inside, "families"].isna().all():
        return None
    return draw_bins(frame[inside], edges, SYMBOL, _others(frame.loc[~inside, "families"]))


def _others(families: pd.Series) -> str:
    """What the numbers are, and how many families are in no bin."""
    if families.empty:
        return FAMILIES
    count = families.iloc[0]
    return f"{FAMILIES} {SYMBOL if pd.isna(count) else number(count)} more lack one score or both."


def bands(options: dict[str, object], frame: pd.DataFrame) -> go.Figure | None:
    """Families per band of each questionnaire."""
    if frame["families"].isna().all():
        return None
    said = [_band(row) for row in frame.itertuples()]
    drawn = frame.assign(head=frame["characteristic"].str.removesuffix(" band"), label=frame["level"], said=said)
    return draw_bands(drawn, str(options["axis"]))


def _band(row: tuple) -> str:
    """'34 families (72 %)'."""
    if pd.isna(row.families):
        return NOT_SHOWN
    share = "" if pd.isna(row.percent) else f" ({number(row.percent)} %)"
    return f"{words.counted(int(row.families), 'family', 'families')}{share}"


def correlations(options: dict[str, object], frame: pd.DataFrame) -> go.Figure | None:
    """Every pair of scores and ages that is shown, with its n."""
    if frame["r"].isna().all():
        return None
    found = draw_correlations(frame.assign(n=frame["families"]))
    return found.update_xaxes(title={"text": "n: families (about)"})
