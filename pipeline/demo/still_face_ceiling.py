"""How well the best possible classifier does on the still-face streams: what no trained one can beat.

`frame` knows one frame and how often each code is shown; `sequence` knows everything but the labels: the whole
episode, the family's own shares of time, the lengths of bouts and how the noise follows itself. Bouts have
exponential stages, so that code and stage are a Markov chain and the forward-backward recursion is exact.

Made by:  python -m pipeline.demo.still_face_ceiling
"""

import hashlib
import json
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.linalg import expm

from pipeline.catalogue.class_map import ClassMap
from pipeline.catalogue.scheme import load_scheme, scheme_path
from pipeline.demo.still_face import (
    EPISODES,
    GENERATOR_FILE,
    ROLES,
    bouts_s,
    codes_of,
    draw_bouts,
    draw_shares,
    still_face_parameters,
    typical_shares,
)
from pipeline.demo.still_face_features import FPS, centres, noise
from pipeline.measures.frame_labels import frame_labels

FILE = Path(__file__).parent / "still_face_ceiling.json"
SEED, FAMILIES, BATCHES, FRAMES = 30_000, 40, 6, 1_000
MODALITIES = {"video": ("motion",), "audio": ("sound",), "multimodal": ("motion", "sound")}
KINDS = ("frame", "sequence")
MAPS = {"infant4": "infant", "caregiver3": "caregiver", "caregiver4": "caregiver"}


@dataclass(frozen=True)
class Sequences:
    """Episodes of one person, all padded to one length: `truth` (n, frames) codes, -1 after the end; `features`
    (n, frames, directions); `shares` (n, codes) of time in that episode."""

    truth: np.ndarray
    features: np.ndarray
    shares: np.ndarray


def all_centres(role: str, modality: str) -> np.ndarray:
    """Centres of the codes along the directions of all streams of a modality (codes, directions)."""
    return np.hstack([centres(stream, role) for stream in MODALITIES[modality]])


def draw_sequences(rng: np.random.Generator, role: str, modality: str, families: int) -> Sequences:
    """Episodes of families drawn at random, FRAMES frames each."""
    shares = draw_shares(rng, role, families).reshape(-1, len(codes_of(role)))
    length = FRAMES * 1000 // FPS
    truth = np.stack([_frames(draw_bouts(rng, role, share, 0, length), role) for share in shares])
    middle = all_centres(role, modality)
    around = noise(rng, FRAMES, len(shares) * middle.shape[1]).reshape(FRAMES, len(shares), -1)
    return Sequences(truth, middle[truth] + around.transpose(1, 0, 2), shares)


def _frames(bouts: list, role: str) -> np.ndarray:
    rows = pd.DataFrame(bouts, columns=["code", "onset_ms", "offset_ms"])
    return frame_labels(rows, codes_of(role), FRAMES, Fraction(FPS))


