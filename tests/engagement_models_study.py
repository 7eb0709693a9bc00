"""A small still-face study with a model that made-up answers stand for: for tests of the page, and to look at it."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd

from pipeline.catalogue.phase_card import Card, StreamUsed
from pipeline.catalogue.phase_recipe import LSTM, LSTM_PRINTED
from pipeline.measures.phase_coded import Coded, Task
from pipeline.steps.phase_models import FOLDER, REPORT
from pipeline.steps.phase_report import build_report, write_report
from pipeline.steps.phase_report_frames import Report
from tests import phase_example, studies
from tests.phase_example import coded, task

ID = "0a1b2c3d"
SKILLS = {
    ("multimodal", "lstm"): 1.9, ("multimodal", "linear"): 1.3, ("video", "linear"): 1.1, ("audio", "lstm"): 0.9,
    ("multimodal", "motion_linear"): 0.5, ("multimodal", "majority"): 0.0, ("multimodal", "transition"): 0.2,
}  # fmt: skip
ROLES = ("infant", "caregiver")
SEED = 1
GRID = (LSTM, replace(LSTM, window=50, stride=50), replace(LSTM, hidden=(256,)), LSTM_PRINTED)
EPISODES = (("play", 0, 40_000), ("still_face", 40_000, 80_000), ("reunion", 80_000, 120_000))


def sessions(role: str) -> list[Coded]:
    """Twelve sessions of twelve families; two people coded four of them."""
    return coded(SEED, task(role))


def tables(with_streams: bool = True, with_codes: bool = True) -> dict[str, pd.DataFrame]:
    """The study as tables of the schema: infant and caregiver coded, a movement stream each and one of the sound."""
    names = [one.observation_id for one in sessions("infant")]
    found = studies.tables()
    found = {name: frame for name, frame in found.items() if name in ("study",)}
    families = [f"F{number:02d}" for number in range(len(names))]
    dyads = pd.DataFrame({"dyad_id": [f"{one}-M" for one in families], "family_id": families, "role": "mother"})
    dyads = dyads.assign(infant_id=[f"{one}-i" for one in families], caregiver_id=[f"{one}-c" for one in families])
    observed = pd.DataFrame({"observation_id": names, "dyad_id": dyads["dyad_id"], "protocol": "still_face"})
    found |= {
        "family": pd.DataFrame({"family_id": families}),
        "dyad": dyads.assign(child_sex=None, birth_order=None, caregiver_age_years=None),
        "person": _people(families),
        "observation": observed.assign(start_ms=0, end_ms=120_000),
        "episode": pd.DataFrame([(name, *one) for name in names for one in EPISODES],
                                columns=["observation_id", "episode", "onset_ms", "offset_ms"]),
        "source": source(1, 1),
    }  # fmt: skip
    if with_streams:
        found["feature_stream"] = _streams(names)
    return found | (_codings() if with_codes else {})


def _people(families: list[str]) -> pd.DataFrame:
    rows = [(f"{one}-{end}", one, role) for one in families for end, role in (("i", "infant"), ("c", "mother"))]
    return pd.DataFrame(rows, columns=["person_id", "family_id", "role"]).assign(sex=None, age_years=None)


def source(id: int, generation: int, content: str = "coded") -> pd.DataFrame:
    """A file that was read in a generation."""
    counts = {"rows": 9, "accepted": 9, "rejected": 0, "blank": 0, "generation": generation}
    return pd.DataFrame([{
        "source_id": id, "path": f"file_{id}", "content": content, "format": "x", "sha256": "0", "import_key": "0",
        "bytes": 1, "dialect": "", **counts, "imported_at": pd.Timestamp("2026-11-01"),
    }])  # fmt: skip


def _streams(names: list[str]) -> pd.DataFrame:
    rows = [
        {"observation_id": name, "stream": stream, "subject": subject, "fps": 25.0, "frames": 3000, "dim": dim,
         "file": f"features/streams/{stream}.parquet", "random_weights": False, "choices": choices, "offset_ms": 0,
         "source_id": 1}
        for name in names
        for stream, subject, dim, choices in (
            ("motion_grid", "infant", 64, '{"cells": 4}'), ("motion_grid", "caregiver1", 64, '{"cells": 4}'),
            ("log_mel", "", 160, '{"left_ms": 50, "right_ms": 50}'),
        )
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _codings() -> dict[str, pd.DataFrame]:
    """Both roles by gold; four sessions by a second coder."""
    groups, codes, codings, events = [], [], [], []
    for role in ROLES:
        given = task(role)
        groups.append(("icepr", given.behaviour_group, f"{role.title()} engagement", len(groups), True, False, None))
        codes.append(_codes(given))
        for session in sessions(role):
            for coder, rows in session.events.items():
                about = {"observation_id": session.observation_id, "coder_id": coder, "subject": given.subject,
                         "behaviour_group": given.behaviour_group}  # fmt: skip
                ms = int((rows["offset_ms"] - rows["onset_ms"]).sum())
                codings.append(
                    about | {"scheme": "icepr", "coded_ms": ms, "events": len(rows), "is_primary": coder == "gold"}
                )
                events.append(rows.assign(**about))
    names = ["scheme", "behaviour_group", "title", "position", "exclusive", "exhaustive", "reference"]
    event = pd.concat(events, ignore_index=True)
    return {
        "coder": pd.DataFrame(
            [("gold", "human", 12), ("second", "human", 4)], columns=["coder_id", "kind", "observations"]
        ),
        "behaviour_group": pd.DataFrame(groups, columns=names),
        "code": pd.concat(codes, ignore_index=True),
        "coding": pd.DataFrame(codings).assign(source_id=1, primary_reason="by hand", unobservable_ms=0),
        "event": event.assign(modifier="", kind="state", repaired="", source_id=1, start_line=2, stop_line=2),
    }


def _codes(given: Task) -> pd.DataFrame:
    colours = ("#9B1C1C", "#B07AA1", "#E8743B", "#7BC8A4", "#0072B2", "#F2C14E", "#4B5563", "#56B4E9", "#D3D6DB")
    codes = given.codes.assign(position=range(len(given.codes)), kind="state", description="")
    return codes.assign(colour=colours[: len(codes)])


@cache
def answers(role: str) -> pd.DataFrame:
    """Answers of a few arms."""
    return phase_example.answers(SEED, sessions(role), task(role), skills=SKILLS)


@cache
def report(role: str = "infant") -> Report:
    """The report of the made-up model of a role."""
    return build_report(answers(role), sessions(role), task(role), ("multimodal", "lstm"), draws=200)


def card(role: str = "infant", **changes: object) -> Card:
    """The card of the made-up model of a role."""
    given = task(role)
    scores = report(role).scores
    main = scores[scores["fold"].isna() & (scores["modality"] == "multimodal") & (scores["kind"] == "lstm")].iloc[0]
    streams = (
        StreamUsed(stream="motion_grid", subject=given.subject, dim=64, fps=25.0, choices='{"cells": 4}'),
        StreamUsed(stream="log_mel", dim=160, fps=25.0, choices='{"left_ms": 50, "right_ms": 50}'),
    )
    about: dict[str, object] = {
        "id": ID if role == "infant" else f"{ID[:-1]}e", "title": given.class_map.title, "role": role,
        "subject": given.subject, "behaviour_group": given.behaviour_group,
        "class_map": {"infant": "infant4", "caregiver": "caregiver3"}[role], "classes": given.classes, "kind": "lstm",
        "streams": streams, "pca_scope": "as_imported", "recipe": LSTM, "grid": GRID, "outer": 10, "inner": 3,
        "seed": 42, "study_id": "hand", "generation": 1, "generation_sha256": "0" * 64, "sessions": 12,
        "families": 12, "metrics": {"accuracy": float(main["accuracy"])}, "scored_frames": int(main["frames"]),
        "seconds": 210.0, "version": "1", "created": "2026-11-20T14:00:00+00:00",
        "merge": dict(given.class_map.merge), "drop": given.class_map.drop,
    }  # fmt: skip
    return Card(**(about | changes))


def keep(home: Path, card: Card, report: Report | None) -> Path:
    """A model of a study folder, without its network."""
    folder = home / FOLDER / card.id
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "card.json").write_text(card.model_dump_json(indent=1), encoding="utf-8")
    if report is not None:
        write_report(report, folder / REPORT)
    return folder


def publish(home: Path, roles: tuple[str, ...] = ROLES, **content: bool) -> Path:
    """The study in a folder, with a model of each of these roles."""
    studies.publish(home, tables(**content))
    for role in roles:
        keep(home, card(role), report(role))
    return home
