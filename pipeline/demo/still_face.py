"""Still-face sessions of further families: when play, still face and reunion are, and how infant and caregiver engage.

Given its family and the episode, each person follows a semi-Markov process of its own: bouts of gamma-distributed
length, the next code drawn with a chance proportional to share / mean bout. An episode begins in the middle of things
(in equilibrium), so that the expected share of time of a code is exactly its share.
"""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.demo.sample import scaled

GENERATOR_FILE = Path(__file__).parent / "generator_still_face.toml"
PROTOCOL = "still_face"
EPISODES = ("play", "still_face", "reunion")
ROLES = {"infant": ("infant", "infant_engagement"), "caregiver": ("caregiver1", "caregiver_engagement")}
"""Person of the generator -> subject and behaviour group of the study."""
Span = tuple[str, int, int]
"""A code or an episode from a millisecond to another."""


@lru_cache(maxsize=1)
def still_face_parameters() -> dict:
    """Everything in generator_still_face.toml, as nested dictionaries."""
    return tomllib.loads(GENERATOR_FILE.read_text(encoding="utf-8"))


def codes_of(role: str) -> tuple[str, ...]:
    """Codes that the process of a person tells apart; the parts of negative engagement are one of them."""
    return tuple(still_face_parameters()[role])


def bouts_s(role: str) -> np.ndarray:
    """Mean bout of every code in seconds (codes,)."""
    return np.array([row["bout_s"] for row in still_face_parameters()[role].values()])


@dataclass(frozen=True)
class Session:
    """One session. `episodes`: name, onset, offset (ms). `shares`: person -> expected shares of time (episodes, codes).
    `states`: person -> spans of the codes of the process, the transition among them. `labels`: person -> what is coded.
    """

    observation_id: str
    length_ms: int
    infant_age_months: float
    episodes: tuple[Span, ...]
    shares: dict[str, np.ndarray]
    states: dict[str, tuple[Span, ...]]
    labels: dict[str, tuple[Span, ...]]

    @property
    def family_id(self) -> str:
        """The family; the other ids begin with it."""
        return self.observation_id.split(".")[0]

    def events(self, labels: dict[str, tuple[Span, ...]] | None = None) -> pd.DataFrame:
        """The labels (or those given) as events: observation_id, subject, behaviour_group, code, onset_ms,
        offset_ms."""
        rows = [(self.observation_id, *ROLES[role], *span) for role in ROLES for span in (labels or self.labels)[role]]
        names = ["observation_id", "subject", "behaviour_group", "code", "onset_ms", "offset_ms"]
        return pd.DataFrame(rows, columns=names)


def draw_sessions(rng: np.random.Generator, families: int) -> list[Session]:
    """As many sessions as generator_still_face.toml says, in proportion to the size of the study (two or more)."""
    return [_session(rng, number) for number in range(max(scaled(still_face_parameters()["sessions"], families), 2))]


def _session(rng: np.random.Generator, number: int) -> Session:
    wanted = still_face_parameters()
    length, play, turn, still = (
        round(1000 * rng.uniform(*wanted[name])) for name in ("length_s", "play_s", "transition_s", "still_face_s")
    )
    starts, ends = (0, play + turn, play + turn + still), (play, play + turn + still, length)
    episodes = tuple(zip(EPISODES, starts, ends, strict=True))
    shares = {role: draw_shares(rng, role, 1)[0] for role in ROLES}
    states = {role: _states(rng, role, shares[role], episodes) for role in ROLES}
    labels = {role: _labels(rng, states[role], episodes) for role in ROLES}
    age = round(float(rng.uniform(*wanted["infant_age_months"])), 1)
    return Session(f"SF{number + 1:02d}.A.1.stillface", length, age, episodes, shares, states, labels)


def typical_shares(role: str) -> np.ndarray:
    """Shares of time of a typical family (episodes, codes); each row sums to 1."""
    return np.array([[row[episode] for row in still_face_parameters()[role].values()] for episode in EPISODES])


def draw_shares(rng: np.random.Generator, role: str, families: int) -> np.ndarray:
    """Shares of time of families drawn at random (families, episodes, codes)."""
    wanted, typical = still_face_parameters(), typical_shares(role)
    own = wanted["family_sd"] * rng.standard_normal((families, 1, typical.shape[1]))
    own = own + wanted["response_sd"] * rng.standard_normal((families, *typical.shape))
    found = typical * np.exp(own)
    return found / found.sum(axis=2, keepdims=True)


def draw_bouts(rng: np.random.Generator, role: str, share: np.ndarray, start_ms: int, end_ms: int) -> list[Span]:
    """Bouts of one person in one episode, one after the other; two of the same code may follow each other."""
    wanted, codes, mean_ms = still_face_parameters(), codes_of(role), 1000 * bouts_s(role)
    stages, shortest = wanted["stages"], wanted["shortest_ms"]
    chance = share / mean_ms
    code, left, at, found = int(rng.choice(len(codes), p=share)), int(rng.integers(1, stages + 1)), start_ms, []
    while at < end_ms:
        lasts = max(round(rng.gamma(left, mean_ms[code] / stages)), shortest)
        lasts = lasts if at + lasts + shortest <= end_ms else end_ms - at
        found.append((codes[code], at, at + lasts))
        code, left, at = int(rng.choice(len(codes), p=chance / chance.sum())), stages, at + lasts
    return found


def _states(rng: np.random.Generator, role: str, shares: np.ndarray, episodes: tuple[Span, ...]) -> tuple[Span, ...]:
    found: list[Span] = []
    for share, (_, start, end) in zip(shares, episodes, strict=True):
        if found and found[-1][2] < start:
            found.append((still_face_parameters()["transition"][role], found[-1][2], start))
        found += draw_bouts(rng, role, share, start, end)
    return tuple(found)


def _labels(rng: np.random.Generator, states: tuple[Span, ...], episodes: tuple[Span, ...]) -> tuple[Span, ...]:
    """What is coded: the states of the episodes, equal neighbours as one; negative bouts under their own labels."""
    turn = (episodes[0][2], episodes[1][1])
    negative = still_face_parameters()["negative"]
    found = merged([span for span in states if span[1:] != turn])
    words = rng.choice(list(negative), len(found), p=list(negative.values()))
    return tuple(
        (str(word) if code in negative else code, start, end)
        for (code, start, end), word in zip(found, words, strict=True)
    )


def merged(spans: list[Span]) -> list[Span]:
    """Spans in order of time; neighbours of one code that touch are one."""
    found: list[Span] = []
    for code, start, end in spans:
        if found and found[-1][0] == code and found[-1][2] == start:
            start = found.pop()[1]
        found.append((code, start, end))
    return found
