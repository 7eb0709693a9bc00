"""Who came to the free play: mothers filmed at home, again at two visits, with their questionnaires of each visit."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.demo.parameters import smile_parameters
from pipeline.demo.sample import Sample, scaled, spread
from pipeline.demo.visit_scores import VisitScores, draw_scores

PROTOCOL, ACTIVITY = "free_play", "free_play"


@dataclass(frozen=True)
class FreePlay:
    """`recordings`: one row per recording, by mother and then visit: observation_id, person_id, mother and visit
    (positions), dyad (position in the sample), infant_age_months, fps, length_s (as long as the camera ran).
    """

    recordings: pd.DataFrame
    scores: VisitScores

    def __len__(self) -> int:
        return len(self.recordings)


def draw_free_play(rng: np.random.Generator, sample: Sample) -> FreePlay:
    """The recordings of as many mothers as generator_smiles.toml says, in proportion to the size of the sample."""
    wanted = smile_parameters()
    mothers = _mothers(rng, sample, scaled(wanted["mothers"], len(sample.families)))
    visits = wanted["visits"]
    table = pd.DataFrame(
        {
            "mother": np.repeat(np.arange(len(mothers)), len(visits)),
            "visit": np.tile(np.arange(len(visits)), len(mothers)),
            "dyad": np.repeat(mothers, len(visits)),
        }
    )
    dyads = sample.dyads.iloc[table["dyad"]]
    short = np.array([visit["short"] for visit in visits])[table["visit"]]
    family = sample.families["family_id"].to_numpy()[dyads["family"]]
    table["observation_id"] = [f"{name}.A.{end}" for name, end in zip(family, short, strict=True)]
    table["person_id"] = sample.caregivers["person_id"].to_numpy()[dyads["family"]]
    due = np.array([visit["age_months"] for visit in visits])[table["visit"]]
    table["infant_age_months"] = np.round(due + rng.uniform(-1, 1, len(table)), 1)
    slow = rng.permutation(len(table)) >= len(table) / 3
    table["fps"] = np.where(slow, *wanted["track"]["fps"])
    table["length_s"] = spread(rng, tuple(60 * minutes for minutes in wanted["minutes"]), len(table))
    return FreePlay(table, draw_scores(rng, len(mothers), len(visits)))


def _mothers(rng: np.random.Generator, sample: Sample, count: int) -> np.ndarray:
    """Positions of the dyads of `count` mothers; of two children the younger came."""
    dyads = sample.dyads.reset_index(names="position")
    youngest = dyads[dyads["role"] == "mother"].groupby("family")["position"].last().to_numpy()
    return np.sort(rng.choice(youngest, min(count, len(youngest)), replace=False))
