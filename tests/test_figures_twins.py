"""Figures for papers: the numbers of those on the screen, the widths of journals, no word cut, the same in grey."""

import re
import struct
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from defusedxml import ElementTree

from pages.parts.charts_agreement import draw_kappas
from pages.parts.charts_durations import draw_shares
from pages.parts.charts_engagement_study import draw_changes, draw_effect
from pages.parts.charts_models import Look
from pages.parts.charts_timelines import many_timelines
from pages.parts.models_terms import FAILED, twin
from pipeline.figures import durations, forest, kappa, lanes, still_face, timeline
from pipeline.figures.paper import (
    DOUBLE_MM,
    DPI,
    FINE_DPI,
    KINDS,
    LOOK,
    MARKERS,
    PALETTE,
    SINGLE_MM,
    STROKES,
    figure_bytes,
)

WIDTHS = (SINGLE_MM, DOUBLE_MM)
LONG = "Looks at the objects that the caregiver holds, moves or names while nobody speaks"
HOSTILE = '=cmd|"/c calc" <script>alert(1)</script> $x_1$ \u202e\x07\n-->'
NONE = np.nan


def shares(levels: tuple[str, ...] = ("",), label: str = "Smile") -> pd.DataFrame:
    rows = []
    for person, codes in (("Infant", (label, "Face not visible")), ("Caregiver", (label, "Woe face"))):
        for code in codes:
            for place, level in enumerate(levels):
                mean = 9.4 + 20 * place + (50 if code == "Face not visible" else 0)
                low, high = (NONE, NONE) if code == "Woe face" else (mean - 3, mean + 6)
                rows.append((person, code, level, mean, low, high, 40 - place, "#009E73", code == "Face not visible"))
    names = ["person", "code", "level", "mean", "low", "high", "dyads", "colour", "unobservable"]
    frame = pd.DataFrame(rows, columns=names)
    frame["level"] = pd.Categorical(frame["level"], categories=list(levels))
    return frame.assign(observations_with=[7, 50, 1204, 3][: len(frame)] * len(levels), coded_observations=1300)


def lines(figure: object, gid: str) -> list[tuple[float, ...]]:
    """The x (or, of upright ones, the y) of every line of a kind."""
    found = [line for axes in figure.axes for line in axes.lines if line.get_gid() == gid]
    return sorted(tuple(map(float, line.get_xdata())) for line in found)


def arms(trace: object) -> list[tuple[float, float]]:
    """Ends of the intervals of a plotly trace; arms of 0 are none."""
    error = trace.error_x if trace.error_x.array is not None else trace.error_y
    middle = trace.x if error is trace.error_x else trace.y
    ends = [(m - b, m + a) for m, a, b in zip(middle, error.array, error.arrayminus, strict=True) if a or b]
    return [tuple(map(float, pair)) for pair in ends]


def test_bars_of_durations_carry_the_numbers_of_the_screen() -> None:
    frame = shares()
    screen, figure = draw_shares(frame, "%", "Mean share"), durations.draw_shares(frame, "%", "Mean share")
    bars = [trace for trace in screen.data if trace.type == "bar"]
    mine = [[patch.get_width() for patch in axes.patches if patch.get_gid() == "mean"] for axes in figure.axes]
    assert [sorted(widths) for widths in mine] == [sorted(map(float, bar.x)) for bar in bars]
    np.testing.assert_allclose(lines(figure, "interval"), sorted(pair for bar in bars for pair in arms(bar)))
    said = sorted(text.strip() for trace in screen.data if trace.type == "scatter" for text in trace.text)
    texts = [text for axes in figure.axes for text in axes.texts]
    assert sorted(text.get_text().strip() for text in texts if text.get_gid() == "value") == said
    seen = sorted(text.get_text() for text in texts if text.get_gid() == "seen")
    assert seen == ["1,204", "3", "50", "7"] and set(seen) <= {note.text for note in screen.layout.annotations}
    hatched = [patch.get_hatch() for axes in figure.axes for patch in axes.patches if patch.get_gid() == "mean"]
    assert sum(bool(one) for one in hatched) == 1, "what could not be seen is hatched"


