"""What the timeline component is told: lanes, codes, legend and pair of one observation. Plain data, no streamlit."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from pages.parts import words
from pages.parts.words import SUBJECTS, plain
from pipeline.catalogue.episodes import EPISODES
from pipeline.intervals import Interval
from pipeline.measures.co_occurrence import CoOccurrence, Strand
from pipeline.steps.timelines import Recording, coding, differing, events_of

UNCODED = {"label": "Not coded", "look": "uncoded"}
BANDS = {"play": "#009E73", "still_face": "#6B7280", "reunion": "#0072B2"}
"""Tints of the episodes of a still-face session."""
SHORT = {"label": "Several bouts too short to tell apart (zoom in)", "look": "mark"}


@dataclass(frozen=True)
class Shown:
    """What is drawn: `coders` is (None,) for the analysed coding, one coder, or two to be compared."""

    recording: Recording
    codes: pd.DataFrame
    session: Interval
    coders: tuple[str | None, ...]
    groups: tuple[str, ...]
    role: str = ""

    def who(self, subject: str) -> str:
        """'Infant', 'Caregiver (mother)'."""
        name = SUBJECTS.get(subject, plain(subject))
        return f"{name} ({plain(self.role).lower()})" if subject == "caregiver1" and self.role else name

    @cached_property
    def streams(self) -> pd.DataFrame:
        """Streams of the coders shown, in the order of the screen, each (subject, group) once."""
        frame = pd.concat([coding(self.recording, coder) for coder in self.coders])
        frame = frame[frame["behaviour_group"].isin(self.groups)].drop_duplicates(["subject", "behaviour_group"])
        return frame.sort_index()

    @cached_property
    def used(self) -> pd.DataFrame:
        """Codes of the schemes and groups shown, with their number in the component's list."""
        schemes = self.streams[["scheme", "behaviour_group"]].drop_duplicates()
        return self.codes.merge(schemes, on=["scheme", "behaviour_group"]).reset_index(drop=True)


def code_list(shown: Shown) -> list[dict]:
    """Codes by number: label, colour, whether it says 'cannot see'."""
    return [
        {"label": row.code, "colour": row.colour, "unseen": bool(row.unobservable)} for row in shown.used.itertuples()
    ]


def lanes(shown: Shown) -> list[dict]:
    """One lane per subject, group and coder; below two coders a lane that says where they differ."""
    found = []
    for stream in shown.streams.itertuples():
        for coder in shown.coders:
            if (lane := _lane(shown, stream, coder)) is not None:
                found.append(lane)
        if len(shown.coders) == 2:
            found += _difference(shown, stream)
    return found


def _lane(shown: Shown, stream: tuple, coder: str | None) -> dict | None:
    streams = coding(shown.recording, coder)
    mine = streams[(streams["subject"] == stream.subject) & (streams["behaviour_group"] == stream.behaviour_group)]
    if mine.empty:
        return None
    events = events_of(shown.recording, mine)
    numbers = _numbers(shown, stream)
    name = f"{stream.title} ({words.coder(str(coder))})" if len(shown.coders) == 2 else stream.title
    bars, rows = _bars(events[events["kind"] == "state"], numbers)
    points = events[events["kind"] == "point"]
    return {
        "subject": shown.who(stream.subject),
        "label": name,
        "kind": "codes",
        "rows": rows,
        "bars": bars,
        "points": [[row.onset_ms, row.onset_ms, numbers[row.code], row.modifier] for row in points.itertuples()],
        "strand": [stream.subject, stream.behaviour_group],
    }


def coded_events(shown: Shown, coder: str | None) -> pd.DataFrame:
    """Events of the streams that are drawn for one coder."""
    streams = coding(shown.recording, coder)
    return events_of(shown.recording, streams[streams["behaviour_group"].isin(shown.groups)])


def _numbers(shown: Shown, stream: tuple) -> dict[str, int]:
    mine = shown.used[
        (shown.used["scheme"] == stream.scheme) & (shown.used["behaviour_group"] == stream.behaviour_group)
    ]
    return dict(zip(mine["code"], mine.index.tolist(), strict=True))


def _bars(events: pd.DataFrame, numbers: dict[str, int]) -> tuple[list[list], int]:
    """[onset, offset, code, modifier, row] and the number of rows: overlapping bouts stand one above the other."""
    ends: list[int] = []
    bars = []
    for event in events.sort_values(["onset_ms", "offset_ms"]).itertuples():
        row = next((i for i, end in enumerate(ends) if end <= event.onset_ms), len(ends))
        ends[row : row + 1] = [event.offset_ms]
        bars.append([event.onset_ms, event.offset_ms, numbers[event.code], qualified(event), row])
    return bars, max(len(ends), 1)


def qualified(event: tuple) -> str:
    """What stands behind an event's code: its modifier, or how sure a trained model is of it."""
    sure = getattr(event, "confidence", None)
    return event.modifier if sure is None or pd.isna(sure) else f"confidence {words.percent(sure)}"


def _difference(shown: Shown, stream: tuple) -> list[dict]:
    found = differing(shown.recording, shown.coders, stream.subject, stream.behaviour_group, shown.session)
    if found is None:
        return []
    share = "" if found.share is None else f" {100 * found.share:.0f} %"
    bars = [[onset, offset] for onset, offset in found.bouts]
    lane = {"kind": "differ", "rows": 1, "bars": bars, "points": []}
    return [{"subject": shown.who(stream.subject), "label": f"They differ:{share}", **lane}]


def bands(recording: Recording) -> list[list]:
    """[onset, offset, title, colour] of each episode: what stands behind the lanes."""
    return [
        [int(row.onset_ms), int(row.offset_ms), EPISODES[row.episode], BANDS[row.episode]]
        for row in recording.episodes.itertuples()
    ]


def together_lane(label: str, found: CoOccurrence) -> dict:
    """The thin lane below all others: when both codes of the chosen pair are on."""
    bars = [[onset, offset] for onset, offset in found.bouts]
    return {"subject": "", "label": label, "kind": "together", "rows": 1, "bars": bars, "points": []}


def pair_lanes(lanes: list[dict], pair: tuple[Strand, Strand]) -> list[int]:
    """Numbers of the first lane of each strand: the rings of the chosen pair span them."""
    wanted = [[strand.subject, strand.behaviour_group] for strand in pair]
    first = [next((i for i, lane in enumerate(lanes) if lane.get("strand") == one), None) for one in wanted]
    return [i for i in first if i is not None]


def legend(shown: Shown, lanes: list[dict]) -> list[dict]:
    """Blocks per behaviour group with the codes that occur, then what uncoded and merged time look like."""
    occurring = {bar[2] for lane in lanes if lane["kind"] == "codes" for bar in (*lane["bars"], *lane["points"])}
    blocks = []
    for stream in shown.streams.drop_duplicates(["scheme", "behaviour_group"]).itertuples():
        numbers = _numbers(shown, stream)
        entries = [
            {
                "index": i,
                "label": code,
                "colour": shown.used.at[i, "colour"],
                "look": "unseen" if shown.used.at[i, "unobservable"] else "code",
            }
            for code, i in numbers.items()
            if i in occurring
        ]
        blocks.append({"title": stream.title, "entries": entries})
    return [*blocks, {"title": "Also", "entries": [UNCODED, SHORT]}]
