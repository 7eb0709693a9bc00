"""Long work that waits, runs or ended without a result, on the page that asked for it."""

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from pipeline.errors import UserError
from pipeline.jobs import Job

LOOK_EVERY_S = 2
MOST_ENDED = 5
WITHOUT = ("failed", "cancelled", "lost")


def watch(
    queue: Callable[[], list[Job]], active: Callable[[Job], None], ended: Callable[[Job], str], nothing: str,
    heading: str = "", open_alone: bool = False,
) -> None:  # fmt: skip
    """Draws what waits or runs with `active`, below `heading`, and the newest that came to `nothing` ('a model') with
    the words of `ended`; looks again every 2 seconds while something runs, and runs the page anew when it is over.
    """
    before = {one.id for one in queue() if one.active}

    @st.fragment(run_every=LOOK_EVERY_S if before else None)
    def look() -> None:
        found = queue()
        now = [one for one in found if one.active]
        if before - {one.id for one in now}:
            st.rerun()
        if now and heading:
            st.subheader(heading, anchor=False)
        for job in now:
            active(job)
        if over := [one for one in found if one.state in WITHOUT][:MOST_ENDED]:
            with st.expander(f"Ended without {nothing} ({len(over)})", expanded=open_alone and not now):
                for job in over:
                    st.markdown(ended(job))

    look()


def tried(action: Callable[..., object], refused: str, *arguments: object) -> None:
    """An action on the queue; why it was refused is kept in the session under `refused`."""
    try:
        action(*arguments)
    except UserError as refusal:
        st.session_state[refused] = refusal.message


def seconds(job: Job) -> float:
    """For how long it has run."""
    return (datetime.now(UTC) - job.started).total_seconds() if job.started else 0.0


def when(moment: datetime | None) -> str:
    """'20 Nov 2026 16:10 UTC'."""
    return f"{moment:%d %b %Y %H:%M} UTC" if moment else ""
