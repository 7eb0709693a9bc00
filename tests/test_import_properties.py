"""What holds for every import: no row is lost, order and splitting change nothing, the same again gives the same."""

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.steps import coded
from tests.tiny import LOG, SPANS, Imported, Tiny, drawn, entry, event_log, table

FEW = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

PRINTED = st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), max_size=8)
GARBAGE = PRINTED | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8)
WORDS = {
    "recording": ["O1", "O1", "O2", "o1", " O2\u00a0", ""],
    "subject": ["Infant", "infant", "Caregiver 1", "Baby", ""],
    "code": ["Smile", "Neutral", "Sing", "Hum", "Reach", "Clap", "smile", "Cry", "Other", ""],
    "time": [
        "0",
        "1",
        "1.5",
        "2",
        "2.0005",
        "9",
        "10",
        "11",
        "-1",
        "x",
        "",
        "99999999999999999999",
        "1e3",
        "700000000",
    ],
    "mark": ["State start", "State stop", "Point", "State", ""],
}


def cells(*kinds: str) -> st.SearchStrategy[list[str]]:
    """Rows of mostly sensible cells, now and then garbage."""
    return st.tuples(*(st.sampled_from(WORDS[kind]) | st.sampled_from(WORDS[kind]) | GARBAGE for kind in kinds)).map(
        list
    )


SPAN_ROWS = st.lists(cells("recording", "subject", "code", "time", "time"), max_size=30)
LOG_ROWS = st.lists(cells("recording", "subject", "code", "mark", "time"), max_size=30)


@contextmanager
def fresh(**options: object) -> Iterator[Tiny]:
    """A study in a folder of its own that goes away."""
    with tempfile.TemporaryDirectory() as folder:
        yield Tiny(Path(folder), **options)


def quoted(columns: list[str], rows: list[list[str]]) -> str:
    """A table in which every cell is quoted, so that the number of its records is beyond doubt."""
    return "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [columns, *rows]) + "\n"


# ---- no row is lost -------------------------------------------------------------------------------------------------


@FEW
@given(SPAN_ROWS, LOG_ROWS)
def test_every_row_is_accepted_refused_or_blank_and_the_same_again_changes_nothing(spans, log):
    with fresh(lengths={"O1": 10, "O2": ""}, coded=entry("spans.csv") + event_log("log.csv")) as study:
        study.write("spans.csv", quoted(SPANS, spans))
        study.write("log.csv", quoted(LOG, log))
        imported, again = study.run(), study.run()
        counts = imported.ask("SELECT path, rows, accepted, rejected, blank FROM source WHERE content = 'coded'")
        for path, rows, accepted, rejected, blank in counts:
            assert rows == accepted + rejected + blank == len(spans if "spans" in path else log)
        assert_every_refusal_is_said(imported)
        assert_every_event_stands_on_accepted_rows(imported)
        assert not again.outcome.new and again.outcome.generation == imported.outcome.generation


def assert_every_refusal_is_said(imported: Imported) -> None:
    unsaid = """
        SELECT s.path, r.line, r.reason FROM raw_row r JOIN source s USING (source_id)
        ANTI JOIN issue i ON i.source_id = r.source_id AND i.kind = r.reason
             AND (i.line = r.line OR i.kind = 'same_observation_twice')
        WHERE r.outcome = 'rejected'"""
    assert imported.ask(unsaid) == []
    assert imported.ask("SELECT detail FROM issue WHERE detail LIKE '%{%}%' OR detail LIKE '% None%'") == []


def assert_every_event_stands_on_accepted_rows(imported: Imported) -> None:
    loose = """
        SELECT e.* FROM event e ANTI JOIN raw_row r ON r.source_id = e.source_id AND r.outcome = 'accepted'
             AND r.line = e.start_line
        UNION ALL SELECT e.* FROM event e ANTI JOIN raw_row r ON r.source_id = e.source_id AND r.outcome = 'accepted'
             AND r.line = coalesce(e.stop_line, e.start_line)
        UNION ALL SELECT e.* FROM event e ANTI JOIN observation o USING (observation_id)
        UNION ALL SELECT e.* FROM event e JOIN observation o USING (observation_id) WHERE e.offset_ms > o.end_ms"""
    assert imported.ask(loose) == []
    overlaps = """
        SELECT * FROM (SELECT *, max(offset_ms) OVER (PARTITION BY observation_id, coder_id, subject, behaviour_group
             ORDER BY onset_ms, offset_ms ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_ms
             FROM event WHERE kind = 'state' AND behaviour_group IN ('face', 'voice')) WHERE onset_ms < before_ms"""
    assert imported.ask(overlaps) == []


# ---- order and splitting --------------------------------------------------------------------------------------------

