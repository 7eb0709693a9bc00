"""Saved reports of the study folder, what they can be made of, and reports made from the generation of this run."""

import json
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from db import connect
from db.connect import Current
from pages.parts import store
from pages.parts.store import Key
from pipeline.steps import report_changes, report_figures, report_items, report_spec, report_views
from pipeline.steps.report_changes import Changes
from pipeline.steps.report_items import Piece, Report
from pipeline.steps.report_spec import ReportSpec

SCREEN_DPI = 130


@dataclass(frozen=True)
class Made:
    """A report, and what is other than in its last version."""

    report: Report
    changes: Changes | None


@st.cache_data(max_entries=4, show_spinner="Looking what this study can show ...")
def _offered(key: Key) -> dict[str, dict[str, dict[str, str]]]:
    found: dict[str, dict[str, dict[str, str]]] = {}
    for name, one in report_views.offer(store.cursor(key)).templates.items():
        page = found.setdefault(one.protocol, {}).setdefault(report_views.TITLES[one.page], {})
        page[one.title if one.title not in page else f"{one.title} ({one.key.replace('_', ' ')})"] = name
    return found


def offered() -> dict[str, dict[str, dict[str, str]]]:
    """Kind of recording -> page -> title of a view -> its name."""
    return _offered(store.key())


@st.cache_resource(max_entries=6, show_spinner="Making the report ...")
def _made(key: Key, text: str) -> Made:
    """Shared by everyone and never changed."""
    home, current = connect.home(), Current(key.number, Path(key.file), key.sha256, "")
    report = report_items.build(store.cursor(key), current, home, report_spec.checked(json.loads(text), "this report"))
    changes = report_changes.since_last(home, report)
    report_changes.keep(home, report)
    return Made(report, changes)


def made(spec: ReportSpec) -> Made:
    """The report of this generation, remembered as said. UserError when it cannot be made."""
    return _made(store.key(), json.dumps(report_spec.plain_data(spec), sort_keys=True))


@st.cache_data(max_entries=32, show_spinner="Drawing ...")
def _picture(key: Key, asked: str, _piece: Piece) -> bytes:
    return report_figures.png(_piece.draw, SCREEN_DPI)


def picture(piece: Piece) -> bytes:
    """The figure of a piece as PNG."""
    frame = piece.numbers.to_json(double_precision=10)
    return _picture(store.key(), f"{report_changes.key_of(piece)}{hash(frame)}", piece)


def names() -> dict[str, str]:
    """Saved reports: name -> title; one that cannot be read keeps its name as its title."""
    found = {}
    for name in report_spec.names(connect.home()):
        try:
            found[name] = load(name).title
        except report_spec.ReportRefused:
            found[name] = f"{name} (cannot be read)"
    return found


def load(name: str) -> ReportSpec:
    """A saved report; ReportRefused when it cannot be read."""
    return report_spec.load(connect.home(), name)


def save(spec: ReportSpec) -> None:
    """Keeps a report; StudyError when the disk is full."""
    report_spec.save(connect.home(), spec)


def remove(name: str) -> None:
    """Takes a saved report away."""
    report_spec.remove(connect.home(), name)
