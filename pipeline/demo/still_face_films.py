"""Short films of some still-face sessions: two drawn people who look, and move as much, as what is coded."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from pipeline.demo.clips import HEIGHT, WALLS, WIDTH, captions, figure, open_film
from pipeline.demo.faces import CAREGIVER, INFANT, Point
from pipeline.demo.still_face import ROLES, Session, Span
from pipeline.terminal import quiet

VIEW, FPS, LONGEST_S = "room", 25, 15
BEFORE_MS = 7_000
"""So long before the event that it is for a film begins."""
HEADS: dict[str, tuple[Point, int]] = {"infant": ((232, 140), 26), "caregiver": ((92, 118), 34)}
"""Middle and radius: each person has a half of the picture."""
PEOPLE = {"infant": INFANT, "caregiver": CAREGIVER}
TALKS = "Cpvc"

LOOKS: dict[str, tuple[str, str, float, float]] = {
    "Ineg": ("Negative", "No visual attention", 5.0, 2.0),
    "Ipro": ("Negative", "No visual attention", 7.0, 2.4),
    "Iwit": ("Woe face", "Look at focus object", 1.0, 0.4),
    "Inon": ("Neutral/Alert", "Look at object outside of view", 1.5, 0.6),
    "Ineu": ("Neutral/Alert", "Look at sibling", 1.0, 0.5),
    "Ipos": ("Smile", "Look at sibling", 4.0, 1.6),
    "Cneu": ("Neutral/Alert", "Look at caregiver 2", 0.0, 0.5),
    "Cpvc": ("Positive", "Look at caregiver 2", 2.5, 1.2),
    "Cpos": ("Smile", "Look at caregiver 2", 5.0, 1.6),
    "Cnon": ("Face not visible", "", 2.0, 0.5),
    "Cwit": ("Woe face", "Look at focus object", 0.0, 0.4),
}
"""Code -> expression, gaze (to the left where the other person is, or to the right), and how far (pixels) and how often
(a second) the head moves."""


@dataclass(frozen=True)
class Film:
    """A film of one session: `offset_ms` is its time at the start of the recording, below zero where it begins
    later."""

    session: Session
    offset_ms: int
    view: str = VIEW

    @property
    def observation_id(self) -> str:
        """The recording."""
        return self.session.observation_id

    @property
    def path(self) -> str:
        """File below the study's folder."""
        return f"clips/{self.observation_id}_{self.view}.webm"

    def coded(self, role: str, at_ms: int) -> str:
        """What is coded of a person at a time of the recording; '' where nothing is."""
        return _at(self.session.labels[role], at_ms)

    def shown(self, role: str, at_ms: int) -> str:
        """What a person shows then: what is coded, else what is shown in the transition."""
        return self.coded(role, at_ms) or _at(self.session.states[role], at_ms) or self.session.labels[role][-1][0]


def _at(spans: tuple[Span, ...], at_ms: int) -> str:
    return next((code for code, start, end in spans if start <= at_ms < end), "")


def choose_films(sessions: list[Session]) -> list[Film]:
    """Films of the first three sessions: of the play, of the turn to the still face, of the reunion."""
    begins = (
        lambda play, still, reunion: 0,
        lambda play, still, reunion: play[2] - BEFORE_MS,
        lambda play, still, reunion: reunion[1] - BEFORE_MS,
    )
    return [Film(session, -begin(*session.episodes)) for session, begin in zip(sessions, begins, strict=False)]


def films_table(films: list[Film]) -> pd.DataFrame:
    """Rows of the study's media table: observation_id, view, path, offset_ms."""
    rows = [(film.observation_id, film.view, film.path, film.offset_ms) for film in films]
    return pd.DataFrame(rows, columns=["observation_id", "view", "path", "offset_ms"])


def write_films(folder: Path, films: list[Film], seconds: float) -> None:
    """Renders the films below `folder`, two at a time; OSError when one cannot be written."""
    if not films:
        return
    import cv2

    (folder / "clips").mkdir(parents=True, exist_ok=True)
    with quiet():
        writers = [open_film(cv2, folder / film.path, FPS) for film in films]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda pair: _render(cv2, *pair, seconds), zip(writers, films, strict=True)))


def _render(cv2: ModuleType, writer: Any, film: Film, seconds: float) -> None:
    for number in range(round(min(seconds, LONGEST_S) * FPS)):
        writer.write(draw_picture(cv2, film, round(number * 1000 / FPS) - film.offset_ms))
    writer.release()


def draw_picture(cv2: ModuleType, film: Film, at_ms: int) -> np.ndarray:
    """The picture at a time of the recording (height x width x 3, blue-green-red)."""
    image = np.full((HEIGHT, WIDTH, 3), WALLS[VIEW], np.uint8)
    cv2.rectangle(image, (0, 178), (WIDTH, HEIGHT), (190, 205, 220), -1)
    shown = {role: film.shown(role, at_ms) for role in ROLES}
    for role, code in shown.items():
        expression, gaze, _, _ = LOOKS[code]
        if code == TALKS and at_ms % 300 < 150:
            expression = "Surprise"
        figure(cv2, image, head_at(role, code, at_ms), HEADS[role][1], PEOPLE[role], expression, gaze)
    said = [film.coded(role, at_ms) or "not coded" for role in ("caregiver", "infant")]
    captions(cv2, image, at_ms, "room camera", " | ".join(said))
    return image


def head_at(role: str, code: str, at_ms: int) -> Point:
    """Where the middle of a head is: it swings about its place."""
    (x, y), (_, _, far, often) = HEADS[role][0], LOOKS[code]
    turn = 2 * np.pi * often * at_ms / 1000
    return round(x + far * np.sin(turn)), round(y + far * np.cos(turn) / 2)
