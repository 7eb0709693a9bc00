"""The coded behaviour of the study: the first coder's events of all groups and people, and the reliability coder's."""

import numpy as np
import pandas as pd

from pipeline.demo.behaviour import Units, shares_of_pair
from pipeline.demo.parameters import SIDES, Codes, codes_of, parameters
from pipeline.demo.simulate import Bouts, simulate

ONE_CAMERA = "Not possible to code gaze direction"
DISTRACTIONS = ("phone", "TV", "computer", "pet")
CAREGIVER2_CODED = 7
SIBLING_CODED = 6
"""Recordings in which the second caregiver and the sibling were coded as well (at 97 families)."""


def groups() -> tuple[str, ...]:
    """Groups of the generator; 'vocalisation' is one group of the scheme per person."""
    return tuple(parameters()["groups"])


def scheme_group(group: str, subject: str) -> str:
    """Name of the group in the coding scheme."""
    if group != "vocalisation":
        return group
    return "infant_vocalisation" if subject == "infant" else "caregiver_vocalisation"


def pair_codes(group: str) -> dict[str, Codes]:
    """Codes of infant and caregiver in one group."""
    return {side: codes_of(parameters()["groups"][group][side]) for side in SIDES}


def pair_bouts(rng: np.random.Generator, units: Units, group: str) -> Bouts:
    """Simulated bouts of infant and caregiver in one group."""
    return simulate(rng, shares_of_pair(rng, units, group), pair_codes(group), units.frame["length_ms"].to_numpy())


def events(rng: np.random.Generator, units: Units) -> pd.DataFrame:
    """Events of the first coder: observation_id, subject, behaviour_group, code, modifier, onset_ms, offset_ms (text
    ids, integer ms).
    """
    frames = []
    for group in groups():
        codes = pair_codes(group)
        labels = {0: np.array(codes["infant"].labels), 1: np.array(codes["caregiver"].labels)}
        frames.append(_frame(pair_bouts(rng, units, group), units, group, labels, ("infant", "caregiver1")))
    frames.extend(_others(rng, units))
    table = pd.concat(frames, ignore_index=True)
    return table.assign(modifier=_modifiers(rng, table, units))


def _frame(
    bouts: Bouts, units: Units, group: str, labels: dict[int, np.ndarray], subjects: tuple[str, str]
) -> pd.DataFrame:
    sides = []
    for side, subject in enumerate(subjects):
        rows = bouts.side == side
        sides.append(
            pd.DataFrame(
                {
                    "observation_id": units.frame["observation_id"].to_numpy()[bouts.unit[rows]],
                    "subject": subject,
                    "behaviour_group": scheme_group(group, subject),
                    "code": labels[side][bouts.code[rows]],
                    "onset_ms": bouts.onset_ms[rows],
                    "offset_ms": bouts.offset_ms[rows],
                }
            )
        )
    return pd.concat(sides, ignore_index=True)


def _others(rng: np.random.Generator, units: Units) -> list[pd.DataFrame]:
    """Events of sibling and second caregiver, in the first recordings in which they are present."""
    frames = []
    for subject, how_many in (("sibling", SIBLING_CODED), ("caregiver2", CAREGIVER2_CODED)):
        rows = np.flatnonzero(units.present[subject])[:how_many]
        few = Units(units.frame.iloc[rows], {}, {}, units.one_camera[rows])
        for group, tables in parameters()["others"].items():
            codes = codes_of(tables[subject])
            share = np.tile(codes.share / codes.share.sum(), (len(rows), 1))
            both = {side: share for side in SIDES}
            bouts = simulate(rng, both, dict.fromkeys(SIDES, codes), few.frame["length_ms"].to_numpy())
            frames.append(_frame(bouts, few, group, {0: np.array(codes.labels)}, (subject,)))
    return frames


def _modifiers(rng: np.random.Generator, table: pd.DataFrame, units: Units) -> np.ndarray:
    """What a look at a distraction was directed at; and the mark of recordings with one usable camera."""
    modifier = np.full(len(table), "", dtype=object)
    distracted = (table["code"] == "Look at distraction").to_numpy()
    modifier[distracted] = rng.choice(DISTRACTIONS, int(distracted.sum()), p=[0.4, 0.35, 0.1, 0.15])
    one = set(units.frame["observation_id"].to_numpy()[units.one_camera])
    marked = (
        (table["behaviour_group"] == "visual_attention").to_numpy()
        & table["observation_id"].isin(one).to_numpy()
        & (modifier == "")
    )
    modifier[marked] = ONE_CAMERA
    return modifier
