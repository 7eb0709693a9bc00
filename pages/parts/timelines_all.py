"""All selected observations at once: choices, the picture, and its numbers."""

import pandas as pd
import streamlit as st

from pages.parts import show, store, store_timelines
from pages.parts.charts_timelines import many_timelines
from pages.parts.take_away import Paper
from pages.parts.timelines_grid import ORDERS, Order, bands, grid, mean_picture, ordered
from pages.parts.words import SUBJECTS, counted, escape, percent, plain
from pipeline.figures import timeline
from pipeline.measures.co_occurrence import Strand
from pipeline.selection import count
from pipeline.steps.release import ReleaseSpec

ROWS = 200
LEAST = 5
"""The mean picture ends where fewer observations than this go on (or fewer than all, where there are not so many)."""
SINGLE = ReleaseSpec(individual=True)


def panel(selected: pd.DataFrame, _choices: st.delta_generator.DeltaGenerator) -> None:
    """Everything about all selected observations."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        subject, scheme, group = _stream()
        codes = _codes(subject, scheme, group)
        order, code = _order(selected, codes)
    bin_ms = store_timelines.cell_ms(int(selected["length_ms"].max()))
    cells = store_timelines.cells(store.ids(selected), subject, group, bin_ms)
    strand = Strand(subject, group, code)
    coded = selected[selected["observation_id"].isin(store_timelines.together((strand, strand)).dropna().index)]
    if coded.empty or cells.empty:
        show.empty("This was not coded in any of the selected observations.", "Choose another person or group.")
        return
    frame = _page(ordered(coded, cells, order, code))
    shares = mean_picture(coded, cells, codes["code"].tolist(), bin_ms)
    finding = _finding(subject, shares, code)
    st.markdown(f"**{escape(finding)}**")
    _picture(finding, frame, cells, codes, shares, bin_ms)
    st.caption(_note(selected, coded, shares, bin_ms))
    with st.expander("Observations in this order"):
        show.table(store.released(_table(frame, code), SINGLE), "timeline_order", "timelines_order")


def _stream() -> tuple[str, str, str]:
    """Subject, scheme and behaviour group."""
    streams = store_timelines.streams()
    subjects = list(dict.fromkeys(streams["subject"]))
    subject = st.selectbox("Who", subjects, format_func=_who, key="who", bind="query-params")
    mine = store.groups().merge(streams[streams["subject"] == subject], on=["scheme", "behaviour_group"])
    names = {f"{row.scheme}.{row.behaviour_group}": row for row in mine.itertuples()}
    titles = {name: row.title for name, row in names.items()}
    chosen = st.selectbox("Behaviour group", list(names), format_func=titles.get, key="group", bind="query-params")
    return subject, names[chosen].scheme, names[chosen].behaviour_group


def _codes(subject: str, scheme: str, group: str) -> pd.DataFrame:
    codes = store.codes()
    mine = codes[(codes["scheme"] == scheme) & (codes["behaviour_group"] == group) & (codes["kind"] == "state")]
    return mine[mine["subjects"].str.split(",").map(lambda who: subject in who)].reset_index(drop=True)


def _order(selected: pd.DataFrame, codes: pd.DataFrame) -> tuple[Order, str]:
    """How to sort, and the code whose share decides within bands."""
    orders = {one.title: one for one in ORDERS if one.column is None or selected[one.column].nunique() > 1}
    order = orders[st.selectbox("Sort by", list(orders), key="sort", bind="query-params")]
    names = codes["code"].tolist()
    start = next((i for i, name in enumerate(names) if name.casefold() == "negative"), 0)
    return order, st.selectbox("then most of", names, index=start, key="top_code", bind="query-params")


def _page(frame: pd.DataFrame) -> pd.DataFrame:
    """At most ROWS observations; more are turned over page by page."""
    pages = -(-len(frame) // ROWS)
    number = st.pagination(pages, key="page") if pages > 1 else 1
    return frame.iloc[(number - 1) * ROWS : number * ROWS].reset_index(drop=True)


def _picture(
    finding: str, frame: pd.DataFrame, cells: pd.DataFrame, codes: pd.DataFrame, shares: pd.DataFrame, bin_ms: int
) -> None:
    occurring = codes[codes["code"].isin(cells["code"].unique())].reset_index(drop=True)
    picture = grid(frame, cells, occurring["code"].tolist(), bin_ms)
    drawn = shares[shares["going_on"] >= enough(shares)]
    figure = many_timelines(picture, frame["observation_id"].tolist(), bands(frame), drawn, occurring, bin_ms)
    twin = store.released(_twin(shares, bin_ms), SINGLE)
    alt = f"One row per observation, time from left to right, coloured by code. {finding}"
    paper = Paper(
        title="Share of observations per code, moment by moment",
        draw=lambda width: timeline.many_timelines(picture, bands(frame), drawn, occurring, bin_ms, width),
    )
    show.figure(figure, alt, "timelines_all", twin, "timelines_mean_picture", paper=paper)


def enough(shares: pd.DataFrame) -> int:
    """From how many observations on the mean picture is drawn."""
    return min(LEAST, int(shares["going_on"].max()))


def _twin(shares: pd.DataFrame, bin_ms: int) -> pd.DataFrame:
    """The mean picture as a table: percentages per moment."""
    percent = (100 * shares.drop(columns="going_on")).round(1)
    percent.insert(0, "From (s)", percent.index * bin_ms / 1000)
    return percent.assign(Observations=shares["going_on"]).rename(columns=lambda name: str(name))


def _finding(subject: str, shares: pd.DataFrame, code: str) -> str:
    """The three codes that fill most of all sessions together (as coded or not), and the chosen code."""
    going_on = shares["going_on"]
    time = shares.drop(columns="going_on").mul(going_on, axis=0).sum().div(going_on.sum())
    most = time.sort_values(ascending=False, kind="stable").head(3)
    named = dict.fromkeys([*most.index, code])
    said = ", ".join(f"{name} {percent(time[name])}" for name in named)
    return f"{_who(subject)}: {said} of the whole session."


def _note(selected: pd.DataFrame, coded: pd.DataFrame, shares: pd.DataFrame, bin_ms: int) -> str:
    numbers = count(coded)
    left_out = len(selected) - len(coded)
    families = counted(numbers.families, "family", "families")
    parts = [
        f"{families}, {counted(numbers.dyads, 'dyad')}, {counted(numbers.observations, 'observation')}"
        + (f" ({left_out} more without this coding)" if left_out else "")
        + ".",
        f"Each cell is {bin_ms // 1000} s and has the colour of the code that fills most of it: "
        "short events can vanish here; they are all in the view of one observation.",
        "Empty: not coded, or the recording was over. Above: of the observations that last so long, the share in each "
        "code.",
    ]
    if (few := (shares["going_on"] < enough(shares)).to_numpy()).any():
        end = _clock(int(few.argmax()) * bin_ms)
        parts.append(f"It ends at {end}: from there on fewer than {enough(shares)} observations go on.")
    return escape(" ".join(parts))


def _clock(ms: int) -> str:
    """'2:05'."""
    return f"{ms // 60_000}:{ms // 1000 % 60:02d}"


def _table(frame: pd.DataFrame, code: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Observation": frame["observation_id"],
            "Caregiver": frame["role"].map(plain),
            "Activity": frame["activity"].map(plain),
            "Length (s)": frame["length_ms"] / 1000,
            f"{code} (% of coded cells)": (100 * frame["code_share"]).round(1),
        }
    )


def _who(subject: str) -> str:
    return SUBJECTS.get(subject, plain(subject))
