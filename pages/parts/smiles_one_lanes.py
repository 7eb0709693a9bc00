"""What the timeline component is told of one recording's smiles: phases, curves, speech, episodes. Plain data."""

import math

import numpy as np
import pandas as pd

from pages.parts.smiles_one_words import reason
from pipeline.measures.speech import STEP_S
from pipeline.steps.smiles import Answer

PHASES = {"Onset": ("onset_s", "apex_s"), "Apex": ("apex_s", "offset_s"), "Offset": ("offset_s", "end_s")}
LEFT_OUT, SPEECH, UNSURE = "Left out", "Speech", "Face not seen surely"
COLOURS = {"Onset": "#F2C14E", "Apex": "#D97706", "Offset": "#8C6D31", LEFT_OUT: "#8A8A8A", SPEECH: "#5B8DB8"}
"""Phases as in the scheme of smiles."""
CODES = [{"label": name, "colour": colour, "unseen": False} for name, colour in COLOURS.items()]
CODES += [{"label": UNSURE, "colour": "#BDBDBD", "unseen": True}]
NUMBER = {code["label"]: number for number, code in enumerate(CODES)}
BEFORE_MS = 1_500
"""Time shown before and after an episode that was chosen."""
TALL = {"r": 170, "au12": 100}
AU12_TICKS = (0, 5)


def lanes(answer: Answer, who: str) -> list[dict]:
    """Phases of the kept smiles, episodes left out, r(t), AU12 with its threshold, speech."""
    phases = [bar for row in _rows(answer, "ok") for bar in phase_bars(row)]
    left_out = [gate_bar(row) for row in _rows(answer, "rejected")]
    speech = [] if answer.speech is None else [_bar(*pair, SPEECH) for pair in answer.speech.to_numpy()]
    said = [_codes("Smile phases", phases), _codes("Left out", left_out), r_lane(answer), au12_lane(answer)]
    said += [_codes("Speech", speech)] if answer.tracked.has_speech else []
    return [{"subject": who, **lane} for lane in said]


def _rows(answer: Answer, status: str) -> list[dict]:
    return answer.episodes[answer.episodes["status"] == status].to_dict("records")


def _codes(label: str, bars: list[list]) -> dict:
    return {"label": label, "kind": "codes", "rows": 1, "bars": bars, "points": []}


def ms(seconds: float) -> int:
    """Whole milliseconds."""
    return round(1000 * seconds)


def _bar(start_s: float, end_s: float, code: str, words: str = "") -> list:
    return [ms(start_s), ms(end_s), NUMBER[code], words, 0]


def phase_bars(row: dict) -> list[list]:
    """The three phases of one smile."""
    return [_bar(row[start], row[end], code) for code, (start, end) in PHASES.items() if row[end] > row[start]]


def gate_bar(row: dict) -> list:
    """The part of a rejected episode in which AU12 was high, with the reason."""
    end = max(row["gate_off_s"], row["gate_on_s"] + 0.05)
    return _bar(row["gate_on_s"], end, LEFT_OUT, reason(row["reason"]))


def r_lane(answer: Answer) -> dict:
    """The distance of lip corner and nostril in halves of the mouth at rest, phases coloured behind it."""
    values = answer.r[np.isfinite(answer.r)]
    low, high = (np.quantile(values, [0.002, 0.998]) if len(values) else (0.0, 1.0)) + np.array([-0.08, 0.08])
    low, high = math.floor(10 * low) / 10, math.ceil(10 * high) / 10
    kept = [bar[:3] for row in _rows(answer, "ok") for bar in phase_bars(row)]
    return {
        **_curve("Lip to nose (IR)", TALL["r"], answer.r, (low, high), _ticks(low, high)),
        "unit": "IR",
        "shades": [*kept, *_shades(answer)],
    }


