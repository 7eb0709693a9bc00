"""How much do the choices matter: smoothing, landmarks and speech, for one recording or for all selected ones."""

import pandas as pd
import streamlit as st

from pages.parts import show, store, store_smiles
from pages.parts.charts_smiles_track import draw_noise, draw_sensitivity
from pages.parts.models_options import select
from pages.parts.words import counted, one_of, percent
from pipeline.catalogue.smile_feature_names import SMILE_FEATURES, smile_feature
from pipeline.catalogue.smile_noise import ALL_FOUR, FRAME_NOISE, REAL_NOISE, WITHIN_TWO_FRAMES
from pipeline.catalogue.smile_parameters import SmileParameters
from pipeline.steps.release import ReleaseSpec
from pipeline.steps.smiles import IMPORTED, KEPT, LOUD, Tracked

HERE, EVERYWHERE = "This recording", "All selected recordings"
PAIRS = {
    (48, 34): "Right corner, left nostril",
    (48, 32): "Right corner, right nostril",
    (54, 34): "Left corner, left nostril",
    (54, 32): "Left corner, right nostril",
}
SMOOTHINGS = {"raw": "Not smoothed", "3": "Mean of 3 frames", "5": "Mean of 5 frames"}
ASKED = "smiles_all_asked"


def sensitivity(row: pd.Series, tracked: Tracked, chosen: SmileParameters, noise: float) -> None:
    """The same smiles under every smoothing, pair of landmarks and choice about speech."""
    st.subheader("How much do the choices matter?", anchor=False)
    where = st.segmented_control(
        "Where", [HERE, EVERYWHERE], default=HERE, required=True, key="smiles_where", label_visibility="collapsed",
        bind="query-params",
    )  # fmt: skip
    if where == EVERYWHERE and not _asked(chosen):
        return
    found = (
        store_smiles.sensitivity_of_all(chosen)
        if where == EVERYWHERE
        else store_smiles.sensitivity(row["observation_id"], row["coder_id"], chosen)
    )
    if not found["episodes"].max():
        show.empty("No choice finds an episode here.", "The smile muscle (AU12) never opens one; see above.")
        return
    level = _level(found, tracked, chosen)
    words = in_words(found)
    st.markdown(f"**{finding(found, level, chosen)}**")
    _figure(words, level, chosen, where)
    _by_speech(found, chosen, where)
    exactness(noise)


def _asked(chosen: SmileParameters) -> bool:
    """Whether all recordings were asked for: measuring them in every way takes a while."""
    number = len(store_smiles.tracked())
    if st.session_state.get(ASKED) == (store.key().number, number, chosen):
        return True
    st.markdown(f"Measures the smiles of {counted(number, 'recording')} in every way; this takes some seconds.")
    if st.button("Measure all", icon=":material/play_arrow:", type="primary"):
        st.session_state[ASKED] = (store.key().number, number, chosen)
        st.rerun()
    return False


def _level(found: pd.DataFrame, tracked: Tracked, chosen: SmileParameters) -> str:
    """Which choice about speech is drawn."""
    rule = LOUD if chosen.speech_method == "energy" else f"{chosen.speech_threshold:g}"
    levels = list(dict.fromkeys(found["speech"]))
    usual = next(level for level in (rule, IMPORTED, KEPT) if level in levels)
    return usual if tracked.has_speech or usual != IMPORTED else levels[0]


def in_words(found: pd.DataFrame) -> pd.DataFrame:
    """The numbers under the names of the screen."""
    pairs = [PAIRS[pair] for pair in zip(found["corner"], found["nostril"], strict=True)]
    means = {f"{one.label} ({one.unit})": found[one.name].round(4) for one in SMILE_FEATURES}
    left = {"Episodes": found["episodes"], "Smiles": found["smiles"], "Left out for speech": found["with_speech"]}
    settings = {
        "Smoothing": found["smoothing"].map(SMOOTHINGS),
        "Landmarks": pairs,
        "Speech": found["speech"].map(speech),
    }
    return pd.DataFrame({**settings, **left, **means})


def speech(level: str) -> str:
    """A choice about speech in words."""
    return {IMPORTED: "Regarded", KEPT: "Not regarded", LOUD: "By loudness alone"}.get(
        level, f"From a probability of {level}"
    )


def finding(found: pd.DataFrame, level: str, chosen: SmileParameters) -> str:
    """What smoothing alone does to the number and the length of smiles, in one sentence."""
    mine = found[(found["corner"] == chosen.corner) & (found["nostril"] == chosen.nostril) & (found["speech"] == level)]
    if mine.empty:
        mine = found[found["speech"] == level]
    low, high = int(mine["smiles"].min()), int(mine["smiles"].max())
    number = f"stays at {counted(low, 'smile')}" if low == high else f"goes from {low} to {counted(high, 'smile')}"
    parts = []
    for name in ("onset_duration_s", "max_onset_speed"):
        one, values = smile_feature(name), mine[name].dropna()
        if len(values) > 1 and values.min() > 0:
            words = "lies anywhere" if values.max() / values.min() >= 2 else "lies"
            grows = f"{one.label.lower()} {words} between {values.min():.2f} and {values.max():.2f} {one.unit}"
            parts.append(grows)
    moved = f"; the mean {one_of(parts, 'and')}" if parts else ""
    return f"With smoothing alone the count {number}{moved}."