SECONDS = st.integers(0, 24).map(lambda quarter: quarter / 4)
CODES = st.sampled_from(["Smile", "Neutral", "Sing", "Hum", "Reach", "Wave"])
SPAN = st.builds(
    lambda subject, code, start, length: [subject, code, str(start), str(start + length)],
    st.sampled_from(["Infant", "Caregiver 1"]),
    CODES,
    SECONDS,
    SECONDS,
)


@st.composite
def bouts(draw) -> list[list[str]]:
    """Starts and stops of bouts that may touch: in each stream one code after the other, each longer than nothing."""
    marks = []
    for code in ("Reach", "Wave", "Sing"):
        edges = sorted(draw(st.lists(st.integers(0, 40), max_size=7, unique=True)))
        touching = draw(st.booleans())
        pairs = zip(edges, edges[1:], strict=False) if touching else zip(edges[::2], edges[1::2], strict=False)
        for start, stop in pairs:
            marks += [["Infant", code, "State start", str(start / 4)], ["Infant", code, "State stop", str(stop / 4)]]
    return marks


def shuffled(rows: st.SearchStrategy) -> st.SearchStrategy[list[list[list[str]]]]:
    """The rows as drawn and in four other orders."""
    return rows.flatmap(lambda one: st.tuples(st.just(one), *[st.permutations(one)] * 4)).map(list)


@FEW
@given(shuffled(st.lists(SPAN, min_size=1, max_size=12)), shuffled(bouts()))
def test_the_order_of_rows_changes_no_event(spans, marks):
    """The same rows in five orders, each as a recording of its own; bouts that touch pair up in any order too."""
    names = [f"S{n}" for n in range(5)] + [f"M{n}" for n in range(5)]
    with fresh(lengths=dict.fromkeys(names, 10), coded=entry("spans.csv") + event_log("log.csv")) as study:
        study.write("spans.csv", table(SPANS, [[f"S{n}", *row] for n, rows in enumerate(spans) for row in rows]))
        study.write("log.csv", table(LOG, [[f"M{n}", *row] for n, rows in enumerate(marks) for row in rows]))
        imported = study.run()
        for kind in "SM":
            assert [imported.events(f"{kind}{n}") for n in range(5)] == [imported.events(f"{kind}0")] * 5
        assert len(imported.events("M0")) == len(marks[0]) / 2


EVENTS = "SELECT * EXCLUDE (coder_id, source_id, start_line, stop_line) FROM event WHERE coder_id = ? ORDER BY ALL"
DURATIONS = "SELECT * EXCLUDE (coder_id) FROM duration WHERE coder_id = ? ORDER BY ALL"


@FEW
@given(SPAN_ROWS)
def test_one_file_or_one_per_recording_is_the_same(rows):
    """The same rows by two coders: one sent one file, the other one file per recording."""
    entries = entry("all.csv", 'coder = "one"') + entry("part*.csv", 'coder = "two"')
    with fresh(lengths={"O1": 10, "O2": ""}, coded=entries) as study:
        study.write("all.csv", quoted(SPANS, rows))
        for number, name in enumerate(sorted({row[0].replace("\u00a0", " ").strip() for row in rows}) or [""]):
            part = [row for row in rows if row[0].replace("\u00a0", " ").strip() == name]
            study.write(f"part{number}.csv", quoted(SPANS, part))
        imported = study.run()
        assert imported.ask(EVENTS, "one") == imported.ask(EVENTS, "two")
        assert imported.ask(DURATIONS, "one") == imported.ask(DURATIONS, "two")


# ---- again, and back ------------------------------------------------------------------------------------------------


@settings(FEW, max_examples=3)
@given(SPAN_ROWS, SPAN_ROWS)
def test_a_change_and_back_leaves_what_was_there(rows, others):
    with fresh(lengths={"O1": 10, "O2": ""}) as study:
        study.write("a.csv", quoted(SPANS, rows))
        study.write("b.csv", quoted(SPANS, [["O3", "Infant", "Sing", "0", "1"]]))
        study.lengths["O3"] = 5
        first = study.run()
        study.write("a.csv", quoted(SPANS, [*others, ["O1", "Infant", "Wave", "3", "4"]]))
        between = study.run()
        study.write("a.csv", quoted(SPANS, rows))
        last = study.run()
        assert between.outcome.new and last.tables() == first.tables()
        words = [issue for issue in last.issues() if " superseded: " not in issue]
        assert words == first.issues()


# ---- two roads ------------------------------------------------------------------------------------------------------

RAW = """
    SELECT line, outcome, reason, raw FROM raw_row JOIN source USING (source_id) WHERE path LIKE ? ORDER BY line"""


