"""A second coder of some still-face sessions: the same bouts with other boundaries, some labels wrong, some unseen."""

import numpy as np

from pipeline.demo.still_face import ROLES, Session, Span, merged, still_face_parameters

Labels = dict[str, tuple[Span, ...]]


def code_again(rng: np.random.Generator, sessions: list[Session]) -> dict[str, Labels]:
    """Recording -> person -> what the second coder saw, for as many of the sessions as the generator says."""
    wanted = still_face_parameters()
    count = max(round(len(sessions) * wanted["again"] / wanted["sessions"]), 1)
    chosen = np.sort(rng.permutation(len(sessions))[:count])
    return {
        sessions[place].observation_id: {role: _again(rng, sessions[place].labels[role]) for role in ROLES}
        for place in chosen
    }


def _again(rng: np.random.Generator, spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Every stretch without a gap on its own, so that what is coded begins and ends as before."""
    found: list[Span] = []
    for stretch in _stretches(spans):
        found += _stretch_again(rng, stretch)
    return tuple(found)


def _stretches(spans: tuple[Span, ...]) -> list[list[Span]]:
    found: list[list[Span]] = []
    for span in spans:
        if found and found[-1][-1][2] == span[1]:
            found[-1].append(span)
        else:
            found.append([span])
    return found


def _stretch_again(rng: np.random.Generator, spans: list[Span]) -> list[Span]:
    wanted = still_face_parameters()["second"]
    begin, end = spans[0][1], spans[-1][2]
    seen = [
        span for span in spans if span[2] - span[1] >= wanted["short_ms"] or rng.random() >= wanted["missed"]
    ] or spans[:1]
    onsets = np.array([begin, *(span[1] for span in seen[1:])])
    edges = np.append(onsets, end)
    half = 0.45 * np.minimum(np.diff(edges), np.append(np.inf, np.diff(edges)[:-1]))
    moved = onsets + np.clip(rng.normal(0, wanted["jitter_ms"], len(onsets)), -half, half).round().astype(int)
    moved[0] = begin
    words = [wanted["mistaken_for"][span[0]] if rng.random() < wanted["confused"] else span[0] for span in seen]
    return merged(list(zip(words, moved.tolist(), [*moved[1:].tolist(), end], strict=True)))
