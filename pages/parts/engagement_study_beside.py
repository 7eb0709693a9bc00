"""Below the effect by a model's predictions: the same changes by people's codes, class by class."""

from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from pages.parts import engagement_study_words as words
from pages.parts import show, store
from pages.parts import store_engagement_study as answers
from pages.parts.engagement_study_choices import Chosen
from pages.parts.words import counted, escape
from pipeline.catalogue.episodes import EPISODES
from pipeline.steps.release import ReleaseSpec, renamed
from pipeline.steps.still_face import Effect, class_maps

PLACE = ["code", "first", "second"]
BESIDE = ReleaseSpec(
    labels=("name", "first", "second"),
    counts=("families", "families_coded"),
    statistics=(
        *((name, "families") for name in ("mean", "low", "high")),
        *((f"{name}_coded", "families_coded") for name in ("mean", "low", "high")),
    ),
)

TEXT = ReleaseSpec(
    labels=("Class", "From, to", *(f"{by} ({unit})" for by in ("Predicted", "Coded") for unit in words.STEPS.values()))
)
"""A table in words, made of released numbers."""


def beside(found: Effect, chosen: Chosen, names: dict[str, str]) -> None:
    """Nothing where people's codes are shown already, or nobody coded."""
    if not chosen.asked.coder or not chosen.behaviour.humans:
        return
    name, classes = _map(found, chosen)
    coded = answers.effect(replace(chosen.asked, coder="", class_map=name))
    predicted = found.changes.assign(code=found.changes["code"].astype("str"))
    predicted = predicted[predicted["code"].isin(classes)]
    frame = predicted.merge(coded.changes.astype({"code": "str"}), on=PLACE, suffixes=("", "_coded"))
    frame = frame[(frame["mean"] != 0) | (frame["mean_coded"] != 0)].reset_index(drop=True)
    if frame.empty:
        return
    numbers = [f"{name}{end}" for name in ("mean", "low", "high") for end in ("", "_coded")]
    frame = frame.assign(**{name: frame[name] * chosen.factor for name in numbers})
    order = list(EPISODES).index
    frame = frame.sort_values(["first", "second"], key=lambda column: column.map(order), kind="stable")
    frame = frame.sort_values("code", kind="stable", ignore_index=True)
    frame["name"] = [names.get(str(code), str(code)) for code in frame["code"]]
    frame = frame.assign(first=frame["first"].map(EPISODES), second=frame["second"].map(EPISODES))
    released = store.released(frame, BESIDE)
    st.subheader("Do people's codes say the same?", anchor=False)
    st.markdown(says(released.frame))
    text = store.released(_in_words(released.frame, chosen.display), TEXT)
    show.words(text, renamed(released, _names(chosen.display)), "phase_beside", "still_face_predicted_and_coded")


def _map(found: Effect, chosen: Chosen) -> tuple[str, tuple[str, ...]]:
    """The class map by which people's codes are compared with the model's, and its classes."""
    predicted = {str(code) for code in found.means.loc[found.means["mean"] > 0, "code"]}
    maps = class_maps(chosen.asked.scheme, chosen.asked.behaviour_group)
    fitting = (name for name, one in maps.items() if predicted <= set(one.classes))
    name = chosen.asked.class_map or next(fitting, "")
    return name, maps[name].classes if name else tuple(sorted(predicted))


def _in_words(frame: pd.DataFrame, display: str) -> pd.DataFrame:
    """Short enough for a narrow screen: class, between which episodes, both changes with their intervals."""
    unit = words.STEPS[display]
    return pd.DataFrame({
        "Class": [escape(name) for name in frame["name"]],
        "From, to": frame["first"] + " \u2192 " + frame["second"],
        f"Predicted ({unit})": [_change(row.mean, row.low, row.high, display) for row in frame.itertuples()],
        f"Coded ({unit})": [
            _change(row.mean_coded, row.low_coded, row.high_coded, display) for row in frame.itertuples()
        ],
    })  # fmt: skip


def _change(mean: float, low: float, high: float, display: str) -> str:
    """'+12 (+1 to +23)'; a clear change is bold."""
    if pd.isna(mean):
        return ""
    said = words.figures(Ends(mean, low, high), display)
    return f"**{said}**" if low > 0 or high < 0 else said


@dataclass(frozen=True)
class Ends:
    """A mean and the ends of its interval."""

    mean: float
    low: float
    high: float


def says(frame: pd.DataFrame) -> str:
    """In how many changes both come to the same conclusion."""
    known = frame.dropna(subset=["low", "low_coded"])
    if known.empty:
        return "There are too few families for intervals, so the two cannot be compared."
    verdicts = [(known[f"low{end}"] > 0).astype(int) - (known[f"high{end}"] < 0) for end in ("", "_coded")]
    same = int((verdicts[0] == verdicts[1]).sum())
    against = int((verdicts[0] * verdicts[1] < 0).sum())
    opposite = f" In {counted(against, 'change')} they point in opposite directions." if against else ""
    return (
        f"In {same} of {counted(len(known), 'change')} both come to the same conclusion: a clear rise, a clear fall, "
        f"or no clear change.{opposite} Bold: a clear change. People's codes are merged into the model's classes."
    )


def _names(display: str) -> dict[str, str]:
    unit = words.STEPS[display]
    return {
        "name": "Class", "first": "From", "second": "To", "mean": f"Predicted ({unit})", "low": "95 % from",
        "high": "95 % to", "mean_coded": f"Coded ({unit})", "low_coded": "Coded: 95 % from",
        "high_coded": "Coded: 95 % to", "families": "Families predicted", "families_coded": "Families coded",
    }  # fmt: skip
