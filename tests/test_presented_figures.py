"""Figures of a release: exactly the shown numbers of the masked frame, nothing of a hidden cell, larger as a whole."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from pages.parts.charts_larger import larger
from pages.parts.presented_figures import CHARTS, figure, paper_figure
from pipeline.steps.open_release import ReleasedView
from pipeline.steps.release import ReleasedFrame, ReleaseSpec
from pipeline.steps.report_figures import FIGURES

ROOT = Path(__file__).parents[1]
CANARY = 47_110_000
"""What stands in the hidden cells of a frame that somebody forgot to empty; larger than any number of a figure."""
SHARES = (
    ("Infant", "Smile", 31.0, 27.0, 36.0), ("Infant", "Fuss", 4.7, 2.2, 9.1), ("Caregiver", "Smile", 40.0, 33.0, 48.0),
    ("Caregiver", "Fuss", 1.5, 1.1, 2.0),
)  # fmt: skip
Example = tuple[ReleasedView, pd.DataFrame, tuple[str, ...]]
"""A view, its frame before anything is hidden, and which columns are labels."""


def view(chart: str, **options: object) -> ReleasedView:
    return ReleasedView(
        "a_view", "durations", "Title", "Question?", chart, {"names": {}, "protocol": "free_play", **options},
        ReleaseSpec(), "", "97", "", "", "",
    )  # fmt: skip


def released(frame: pd.DataFrame, labels: tuple[str, ...], hide: tuple[int, ...] = ()) -> ReleasedFrame:
    """The frame with these rows hidden, and the canary in their cells: a chart may not rely on their being empty."""
    hidden = pd.DataFrame(False, index=frame.index, columns=frame.columns)
    numbers = [name for name in frame if name not in labels]
    hidden.loc[list(hide), numbers] = True
    frame = frame.astype(dict.fromkeys(numbers, object)) if hide else frame
    for place, name in enumerate(numbers):
        frame.loc[list(hide), name] = CANARY + place
    frame = frame.astype({name: "float" for name in numbers if name != "evidence"})
    return ReleasedFrame(frame, ReleaseSpec(labels=labels), "presenting", hidden)


def rows(labels: list[str], numbers: list[str], *cells: tuple) -> pd.DataFrame:
    return pd.DataFrame(cells, columns=[*labels, *numbers])


def of_shares() -> Example:
    frame = rows(["person", "code"], ["mean", "low", "high"], *SHARES)
    frame = frame.assign(level="", colour="#0072B2", unobservable=False, families=[45, 20, 40, 10])
    labels = ("person", "code", "level", "colour", "unobservable")
    return view("draw_shares", unit="%", axis="Mean share"), frame, labels


def of_kappas() -> Example:
    numbers = ["kappa", "low", "high", "kappa_max", "agreement", "ac1", "recordings", "families"]
    labels = ["behaviour", "who", "compared", "role", "label"]
    frame = rows(
        labels, numbers,
        ("Face", "Infant", "Two people", "", "Face: infant", 0.71, 0.6, 0.8, 0.9, 84, 0.8, 21, 20),
        ("Face", "Caregiver", "Two people", "", "Face: caregiver", 0.8, 0.72, 0.86, 0.95, 88, 0.83, 20, 15),
        ("Face", "Infant", "Two people", "Father", "Face: infant, with father", 0.6, 0.4, 0.7, 0.8, 79, 0.7, 9, 5),
        ("Gaze", "Infant", "Two people", "", "Gaze: infant", 0.5, np.nan, np.nan, 0.7, 70, np.nan, 8, 5),
    )  # fmt: skip
    return view("draw_kappas"), frame, tuple(labels)


def of_groups() -> Example:
    frame = rows(
        ["label", "first", "code"], ["value", "low", "high", "chance", "families"],
        ("After the infant's Smile: the caregiver's Smile", "infant", "Smile", 6.6, 3.9, 9.7, 4.8, 55),
        ("After the infant's Fuss: the caregiver's Fuss", "infant", "Fuss", 2.6, 0.0, 7.5, 0.8, 35),
        ("After the caregiver's Smile: the infant's Smile", "caregiver1", "Smile", 3.3, 2.2, 4.5, 2.6, 80),
    )  # fmt: skip
    return view("draw_groups", unit="%", axis="Share answered", chance="by chance"), frame, ("label", "first", "code")


def of_means() -> Example:
    cells = [
        (title, group, kind, 0.36 + place, 0.31 + place, 0.42 + place, 40 - 10 * place)
        for title in ("Onset (s)", "Apex (s)")
        for place, (group, kind) in enumerate([("6 months", "low"), ("6 months", "high"), ("12 months", "low")])
    ]
    frame = rows(["title", "group", "kind"], ["mean", "low", "high", "families"], *cells)
    return view("draw_means", axis="Visit"), frame, ("title", "group", "kind")


def of_numbers() -> Example:
    numbers = ["r", "low", "high", "mixed_r", "mixed_low", "mixed_high", "families"]
    cells = [("Apex (s)", n, 0.082 * n, -0.13, 0.29, 0.081 * n, -0.15, 0.31, 50 - 5 * n) for n in (1, 3, 4)]
    return view("draw_numbers"), rows(["title", "smile_number"], numbers, *cells), ("title", "smile_number")


def of_effect() -> Example:
    cells = [
        (name, "#009E73", episode, 10.0 + place, 8.0 + place, 13.0 + place, 10)
        for name in ("Ineu", "Ipos")
        for place, episode in enumerate(("Still face", "Play", "Reunion"))
    ]
    frame = rows(["name", "colour", "episode"], ["mean", "low", "high", "families"], *cells)
    return view("draw_effect", axis="Mean share (%)"), frame, ("name", "colour", "episode")


def of_changes() -> Example:
    frame = rows(
        ["name", "first", "second"], ["mean", "low", "high", "families"],
        ("Ineu", "Play", "Still face", -9.8, -29.0, 9.1, 10), ("Ineu", "Play", "Reunion", 6.9, 0.5, 12.0, 10),
        ("Ipos", "Play", "Still face", -17.0, -30.0, -3.5, 10), ("Ipos", "Play", "Reunion", 6.2, -1.6, 14.0, 10),
    )  # fmt: skip
    return view("draw_changes", axis="Change (points)"), frame, ("name", "first", "second")


def of_terms() -> Example:
    numbers = ["mean", "lower", "upper", "seconds", "seconds_low", "seconds_high", "evidence", "families"]
    frame = rows(
        ["person", "term"], numbers,
        ("Infant", "Smile", 0.14, 0.01, 0.28, 8.2, 0.6, 16.0, "Clear", 45),
        ("Infant", "Fuss", -0.23, -0.78, 0.32, -13.0, -45.0, 18.0, "No clear evidence", 15),
        ("Caregiver", "Smile", 0.03, -0.22, 0.28, 1.5, -11.0, 14.0, "Suggestive", 60),
    )  # fmt: skip
    options = {"outcome": "SD of the time", "axis": "SD", "heads": {"Infant": ", compared with 'Neutral'"}}
    return view("draw_terms", seconds={"Infant": 58.0}, **options), frame, ("person", "term")


def of_bins() -> Example:
    frame = rows(
        ["pair", "x", "y"], ["families"], ("both", "0 to 6", "0 to 1", 18), ("both", "0 to 6", "2 to 3", 15),
        ("both", "7 to 14", "0 to 1", 7), ("both", "not recorded", "not recorded", 36),
    )  # fmt: skip
    edges = {"SAPAS": [0.0, 2.0, 4.0], "EPDS": [0.0, 7.0, 15.0, 23.0]}
    return view("draw_bins", x="EPDS", y="SAPAS", edges=edges), frame, ("pair", "x", "y")


def of_bands() -> Example:
    frame = rows(
        ["characteristic", "level"], ["families", "percent"], ("PHQ-9 band", "Minimal", 34, 72),
        ("PHQ-9 band", "Mild or moderate", 13, 28), ("PSS-10 band", "Low", 28, 60),
    )  # fmt: skip
    return view("draw_bands", axis="Families", order={}), frame, ("characteristic", "level")


def of_correlations() -> Example:
    frame = rows(
        ["x", "y"], ["families", "r", "low", "high"], ("EPDS", "SAPAS", 60, 0.36, 0.12, 0.56),
        ("EPDS", "Age", 75, 0.12, -0.11, 0.34), ("SAPAS", "Age", 85, -0.088, -0.3, 0.13),
    )  # fmt: skip
    return view("draw_correlations"), frame, ("x", "y")


MARKS = (of_shares, of_kappas, of_groups, of_means, of_numbers, of_effect, of_changes)
EVERY = (*MARKS, of_terms, of_bins, of_bands, of_correlations)
HIDDEN = 1
"""The row that is hidden in every example."""


def leaves(part: object) -> Iterator[object]:
    """Every number and every word of a figure."""
    if isinstance(part, dict):
        for one in part.values():
            yield from leaves(one)
    elif isinstance(part, list | tuple | np.ndarray | pd.Series):
        for one in part:
            yield from leaves(one)
    else:
        yield part


def everything(drawn: go.Figure) -> list[object]:
    return list(leaves([[trace.to_plotly_json() for trace in drawn.data], drawn.layout.to_plotly_json()]))


def words_of(drawn: go.Figure) -> str:
    return " | ".join(one for one in everything(drawn) if isinstance(one, str))


def marks(drawn: go.Figure) -> list[tuple[float, ...]]:
    """(value, low, high) of every mark with an interval, as they lie in the picture; arms of 0 are none."""
    found = []
    for trace in drawn.data:
        for axis in ("x", "y"):
            if f"error_{axis}" in trace and (error := trace[f"error_{axis}"]).array is not None:
                for value, above, below in zip(trace[axis], error.array, error.arrayminus, strict=True):
                    arms = (value - below, value + above) if above or below else (np.nan, np.nan)
                    found.append((float(value), *map(float, arms)))
    return found


def numbers_of(frame: pd.DataFrame, *columns: str) -> list[tuple[float, ...]]:
    return [tuple(map(float, row)) for row in frame[list(columns)].itertuples(index=False)]


def same(found: list[tuple[float, ...]], wanted: list[tuple[float, ...]]) -> None:
    found = [one for one in found if not np.isnan(one[0])]
    np.testing.assert_allclose(sorted(found), sorted(wanted), atol=1e-9)


def columns_of(frame: pd.DataFrame) -> list[tuple[str, str, str]]:
    """The columns of a frame that are drawn as a mark with its interval."""
    value = next(name for name in ("mean", "kappa", "value", "r") if name in frame)
    pairs = [(value, "low", "high")]
    return pairs + ([("mixed_r", "mixed_low", "mixed_high")] if "mixed_r" in frame else [])


@pytest.mark.parametrize("hide", [(), (HIDDEN,)], ids=["nothing hidden", "one row hidden"])
@pytest.mark.parametrize("of", MARKS)
def test_marks_are_the_shown_numbers_of_the_frame(of, hide: tuple[int, ...]) -> None:
    asked, frame, labels = of()
    drawn = figure(asked, released(frame, labels, hide))
    shown = frame.drop(index=list(hide))
    shown = shown[shown["role"] == ""] if "role" in shown else shown  # with one caregiver alone: in the table
    same(marks(drawn), [one for names in columns_of(frame) for one in numbers_of(shown, *names)])


@pytest.mark.parametrize("hide", [(), (HIDDEN,)], ids=["nothing hidden", "one row hidden"])
def test_terms_bins_bands_and_correlations_are_the_shown_numbers(hide: tuple[int, ...]) -> None:
    asked, frame, labels = of_terms()
    drawn, shown = figure(asked, released(frame, labels, hide)), frame.drop(index=list(hide))
    forest = [trace for trace in drawn.data if trace.mode == "markers" and trace.hoverinfo == "text"]
    same([(float(x),) for trace in forest for x in trace.x], numbers_of(shown, "mean"))
    ends = {x for trace in drawn.data if trace.mode == "lines" for x in trace.x if x is not None and x == x} - {0}
    assert ends == set(shown["lower"]) | set(shown["upper"])
    for of, column in ((of_bins, "families"), (of_correlations, "r")):
        asked, frame, labels = of()
        drawn, shown = figure(asked, released(frame, labels, hide)), frame.drop(index=list(hide))
        cells = [float(z) for z in np.ravel(drawn.data[0].z) if z == z]
        wanted = shown.loc[shown["x"] != "not recorded", column]
        assert sorted(cells) == sorted(wanted)
    asked, frame, labels = of_bands()
    drawn, shown = figure(asked, released(frame, labels, hide)), frame.drop(index=list(hide))
    assert [float(x) for trace in drawn.data for x in trace.x] == shown["families"].tolist()
    assert ("13 families (28 %)" in words_of(drawn)) is not bool(hide)


@pytest.mark.parametrize("of", EVERY)
def test_disc_nothing_of_a_hidden_cell_reaches_a_figure(of) -> None:
    asked, frame, labels = of()
    drawn = larger(figure(asked, released(frame, labels, (HIDDEN,))))
    leaked = [one for one in everything(drawn) if isinstance(one, int | float | np.number) and abs(one) > 10_000]
    assert not leaked
    assert "4711" not in words_of(drawn).replace(",", "")


@pytest.mark.parametrize("of", [of_shares, of_groups, of_changes, of_terms, of_bins, of_bands])
def test_a_hidden_number_says_so_in_its_place(of) -> None:
    asked, frame, labels = of()
    assert "[c]" not in words_of(figure(asked, released(frame, labels)))
    assert "[c]" in words_of(figure(asked, released(frame, labels, (HIDDEN,))))


def test_what_is_hidden_as_a_whole_is_named_below() -> None:
    asked, frame, labels = of_shares()
    drawn = words_of(figure(asked, released(frame, labels, (1, 3))))
    assert "not shown: Fuss." in drawn and "no number" not in drawn
    asked, frame, labels = of_kappas()
    assert "not shown: 2 rows." in words_of(figure(asked, released(frame, labels, (0, 3))))
    asked, frame, labels = of_means()
    assert "not shown: high." in words_of(figure(asked, released(frame, labels, (1, 4))))


def test_kappas_with_one_caregiver_alone_are_drawn_where_there_is_nothing_else() -> None:
    asked, frame, labels = of_kappas()
    assert "with each caregiver alone" in words_of(figure(asked, released(frame, labels)))
    drawn = figure(asked, released(frame, labels, (0, 1, 3)))
    same(marks(drawn), numbers_of(frame.iloc[[2]], "kappa", "low", "high"))
    assert "alone" not in words_of(drawn)


def test_answers_stand_in_the_order_of_their_distance_from_chance() -> None:
    asked, frame, labels = of_groups()
    frame["chance"] = [4.8, 2.0, 2.6]
    drawn = figure(asked, released(frame, labels))
    assert list(drawn.data[-1].x) == [6.6, 3.3, 2.6]
    drawn = figure(asked, released(frame, labels, (HIDDEN,)))
    assert list(drawn.data[-1].x)[:2] == [6.6, 3.3] and np.isnan(drawn.data[-1].x[2])


@pytest.mark.parametrize(("titles", "columns"), [(2, 1), (8, 2), (5, 2)])
def test_many_panels_stand_in_two_columns_and_none_lies_on_another(titles: int, columns: int) -> None:
    asked, frame, labels = of_means()
    names = [f"Feature {number}" for number in range(titles)]
    frame = pd.concat([frame.iloc[:3].assign(title=name) for name in names], ignore_index=True)
    drawn = figure(asked, released(frame, labels))
    axes = [(trace.xaxis.replace("x", "xaxis"), trace.yaxis.replace("y", "yaxis")) for trace in drawn.data]
    rooms = list(dict.fromkeys((*drawn.layout[x].domain, *drawn.layout[y].domain) for x, y in axes))
    assert len(rooms) == titles and len({room[0] for room in rooms}) == columns
    apart = [
        one[1] < other[0] or other[1] < one[0] or one[3] < other[2] or other[3] < one[2]
        for place, one in enumerate(rooms) for other in rooms[:place]
    ]  # fmt: skip
    assert all(apart)
    heads = {note.text: (note.xref, note.yref) for note in drawn.layout.annotations}
    assert [heads[f"<b>{name}</b>"] for name in names[:2]] == [("x domain", "y domain"), ("x2 domain", "y2 domain")]
    assert any("n: families (about)" in note.text for note in drawn.layout.annotations)


def test_a_missing_code_is_not_said_to_be_uncoded() -> None:
    """A release cannot tell a code that was never coded for somebody from one whose row was taken out."""
    asked, frame, labels = of_shares()
    for hide in ((), (0,)):
        drawn = words_of(figure(asked, released(frame.iloc[:3], labels, hide)))
        assert "no number" in drawn and "not coded" not in drawn


@pytest.mark.parametrize("of", EVERY)
def test_disc_words_are_of_the_frame_and_for_readers(of) -> None:
    """No count but those of the frame, no word of the analyst's pages for what a release does not know."""
    asked, frame, labels = of()
    text = words_of(figure(asked, released(frame, labels, (HIDDEN,))))
    assert not re.search(r"\bnan\b|None|dyads|observations|caregiver1|mothers that|recordings that", text)
    shown = frame.drop(index=[HIDDEN])
    said = {int(one.replace(",", "")) for one in re.findall(r"about (\d[\d,]*) families", text)}
    assert said <= set(shown["families"].astype(int))


