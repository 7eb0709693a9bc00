"""Draws the cartoon people of the synthetic clips: an expression and a direction of gaze per code."""

from dataclasses import dataclass
from types import ModuleType
from typing import Any

Colour = tuple[int, int, int]
Point = tuple[int, int]

INK: Colour = (60, 50, 45)
WHITE: Colour = (255, 255, 255)
BLUSH: Colour = (150, 150, 245)
LIPS: Colour = (70, 60, 190)


@dataclass(frozen=True)
class Person:
    """Colours (blue, green, red) of one drawn person."""

    skin: Colour
    hair: Colour
    shirt: Colour


INFANT = Person((190, 215, 250), (120, 160, 205), (200, 225, 150))
CAREGIVER = Person((165, 200, 240), (50, 70, 105), (190, 140, 110))

GAZE: dict[str, tuple[float, float]] = {
    "Look at infant": (0.0, 0.15),
    "Look at caregiver 1": (0.0, -0.1),
    "Look at focus object": (0.0, 1.0),
    "Look at other object": (-0.8, 0.7),
    "Look at object outside of view": (1.0, -0.3),
    "Look at sibling": (-1.0, 0.1),
    "Look at caregiver 2": (1.0, 0.1),
    "Look at other person": (0.8, -0.6),
    "Look at distraction": (-0.7, -0.8),
}
"""Where the pupils stand, in parts of the eye's radius."""

EYES_CLOSED = ("No visual attention", "Not possible to code visual attention")
BROWS = {
    "Surprise": (-0.14, 0.0),
    "Mock surprise": (-0.17, 0.0),
    "Negative": (0.0, 0.09),
    "Disgust": (0.04, 0.06),
    "Woe face": (-0.05, -0.10),
}
"""How far the brows are lifted, and how far their inner ends are lowered, in parts of the head's radius."""


def draw_head(
    cv2: ModuleType, image: Any, centre: Point, radius: int, person: Person, expression: str, gaze: str
) -> None:
    """One head; without a face when the face is not visible (turned away)."""
    x, y = centre
    cv2.circle(image, (x, y - radius // 8), int(radius * 1.06), person.hair, -1, cv2.LINE_AA)
    if expression == "Face not visible":
        lighter = tuple(min(part + 18, 255) for part in person.hair)
        cv2.ellipse(image, (x, y - radius // 4), (radius // 3, radius // 5), 0, 0, 360, lighter, -1, cv2.LINE_AA)
        return
    cv2.circle(image, (x, y + radius // 10), int(radius * 0.92), person.skin, -1, cv2.LINE_AA)
    _eyes(cv2, image, centre, radius, expression, gaze)
    _brows(cv2, image, centre, radius, expression)
    _mouth(cv2, image, (x, y + int(radius * 0.52)), radius, expression)


def _eyes(cv2: ModuleType, image: Any, centre: Point, radius: int, expression: str, gaze: str) -> None:
    x, y = centre
    size = max(int(radius * 0.17), 2)
    dx, dy = GAZE.get(gaze, (0.0, 0.0))
    for side in (-1, 1):
        eye = (x + side * int(radius * 0.36), y)
        if gaze in EYES_CLOSED or expression == "None of the above":
            cv2.line(image, (eye[0] - size, eye[1]), (eye[0] + size, eye[1]), INK, 2, cv2.LINE_AA)
            continue
        cv2.circle(image, eye, size, WHITE, -1, cv2.LINE_AA)
        pupil = (eye[0] + int(dx * size * 0.5), eye[1] + int(dy * size * 0.5))
        cv2.circle(image, pupil, max(int(size * 0.5), 1), INK, -1, cv2.LINE_AA)
        if expression == "Smile":
            cheek = (eye[0] + side * size // 2, y + int(radius * 0.34))
            cv2.circle(image, cheek, size, BLUSH, -1, cv2.LINE_AA)


def _brows(cv2: ModuleType, image: Any, centre: Point, radius: int, expression: str) -> None:
    lift, slant = BROWS.get(expression, (0.0, 0.0))
    x, y = centre[0], centre[1] - int(radius * (0.30 - lift))
    for side in (-1, 1):
        outer = (x + side * int(radius * 0.52), y)
        inner = (x + side * int(radius * 0.20), y + int(radius * slant))
        cv2.line(image, outer, inner, INK, max(radius // 25, 1), cv2.LINE_AA)


def _mouth(cv2: ModuleType, image: Any, at: Point, radius: int, expression: str) -> None:
    x, y = at
    width, thick = int(radius * 0.38), max(radius // 22, 1)
    if expression == "Smile":
        cv2.ellipse(image, (x, y - radius // 8), (width, int(radius * 0.28)), 0, 10, 170, LIPS, -1, cv2.LINE_AA)
    elif expression == "Positive":
        cv2.ellipse(
            image, (x, y - radius // 10), (int(width * 0.75), int(radius * 0.16)), 0, 0, 180, LIPS, thick, cv2.LINE_AA
        )
    elif expression in ("Surprise", "Mock surprise"):
        size = 0.20 if expression == "Mock surprise" else 0.13
        cv2.ellipse(image, (x, y), (int(radius * size), int(radius * size * 1.2)), 0, 0, 360, LIPS, -1, cv2.LINE_AA)
    elif expression == "Negative":
        cv2.ellipse(image, (x, y + radius // 8), (width, int(radius * 0.22)), 0, 190, 350, LIPS, thick, cv2.LINE_AA)
    elif expression == "Woe face":
        cv2.ellipse(
            image, (x, y + radius // 12), (width // 2, int(radius * 0.10)), 0, 190, 350, LIPS, thick * 2, cv2.LINE_AA
        )
    elif expression == "Disgust":
        cv2.ellipse(
            image, (x, y + radius // 12), (width // 2, int(radius * 0.16)), 0, 180, 360, LIPS, thick, cv2.LINE_AA
        )
        cv2.ellipse(image, (x, y + radius // 10), (width // 4, int(radius * 0.14)), 0, 0, 180, BLUSH, -1, cv2.LINE_AA)
    else:
        cv2.line(image, (x - width // 2, y), (x + width // 2, y), LIPS, thick, cv2.LINE_AA)
