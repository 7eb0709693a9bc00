"""What the timeline component is told of one session's phases: coded, predicted, where they differ, how sure."""

import pandas as pd

from pages.parts import words
from pages.parts.timelines_lanes import UNCODED
from pages.parts.words import SUBJECTS
from pipeline.steps.engagement_session import Compared, Pair

RED = "#D0021B"
TALL = 74


def code_list(pairs: list[Pair], codes: pd.DataFrame) -> pd.DataFrame:
    """Codes of the groups shown, their number is their place."""
    groups = pd.DataFrame({(one.scheme, one.behaviour_group) for one in pairs}, columns=["scheme", "behaviour_group"])
    return codes.merge(groups, on=["scheme", "behaviour_group"]).reset_index(drop=True)


def as_codes(codes: pd.DataFrame) -> list[dict]:
    """Codes as the component wants them."""
    return [{"label": row.code, "colour": row.colour, "unseen": bool(row.unobservable)} for row in codes.itertuples()]


def lanes(pair: Pair, coded: pd.DataFrame, said: pd.DataFrame, found: Compared | None, codes: pd.DataFrame) -> list:
    """Lanes of one person: what was coded, what was predicted, a thin red one where they differ, how sure."""
    who = {"subject": SUBJECTS.get(pair.subject, pair.subject)}
    numbers = {
        row.code: number
        for number, row in zip(codes.index, codes.itertuples(), strict=True)
        if row.behaviour_group == pair.behaviour_group
    }
    parts = []
    if pair.person:
        parts.append(_lane(f"Coded by {words.coder(pair.person)}", coded, numbers))
    if pair.model:
        parts.append(_lane("Predicted", said, numbers))
    if found is not None:
        share = f" {words.percent(found.found.share)}" if found.found.share is not None else ""
        bars = [[onset, offset] for onset, offset in found.found.bouts]
        lane = {"label": f"They differ:{share}", "kind": "differ", "rows": 1, "bars": bars, "points": []}
        parts.append(lane | {"thin": True, "colour": RED})
    return [who | lane for lane in parts]


def _lane(label: str, events: pd.DataFrame, numbers: dict[str, int]) -> dict:
    ordered = events.sort_values(["onset_ms", "offset_ms"])
    bars = [[int(row.onset_ms), int(row.offset_ms), numbers[row.code], _sure(row), 0] for row in ordered.itertuples()]
    return {"label": label, "kind": "codes", "rows": 1, "bars": bars, "points": []}


def _sure(event: tuple) -> str:
    sure = getattr(event, "confidence", None)
    return "" if sure is None or pd.isna(sure) else f"confidence {words.percent(sure)}"


def confidence_times(predictions: list[pd.DataFrame]) -> list[int]:
    """Moments at which a curve of confidence may change: starts and last milliseconds of all predicted bouts."""
    edges = {int(edge) for one in predictions for edge in (*one["onset_ms"], *(one["offset_ms"] - 1))}
    return sorted(edges)


def confidence_lane(who: str, said: pd.DataFrame, times: list[int]) -> dict | None:
    """Mean confidence of each predicted bout as a staircase; None where the model did not say it."""
    known = said.dropna(subset=["confidence"]) if "confidence" in said else said.head(0)
    if known.empty:
        return None
    onsets = known["onset_ms"].to_numpy()
    ordered = known.iloc[onsets.argsort()]
    places = ordered["onset_ms"].searchsorted(times, side="right") - 1
    ends, sure = ordered["offset_ms"].to_numpy(), ordered["confidence"].to_numpy()
    values = [
        round(float(sure[place]), 3) if place >= 0 and time < ends[place] else None
        for place, time in zip(places, times, strict=True)
    ]
    look = {"kind": "curve", "rows": 1, "tall": TALL, "low": 0, "high": 1, "ticks": [0, 0.5, 1], "rule": 0.5}
    return {"subject": who, "label": "Confidence", "unit": "", "values": values, "shades": [], "bars": []} | look


def legend(pairs: list[Pair], lanes: list[dict], codes: pd.DataFrame) -> list[dict]:
    """Blocks per group with the codes that occur."""
    used = {bar[2] for lane in lanes if lane["kind"] == "codes" for bar in lane["bars"]}
    blocks = {}
    for pair in pairs:
        entries = [
            {
                "index": number,
                "label": row.code,
                "colour": row.colour,
                "look": "unseen" if row.unobservable else "code",
            }
            for number, row in zip(codes.index, codes.itertuples(), strict=True)
            if row.behaviour_group == pair.behaviour_group and number in used
        ]
        blocks[pair.behaviour_group] = {"title": pair.title, "entries": entries}
    return [*blocks.values(), {"title": "Also", "entries": [UNCODED]}]
