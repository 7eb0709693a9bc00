"""The true smiles of every free-play recording: how many, in which order, and how large and long they are.

Sizes depend on the visit and on the mother's load, the more the later the smile comes (see generator_smiles.toml).
"""

import numpy as np
import pandas as pd

from pipeline.demo.free_play import FreePlay
from pipeline.demo.parameters import smile_parameters
from pipeline.demo.questionnaires import negative_binomial

MOST_SMILES = 24
KINDS = ("kept", "spoken", "hidden", "twitch")
"""kept: to be found. spoken: found, but it meets speech. hidden: in a drop-out. twitch: AU12 without a movement."""

DRAWN = ("onset_amplitude", "offset_ratio", "onset_duration_s", "apex_duration_s", "offset_duration_s")


def draw_smiles(rng: np.random.Generator, play: FreePlay) -> pd.DataFrame:
    """One row per true smile in order of time: recording (position), kind, number among the kept ones of its recording
    (for the others: the number of the next kept one), and the columns DRAWN.
    """
    counts = _counts(rng, play)
    rows = []
    for recording, row in enumerate(counts):
        order = rng.permutation(np.repeat(np.arange(len(KINDS)), row))
        kept = np.cumsum(order == 0)
        number = np.where(order == 0, kept, kept + 1)
        rows.append(pd.DataFrame({"recording": recording, "kind": np.array(KINDS)[order], "number": number}))
    smiles = pd.concat(rows, ignore_index=True)
    values = expected(play, smiles) * _around(rng, play, smiles)
    return pd.concat([smiles, values], axis=1)


def _counts(rng: np.random.Generator, play: FreePlay) -> np.ndarray:
    """Smiles of each kind (recordings, kinds). Counts of kept ones have their distribution exactly, visit by visit."""
    wanted, visit = smile_parameters(), play.recordings["visit"].to_numpy()
    mother = play.recordings["mother"].to_numpy()
    liveliness = rng.standard_normal(mother.max() + 1)[mother] * np.sqrt(0.4)
    liveliness += rng.standard_normal(len(play)) * np.sqrt(0.6)
    kept = np.zeros(len(play), dtype=int)
    for number, entry in enumerate(wanted["visits"]):
        rows = np.flatnonzero(visit == number)
        chances = negative_binomial(entry["kept_smiles_mean"], entry["kept_smiles_sd"], MOST_SMILES)
        places = (np.arange(len(rows)) + 0.5) / len(rows)
        edges = np.cumsum(chances) / np.sum(chances)
        kept[rows[np.argsort(liveliness[rows])]] = np.searchsorted(edges[:-1], places, side="right")
    share = wanted["spoken_share"]
    spoken = _spread_out(rng, round(kept.sum() * share / (1 - share)), kept + 0.4)
    hidden = _spread_out(rng, round(wanted["hidden_share"] * (kept.sum() + spoken.sum())), kept + 0.4)
    twitches = _spread_out(rng, round(wanted["twitches"] * len(play) / (2 * wanted["mothers"])), kept * 0 + 1.0)
    return np.column_stack([kept, spoken, hidden, twitches])


def _spread_out(rng: np.random.Generator, count: int, weight: np.ndarray) -> np.ndarray:
    return rng.multinomial(count, weight / weight.sum())


def expected(play: FreePlay, smiles: pd.DataFrame) -> pd.DataFrame:
    """Expected values of DRAWN for rows of `recording` and `number`: straight lines in the load."""
    wanted = smile_parameters()["smile"]
    rows = smiles["recording"].to_numpy()
    late = np.array([visit["late"] for visit in smile_parameters()["visits"]])
    late = late[play.recordings["visit"].to_numpy()[rows]]
    load = play.scores.load[rows]
    grown = np.minimum(smiles["number"].to_numpy(), wanted["grows_until"]) - 1
    columns = {}
    for name in DRAWN:
        entry = wanted["features"][name]
        slope = entry["at_first"] + entry["per_smile"] * grown
        columns[name] = entry["mean"] * (1 + entry["cv"] * (entry["visit_d"] * late + slope * load))
    return pd.DataFrame(columns, index=smiles.index)


def _around(rng: np.random.Generator, play: FreePlay, smiles: pd.DataFrame) -> np.ndarray:
    """Factors of mean 1 (smiles, DRAWN): the mother's own level, what all features of a smile share, and the rest."""
    wanted, rows = smile_parameters()["smile"], smiles["recording"].to_numpy()
    spread = np.array([visit["spread"] for visit in smile_parameters()["visits"]])
    spread = spread[play.recordings["visit"].to_numpy()[rows]]
    mother = play.recordings["mother"].to_numpy()
    own = rng.standard_normal((mother.max() + 1, len(DRAWN)))[mother[rows]]
    shared, rest = rng.standard_normal(len(smiles)), rng.standard_normal((len(smiles), len(DRAWN)))
    of_mother, together = wanted["mother"], wanted["together"]
    left = np.sqrt(together) * shared[:, None] + np.sqrt(1 - together) * rest
    normal = np.sqrt(of_mother) * own + np.sqrt(1 - of_mother) * left
    cv = np.array([wanted["features"][name]["cv"] for name in DRAWN])[None, :] * spread[:, None]
    sigma = np.sqrt(np.log1p(cv**2))
    return np.exp(sigma * normal - sigma**2 / 2)