def au12_lane(answer: Answer) -> dict:
    """The smile muscle, with the level from which it counts."""
    level = answer.parameters.au12_min
    ticks = sorted({*AU12_TICKS, level})
    lane = _curve("Smile muscle (AU12)", TALL["au12"], answer.tracked.track.au12, AU12_TICKS, ticks)
    return {**lane, "unit": "of 5", "rule": level, "shades": _shades(answer)}


def _curve(label: str, tall: int, values: np.ndarray, ends: tuple[float, float], ticks: list[float]) -> dict:
    kind = {"label": label, "kind": "curve", "rows": 1, "bars": [], "points": [], "tall": tall, "rule": None}
    shown = [None if not math.isfinite(value) else round(value, 3) for value in values.tolist()]
    return {**kind, "values": shown, "low": ends[0], "high": ends[1], "ticks": ticks}


def _ticks(low: float, high: float) -> list[float]:
    step = next(step for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 1e9) if (high - low) / step <= 6)
    return [
        round(step * number, 1) for number in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    ]


def _shades(answer: Answer) -> list[list]:
    """Stretches of frames that are not sure, and speech."""
    speech = [] if answer.speech is None else [_bar(*pair, SPEECH)[:3] for pair in answer.speech.to_numpy()]
    t_s, unsure = answer.tracked.track.t_s, ~answer.usable
    edges = np.flatnonzero(np.diff(np.concatenate([[False], unsure, [False]]).astype(int)))
    step = float(np.median(np.diff(t_s))) if len(t_s) > 1 else STEP_S
    doubts = [[ms(t_s[a]), ms(t_s[b - 1] + step), NUMBER[UNSURE]] for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return [*speech, *doubts]


def times(answer: Answer) -> tuple[list[int], float]:
    """Moments of the frames (ms), and the step from which a curve is broken (ms)."""
    t_s = answer.tracked.track.t_s
    step = float(np.median(np.diff(t_s))) if len(t_s) > 1 else STEP_S
    return [ms(t) for t in t_s.tolist()], 1000 * step * answer.parameters.gap_factor


def legend(answer: Answer) -> list[dict]:
    """What the colours are."""
    phases = [_entry(name, index=True) for name in PHASES]
    heard = [_entry(SPEECH)] if answer.tracked.has_speech else []
    least = answer.parameters.confidence_min
    unsure = {"label": f"{UNSURE} (confidence below {least:g})", "colour": "#BDBDBD", "look": "unseen"}
    return [
        {"title": "Smile phases", "entries": phases},
        {"title": "Also", "entries": [_entry(LEFT_OUT), *heard, unsure]},
    ]


def _entry(name: str, index: bool = False) -> dict:
    entry = {"label": name, "colour": COLOURS[name], "look": "code"}
    return entry | ({"index": NUMBER[name]} if index else {})


def places(episodes: pd.DataFrame) -> dict | None:
    """The list of episodes beside the lanes: when, how long, how strong, and what became of it."""
    if episodes.empty:
        return None
    head = ["Start", "Seconds", "Onset (IR)", "What became of it"]
    return {
        "caption": f"Episodes: {len(episodes)}",
        "head": head,
        "rows": [_place(row) for row in episodes.to_dict("records")],
    }


def _place(row: dict) -> dict:
    ok = row["status"] == "ok"
    known = math.isfinite(row["end_s"])
    start, end = (row["onset_s"], row["end_s"]) if known else (row["gate_on_s"], row["gate_off_s"])
    became = f"Smile {row['smile_number']}" if ok else f"Left out: {reason(row['reason'])}"
    cells = [clock(start), f"{end - start:.1f}", _number(row["onset_amplitude"]), became]
    view = [ms(start) - BEFORE_MS, ms(end) + BEFORE_MS]
    return {"at": ms(start), "view": view, "cells": cells, "quiet": not ok}


def _number(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "–"


def clock(seconds: float) -> str:
    """'1:05.3'."""
    tenths = round(10 * seconds)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"
