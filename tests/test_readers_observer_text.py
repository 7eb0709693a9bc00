"""Observer text: pairs per subject, states that the next line ends, and what never ends."""

from tests.reading_parts import read_bytes, rows
from tests.tiny import Tiny

ODF = '\n[[coded]]\nfiles = ["*.odf"]\nformat = "observer_text"\n'
HEAD = "Video-Pro\r\nproject still face\r\n{start}\r\n"


def drawn(folder, text: str, **entry) -> list[str]:
    """Events as '0-2.5 infant Smile, lines 4-6'."""
    reading = read_bytes(folder, "O1.odf", text, "observer_text", **entry)
    return [f"{e.onset}-{e.offset} {e.subject} {e.code}, lines {e.line}-{e.stop_line}" for e in reading.events()]


def test_starts_and_ends_are_paired_per_subject(tmp_path):
    """The infant's Cry ends at 5, though the mother's line lies between; labels hold blanks and commas."""
    lines = ["0.5 Infant,Cry_start", "2 Caregiver 1,Sing, softly_start", "5 Infant,Cry_end"]
    text = HEAD + "\r\n".join([*lines, "6 Caregiver 1,Sing, softly_end", "{end}", "9 Infant,Cry", ""])
    assert drawn(tmp_path, text) == ["0.5-5 Infant Cry, lines 4-6", "2-6 Caregiver 1 Sing, softly, lines 5-7"]


def test_a_subject_is_what_stands_before_the_comma(tmp_path):
    reading = read_bytes(
        tmp_path, "O1.odf", HEAD + "1 the baby,Cry_start\n2 the baby,Cry_end\n{end}\n", "observer_text"
    )
    assert [cells for _, cells in rows(reading)] == [["1", "the baby", "Cry_start"], ["2", "the baby", "Cry_end"]]


def test_a_state_without_a_mark_lasts_until_the_next_line_of_its_subject(tmp_path):
    text = HEAD + "0 Infant,Neutral\n1 Caregiver 1,Smile\n4 Infant,Smile\n6 Caregiver 1,Neutral\n{END}"
    assert drawn(tmp_path, text) == [
        "0-4 Infant Neutral, lines 4-6",
        "1-6 Caregiver 1 Smile, lines 5-7",
        "4-(open) Infant Smile, lines 6-6",
        "6-(open) Caregiver 1 Neutral, lines 7-7",
    ]


def test_every_line_is_accounted_for_and_open_states_end_with_the_recording(tmp_path):
    study = Tiny(tmp_path, {"O1": 10, "O2": 10}, ODF)
    lines = [
        "0 Infant,Neutral",
        "3,5 Infant,Smile",
        "",
        "5 Infant,Cry_end",
        "x",
        "1e9 Infant,Hum_start",
        "6 Infant,Sing_start",
    ]
    study.write("O1.odf", HEAD + "\r\n".join(lines).replace("3,5", "3.5") + "\r\n{end}\r\n")
    jump = "0 Infant,Jump_start\n2 Infant,Jump_end\n2 Infant,Smile_start\n3 Infant,Smile_end\n"
    study.write("O2.odf", HEAD + jump + "{end}\n")
    done = study.run()
    assert done.events() == [
        "infant Neutral 0-3500",
        "infant Smile 3500-5000",
        "infant Sing 6000-10000 [closed_at_end]",
    ]
    outcomes = {line: outcome for (file, line), outcome in done.outcomes().items() if file == "O1.odf"}
    assert outcomes == {
        4: "accepted",
        5: "accepted",
        6: "blank",
        7: "end_without_start",
        8: "malformed_cell",
        9: "beyond_a_week",
        10: "accepted",
    }
    assert done.issues("start_without_stop", "end_without_start", "malformed_cell") == [
        "warning end_without_start: O1.odf, line 7: the state 'Cry' ends at 5 s, but no start of it was read. | The "
        "row was dropped. Add its start in the coding tool and import again.",
        "error malformed_cell: O1.odf, line 8: the row is not made of seconds, a blank, a subject, a comma and a "
        "behaviour. | The row was refused. Correct it and import again.",
        "warning start_without_stop: O1.odf, line 10: the state 'Sing' of the infant starts but never stops. | It was "
        "closed at the end of the observation (10 s).",
    ]
    assert done.ask("SELECT start_line, stop_line FROM event WHERE observation_id = 'O1' ORDER BY onset_ms") == [
        (4, 5),
        (5, 7),
        (10, None),
    ]
    assert done.events("O2") == ["infant Smile 2000-3000"]
    refused = [outcome for (file, _), outcome in done.outcomes().items() if file == "O2.odf"]
    assert refused == ["unknown_code", "unknown_code", "accepted", "accepted"], "an end goes with its refused start"
