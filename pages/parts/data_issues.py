"""The panel of the data page about problems found on import: by kind, one by one, and the raw line behind each."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from pages.parts import show, store_data
from pages.parts.words import counted, escape, plain
from pipeline.catalogue.rules import RULES
from pipeline.steps.release import ReleasedFrame, renamed

SEVERITIES = {
    "error": "Errors (rows were refused)", "warning": "Warnings (mended, or kept with doubt)", "info": "Notes",
}  # fmt: skip
SEVERITY_WORDS = {"error": "Error", "warning": "Warning", "info": "Note"}
PLACE = r"^\S+, line \d+: "
"""File and line at the start of a sentence; they have their own columns here."""
KIND_NAMES = {
    "severity": "Severity", "title": "Kind", "places": "Rows or places", "files": "Files", "action": "What was done",
}  # fmt: skip
ISSUE_NAMES = {
    "severity": "Severity", "detail": "What is wrong", "file": "File", "line": "Line", "action": "What was done",
    "title": "Kind", "count": "Rows or places",
}  # fmt: skip
RAW_NAMES = {"line": "Line", "outcome": "Outcome", "rule": "Refused because", "raw": "The row as it stands in the file"}


def issues() -> None:
    """Issues by kind, then one by one under two filters, then the raw line of the one that is chosen."""
    kinds = store_data.issue_kinds()
    if kinds.frame.empty:
        st.markdown("No problem was found on import.")
        return
    totals = store_data.totals()
    share = f" ({100 * totals['rejected'] / totals['rows']:.2g} %)" if totals["rejected"] else ""
    st.markdown(f"#### {totals['rejected']:,} of {counted(totals['rows'], 'row')} refused{share}")
    show.words(_kind_words(kinds), renamed(_titled(kinds), KIND_NAMES), "issue_kinds", "issue_kinds")
    st.markdown("#### One by one")
    severities, chosen = _filters(kinds.frame)
    released = _titled(store_data.issues(severities, chosen))
    total = _total(kinds.frame, severities, chosen)
    cut = f", the first {len(released.frame):,} shown: narrow them above" if total > len(released.frame) else ""
    st.caption(f"{counted(total, 'issue')}{cut}")
    show.table(renamed(released, ISSUE_NAMES), "issues", "issues")
    _raw(released)


def title(kind: str) -> str:
    """The rule in plain words."""
    return RULES[kind].title if kind in RULES else plain(kind)


def _filters(kinds: pd.DataFrame) -> tuple[tuple[str, ...], tuple[str, ...]]:
    left, right = st.columns(2)
    offered = [name for name in SEVERITIES if name in set(kinds["severity"])]
    severities = left.multiselect(
        "Severity", offered, key="severity", bind="query-params", format_func=SEVERITIES.get, placeholder="All"
    )
    names = list(dict.fromkeys(kinds["kind"]))
    chosen = right.multiselect("Kind", names, key="kind", bind="query-params", format_func=title, placeholder="All")
    return tuple(severities), tuple(chosen)


def _total(kinds: pd.DataFrame, severities: tuple[str, ...], chosen: tuple[str, ...]) -> int:
    wanted = kinds[kinds["severity"].isin(severities or SEVERITIES) & kinds["kind"].isin(chosen or kinds["kind"])]
    return int(wanted["issues"].sum())


def _titled(released: ReleasedFrame) -> ReleasedFrame:
    frame = released.frame
    frame = frame.assign(title=frame["kind"].map(title), severity=frame["severity"].map(SEVERITY_WORDS))
    if "detail" in frame:
        detail = frame["detail"].str.replace(PLACE, "", n=1, regex=True)
        frame["detail"] = detail.str[:1].str.upper() + detail.str[1:]
    return replace(released, frame=frame)


def _kind_words(kinds: ReleasedFrame) -> ReleasedFrame:
    rows = [
        {
            "Severity": SEVERITY_WORDS[row.severity],
            "Kind": escape(title(row.kind)),
            "Rows or places": f"{row.places:,}",
            "Files": f"{row.files:,}",
            "What was done, and what would do": escape(_action(row)),
        }
        for row in kinds.frame.itertuples()
    ]
    return replace(kinds, frame=pd.DataFrame(rows))


def _action(row: tuple) -> str:
    """The rule's own words where they hold for every case, else those of one case."""
    general = RULES[row.kind].action if row.kind in RULES else ""
    return general if general and "{" not in general else row.action


def _raw(released: ReleasedFrame) -> None:
    """The line in the file behind one issue, with its neighbours."""
    frame = released.frame[released.frame["line"].notna() & released.frame["source_id"].notna()]
    if frame.empty:
        return
    places = {f"{row.file}, line {int(row.line)}": (int(row.source_id), int(row.line)) for row in frame.itertuples()}
    st.markdown("#### The line in the file")
    chosen = st.selectbox("Issue", list(places), index=None, key="raw_line", placeholder="Choose a file and line")
    if chosen not in places:
        return
    raw = store_data.raw_rows(*places[chosen])
    if raw.frame.empty:
        st.caption("Lines of tables are not kept: open the file itself.")
        return
    reasons = raw.frame["reason"].map(lambda kind: title(kind) if kind else "")
    frame = raw.frame.assign(rule=reasons, outcome=raw.frame["outcome"].replace("rejected", "refused"))
    show.table(renamed(replace(raw, frame=frame), RAW_NAMES), "raw_rows", "raw_rows")