def test_marks_of_a_split_carry_the_numbers_of_the_screen() -> None:
    frame = shares(("Mother", "Father"))
    screen, figure = draw_shares(frame, "%", "Mean share"), durations.draw_shares(frame, "%", "Mean share")
    marks = sorted((float(x),) for trace in screen.data for x in trace.x)
    assert lines(figure, "mean") == marks and len(marks) == 8
    np.testing.assert_allclose(lines(figure, "interval"), sorted(pair for trace in screen.data for pair in arms(trace)))
    words = {text.get_text() for axes in figure.axes for text in axes.texts}
    assert {"Mother (40 dyads)", "Father (39 dyads)"} <= words
    names = [text.get_text() for text in figure.texts]
    assert names.index("Face not visible") > names.index("Smile"), "codes that say 'cannot see' stand last"


def kappas() -> pd.DataFrame:
    rows = [
        ("Facial expression", "Infant", "Two people", 0.774, 0.70, 0.84, 0.95, 83.2, NONE, 21, None),
        ("Facial expression", "Caregiver", "Person and model", -0.042, NONE, NONE, 0.8, 99.7, NONE, 2, None),
        ("Vocalisation", "Infant", "Two people", NONE, NONE, NONE, NONE, 100.0, 0.99, 3, "both coders used one code"),
    ]
    names = ["behaviour", "who", "compared", "kappa", "low", "high", "kappa_max", "agreement", "ac1", "recordings"]
    frame = pd.DataFrame(rows, columns=[*names, "reason"])
    return frame.assign(label=frame["behaviour"] + frame["who"])


def test_kappas_carry_the_numbers_of_the_screen() -> None:
    screen, figure = draw_kappas(kappas(), None), kappa.draw_kappas(kappas())
    ceiling, *marks = screen.data
    assert lines(figure, "kappa") == sorted((float(x),) for trace in marks for x in trace.x)
    assert lines(figure, "ceiling") == sorted((float(x),) for x in ceiling.x)
    np.testing.assert_allclose(lines(figure, "interval"), [pair for trace in marks for pair in arms(trace)])
    plain = {re.sub("</?b>", "", note.text).replace("\u00a0", " ") for note in screen.layout.annotations}
    words = [text.get_text() for text in figure.texts]
    for said in (".77 (.70 to .84)  83 %  n 21", "\u2212.04  99.7 %  n 2", "AC1 .99  100 %  n 3"):
        assert said in words and said in plain
    assert "both coders used one code" in words


EPISODES = ["Play", "Still face", "Reunion"]
STEPS = ["Play \u2192 Still face", "Still face \u2192 Reunion"]


def effect(label: str = "Ineg (negative)") -> pd.DataFrame:
    rows = [
        (name, colour, episode, shift, shift - 2 if place else NONE, shift + 4)
        for name, colour, start in ((label, "#D55E00", 3.0), ("Ipos (positive)", "#009E73", 5.5))
        for place, episode in enumerate(EPISODES)
        for shift in (10.0 * place + start,)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["name", "colour", "episode", "mean", "low", "high"]).assign(hover="")


def test_the_still_face_effect_carries_the_numbers_of_the_screen() -> None:
    frame = effect()
    screen, figure = draw_effect(frame, EPISODES, "Share (%)"), still_face.draw_effect(frame, EPISODES, "Share (%)")
    (axes,) = figure.axes
    means = [line for line in axes.lines if line.get_gid() == "mean"]
    for trace, line in zip(screen.data, means, strict=True):
        np.testing.assert_allclose(line.get_xydata(), np.column_stack([trace.x, trace.y]))
    drawn = sorted(tuple(line.get_ydata()) for line in axes.lines if line.get_gid() == "interval")
    known = frame.dropna(subset="low")
    assert drawn == sorted(zip(known["low"], known["high"], strict=True)) and len(drawn) == 4
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [trace.name for trace in screen.data]
    looks = [{line.get_marker() for line in means}, {line.get_linestyle() for line in means}]
    assert list(map(len, looks)) == [2, 2], "told apart without colour"


def changes(label: str = "Ineg (negative)") -> pd.DataFrame:
    rows = [
        (label, STEPS[0], 11.3, 0.2, 22.3),
        (label, STEPS[1], -12.0, NONE, NONE),
        ("Ipos", STEPS[0], NONE, NONE, NONE),
    ]
    frame = pd.DataFrame(rows, columns=["name", "step", "mean", "low", "high"])
    return frame.assign(said=["+11 (+0.2 to +22)", "\u221212", ""])