def chain(role: str, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Chances of (code, stage) at first (n, states) and from one frame to the next (n, states, states)."""
    stages, mean = still_face_parameters()["stages"], bouts_s(role)
    first = np.repeat(shares / stages, stages, axis=1)
    return first, np.stack([expm(_rates(share / mean, stages / mean, stages) / FPS) for share in shares])


def _rates(chance: np.ndarray, speed: np.ndarray, stages: int) -> np.ndarray:
    """Rates per second (states, states): from stage to stage, and from the last one to the first of any code."""
    codes = len(chance)
    rates = np.zeros((codes, stages, codes, stages))
    for code in range(codes):
        for stage in range(stages - 1):
            rates[code, stage, code, stage + 1] = speed[code]
        rates[code, stages - 1, :, 0] += speed[code] * chance / chance.sum()
    rates = rates.reshape(codes * stages, codes * stages)
    return rates - np.diag(rates.sum(axis=1))


def frame_posterior(role: str, modality: str, features: np.ndarray) -> np.ndarray:
    """Chance of every code (..., codes) from one frame alone, with the shares of a typical family over the session."""
    away = features[..., None, :] - all_centres(role, modality)
    return _normalised(np.log(typical_shares(role).mean(axis=0)) - (away**2).sum(axis=-1) / 2)


def sequence_posterior(role: str, modality: str, given: Sequences) -> np.ndarray:
    """Chance of every code (n, frames, codes) from the whole episode: forward and backward through it."""
    stages, codes = still_face_parameters()["stages"], len(codes_of(role))
    first, step = chain(role, given.shares)
    seen = _seen(all_centres(role, modality), given)
    alone = np.exp(-((given.features[:, 0, None] - all_centres(role, modality)) ** 2).sum(axis=-1) / 2)
    forward = np.empty((given.truth.shape[1], len(first), codes * stages))
    forward[0] = _summing_to_one(first * np.repeat(alone, stages, axis=1))
    kernel = lambda now: step * np.repeat(np.repeat(seen[:, now], stages, axis=1), stages, axis=2)  # noqa: E731
    for now in range(1, len(forward)):
        forward[now] = _summing_to_one(np.einsum("ns,nst->nt", forward[now - 1], kernel(now)))
    backward = np.ones_like(first)
    for now in range(len(forward) - 1, 0, -1):
        forward[now] *= backward
        backward = _summing_to_one(np.einsum("nst,nt->ns", kernel(now), backward))
    forward[0] *= backward
    found = forward.reshape(len(forward), len(first), codes, stages).sum(axis=-1).transpose(1, 0, 2)
    return found / found.sum(axis=-1, keepdims=True)


def _seen(middle: np.ndarray, given: Sequences) -> np.ndarray:
    """Density of a frame given the code before and now and the frame before (n, frames, before, now), up to a factor;
    1 after the end."""
    follows, x = still_face_parameters()["follows"], given.features
    away = x[:, :, None] - middle
    change = away[:, 1:, None, :] - follows * away[:, :-1, :, None]
    logs = -(change**2).sum(axis=-1) / (2 * (1 - follows**2))
    found = np.ones((*x.shape[:2], len(middle), len(middle)))
    found[:, 1:] = np.exp(logs - logs.max(axis=(2, 3), keepdims=True))
    found[given.truth < 0] = 1.0
    return found


def _normalised(logs: np.ndarray) -> np.ndarray:
    found = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return found / found.sum(axis=-1, keepdims=True)


def _summing_to_one(rows: np.ndarray) -> np.ndarray:
    return rows / rows.sum(axis=1, keepdims=True)


def class_map(name: str) -> ClassMap:
    """A class map of the scheme."""
    return load_scheme(scheme_path("icepr")).class_maps[name]


def confusion(mapped: ClassMap, role: str, truth: np.ndarray, posterior: np.ndarray) -> np.ndarray:
    """Frames (classes, classes) of the classes of a map: true, and most probable; codes that it drops do not count."""
    classes = mapped.classes
    of = np.array([classes.index(mapped.merge[code]) if code in mapped.merge else -1 for code in codes_of(role)])
    kept = (truth >= 0) & (of[truth] >= 0)
    chances = np.stack([posterior[kept][:, of == place].sum(axis=-1) for place in range(len(classes))], axis=-1)
    found = np.zeros((len(classes), len(classes)), int)
    np.add.at(found, (of[truth[kept]], chances.argmax(axis=-1)), 1)
    return found


def scores(table: np.ndarray) -> dict[str, float]:
    """Accuracy, kappa and the mean F1 of the classes of a confusion (true, predicted)."""
    total, right = table.sum(), np.trace(table) / table.sum()
    chance = (table.sum(axis=0) * table.sum(axis=1)).sum() / total**2
    f1 = 2 * np.diag(table) / np.maximum(table.sum(axis=0) + table.sum(axis=1), 1)
    named = {"accuracy": right, "kappa": (right - chance) / (1 - chance), "f1_unweighted": f1.mean()}
    return {name: round(float(value), 4) for name, value in named.items()}


def ceiling(seed: int = SEED, families: int = FAMILIES, batches: int = BATCHES) -> dict:
    """Class map -> modality -> frame | sequence -> scores, over batches of families drawn at random."""
    found: dict = {name: {} for name in MAPS}
    for (name, role), modality in product(MAPS.items(), MODALITIES):
        mapped = class_map(name)
        tables = sum(_tables(mapped, role, modality, (seed, batch), families) for batch in range(batches))
        found[name][modality] = {kind: scores(table) for kind, table in zip(KINDS, tables, strict=True)}
    return found


def _tables(mapped: ClassMap, role: str, modality: str, seed: tuple[int, int], families: int) -> np.ndarray:
    """Confusions (kinds, classes, classes) of one batch."""
    rng = np.random.default_rng([*seed, list(ROLES).index(role), list(MODALITIES).index(modality)])
    given = draw_sequences(rng, role, modality, families)
    answers = frame_posterior(role, modality, given.features), sequence_posterior(role, modality, given)
    return np.stack([confusion(mapped, role, given.truth, chances) for chances in answers])


def expected_shares(seed: int = SEED, families: int = 100_000) -> dict:
    """Person -> code -> the mean share of time over families: in each episode, and its change from the play."""
    found: dict = {}
    for role in ROLES:
        mean = draw_shares(np.random.default_rng([seed, 9]), role, families).mean(axis=0)
        found[role] = {code: _by_episode(column) for code, column in zip(codes_of(role), mean.T, strict=True)}
    return found


def _by_episode(shares: np.ndarray) -> dict[str, float]:
    play, still, reunion = (round(float(share), 4) for share in shares)
    changes = {"still_face_less_play": round(still - play, 4), "reunion_less_play": round(reunion - play, 4)}
    return dict(zip(EPISODES, (play, still, reunion), strict=True)) | changes


def generator_sha256() -> str:
    """Checksum of the generator's numbers."""
    return hashlib.sha256(GENERATOR_FILE.read_bytes()).hexdigest()


def stored() -> dict:
    """What was computed and kept beside the generator."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def main() -> None:
    """Computes the ceiling and the expected shares, and keeps them."""
    about = {"generator_sha256": generator_sha256(), "seed": SEED, "families": FAMILIES * BATCHES}
    text = json.dumps(about | {"ceiling": ceiling(), "expected_shares": expected_shares()}, indent=1)
    FILE.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