@pytest.fixture
def roads(monkeypatch) -> list[str]:
    """Files called slow... are read in chunks, others by the database where it can; the names of those it could."""
    quick: list[str] = []
    keep: Callable = coded._keep

    def either(connection, file, *others):
        found = None if file.path.stem.startswith("slow") else keep(connection, file, *others)
        quick.extend([file.path.stem] if found else [])
        return found

    monkeypatch.setattr(coded, "_keep", either)
    return quick


MESSY = st.lists(
    st.lists(PRINTED | st.sampled_from(['a"b', '"', " x ", "a,b", "\t", "'", "\u2028"]), min_size=5, max_size=5),
    max_size=15,
)


@settings(FEW, suppress_health_check=[*HealthCheck])
@given(MESSY, st.sampled_from([",", ";", "\t"]), st.booleans())
def test_the_quick_road_reads_what_the_slow_one_reads(roads, rows, delimiter, quotes):
    roads.clear()
    sensible = [
        ["O1", "Infant", "Sing", "0", "1"],
        ["O1", "Infant", "Hum", "1.001", "3"],
        ["O1", "Infant", "Sing", "2", "4"],
    ]
    lines = [SPANS, *(row for pair in zip(sensible, [*rows, *sensible], strict=False) for row in pair), *rows]
    text = "\n".join(delimiter.join(written(cell, quotes, delimiter) for cell in line) for line in lines) + "\n"
    entries = [entry(f"{road}.csv", f'coder = "{road}"\ndelimiter = "{delimiter}"') for road in ("quick", "slow")]
    with fresh(coded="".join(entries).replace("\t", "\\t")) as study:
        study.write("quick.csv", text)
        study.write("slow.csv", text)
        imported = study.run()
        assert imported.ask(RAW, "%quick.csv") == imported.ask(RAW, "%slow.csv")
        assert imported.ask(EVENTS, "quick") == imported.ask(EVENTS, "slow")


def written(cell: str, always: bool, delimiter: str) -> str:
    """A cell as spreadsheets write it: in quotes where it must be, or always."""
    must = always or delimiter in cell or '"' in cell
    return '"' + cell.replace('"', '""') + '"' if must else cell


def test_the_quick_road_is_taken_for_plain_files(roads, tmp_path):
    study = Tiny(tmp_path)
    study.spans("quick.csv", "| O1 | Infant | Sing | 0 | 5 |")
    study.write("broken.csv", table(SPANS, drawn("| O1 | Infant | Wave | 0 | 5 |")) + "O1,Infant\n")
    study.run()
    assert roads == ["quick"]


# ---- names that mean harm -------------------------------------------------------------------------------------------

HOSTILE = PRINTED | st.sampled_from(
    [
        "'; DROP TABLE event; --",
        'x"; --',
        "{0}",
        "%s",
        "$ids",
        "\\",
        "=1+1",
        "<script>",
        "[a](http://x)",
        "NULL",
        "..",
        "~",
    ]
)
NAME = HOSTILE.map(str.strip).filter(
    lambda name: name and not name.startswith("=") and name == re.sub(r"\s", " ", name)
)


def toml(text: str) -> str:
    return (
        '"'
        + "".join(letter if letter.isalnum() and letter.isascii() else f"\\U{ord(letter):08X}" for letter in text)
        + '"'
    )


@FEW
@given(
    st.lists(NAME, min_size=7, max_size=7, unique_by=lambda name: name.casefold()),
    st.text(st.characters(categories=("L", "N", "P", "S"), exclude_characters="/"), min_size=1, max_size=20),
)
def test_names_never_break_a_statement(names, file):
    *columns, recording, coder = names
    fields = dict(zip(("observation", "subject", "code", "onset", "offset"), map(toml, columns), strict=True))
    written = ", ".join(f"{field} = {name}" for field, name in fields.items())
    with fresh(lengths={recording: 10}) as study:
        study.coded = f'\n[[coded]]\nfiles = ["*.csv"]\nformat = "long_csv"\ncoder = {toml(coder)}\n'
        study.coded += f'columns = {{ {written}, unit = "s" }}\ndelimiter = ","\n'
        rows = [
            [recording, "Infant", "Sing", "0", "5"],
            [recording, coder, file, "0", "5"],
            [file, "Infant", "Sing", "0", "5"],
        ]
        study.write(f"f{file}.csv", table(columns, rows))
        imported = study.run()
        assert imported.ask("SELECT observation_id, coder_id, code FROM event") == [(recording, coder, "Sing")]
        assert imported.ask("SELECT rows, accepted FROM source WHERE content = 'coded'") == [(3, 1)]
        assert imported.ask("SELECT path FROM source WHERE content = 'coded'") == [(f"coded/f{file}.csv",)]