def test_changes_carry_the_numbers_of_the_screen() -> None:
    screen, figure = (draw(changes(), STEPS, "Change") for draw in (draw_changes, still_face.draw_changes))
    assert lines(figure, "mean") == sorted((float(x),) for trace in screen.data for x in trace.x)
    np.testing.assert_allclose(lines(figure, "interval"), [pair for trace in screen.data for pair in arms(trace)])
    words = {text.get_text() for text in figure.texts}
    assert {"+11 (+0.2 to +22)", "\u221212"} <= words & {note.text for note in screen.layout.annotations}


CELLS = np.array([[0, 1, -1, 2], [1, 1, 0, -1], [2, 2, 2, 2]])
BANDS = [("Feeding", 2), ("Free play", 1)]


def all_codes(label: str = "Smile") -> tuple[pd.DataFrame, pd.DataFrame]:
    codes = pd.DataFrame({"code": [label, "Woe", "Hidden"], "colour": ["#D55E00", "#0072B2", "#BDBDBD"]})
    shares = pd.DataFrame({label: [0.2, 0.5, 0.4], "Woe": [0.3, 0.0, 0.1], "Hidden": [0.5, 0.4, 0.2]})
    return shares, codes.assign(unobservable=[False, False, True])


def test_all_timelines_carry_the_numbers_of_the_screen() -> None:
    over_time, codes = all_codes()
    screen = many_timelines(CELLS, ["a", "b", "c"], BANDS, over_time, codes, 2000)
    figure = timeline.many_timelines(CELLS, BANDS, over_time, codes, 2000)
    upper, lower = figure.axes
    (image,) = lower.images
    np.testing.assert_array_equal(image.get_array(), screen.data[-1].z)
    assert image.get_extent()[:2] == [0, 8000] and tuple(screen.layout.xaxis2.range) == (0, 8000)
    below = np.zeros(3)
    for area, trace in zip(upper.collections, screen.data[:-1], strict=True):
        (path,) = area.get_paths()
        for start, low, height in zip(range(0, 6000, 2000), below, trace.y, strict=True):
            inside, outside = (start + 1000, low + height / 2), (start + 1000, low + height + 0.6)
            assert (path.contains_point(inside) or height == 0) and not path.contains_point(outside)
        below = below + np.asarray(trace.y)
    hatches = [area.get_hatch() for area in upper.collections]
    assert len(set(hatches)) == 3, "told apart without colour"
    assert not {"a", "b", "c"} & {
        text.get_text() for text in figure.findobj(match=lambda one: hasattr(one, "get_text"))
    }


CODES = [
    {"label": "Smile", "colour": "#D55E00", "unseen": False},
    {"label": "Hidden", "colour": "#BDBDBD", "unseen": True},
    {"label": "Never", "colour": "#000000", "unseen": False},
]
LANES = [
    {"subject": "Infant", "label": "Face", "kind": "codes",
     "bars": [[0, 4000, 0, "", 0], [4000, 9000, 1, "", 0], [9000, 60000, 0, "", 0]], "points": [[5000, 5000, 0, ""]]},
    {"subject": "", "label": "Both smile", "kind": "together", "bars": [[1000, 3000]], "points": []},
]  # fmt: skip


def test_the_lanes_of_one_observation_carry_what_the_component_draws() -> None:
    figure = lanes.draw_lanes(LANES, CODES, (0, 60000))
    (axes,) = figure.axes
    bouts = [[path.vertices[:, 0] for path in part.get_paths()] for part in axes.collections]
    drawn = [[(float(xs.min()), float(xs.max())) for xs in row] for row in bouts]
    assert drawn == [[(0, 4000), (9000, 60000)], [(4000, 9000)], [(1000, 3000)]]
    assert [bool(part.get_hatch()) for part in axes.collections] == [False, True, False]
    assert [x for (x,) in [line for line in lines(figure, "moment") if line]] == [5000]
    tops = [part.get_paths()[0].vertices[:, 1].mean() for part in axes.collections]
    assert tops == sorted(tops) and len(set(tops)) == 3, "each code has its own row: told apart without colour"
    words = [text.get_text() for text in figure.texts]
    assert words == ["Infant: Face", "Smile", "Hidden", "Both smile", ""] and "Never" not in words
    assert [label.get_text() for label in axes.get_xticklabels()][:2] == ["0:00", "0:10"]