@pytest.mark.parametrize("of", MARKS)
def test_a_mark_says_its_own_number(of) -> None:
    asked, frame, labels = of()
    for trace in figure(asked, released(frame, labels, (HIDDEN,))).data:
        if trace.hovertext is not None:
            values = trace.x if trace.error_x.array is not None else trace.y
            assert len(trace.hovertext) == len(values)
            for value, said in zip(values, trace.hovertext, strict=True):
                said = said.replace("\u2212", "-")
                assert said == "" or "[c]" in said if np.isnan(value) else f"{value:.10g}".lstrip("0") in said


@pytest.mark.parametrize("of", EVERY)
def test_with_everything_hidden_there_is_no_figure(of) -> None:
    asked, frame, labels = of()
    assert figure(asked, released(frame, labels, tuple(frame.index))) is None


def test_disc_only_released_frames_are_drawn() -> None:
    asked, frame, labels = of_shares()
    assert figure(view("table"), released(frame, labels)) is None
    for road in (figure, paper_figure):
        with pytest.raises(TypeError, match="only a ReleasedFrame may be drawn"):
            road(asked, frame)


def test_every_chart_of_a_release_is_drawn() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "pipeline" / "steps").glob("release_views*.py")]
    asked = set(re.findall(r'"(draw_\w+)"', "".join(texts)))
    assert asked and asked <= set(CHARTS)


