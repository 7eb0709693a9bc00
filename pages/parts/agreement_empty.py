"""What the agreement page says where there is nothing to compare."""

from pages.parts import show, store_agreement
from pages.parts.words import counted


def coded_once() -> None:
    """No recording of the study has a second coder."""
    also = ""
    if len(store_agreement.paired().one_sided):
        also = " Two coders worked on the same recordings, but never on the same behaviour of the same person."
    show.empty(
        f"No recording of this study was coded twice, so agreement cannot be measured.{also}",
        "Let a second person code some of the recordings without seeing the first coding, add the files to the study "
        "and import it again. A model that codes recordings counts as a coder, too.",
    )


def nothing_left() -> None:
    """The selection holds none of the recordings that were coded twice."""
    twice = store_agreement.paired().pairs["observation_id"].nunique()
    show.empty(
        "None of the selected observations was coded more than once.",
        f"{counted(twice, 'observation')} of the study {'was' if twice == 1 else 'were'}. "
        "Widen or reset the filters in the sidebar.",
    )
