"""Row rules of the import as pictures: a few rows, the events they become, what became of each, every sentence."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.catalogue.rules import RULES
from tests.tiny import SPANS, Imported, Tiny, entry, event_log, table

REFUSED = "The row was refused. Correct it in the coding tool and import again."
DROPPED = "The row was dropped."
LOG_COLUMNS = ["Observation", "Subject", "Behavior", "Event_Type", "Time_Relative_sf", "Modifier_1", "Modifier_2"]
SPAN_COLUMNS = [*SPANS, "group"]


@dataclass(frozen=True)
class Picture:
    """Rows of one recording (10 s long) and what must come of them; row 1 is the first of `rows`.

    `refused` names the rule of every row that is not accepted; `said` gives the issues: (row, 0 where no row is
    meant; 'severity kind'; sentence after the place; action).
    """

    name: str
    rows: str
    events: str = ""
    refused: dict[int, str] = field(default_factory=dict)
    said: tuple[tuple[int, str, str, str], ...] = ()


MARKS = [
    Picture(
        "start and stop",
        """
        | Infant      | Sing | State start | 1.5   |
        | Caregiver 1 | Sing | State start | 2     |
        | Infant      | Sing | State stop  | 4.25  |
        | Caregiver 1 | Sing | State stop  | 10    |
        """,
        "infant Sing 1500-4250; caregiver1 Sing 2000-10000",
    ),
    Picture("a point", "| Infant | Clap | Point | 3 |", "infant Clap at 3000"),
    Picture(
        "started twice",
        """
        | Infant | Sing | State start | 0 |
        | Infant | Sing | State start | 4 |
        | Infant | Sing | State stop  | 6 |
        """,
        "infant Sing 0-4000 [closed_at_next_start]; infant Sing 4000-6000",
        said=(
            (
                1,
                "warning start_start",
                "the state 'Sing' of the infant starts again at 4 s before it has stopped.",
                "The first one was closed at the second start.",
            ),
        ),
    ),
    Picture(
        "stop without start",
        """
        | Infant | Sing | State stop  | 2 |
        | Infant | Sing | State start | 4 |
        | Infant | Sing | State stop  | 6 |
        | Infant | Sing | State stop  | 8 |
        """,
        "infant Sing 4000-6000",
        {1: "stop_without_start", 4: "stop_without_start"},
        tuple(
            (
                row,
                "warning stop_without_start",
                f"the state 'Sing' of the infant stops at {second} s, but no start of it was read.",
                DROPPED,
            )
            for row, second in ((1, 2), (4, 8))
        ),
    ),
    Picture(
        "start without stop",
        "| Infant | Sing | State start | 7 |",
        "infant Sing 7000-10000 [closed_at_end]",
        said=(
            (
                1,
                "warning start_without_stop",
                "the state 'Sing' of the infant starts but never stops.",
                "It was closed at the end of the observation (10 s).",
            ),
        ),
    ),
    Picture(
        "another code between start and stop",
        """
        | Infant | Reach | State start | 1 |
        | Infant | Wave  | State start | 2 |
        | Infant | Reach | State stop  | 3 |
        | Infant | Wave  | State stop  | 4 |
        """,
        "infant Reach 1000-3000; infant Wave 2000-4000",
    ),
    Picture(
        "modifiers",
        """
        | Infant | Reach | State start | 0 | left  | slow |
        | Infant | Reach | State stop  | 1 | left  | slow |
        | Infant | Reach | State start | 2 | None  | slow |
        | Infant | Reach | State stop  | 3 |       |      |
        | Infant | Reach | State start | 4 | left  |      |
        | Infant | Reach | State stop  | 5 | right |      |
        """,
        "infant Reach (left|slow) 0-1000; infant Reach (slow) 2000-3000; infant Reach (left) 4000-5000",
        said=(
            (
                5,
                "warning modifier_changed",
                "the modifier of 'Reach' of the infant at 4 s differs between start and stop.",
                "The modifier of the start was kept.",
            ),
        ),
    ),
    Picture(
        "stop and start in one moment",
        """
        | Infant | Sing | State start | 0 |
        | Infant | Sing | State stop  | 5 |
        | Infant | Sing | State start | 5 |
        | Infant | Sing | State stop  | 9 |
        """,
        "infant Sing 0-5000; infant Sing 5000-9000",
    ),
    Picture(
        "stop and start in one moment, the start written first",
        """
        | Infant | Sing | State start | 0 |
        | Infant | Sing | State start | 5 |
        | Infant | Sing | State stop  | 5 |
        | Infant | Sing | State start | 7 |
        | Infant | Sing | State stop  | 7 |
        | Infant | Sing | State stop  | 9 |
        """,
        "infant Sing 0-5000; infant Sing 5000-7000; infant Sing 7000-9000",
    ),
    Picture(
        "no length",
        """
        | Infant | Sing | State start | 5 |
        | Infant | Sing | State stop  | 5 |
        """,
        "infant Sing 5000-5000",
        said=(
            (
                1,
                "warning zero_length_state",
                "the state 'Sing' of the infant at 5 s starts and stops at the same time.",
                "It was kept; it adds no time.",
            ),
        ),
    ),
    Picture(
        "the same mark twice",
        """
        | Infant | Sing | State start | 1 |
        | Infant | Sing | State start | 1 |
        | Infant | Sing | State stop  | 3 |
        | Infant | Sing | State stop  | 3 |
        | Infant | Clap | Point       | 4 |
        | Infant | Clap | Point       | 4 |
        """,
        "infant Sing 1000-3000; infant Clap at 4000",
        {2: "duplicate_row", 4: "duplicate_row", 6: "duplicate_row"},
        tuple(
            (
                row,
                "warning duplicate_row",
                f"the row for '{code}' of the infant at {second} s repeats line {{{row - 1}}}.",
                "The second copy was dropped.",
            )
            for row, code, second in ((2, "Sing", 1), (4, "Sing", 3), (6, "Clap", 4))
        ),
    ),
    Picture(
        "overlap of two codes that exclude each other",
        """
        | Infant | Sing | State start | 0 |
        | Infant | Hum  | State start | 3 |
        | Infant | Sing | State stop  | 6 |
        | Infant | Hum  | State stop  | 8 |
        """,
        "infant Sing 0-6000",
        {2: "overlap_in_group", 4: "overlap_in_group"},
        tuple(
            (
                row,
                "error overlap_in_group",
                "overlapping codes in group voice for the infant: Sing 0-6 s and Hum 3-8 s.",
                "The event that starts later was refused. Correct one in the coding tool and import again.",
            )
            for row in (2, 4)
        ),
    ),
    Picture(
        "around the end of the recording",
        """
        | Infant      | Sing | State start | 8  |
        | Infant      | Sing | State stop  | 12 |
        | Infant      | Clap | Point       | 10 |
        | Infant      | Clap | Point       | 11 |
        | Caregiver 1 | Sing | State start | 10 |
        | Caregiver 1 | Sing | State stop  | 13 |
        """,
        "infant Sing 8000-10000 [clipped]; infant Clap at 10000",
        {4: "after_end_whole", 5: "after_end_whole", 6: "after_end_whole"},
        (
            (
                1,
                "warning after_end",
                "'Sing' of the infant ends at 12 s, after the end of the recording.",
                "It was cut at the end of the recording.",
            ),
            (
                4,
                "warning after_end_whole",
                "'Clap' of the infant at 11 s lies after the end of the recording.",
                DROPPED,
            ),
            (
                5,
                "warning after_end_whole",
                "'Sing' of the caregiver at 10 s lies after the end of the recording.",
                DROPPED,
            ),
            (
                6,
                "warning after_end_whole",
                "'Sing' of the caregiver at 13 s lies after the end of the recording.",
                DROPPED,
            ),
        ),
    ),
    Picture(
        "before the start of the recording",
        """
        | Infant | Sing | State start | -0.5 |
        | Infant | Sing | State stop  | 2    |
        """,
        "",
        {1: "negative_time", 2: "stop_without_start"},
        (
            (
                1,
                "error negative_time",
                "the time -0.5 s lies before the start of the recording.",
                "The row was refused. If the tool counts from another origin, set time_offset_ms in the manifest.",
            ),
            (
                2,
                "warning stop_without_start",
                "the state 'Sing' of the infant stops at 2 s, but no start of it was read.",
                DROPPED,
            ),
        ),
    ),
    Picture(
        "neither start, stop nor point",
        "| Infant | Sing | State | 1 |",
        "",
        {1: "unknown_event_type"},
        (
            (
                1,
                "error unknown_event_type",
                "event type 'State' is not known. Expected State start, State stop or Point.",
                REFUSED,
            ),
        ),
    ),
    Picture(
        "points and states mixed up",
        """
        | Infant | Sing | Point       | 1 |
        | Infant | Clap | State start | 2 |
        """,
        "",
        {1: "point_in_state_group", 2: "state_in_point_code"},
        (
            (
                1,
                "error point_in_state_group",
                "'Sing' of the infant is a state but is marked as a point at 1 s.",
                REFUSED,
            ),
            (
                2,
                "error state_in_point_code",
                "'Clap' of the infant is a point event but is coded with a duration at 2 s.",
                REFUSED,
            ),
        ),
    ),
    Picture(
        "blanks around words, in other capitals where that is allowed",
        "|  \u00a0infant\u00a0 |\u00a0Reach |  state START\u00a0| 1 |\n| INFANT | Reach\t| State stop | 2 |",
        "infant Reach 1000-2000",
    ),
]

SPANS_DRAWN = [
    Picture(
        "a chain of overlaps: the second is refused, the third stands beside the first",
        """
        | Infant | Sing | 0  | 6  |
        | Infant | Hum  | 4  | 8  |
        | Infant | Sing | 7  | 9  |
        """,
        "infant Sing 0-6000; infant Sing 7000-9000",
        {2: "overlap_in_group"},
        (
            (
                2,
                "error overlap_in_group",
                "overlapping codes in group voice for the infant: Sing 0-6 s and Hum 4-8 s.",
                "The event that starts later was refused. Correct one in the coding tool and import again.",
            ),
        ),
    ),
    Picture(
        "overlaps of other people and other groups are none",
        """
        | Infant      | Sing  | 0 | 6 |
        | Caregiver 1 | Hum   | 4 | 8 |
        | Infant      | Reach | 2 | 5 |
        | Infant      | Wave  | 3 | 9 |
        | Infant      | Clap  | 4 |   |
        """,
        "infant Sing 0-6000; infant Reach 2000-5000; infant Wave 3000-9000; infant Clap at 4000; "
        "caregiver1 Hum 4000-8000",
    ),
    Picture(
        "touching is not overlapping",
        """
        | Infant | Hum  | 4 | 8 |
        | Infant | Sing | 0 | 4 |
        """,
        "infant Sing 0-4000; infant Hum 4000-8000",
    ),
    Picture(
        "the same row three times",
        """
        | Infant | Reach | 1 | 2 |
        | Infant | Reach | 1 | 2 |
        | Infant | Reach | 1 | 3 |
        | Infant | Reach | 1.000 | 2.0 |
        """,
        "infant Reach 1000-2000; infant Reach 1000-3000",
        {2: "duplicate_row", 4: "duplicate_row"},
        (
            (
                2,
                "warning duplicate_row",
                "the row for 'Reach' of the infant at 1 s repeats line {1}.",
                "The second copy was dropped.",
            ),
            (
                4,
                "warning duplicate_row",
                "the row for 'Reach' of the infant at 1 s repeats line {1}.",
                "The second copy was dropped.",
            ),
        ),
    ),
    Picture(
        "every moment coded",
        """
        | Infant | Smile   | 0 | 4  |
        | Infant | Hidden  | 4 | 9  |
        | Infant | Neutral | 9 | 10 |
        """,
        "infant Smile 0-4000; infant Hidden 4000-9000; infant Neutral 9000-10000",
    ),
    Picture(
        "a hole in a group that leaves none",
        """
        | Infant | Smile   | 0   | 4   |
        | Infant | Neutral | 5.5 | 9.75 |
        """,
        "infant Smile 0-4000; infant Neutral 5500-9750",
        said=(
            (
                0,
                "warning hole_in_group",
                "{name} has 1.75 s without any code of group face for the infant, though the group leaves no gaps.",
                "The time was kept as uncoded.",
            ),
        ),
    ),
    Picture(
        "ends before it starts",
        "| Infant | Reach | 5 | 4.999 |",
        "",
        {1: "offset_before_onset"},
        (
            (
                1,
                "error offset_before_onset",
                "'Reach' of the infant ends at 4.999 s, before it starts at 5 s.",
                REFUSED,
            ),
        ),
    ),
    Picture(
        "times that are none",
        """
        | Infant | Reach | 1,5   | 2 |
        | Infant | Reach | 1     | two |
        | Infant | Reach |       | 2 |
        | Infant | Reach | 1     |   |
        """,
        "",
        dict.fromkeys((1, 2, 3, 4), "unreadable_time"),
        (
            (1, "error unreadable_time", "the time '1,5' cannot be read as seconds.", REFUSED),
            (2, "error unreadable_time", "the end 'two' cannot be read as seconds.", REFUSED),
            (3, "error unreadable_time", "the row has no time.", REFUSED),
            (4, "error unreadable_time", "the row has no end.", REFUSED),
        ),
    ),
    Picture(
        "milliseconds taken for seconds",
        "| Infant | Reach | 1000 | 700000000 |",
        "",
        {1: "beyond_a_week"},
        (
            (
                1,
                "error beyond_a_week",
                "the time 700000000 s is more than a week after the start of the recording.",
                "The row was refused. Check the unit of the times in the manifest (ms or s) and import again.",
            ),
        ),
    ),
    Picture(
        "a point that lasts",
        """
        | Infant | Clap | 2 | 2 |
        | Infant | Clap | 3 | 4 |
        """,
        "infant Clap at 2000",
        {2: "state_in_point_code"},
        (
            (
                2,
                "error state_in_point_code",
                "'Clap' of the infant is a point event but is coded with a duration at 3 s.",
                REFUSED,
            ),
        ),
    ),
    Picture(
        "unknown words",
        """
        | Infant | Smyle | 0 | 1 |
        | Infant | smile | 0 | 1 |
        | Baby   | Smile | 0 | 1 |
        | Infnat | Smile | 0 | 1 |
        """,
        "",
        {1: "unknown_code", 2: "case_variant", 3: "unknown_subject", 4: "unknown_subject"},
        (
            (
                1,
                "error unknown_code",
                "code 'Smyle' is not in scheme tiny. Did you mean 'Smile'? Known codes: Bodily Sounds, Bodily sounds, "
                "Clap, Cry, Hidden, Hum, Neutral, Other, Reach, Sing, Smile, Wave.",
                REFUSED,
            ),
            (
                2,
                "error case_variant",
                "code 'smile' is not in scheme tiny, which distinguishes capitals. Did you mean 'Smile'?",
                REFUSED,
            ),
            (
                3,
                "error unknown_subject",
                "subject 'Baby' is not known. Known subjects: Caregiver 1, Infant.",
                "The row was refused. Map the subject in the manifest (subjects) and import again.",
            ),
            (
                4,
                "error unknown_subject",
                "subject 'Infnat' is not known. Did you mean 'Infant'? Known subjects: Caregiver 1, Infant.",
                "The row was refused. Map the subject in the manifest (subjects) and import again.",
            ),
        ),
    ),
    Picture(
        "two codes that differ in capitals only, each for one of the two",
        """
        | Infant      | Bodily Sounds | 0 | 1 |
        | Caregiver 1 | Bodily sounds | 0 | 1 |
        | Infant      | Bodily sounds | 2 | 3 |
        | Caregiver 1 | Cry           | 2 | 3 |
        """,
        "infant Bodily Sounds 0-1000; caregiver1 Bodily sounds 0-1000",
        {3: "wrong_role", 4: "wrong_role"},
        (
            (
                3,
                "error wrong_role",
                "code 'Bodily sounds' cannot be given to the infant; it belongs to the caregiver, the second "
                "caregiver.",
                REFUSED,
            ),
            (
                4,
                "error wrong_role",
                "code 'Cry' cannot be given to the caregiver; it belongs to the infant.",
                REFUSED,
            ),
        ),
    ),
    Picture(
        "a code of several groups",
        """
        | Infant | Other | 0 | 1 | voice |
        | Infant | Other | 0 | 1 | Hands |
        | Infant | Other | 2 | 3 |       |
        | Infant | Smile | 2 | 3 | hands |
        """,
        "infant Other 0-1000; infant Other 0-1000",
        {3: "ambiguous_code", 4: "wrong_group"},
        (
            (
                3,
                "error ambiguous_code",
                "code 'Other' stands in several groups of scheme tiny and the file does not say which.",
                "The row was refused. Give the file a column for the behaviour group.",
            ),
            (
                4,
                "error wrong_group",
                "code 'Smile' does not belong to group hands but to face.",
                REFUSED,
            ),
        ),
    ),
    Picture(
        "cells without words",
        """
        | Infant |       | 0 | 1 |
        |        | Reach | 0 | 1 |
        |        |       |   |   |
        | Infant | Reach | 3 | 4 |
        """,
        "infant Reach 3000-4000",
        {1: "missing_code", 2: "missing_subject", 3: "missing_subject"},
        (
            (1, "error missing_code", "the row names no code.", REFUSED),
            *(
                (
                    row,
                    "error missing_subject",
                    "the row does not say who was coded. Known subjects: Caregiver 1, Infant.",
                    "The row was refused. Fill it in, or say it in the manifest (subject), and import again.",
                )
                for row in (2, 3)
            ),
        ),
    ),
]
PICTURES = {"log.csv": (LOG_COLUMNS, MARKS), "spans.csv": (SPAN_COLUMNS, SPANS_DRAWN)}
PLACED = {
    picture.name: (file, f"{file[0].upper()}{number:02}", picture)
    for file, (_, pictures) in PICTURES.items()
    for number, picture in enumerate(pictures)
}


def padded(cells: list[str], width: int) -> list[str]:
    return cells + [""] * (width - len(cells))


def raw(drawing: str) -> list[list[str]]:
    """Drawn rows whose blanks (other than plain spaces) stay as they are."""
    lines = [line.strip(" ") for line in drawing.strip("\n").splitlines() if line.strip(" ")]
    return [[cell.strip(" ") for cell in line.strip("|").split("|")] for line in lines]


@pytest.fixture(scope="module")
def gallery(tmp_path_factory) -> tuple[Imported, dict[str, int]]:
    """All pictures in one study, each a recording of its own; and the line on which each begins."""
    study = Tiny(tmp_path_factory.mktemp("gallery"), {name: 10 for _, name, _ in PLACED.values()})
    study.coded = event_log("log.csv") + entry("spans.csv", columns=', behaviour_group = "group"')
    begins: dict[str, int] = {}
    for file, (columns, pictures) in PICTURES.items():
        rows: list[list[str]] = []
        for picture in pictures:
            begins[picture.name] = len(rows) + 2
            rows += [padded([PLACED[picture.name][1], *cells], len(columns)) for cells in raw(picture.rows)]
        study.write(file, table(columns, rows))
    return study.run(), begins


@pytest.mark.parametrize("name", PLACED)
def test_the_events_of_a_picture(gallery, name):
    imported, _ = gallery
    _, observation, picture = PLACED[name]
    assert imported.events(observation) == [line.strip() for line in picture.events.split(";") if line.strip()]


@pytest.mark.parametrize("name", PLACED)
def test_what_became_of_each_row_of_a_picture(gallery, name):
    imported, begins = gallery
    file, _, picture = PLACED[name]
    outcomes = imported.outcomes()
    for number in range(1, len(raw(picture.rows)) + 1):
        assert outcomes[file, begins[name] + number - 1] == picture.refused.get(number, "accepted"), number


@pytest.mark.parametrize("name", PLACED)
def test_the_sentences_of_a_picture(gallery, name):
    imported, begins = gallery
    file, observation, picture = PLACED[name]
    first, last = begins[name], begins[name] + len(raw(picture.rows)) - 1
    found = imported.ask(
        "SELECT line, severity || ' ' || kind, detail, action FROM issue WHERE file LIKE ? AND"
        " (line BETWEEN ? AND ? OR line IS NULL AND observation_id = ?) ORDER BY line NULLS FIRST",
        f"%{file}",
        first,
        last,
        observation,
    )
    expected = []
    for row, kind, sentence, action in picture.said:
        for number in range(1, last - first + 2):
            sentence = sentence.replace(f"{{{number}}}", str(first + number - 1))
        place = f"{file}, line {first + row - 1}: " if row else f"{file}: "
        sentence = place + sentence.replace("{name}", observation)
        expected.append((first + row - 1 if row else None, kind, sentence, action))
    assert found == expected


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("start and stop", [(1, 3), (2, 4)]),
        ("started twice", [(1, None), (2, 3)]),
        ("start without stop", [(1, None)]),
        ("a point", [(1, None)]),
        ("stop and start in one moment, the start written first", [(1, 3), (2, 5), (4, 6)]),
        ("a hole in a group that leaves none", [(1, None), (2, None)]),
    ],
)
def test_every_event_names_the_rows_it_came_from(gallery, name, lines):
    """The row of its start and, where the file has one, that of its stop."""
    imported, begins = gallery
    question = "SELECT start_line, stop_line FROM event WHERE observation_id = ? ORDER BY onset_ms"
    found = imported.ask(question, PLACED[name][1])
    begin = begins[name] - 1
    assert [(start - begin, stop and stop - begin) for start, stop in found] == lines


def test_rows_are_counted(gallery):
    """rows = accepted + rejected + blank, per file and in all; the second road counts the raw rows."""
    imported, _ = gallery
    rows = {file: sum(len(raw(picture.rows)) for picture in pictures) for file, (_, pictures) in PICTURES.items()}
    refused = {file: sum(len(picture.refused) for picture in pictures) for file, (_, pictures) in PICTURES.items()}
    counted = imported.ask("SELECT path, rows, accepted, rejected, blank FROM source WHERE content = 'coded'")
    assert {Path(path).name: counts for path, *counts in counted} == {
        file: [rows[file], rows[file] - refused[file], refused[file], 0] for file in rows
    }
    assert imported.outcome.rows == sum(rows.values()) + len(PLACED), "and one row per recording in its table"


AGGREGATED = ["Observation id", "Total length", "Subject", "Behavior", "Behavior type", "Start (s)", "Stop (s)"]


def test_each_recording_has_the_length_its_own_row_gives(tmp_path):
    """Two recordings in two files, and a third beside the second: none takes the length of another."""
    study = Tiny(tmp_path, {"O1": "", "O2": "", "O3": ""})
    study.coded = '\n[[coded]]\nfiles = ["*.tsv"]\nformat = "boris_aggregated"\ndelimiter = ","\n'
    study.write("a.tsv", table(AGGREGATED, [["O1", "60", "Infant", "Smile", "STATE", "0", "5"]]))
    rows = [["O2", "90", "Infant", "Cry", "STATE", "0", "5"], ["O3", "30", "Infant", "Cry", "STATE", "0", "5"]]
    study.write("b.tsv", table(AGGREGATED, rows))
    found = study.run().ask("SELECT observation_id, end_ms FROM observation ORDER BY ALL")
    assert found == [("O1", 60_000), ("O2", 90_000), ("O3", 30_000)]


def test_time_that_could_not_be_seen_counts_once(tmp_path):
    """Hidden twice at once in a group whose codes may overlap: 6 s of it and 8 s of anything, by hand."""
    hidden = '    { label = "Under the table", colour = "#9AA0A6", unobservable = true },\n'
    study = Tiny(tmp_path)
    study.manifest()
    scheme = (tmp_path / "tiny.toml").read_text().replace('    { label = "Wave"', hidden + '    { label = "Wave"')
    study.spans(
        "a.csv",
        """
        | O1 | Infant | Under the table | 0 | 6 |
        | O1 | Infant | Under the table | 2 | 4 |
        | O1 | Infant | Reach           | 5 | 8 |
        """,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.tiny.SCHEME", scheme)
        found = study.run().ask("SELECT coded_ms, unobservable_ms FROM coding WHERE behaviour_group = 'hands'")
    assert found == [(8_000, 6_000)]


def test_every_rule_is_seen_in_a_test():
    """A rule without a picture would be words that nobody has read."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("test_*.py")))
    assert [kind for kind in RULES if not re.search(rf"\b{kind}\b", text)] == []


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.kind)
def test_the_words_of_a_rule_are_sentences(rule):
    assert rule.action.endswith(".") and rule.title[0].isupper()
    assert rule.sentence.endswith((".", "}")) or rule.kind in ("unreadable_file", "kept_older_version")