def test_no_line_is_drawn_across_an_episode_that_is_not_shown() -> None:
    asked, frame, labels = of_effect()
    drawn = figure(asked, released(frame, labels, (0,)))
    assert list(drawn.layout.xaxis.ticktext) == ["Play", "Still face", "Reunion"]
    assert [trace.mode for trace in drawn.data] == ["markers", "lines+markers"]


def test_hostile_names_are_letters() -> None:
    asked, frame, labels = of_shares()
    drawn = figure(asked, released(frame.replace("Smile", "<img src=x onerror=alert(1)>" * 9), labels))
    assert "<img" not in words_of(drawn)


@pytest.mark.parametrize("of", [of_kappas, of_terms])
def test_figures_for_papers_carry_the_same_numbers(of) -> None:
    asked, frame, labels = of()
    draw = paper_figure(asked, released(frame, labels, (HIDDEN,)))
    drawn = draw(width_mm=120)
    assert drawn.get_size_inches()[0] == pytest.approx(120 / 25.4)
    name, gid = ("mean", "estimate") if of is of_terms else ("kappa", "kappa")
    found = [float(line.get_xdata()[0]) for axes in drawn.axes for line in axes.lines if line.get_gid() == gid]
    assert sorted(found) == sorted(frame.drop(index=[HIDDEN])[name])


