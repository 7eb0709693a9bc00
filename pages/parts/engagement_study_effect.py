"""The panel "Still-face effect": what play, still face and reunion each code takes, and how that changes."""

from dataclasses import replace
from itertools import combinations, pairwise

import pandas as pd
import streamlit as st

from pages.parts import engagement_study_words as words
from pages.parts import show, store
from pages.parts import store_engagement_study as answers
from pages.parts.charts_engagement_study import draw_changes, draw_effect
from pages.parts.engagement_study_beside import beside
from pages.parts.engagement_study_choices import Chosen, choose
from pages.parts.engagement_study_tables import CHANGES, MEANS, change_names, mean_names
from pages.parts.engagement_study_words import STEPS, UNITS
from pages.parts.take_away import Paper
from pages.parts.words import coder, escape
from pipeline.catalogue.episodes import EPISODES
from pipeline.figures import still_face
from pipeline.steps import paper_tables
from pipeline.steps.release import renamed
from pipeline.steps.still_face import Effect, class_maps

MANY = (
    "Each change is the mean of one difference per session; sessions of a family count as one in its interval. The "
    "intervals are not widened for the number of codes that are looked at."
)


def panel() -> None:
    """Finding, means over the episodes, changes."""
    behaviours = answers.behaviours()
    if answers.episodes().empty or not behaviours:
        show.empty(
            "No episodes are marked in the selected sessions, or no phases are coded in them.",
            "Give the study a table of episodes ([tables.episodes] in the manifest: observation_id, episode, onset, "
            "offset, unit), or code them with the scheme episodes, and import again.",
        )
        return
    finding = st.container()
    chosen = choose(behaviours)
    found = answers.effect(chosen.asked)
    if not found.sessions:
        finding.markdown(words.basis(0, 0, found.left_out))
        show.empty(
            "No selected session was coded in every episode that is compared.",
            "Choose another behaviour or coder, or widen the filters.",
        )
        return
    means, changes = _shown(found, chosen)
    with finding:
        _headline(means.frame, changes.frame, found, chosen)
    _means(means, found, chosen)
    _changes(changes, found, chosen)
    beside(found, chosen, _names(chosen))
    st.caption(MANY)


def _names(chosen: Chosen) -> dict[str, str]:
    """Code or class -> with its meaning."""
    return words.meanings(answers.codes(chosen.behaviour))


def _shown(found: Effect, chosen: Chosen) -> tuple:
    """Means and changes in the unit shown, with names and colours, released."""
    codes = answers.codes(chosen.behaviour).set_index("code")
    names = _names(chosen)
    parts = []
    for frame, spec in ((found.means, MEANS), (found.changes, CHANGES)):
        numbers = [name for name in ("mean", "low", "high") if name in frame]
        frame = frame.assign(**{name: frame[name] * chosen.factor for name in numbers})
        text = frame["code"].astype("str")
        frame = frame.assign(code=text, name=text.map(lambda code: names.get(code, code)))
        if spec is MEANS:
            frame = frame.assign(
                colour=text.map(codes["colour"]).fillna("#808080"),
                unobservable=text.map(codes["unobservable"]).fillna(False).astype(bool),
            )
        parts.append(store.released(frame.reset_index(drop=True), spec))
    return tuple(parts)


def _headline(means: pd.DataFrame, changes: pd.DataFrame, found: Effect, chosen: Chosen) -> None:
    names = _names(chosen)
    if sentence := words.finding(means, changes, found.asked, names, chosen.display, chosen.asked.seen):
        st.markdown(f"### {_predicted(sentence, chosen)}")
    said = words.recovery(changes, found.asked, names, chosen.display)
    who = words.basis(found.sessions, found.families, found.left_out)
    by = f"By the predictions of {escape(coder(chosen.asked.coder))}." if chosen.asked.coder else ""
    st.markdown(" ".join(part for part in (by, said, who, _merged(chosen)) if part))


def _predicted(sentence: str, chosen: Chosen) -> str:
    """A finding of predictions says so in its first word: nobody may take it for a finding of codes."""
    return f"Predicted: {sentence[:1].lower()}{sentence[1:]}" if chosen.asked.coder else sentence