def _figure(words: pd.DataFrame, level: str, chosen: SmileParameters, where: str) -> None:
    """Smoothings in numbers for the chosen landmarks, and all landmarks for one number."""
    drawn = words[words["Speech"] == speech(level)].drop(columns="Speech")
    mark = (PAIRS.get((chosen.corner, chosen.nostril), ""), SMOOTHINGS[chosen.smoothing])
    key = "smiles_sensitivity_all" if where == EVERYWHERE else "smiles_sensitivity"
    mine = drawn[drawn["Landmarks"] == (mark[0] or drawn["Landmarks"].iloc[0])]
    table = by_smoothing(mine)
    show.table(store.released(table, ReleaseSpec(individual=True)), f"{key}_smoothing", f"{key}_smoothing", small=True)
    names = [*(f"{one.label} ({one.unit})" for one in SMILE_FEATURES), "Smiles"]
    column = select("The same for other landmarks of the mouth and nose", names, "smiles_number")
    alt = (
        f"{column} for {counted(drawn['Landmarks'].nunique(), 'pair')} of landmarks and three smoothings: "
        f"from {drawn[column].min():.3g} to {drawn[column].max():.3g}."
    )
    figure = draw_sensitivity(drawn, column, mark)
    show.figure(figure, alt, key, store.released(drawn, ReleaseSpec(individual=True)), key)


def by_smoothing(mine: pd.DataFrame) -> pd.DataFrame:
    """Rows: number of smiles, then the mean of each feature; one column per smoothing."""
    names = {
        "Smiles": "Smiles",
        **{f"{one.label} ({one.unit})": f"{one.label}, mean ({one.unit})" for one in SMILE_FEATURES},
    }
    numbers = mine.set_index("Smoothing")[list(names)].T
    decimals = [0 if name == "Smiles" else 2 for name in numbers.index]
    cells = {
        column: [
            f"{value:.{digits}f}" if value == value else "–"
            for value, digits in zip(numbers[column], decimals, strict=True)
        ]
        for column in numbers
    }
    return pd.DataFrame({"": list(names.values()), **cells})


def _by_speech(found: pd.DataFrame, chosen: SmileParameters, where: str) -> None:
    """How many smiles are left under each choice about speech."""
    levels = list(dict.fromkeys(found["speech"]))
    mine = found[(found["corner"] == chosen.corner) & (found["nostril"] == chosen.nostril)]
    if len(levels) < 2 or mine.empty:
        return
    rows = {
        SMOOTHINGS[name]: part.set_index("speech")["smiles"] for name, part in mine.groupby("smoothing", sort=False)
    }
    probable = any(level not in (IMPORTED, KEPT) for level in levels)
    heading = "Smiles when speech counts (probability)" if probable else "Smiles when speech is"
    said = {level: speech(level).replace("a probability of ", "") for level in levels}
    table = pd.DataFrame(rows).T[levels].rename(columns=said).rename_axis(heading).reset_index()
    key = "smiles_speech_all" if where == EVERYWHERE else "smiles_speech"
    show.table(store.released(table, ReleaseSpec(individual=True)), key, key, small=True)


def exactness(noise: float) -> None:
    """How exact the boundaries of phases can be at all, measured on smiles whose phases are known."""
    st.markdown("**How exact are the phases? It depends on how much the landmarks shake.**")
    shown = {
        SMOOTHINGS[name]: [round(100 * share, 1) for share in shares] for name, shares in WITHIN_TWO_FRAMES.items()
    }
    curve = pd.DataFrame({"Noise (IR)": FRAME_NOISE, **shown})
    low, high = ALL_FOUR["raw"][6], ALL_FOUR["raw"][-1]
    alt = (
        f"On synthetic smiles with known phases, at the noise of the calmest real tracks ({REAL_NOISE[0]:.3f} IR) the "
        f"unsmoothed rule gets {percent(low)} of the smiles right (all four boundaries within two frames), at "
        f"{REAL_NOISE[1]:.3f} IR only {percent(high)}. A mean of 3 frames keeps most; its onsets come out 6 % longer."
    )
    st.markdown(alt)
    released = store.released(curve, ReleaseSpec(labels=tuple(curve.columns)))
    show.figure(draw_noise(curve, REAL_NOISE, noise), alt, "smiles_noise", released, "smiles_noise")
