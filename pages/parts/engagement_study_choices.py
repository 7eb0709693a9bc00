"""The choices of the study's view: which behaviour, coded by whom, as coded or in classes, shown how."""

from dataclasses import dataclass

import streamlit as st

from pages.parts.models_options import named, select
from pages.parts.store_engagement_study import Behaviour
from pages.parts.words import coder
from pipeline.steps.still_face import Asked, class_maps

DISPLAYS = {"share": "Share of time (%)", "seconds": "Seconds per minute"}
TIMES = {False: "While it was coded", True: "While it could be seen"}
ANALYSED, AS_CODED = "Analysed coding", "As coded"
WIDTHS = {"behaviour": 220, "coder": 200, "codes": 270}


@dataclass(frozen=True)
class Chosen:
    """What is asked of the study, and in which unit it is shown."""

    behaviour: Behaviour
    asked: Asked
    display: str

    @property
    def factor(self) -> float:
        """From a share to the unit shown."""
        return 100.0 if self.display == "share" else 60.0


def choose(behaviours: dict[str, Behaviour]) -> Chosen:
    """Draws the choices; what the link says beyond them falls back to the first."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        mine = behaviours[select("Whose phases", list(behaviours), "phase_behaviour", WIDTHS["behaviour"])]
        by = _coder(mine)
        map_name = _codes(mine)
        with st.popover("Unit and time", icon=":material/tune:"):
            display = named("Shown as", DISPLAYS, "phase_shown_as")
            seen = named("Share of which time", TIMES, "phase_of_time")
    return Chosen(mine, Asked(mine.scheme, mine.behaviour_group, mine.subject, by, map_name, seen), display)


def coders(behaviour: Behaviour) -> dict[str, str]:
    """Words -> coder: the analysed coding, then each model."""
    return {ANALYSED: ""} | {_model(name): name for name in behaviour.models}


def _model(name: str) -> str:
    """'Model 0a1b2c3d': short enough for a list."""
    text = coder(name).partition(" (")[0]
    return f"{text[:1].upper()}{text[1:]}"


def _coder(behaviour: Behaviour) -> str:
    words = coders(behaviour)
    if len(words) < 2:
        return ""
    return words[select("Coded by", list(words), "phase_coder", WIDTHS["coder"])]


def _codes(behaviour: Behaviour) -> str:
    maps = class_maps(behaviour.scheme, behaviour.behaviour_group)
    if not maps:
        return ""
    words = {AS_CODED: ""} | {f"In classes: {one.title.split(':')[0]}": name for name, one in maps.items()}
    return words[select("Codes", list(words), "phase_codes", WIDTHS["codes"])]
