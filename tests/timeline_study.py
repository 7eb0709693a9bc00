"""A hand study for the timelines: four drawn recordings, two coders, a hostile label, and short synthetic clips."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from db.connect import SCHEMA_VERSION
from tests import studies

HOSTILE = "<img src=x onerror=window.__xss=1>"
FACE = {"N": "Negative", "P": "Positive", "x": "Face not visible", "h": HOSTILE}
GAZE = {"I": "Look at infant", "O": "Look at object", "?": "Gaze not visible"}

# One character is one second; '.' is uncoded.
DRAWN = """
T1 anna infant     face NNNPPPPNNNPP
T1 anna infant     gaze OOOOOO??OOOO
T1 anna caregiver1 face PNNNPPPPNNxx
T1 anna caregiver1 gaze IIIIOOOOIIII
T2 anna infant     face NNNNhhhhNN..
T2 anna caregiver1 face PPNNNNPPNNxx
T2 ben  infant     face NNNhhhhNNN..
T2 ben  caregiver1 face PPNNNNPNNNxx
T3 anna infant     face PPPPPPPPPPPP
T3 anna caregiver1 face NNNNNNNNNNNN
T4 anna infant     face NNNNNN......
"""
# T5: bouts of 0.05 s, too short to see one by one.


def tables(clips: Path | None) -> dict[str, pd.DataFrame]:
    """The study as tables of the schema; with a folder, the clips are written there and listed."""
    streams = [line.split() for line in DRAWN.strip().splitlines()]
    events = [event for stream in streams for event in _bouts(*stream)]
    events += [("T5", "anna", "infant", "face", "NP"[i % 2], i * 50, i * 50 + 50) for i in range(40)]
    names = ["observation_id", "coder_id", "subject", "behaviour_group", "code", "onset_ms", "offset_ms"]
    event = pd.DataFrame(events, columns=names)
    event["code"] = event["code"].map({**FACE, **GAZE})
    event = event.assign(modifier="", kind="state", repaired="", source_id=1, start_line=2)
    event.loc[0, "modifier"] = "mild|one camera"
    key = names[:4]
    ids = [f"T{number}" for number in range(1, 6)]
    content = {
        "study": pd.DataFrame(
            [("title", "Timeline study"), ("synthetic", "true"), ("study_id", "t"), ("schema_version", SCHEMA_VERSION)],
            columns=["key", "value"],
        ),
        "family": pd.DataFrame({"family_id": ["F1", "F2"]}),
        "dyad": pd.DataFrame(
            [("F1-M", "F1", "F1-i", "F1-m", "mother"), ("F2-F", "F2", "F2-i", "F2-f", "father")],
            columns=["dyad_id", "family_id", "infant_id", "caregiver_id", "role"],
        ),
        "observation": pd.DataFrame(
            {"observation_id": ids, "dyad_id": ["F1-M", "F1-M", "F1-M", "F2-F", "F2-F"], "activity": "feeding"}
        ).assign(protocol="home_headcam", start_ms=0, end_ms=12_000),
        "behaviour_group": pd.DataFrame(
            [("hand", "face", "Facial expression", 0), ("hand", "gaze", "Visual attention", 1)],
            columns=["scheme", "behaviour_group", "title", "position"],
        ).assign(exclusive=True, exhaustive=True),
        "code": _codes(),
        "coder": pd.DataFrame(
            [("anna", "human", 5), ("ben", "human", 1)], columns=["coder_id", "kind", "observations"]
        ),
        "event": event,
        "coding": event.drop_duplicates(key)[key].assign(
            scheme="hand", source_id=1, primary_reason="by hand", coded_ms=1, unobservable_ms=0, events=1
        ),
    }
    content["coding"] = content["coding"].assign(is_primary=content["coding"]["coder_id"] == "anna")
    if clips is not None:
        content["media"] = _media(clips)
    return content


def _bouts(observation: str, coder: str, subject: str, group: str, picture: str) -> list[tuple]:
    edges = [0, *(i for i in range(1, len(picture)) if picture[i] != picture[i - 1]), len(picture)]
    return [
        (observation, coder, subject, group, picture[a], 1000 * a, 1000 * b)
        for a, b in zip(edges, edges[1:], strict=False)
        if picture[a] != "."
    ]


def _codes() -> pd.DataFrame:
    colours = ("#CC3311", "#228833", "#c8c8c8", "#EE7733", "#0077BB", "#EE3377", "#c8c8c8")
    rows = [("hand", group, code) for group, codes in (("face", FACE), ("gaze", GAZE)) for code in codes.values()]
    frame = pd.DataFrame(rows, columns=["scheme", "behaviour_group", "code"])
    return frame.assign(
        position=range(len(frame)), kind="state", unobservable=frame["code"].str.contains("not visible"),
        colour=colours, subjects="infant,caregiver1",
    )  # fmt: skip


def _media(folder: Path) -> pd.DataFrame:
    """T1: three views with their own offsets, one short. T3: one file is gone, one cannot be played."""
    clip(folder / "infant.webm", 12.5)
    clip(folder / "parent.webm", 14.0)
    clip(folder / "room.webm", 6.0)
    (folder / "broken.mp4").write_bytes(b"\x00\x00\x00\x18ftypmp42" + bytes(2000))
    rows = [
        ("T1", "infant_camera", "infant.webm", 0),
        ("T1", "parent_camera", "parent.webm", 1500),
        ("T1", "room", "room.webm", -2000),
        ("T3", "infant_camera", "gone.webm", 0),
        ("T3", "room", "broken.mp4", 0),
    ]
    frame = pd.DataFrame(rows, columns=["observation_id", "view", "path", "offset_ms"])
    return frame.assign(path=[str(folder / name) for name in frame["path"]])


def clip(path: Path, seconds: float, size: tuple[int, int] = (160, 120)) -> None:
    """A VP8 clip at 25 frames per second in which the second is written."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"VP80"), 25, size)
    for number in range(int(seconds * 25)):
        frame = np.full((size[1], size[0], 3), 40 + number % 25 * 6, dtype=np.uint8)
        cv2.putText(frame, f"{number / 25:.2f}", (10, size[1] // 2), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (255, 255, 255), 2)
        writer.write(frame)
    writer.release()


def publish(home: Path) -> Path:
    """The study with its clips in the folder `home`."""
    clips = home / "clips"
    clips.mkdir(parents=True, exist_ok=True)
    return studies.publish(home, tables(clips))
