"""Panels of the data page about files: what is shown now, row conservation, the files themselves, how to go back."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from pages.parts import show, store_data
from pages.parts.words import counted, plain
from pipeline.steps.release import renamed

TILE_WIDTH = 195
"""Four tiles fill a line on a projector; on a narrower screen they wrap (pixels)."""
SOURCE_NAMES = {
    "path": "File", "rows": "Rows", "accepted": "Accepted", "rejected": "Refused", "blank": "Blank",
    "issues": "Issues", "content": "Content", "coverage": "Frames trusted (%)",
    "format": "Read as", "dialect": "Written as", "size": "Size (kB)",
    "generation": "Generation", "imported_at": "Imported (UTC)", "sha256": "Checksum (SHA-256)",
}  # fmt: skip
GENERATION_NAMES = {
    "number": "Generation", "imported_at": "Imported (UTC)", "files_new": "Files read",
    "files_unchanged": "Files unchanged", "rows_read": "Rows read", "rows_accepted": "Accepted",
    "rows_rejected": "Refused", "rows_blank": "Blank", "code_version": "Dyadscope", "duckdb_version": "DuckDB",
}  # fmt: skip
CONTENT_WORDS = {
    "coded": "coded behaviour", "track": "face track", "speech": "speech track", "stream": "feature stream",
    "model": "predictions of a model", "table": "table",
}  # fmt: skip


def headline() -> None:
    """How much was read, that no row was lost, and which generation is shown."""
    kinds, totals = store_data.issue_kinds().frame, store_data.totals()
    severe = kinds.groupby("severity")["issues"].sum()
    tiles = (
        ("Files", totals["files"], None),
        ("Rows", totals["rows"], "Rows of data in all files."),
        ("Rows refused", totals["rejected"], "Each has an issue that says why."),
        ("Issues", int(severe.sum()), _severity_words(severe)),
    )
    with st.container(horizontal=True):
        for label, value, help_text in tiles:
            st.metric(label, f"{value:,}", help=help_text, border=True, width=TILE_WIDTH)
    st.markdown(_conservation(totals))
    for newest in store_data.generations().frame.head(1).itertuples():
        st.caption(
            f"Generation {newest.number} of the data, imported {newest.imported_at:%d %B %Y, %H:%M} UTC "
            f"with Dyadscope {newest.code_version} and DuckDB {newest.duckdb_version}."
        )


def files() -> None:
    """Every file with its counts and checksum."""
    released = store_data.sources()
    frame = released.frame.assign(
        content=released.frame["content"].map(CONTENT_WORDS),
        format=released.frame["format"].map(plain),
        size=(released.frame["bytes"] / 1000).round(1),
        coverage=(released.frame["coverage"] * 100).round(1),
    )
    lost = frame[frame["rows"] != frame["accepted"] + frame["rejected"] + frame["blank"]]
    st.markdown(
        f"{counted(len(frame), 'file')}. In every one of them, rows in the file = accepted + refused + blank."
        if lost.empty
        else f":red[{counted(len(lost), 'file')} with rows that are not accounted for. Import the study again.]"
    )
    if frame["coverage"].isna().all():
        frame = frame.drop(columns="coverage")
    else:
        st.caption(
            "Of a face track a row is one frame. A frame is trusted where the confidence of the program that made the "
            "track reaches the limit of the smile parameters."
        )
    show.table(renamed(replace(released, frame=frame), SOURCE_NAMES), "sources", "files")


def generations() -> None:
    """The imports one after the other, and how to go back."""
    released = store_data.generations()
    if released.frame.empty:
        st.markdown("No import is on record.")
    else:
        text = replace(released, frame=pd.DataFrame([_import(row) for row in released.frame.itertuples()]))
        show.words(text, renamed(released, GENERATION_NAMES), "generations", "generations")
    st.markdown(
        "#### Going back to an earlier state\n"
        "An import never changes a published file: it writes a new generation beside it, and the last five are kept "
        "in the folder `published` of the study. To go back, run this with the number of the generation you want; "
        "nothing is overwritten, and you can go forward again in the same way."
    )
    st.code("python -m pipeline restore NUMBER", language="bash")


def _import(row: tuple) -> dict[str, str]:
    """One import in words."""
    return {
        "Generation": f"**{row.number}**",
        "Imported (UTC)": f"{row.imported_at:%d %b %Y %H:%M}",
        "Files": f"{row.files_new:,} read, {row.files_unchanged:,} unchanged",
        "Rows": f"{row.rows_read:,} read, {row.rows_rejected:,} refused, {row.rows_blank:,} blank",
        "Made with": f"Dyadscope {row.code_version}, DuckDB {row.duckdb_version}",
    }


def _conservation(totals: dict[str, int]) -> str:
    parts = f"{totals['accepted']:,} accepted + {totals['rejected']:,} refused + {totals['blank']:,} blank"
    kept = totals["rows"] == totals["accepted"] + totals["rejected"] + totals["blank"]
    if kept:
        return f":material/check_circle: **No row was lost:** {totals['rows']:,} rows in files = {parts}."
    return f":material/error: **Rows are missing:** {totals['rows']:,} rows in files, but {parts}. Import again."


def _severity_words(severe: pd.Series) -> str:
    words = {"error": "error", "warning": "warning", "info": "note"}
    return ", ".join(counted(int(severe.get(name, 0)), word) for name, word in words.items())
