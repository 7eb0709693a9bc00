"""The figure of each dynamic measure over all recordings together, with its definition below."""

import pandas as pd
import streamlit as st

from pages.parts import dynamics_meaning as meaning
from pages.parts import dynamics_tables as tables
from pages.parts import dynamics_words as words
from pages.parts import show, store, store_dynamics
from pages.parts.charts_dynamics_time import MOST_GROUPS, draw_profile, draw_waiting
from pages.parts.durations_tables import said
from pages.parts.dynamics_choices import Asked, person
from pages.parts.dynamics_groups import EVERYONE
from pipeline.measures.splits import Split
from pipeline.steps.dynamics_pools import profile, recurrences, waiting

SHOWN_ANSWERS = 0.98
"""The axis of a waiting curve ends where so many of all clocks have stopped."""
RECURS = {
    "Recurrence rate": "rate", "determinism": "determinism", "laminarity, the second stays": "laminarity_second",
    "laminarity, the first stays": "laminarity_first",
}  # fmt: skip
"""Words on the screen -> number."""


def titles(asked: Asked) -> tuple[str, str]:
    """'Infant vocalisation', 'Caregiver: Facial expression': nobody is named twice."""
    first, second = (_whose(person(one), title) for one, title in zip(asked.who, asked.titles, strict=True))
    return first, second


def _whose(name: str, title: str) -> str:
    return title if title.casefold().startswith(name.casefold()) else f"{name}: {title}"


def together(asked: Asked, band: pd.DataFrame | None, key: str) -> None:
    """The diagonal profile and how streams recur."""
    question = asked.question
    answer = store_dynamics.answer(question)
    frame = profile(answer).assign(families=int(answer.pooled["families"].iloc[0]))
    frame = _with_chance(frame, band)
    released = store.released(tables.per_cent(frame, ("share", "chance_low", "chance_high")), tables.PROFILE)
    drawn = released.frame.assign(share=released.frame["share"] / 100)
    first, second = words.sides(asked)
    if drawn["share"].notna().any():
        sides = (f"← {first} follows", f"{second} follows →")
        figure = draw_profile(drawn, band, sides, f"by chance: {words.KINDS[question.surrogate]} (middle 95 %)")
        alt = f"Share of moments at which {words.together(asked)}, by lag.".replace("\\", "")
        show.figure(figure, alt, key, tables.named(released, tables.PROFILE_NAMES), "dynamics_profile")
    st.caption(meaning.profile(question))
    row = recurrences(answer).iloc[0]
    known = {name: row[column] for name, column in RECURS.items() if pd.notna(row[column])}
    numbers = [f"{name} **{words.amount(value, '%')}**" for name, value in known.items()]
    if numbers:
        st.markdown(f"{'; '.join(numbers)}.")
    st.caption(meaning.RECURRENCE)


def _with_chance(frame: pd.DataFrame, band: pd.DataFrame | None) -> pd.DataFrame:
    """The profile with the surrogates' band beside it."""
    if band is None or band.empty:
        return frame.assign(chance_low=float("nan"), chance_high=float("nan"))
    names = {"low": "chance_low", "high": "chance_high"}
    return frame.merge(band[["lag", *names]].rename(columns=names), on="lag", how="left")


def waits(asked: Asked, split: Split) -> None:
    """Waiting curves of all clocks, or of each group where there are few."""
    question = asked.question
    answers = [("", store_dynamics.answer(question))]
    parts = store_dynamics.levels(question, split) if split.column else []
    answers = parts if 0 < len(parts) <= MOST_GROUPS else answers
    curves = [(_named(level, split, answer), waiting(answer)) for level, answer in answers]
    curves = [(name, curve) for name, curve in curves if len(curve)]
    if not curves:
        show.empty("No clock ever starts.", "Choose a more frequent behaviour, or widen the filters.")
        return
    every = pd.concat([curve.assign(group=name) for name, curve in curves], ignore_index=True)
    stops = every.groupby("time_s")[["answers", "censored"]].sum().sum(axis=1).cumsum()
    most = float(stops.index[(stops >= SHOWN_ANSWERS * stops.iloc[-1]).argmax()])
    figure = draw_waiting(curves, max(most, 1.0))
    frame = tables.per_cent(every, ("waiting", "low", "high"))
    table = tables.named(store.released(frame, tables.SINGLE), tables.WAITING_NAMES)
    halves = [f"{name}: {_half(curve)}" for name, curve in curves]
    show.figure(figure, f"Share still waiting along time. {'; '.join(halves)}.", "dyn_waits", table, "dynamics_waits")
    st.markdown(f"Half are answered: {'; '.join(halves)}.")
    st.caption(meaning.latency(question))


def _named(level: str, split: Split, answer: object) -> str:
    """'Mother (n 410)'."""
    n = answer.pooled["n"].iloc[0]  # type: ignore[attr-defined]
    return f"{said(level, split) if level else EVERYONE} (n{words.SPACE}{n:,.0f})"


def _half(curve: pd.DataFrame) -> str:
    """'after 12.3 s', or that it never comes to that."""
    reached = curve.loc[curve["waiting"] <= 0.5 + 1e-12, "time_s"]
    return f"after {words.amount(reached.iloc[0], 's')}" if len(reached) else "never while watched"