def test_a_figure_for_a_paper_does_not_say_what_was_never_coded() -> None:
    asked, frame, labels = of_shares()
    drawn = paper_figure(asked, released(frame, labels, (HIDDEN,)))()
    texts = [text.get_text().strip() for axes in drawn.axes for text in axes.texts]
    assert "no number" in texts and "not coded for them" not in texts


def test_a_long_label_is_whole_in_one_column_of_a_journal() -> None:
    asked, frame, labels = of_groups()
    label = "After the caregiver's Look at object outside of view: the infant's Look at object outside of view"
    drawn = paper_figure(asked, released(frame.assign(label=label), labels))(width_mm=89)
    texts = [text.get_text().replace("\n", " ") for part in (drawn, *drawn.axes) for text in part.texts]
    assert label in texts


def test_every_twin_takes_a_width() -> None:
    for of in EVERY:
        asked, frame, labels = of()
        draw = paper_figure(asked, released(frame, labels))
        assert (draw is None) is (asked.chart not in FIGURES)
        assert draw is None or "width_mm" in draw.keywords


def pixels() -> go.Figure:
    """A figure with one of everything that is in pixels, and of what is not."""
    drawn = go.Figure(go.Bar(x=[10, 20], y=[0, 1], width=0.5, marker={"line": {"width": 2}}, textfont={"size": 15}))
    drawn.add_scatter(x=[1], y=[2], marker={"size": [10, 12]}, error_x={"array": [3], "thickness": 2, "width": 5})
    drawn.add_histogram(x=[1, 2], xbins={"size": 5})
    drawn.update_layout(height=400, margin={"l": 4, "b": 60}, font={"size": 15}, legend={"y": 1.2})
    drawn.add_annotation(text="<span style='font-size:13px'>n</span>", x=3, yshift=-28, font={"size": 15})
    drawn.add_shape(type="line", x0=1, x1=2, line={"width": 2})
    return drawn.update_xaxes(range=[0, 12], title={"standoff": 4, "text": "Share"}, tickfont={"size": 15})