def _merged(chosen: Chosen) -> str:
    """Which class map merged the codes, what it says can never be seen, and what becomes of codes without a class."""
    one = class_maps(chosen.asked.scheme, chosen.asked.behaviour_group).get(chosen.asked.class_map)
    if one is None:
        return ""
    left = " Codes that belong to no class are shown as they were coded." if one.drop else ""
    return f"Codes merged into classes: {escape(one.title)}.{left}"


def _means(means: object, found: Effect, chosen: Chosen) -> None:
    frame = means.frame
    seen = frame.groupby("code")["mean"].transform("max")
    drawn = frame[(seen > 0) & ~frame["unobservable"]].dropna(subset=["mean"])
    if drawn.empty:
        return show.empty("No code that can be seen occurs in these episodes.", "Widen the filters.")
    titles = [EPISODES[one] for one in found.asked]
    drawn = drawn.assign(
        episode=drawn["episode"].map(EPISODES), hover=[_hover(row, chosen) for row in drawn.itertuples()]
    )
    axis = words.MEAN_AXIS[chosen.display, chosen.asked.seen]
    alt = f"{axis} per code in {', '.join(titles)}, with 95 % intervals by family."
    table = renamed(_titled(means, ["episode"]), mean_names(chosen.display))
    unit = UNITS[chosen.display]
    paper = Paper(
        title=f"{axis} per code over the episodes",
        draw=lambda width: still_face.draw_effect(drawn, titles, axis, width),
        table=lambda title, notes: paper_tables.over_episodes(means, title, _headings(found), unit, (MANY, *notes)),
    )
    show.figure(draw_effect(drawn, titles, axis), alt, "phase_means", table, "still_face_means", paper=paper)
    if not chosen.asked.coder and (text := words.never(frame, _names(chosen))):
        st.markdown(text)


def _hover(row: tuple, chosen: Chosen) -> str:
    ends = f" (95 % {row.low:.1f} to {row.high:.1f})" if pd.notna(row.low) else ""
    return f"{row.name}, {EPISODES[row.episode]}: {words.value(row.mean, chosen.display)}{ends}"


def _headings(found: Effect) -> dict[str, str]:
    """Episodes that are compared, by their titles."""
    return {one: EPISODES[one] for one in found.asked}


def _titled(released: object, columns: list[str]) -> object:
    """Episodes by their titles."""
    frame = released.frame.assign(**{name: released.frame[name].map(EPISODES) for name in columns})
    return replace(released, frame=frame)


def _changes(changes: object, found: Effect, chosen: Chosen) -> None:
    if changes.frame["mean"].notna().sum() == 0:
        return
    st.subheader("How much each code changes", anchor=False)
    pairs = [(first, second) for first, second in pairwise(found.asked)]
    pairs += [pair for pair in combinations(found.asked, 2) if pair not in pairs]
    drawn = _drawn(changes.frame, pairs, chosen)
    if drawn.empty:
        return
    steps = [f"{EPISODES[first]} \u2192 {EPISODES[second]}" for first, second in pairs]
    axis = words.CHANGE_AXIS[chosen.display]
    table = renamed(_titled(changes, ["first", "second"]), change_names(chosen.display))
    unit = STEPS[chosen.display]
    paper = Paper(
        title=axis,
        draw=lambda width: still_face.draw_changes(drawn, steps, axis, width),
        table=lambda title, notes: paper_tables.changes(changes, title, pairs, _headings(found), unit, (MANY, *notes)),
    )
    show.figure(
        draw_changes(drawn, steps, axis), f"{axis}, one row per code.", "phase_changes", table, "still_face_changes",
        paper=paper,
    )  # fmt: skip


def _drawn(changes: pd.DataFrame, pairs: list[tuple[str, str]], chosen: Chosen) -> pd.DataFrame:
    """Changes of the codes that occur and can be seen, codes in the order of their first change."""
    codes = answers.codes(chosen.behaviour)
    frame = changes[changes["mean"].notna() & ~changes["code"].isin(codes.loc[codes["unobservable"], "code"])]
    moved = frame.groupby("code")["mean"].transform(lambda one: one.abs().max()) > 0
    step = frame["first"].map(EPISODES) + " \u2192 " + frame["second"].map(EPISODES)
    frame = frame.assign(step=step, said=[words.figures(row, chosen.display) for row in frame.itertuples()])[moved]
    mine = frame[(frame["first"] == pairs[0][0]) & (frame["second"] == pairs[0][1])]
    order = mine.set_index("name")["mean"].sort_values().index
    return frame.set_index("name").loc[list(order)].reset_index()