def look(failed: bool = False) -> Look:
    return Look(heads={"Infant": ", compared with 'Neutral'"}, seconds={"Infant": 60.0}, failed=failed)


def test_the_forest_on_the_screen_leaves_as_it_is() -> None:
    rows = [
        ("Smile", "Adjusted", "Clear", 0.4, 0.1, 0.7, 0.3, 0.5),
        ("Smile", "Unadjusted", "Suggestive", 0.5, -0.1, 0.9, 0.4, 0.6),
    ]  # fmt: skip
    names = ["code", "model", "evidence", "mean", "lower", "upper", "inner_low", "inner_high"]
    frame = pd.DataFrame(rows, columns=names).assign(person="Infant", rows=9, units=8)
    found = twin(frame, look())
    assert [name for name, _ in found.models] == ["Unadjusted", "Adjusted"] and found.failed == ""
    figure = forest.draw_forest(found)
    assert lines(figure, "estimate") == [(0.4,), (0.5,)] and lines(figure, "interval") == [(-0.1, 0.9), (0.1, 0.7)]
    filled = {float(line.get_xdata()[0]): line.get_markerfacecolor() != "white" for line in figure.axes[0].lines
              if line.get_gid() == "estimate"}  # fmt: skip
    assert filled == {0.4: True, 0.5: False}, "the leading model is the filled one, as on the screen"
    assert FAILED in [text.get_text() for text in forest.draw_forest(twin(frame, look(failed=True))).texts]


def everything(label: str) -> dict[str, object]:
    """Every figure with a label of the data in every place."""
    frame = kappas().assign(behaviour=label, who=label, reason=label)
    over_time, codes = all_codes(label)
    terms = pd.DataFrame(
        [("Infant", label, "clear", 0.2, -0.1, 0.4, 9, 8), (label, "Smile", "none", 0.2, -0.1, 0.4, 9, 8)],
        columns=["person", "code", "evidence", "mean", "lower", "upper", "rows", "units"],
    )
    plot = forest.Forest((("Adjusted", terms),), label, label, (label,), label, {"Infant": 60.0})
    return {
        "durations": lambda width: durations.draw_shares(shares(("",), label).assign(person=label), "%", label, width),
        "split": lambda width: durations.draw_shares(shares((label, "Father"), label), "s", label, width),
        "kappas": lambda width: kappa.draw_kappas(frame, width),
        "effect": lambda width: still_face.draw_effect(effect(label), EPISODES, label, width),
        "changes": lambda width: still_face.draw_changes(changes(label).assign(said=label[:12]), STEPS, label, width),
        "timeline": lambda width: timeline.many_timelines(CELLS, BANDS, over_time, codes, 2000, width),
        "lanes": lambda width: lanes.draw_lanes(
            [{**LANES[0], "subject": label}, LANES[1]], [{**CODES[0], "label": label}, *CODES[1:]], (0, 60000), width
        ),
        "forest": lambda width: forest.draw_forest(plot, width),
    }


def sizes_mm(kind: str, content: bytes) -> tuple[float, float]:
    """Width and height of a figure as its file says."""
    if kind == "PNG":
        width, height = struct.unpack(">II", content[16:24])
        return width / DPI * 25.4, height / DPI * 25.4
    if kind == "PDF":
        left, top, right, bottom = map(float, re.search(rb"/MediaBox \[ ([\d. ]+) \]", content)[1].split())
        return (right - left) / 72 * 25.4, (bottom - top) / 72 * 25.4
    width, height = (float(re.search(rf'{name}="([\d.]+)pt"'.encode(), content)[1]) for name in ("width", "height"))
    return width / 72 * 25.4, height / 72 * 25.4


FOOT = "Home headcam: 97 families. Only Caregiver: Father. Generation 3, 20 Nov 2026. " * 2