def test_larger_scales_what_is_in_pixels_and_nothing_else() -> None:
    drawn = pixels()
    before = drawn.to_json()
    found = larger(drawn, 2)
    bar, dot, bars = found.data
    layout, note, axis = found.layout, found.layout.annotations[0], found.layout.xaxis
    assert (bar.marker.line.width, bar.textfont.size, bar.width) == (4, 30, 0.5) and list(bar.x) == [10, 20]
    assert (*dot.marker.size, dot.error_x.thickness, dot.error_x.width) == (20, 24, 4, 10)
    assert list(dot.error_x.array) == [3] and bars.xbins.size == 5
    assert (layout.height, layout.margin.l, layout.margin.b, layout.font.size) == (800, 8, 120, 30)
    assert layout.legend.y == 1.2
    assert (note.x, note.yshift, note.font.size) == (3, -56, 30) and "font-size:26px" in note.text
    assert layout.shapes[0].line.width == 4 and layout.shapes[0].x0 == 1
    assert list(axis.range) == [0, 12] and axis.title.standoff == 8 and axis.title.text == "Share"
    assert drawn.to_json() == before, "the figure itself stays as it is"


@pytest.mark.parametrize("of", EVERY)
def test_larger_figures_have_the_same_numbers(of) -> None:
    asked, frame, labels = of()
    drawn = figure(asked, released(frame, labels, (HIDDEN,)))
    found = larger(drawn)
    assert found.layout.height == 1.25 * drawn.layout.height
    np.testing.assert_allclose(sorted(marks(found)), sorted(marks(drawn)))
    assert min(letters(found.to_dict())) >= 1.25 * 13


def letters(part: object, name: str = "") -> Iterator[float]:
    """The size of every font of a figure."""
    if isinstance(part, dict):
        if "font" in name and "size" in part:
            yield part["size"]
        for key, one in part.items():
            yield from letters(one, key)
    elif isinstance(part, list | tuple):
        for one in part:
            yield from letters(one)
