"""What the tests of dynamics share: streams drawn with letters, one letter per second."""

import numpy as np
import pandas as pd

from pipeline.measures.dynamics import Stream, ordered, stream_of

LETTERS = tuple("abcdef")


def sessions(*seconds: int) -> pd.DataFrame:
    """Recordings O0, O1, ... of so many seconds that start at 5 s."""
    names = [f"O{number}" for number in range(len(seconds))]
    ends = [5000 + 1000 * each for each in seconds]
    return pd.DataFrame({"observation_id": names, "start_ms": 5000, "end_ms": ends})


def drawn_events(*pictures: str) -> pd.DataFrame:
    """A run of one letter is one event; "." is time without a code."""
    rows = []
    for number, letters in enumerate(pictures):
        edges = [0, *(i for i in range(1, len(letters)) if letters[i] != letters[i - 1]), len(letters)]
        rows += [
            (f"O{number}", letters[start], 5000 + 1000 * start, 5000 + 1000 * end)
            for start, end in zip(edges, edges[1:], strict=False)
            if letters[start] != "."
        ]
    return pd.DataFrame(rows, columns=["observation_id", "code", "onset_ms", "offset_ms"])


def drawn(*pictures: str, labels: tuple[str, ...] = LETTERS) -> Stream:
    """One stream, a picture per recording."""
    return stream_of(drawn_events(*pictures), sessions(*(len(each) for each in pictures)), labels)


def wandering(random: np.random.Generator, recordings: int, seconds: float = 90, streams: int = 2) -> list[Stream]:
    """Independent random streams of the same recordings, which last 0.7 to 1.3 times the seconds: bouts of some two
    seconds, no code after itself, one bout in four a gap.
    """
    lengths = random.integers(int(700 * seconds), int(1300 * seconds), recordings)
    return [_wandering(random, lengths) for _ in range(streams)]


def _wandering(random: np.random.Generator, lengths: np.ndarray, codes: int = 3) -> Stream:
    parts = [_wander(random, number, int(length), codes) for number, length in enumerate(lengths)]
    observation, code, onset, offset = (np.concatenate(each) for each in zip(*parts, strict=True))
    kept = code < codes
    columns = (observation[kept], code[kept], onset[kept], offset[kept])
    return ordered(Stream(LETTERS[:codes], *columns, onset[kept] > 0, lengths))


def _wander(random: np.random.Generator, number: int, length: int, codes: int) -> tuple[np.ndarray, ...]:
    """One recording; the stream has been going on for 20 s when it starts."""
    bouts = np.ceil(random.gamma(2, 1000, (length + 20_000) // 300)).astype(np.int64)
    edges = np.r_[0, bouts.cumsum()] - 20_000
    edges = np.unique(np.clip(edges, 0, length))
    n = len(edges) - 1
    code = np.cumsum(np.r_[random.integers(codes + 1), random.integers(1, codes + 1, n - 1)]) % (codes + 1)
    return np.full(n, number), code, edges[:n], edges[1 : n + 1]