@pytest.mark.parametrize("kind", KINDS)
def test_files_are_as_wide_as_a_column_with_and_without_words_below(kind: str) -> None:
    narrow, wide = (partial(everything("Smile")["durations"], width) for width in WIDTHS)
    bare, said = (figure_bytes(narrow, kind, DPI, "Shares", foot) for foot in ("", FOOT))
    assert sizes_mm(kind, bare)[0] == pytest.approx(SINGLE_MM, abs=0.06)
    assert sizes_mm(kind, said)[0] == pytest.approx(SINGLE_MM, abs=0.06), "words below make it longer, never wider"
    assert 3 < sizes_mm(kind, said)[1] - sizes_mm(kind, bare)[1] < 15
    assert said == figure_bytes(narrow, kind, DPI, "Shares", FOOT)
    assert sizes_mm(kind, figure_bytes(wide, kind, DPI, "Shares", FOOT))[0] == pytest.approx(DOUBLE_MM, abs=0.06)


def test_a_file_says_what_it_rests_on_and_holds_its_letters() -> None:
    svg, pdf, png = (figure_bytes(lambda: everything("Smile")["kappas"](89.0), kind, FINE_DPI, "Kappa & co", FOOT)
                     for kind in ("SVG", "PDF", "PNG"))  # fmt: skip
    assert b"Only Caregiver: Father" in svg and b"Kappa &amp; co" in svg and b"<text" not in svg
    assert b"Only Caregiver: Father" in pdf and b"FontFile2" in pdf and b"Only Caregiver: Father" in png


ONLY_HERE = ("effect", "timeline", "lanes")
"""Figures of which no other test makes a PDF: with lines, areas and a picture, bars."""


def test_no_label_is_cut_or_becomes_anything_but_letters(label: str = f"{HOSTILE} {LONG}") -> None:
    """Every word lies inside the figure, in one column and in two."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    for name, draw in everything(label).items():
        for width in WIDTHS:
            with matplotlib.rc_context(LOOK):
                figure = draw(width)
                renderer = FigureCanvasAgg(figure).get_renderer()
                figure.draw(renderer)
            (wide, high), beyond = figure.bbox.size, _never_drawn(figure)
            for text in (one for one in figure.findobj(Text) if one.get_text().strip() and one.get_visible()):
                box = text.get_window_extent(renderer)
                inside = box.x0 > -1.5 and box.x1 < wide + 1.5 and box.y0 > -1.5 and box.y1 < high + 1.5
                assert inside or id(text) in beyond, (name, width, text.get_text())
        drawn = ElementTree.fromstring(figure_bytes(partial(draw, SINGLE_MM), "SVG", 100, label, label))
        assert not [one.tag for one in drawn.iter() if str(one.tag).lower().endswith("}script")]
        links = [said for one in drawn.iter() for name, said in one.attrib.items() if name.endswith("href")]
        assert not [said for said in links if not said.startswith(("#", "data:image/png;base64,"))]
        if name in ONLY_HERE:
            assert figure_bytes(partial(draw, SINGLE_MM), "PDF", 100, label, label).startswith(b"%PDF")


def _never_drawn(figure: object) -> set[int]:
    """Labels of ticks that matplotlib keeps but does not draw: beyond the axis, or of an axis that is switched off."""
    found: set[int] = set()
    for axes in figure.findobj(lambda one: hasattr(one, "axison")):
        for axis in (axes.xaxis, axes.yaxis):
            drawn = {id(tick) for tick in axis._update_ticks()} if axes.axison else set()
            kept = (tick for tick in axis.majorTicks if id(tick) not in drawn)
            found |= {id(label) for tick in kept for label in (tick.label1, tick.label2)}
    return found


def test_groups_are_told_apart_in_grey() -> None:
    assert len(set(MARKERS)) == len(PALETTE) == len(set(map(str, STROKES)))
    grey = sorted(np.dot([int(colour[place : place + 2], 16) for place in (1, 3, 5)], (0.299, 0.587, 0.114))
                  for colour in PALETTE[:2] + PALETTE[5:6])  # fmt: skip
    assert min(high - low for low, high in pairwise(grey)) > 15, "blue, vermilion and orange differ in print too"


def test_importing_the_figures_loads_no_matplotlib() -> None:
    import subprocess
    import sys

    script = "import sys; from pipeline.figures import durations, forest, kappa, still_face, timeline; "
    script += "print([one for one in ('matplotlib', 'plotly', 'docx') if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
