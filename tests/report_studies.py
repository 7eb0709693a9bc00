"""Reports for tests: of the demo study, and by hand with hostile words."""

from functools import cache, partial
from pathlib import Path

import pandas as pd

from db import connect
from pipeline.catalogue.spec import load_spec
from pipeline.figures.intervals import draw_intervals
from pipeline.steps.open_study import open_generation
from pipeline.steps.release import ReleasedFrame, ReleaseSpec, renamed
from pipeline.steps.report_items import Piece, Report, build
from pipeline.steps.report_spec import Chosen, FitItem, ReportSpec, TextItem, ViewItem

HOME = Chosen(protocol="home_headcam")
FATHERS = Chosen(
    protocol="home_headcam", choices=(("role", ("father",)),), words="Home headcam, only Caregiver: Father"
)  # fmt: skip
SHARES, TABLE_1 = "durations/home_headcam/facial_expression", "overview/home_headcam/table_1"
FITTED = load_spec("facial_epds").changed(rung=2, options={"draws": 400})
SPEC = ReportSpec(
    name="usual", title="Faces at home", authors="A. Author",
    items=(
        TextItem(title="Aim", text="First.\n\nSecond."), ViewItem(view=TABLE_1, chosen=HOME),
        ViewItem(view=SHARES, chosen=HOME), ViewItem(view=SHARES, chosen=FATHERS, title="With fathers"),
        FitItem(spec=FITTED, chosen=HOME),
    ),
)  # fmt: skip
HOSTILE = (
    "<script>window.__xss=1</script>", "<img src=x onerror=alert(1)>", '"><b onclick="alert(1)">', "=cmd|' /C calc'!A0",
    "@SUM(1+1)", "+1+cmd", "[a](javascript:alert(1))", "![b](https://evil.example/b.png)", "$\\frac{1}{$",
    "safe\u202egpj.exe", "\u2066left\u2069", "a\x00b\x1bc", "\u05e9\u05dc\u05d5\u05dd", "x" * 5_000,
    "''' + evil + '''",
)  # fmt: skip
"""Labels a file of data could hold."""


def material(home: Path) -> tuple:
    """Cursor, generation and folder of a study."""
    current = connect.current(home)
    return open_generation(current).cursor(), current, home


def made(home: Path, spec: ReportSpec = SPEC) -> Report:
    """The report of a study."""
    return build(*material(home), spec)


@cache
def usual(home: Path) -> Report:
    """The report of a study, made once for all tests of a process. Do not change it."""
    return made(home)


def folder_with(study: Path, folder: Path) -> Path:
    """A study folder of one's own on the published files of another."""
    (folder / "published").symlink_to(study / "published")
    return folder


def hostile(words: tuple[str, ...] = HOSTILE, column: str = "Behaviour") -> Report:
    """A report in which every word of the data is hostile; its numbers are 0.5, 1.5, ... The first piece has a table of
    all words, the others of their own.
    """
    numbers = pd.DataFrame(
        {"label": list(words), "mean": [place + 0.5 for place in range(len(words))], "low": 0.1, "high": 99.9,
         "families": 10.0}
    )  # fmt: skip
    names = {"label": column, "mean": words[0], "low": "95 % from", "high": "95 % to", "families": "Families"}
    spec = ReleaseSpec(labels=("label",), counts=("families",), statistics=(("mean", "families"),))
    hidden = pd.DataFrame(False, index=numbers.index, columns=numbers.columns)
    hidden.loc[0, "families"] = True
    frame = numbers.mask(hidden)
    rows = numbers.assign(block=words[0], other=float("nan"))
    draw = partial(draw_intervals, rows, words[1], words[0])
    pieces = []
    for place, word in enumerate(words):
        mine = slice(place, place + 1) if place else slice(None)
        held = ReleasedFrame(frame[mine], spec, "presenting", hidden[mine])
        pieces.append(Piece(
            ViewItem(view="a/b/c", title=word[:150]), word, (word,), renamed(held, names), held.frame, held.hidden,
            None if place else draw, word, (word, word), word, families=10, names=names,
        ))  # fmt: skip
    title, authors = words[0][:200], words[1][:200]
    spec = ReportSpec(name="hostile", title=title, authors=authors, items=tuple(piece.item for piece in pieces))
    return Report(spec, tuple(pieces), ((words[0], words),), 3, "c0ffee" * 10, "20 Nov 2026", words[1], False)
