"""The bad files that are refused, or in which single rows are, before any meaning is looked for."""

from tests.bad_files.case import EVENT_LOG, START, STOP, BadFile, gzipped, packed, sheets, text

OBSERVER_COLUMNS = (
    "{file}: the header row is missing. Expected a row with the columns Observation, Behavior, Event_Type and a time "
    "column. Export the event log again."
)
XML_BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&c;</a>'
)
WORKBOOK = {
    "[Content_Types].xml": b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override '
    b'PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    b'spreadsheetml.sheet.main+xml"/>'
    b"</Types>"
}
LONG = {
    "columns": {
        "observation": "obs",
        "code": "code",
        "onset": "start",
        "offset": "stop",
        "subject": "=infant",
        "unit": "s",
    }
}
SAMPLED = "Time_Relative_sf,Observation,Subject,Behavior,Subject,Behavior\n"
BORIS_FLAT = "Observation id,Subject,Behavior,Behavior type,Time,Comment\n"

WHOLE = [
    BadFile("empty file", "log.csv", text(""), refused="log.csv: the file is empty. Export it again."),
    BadFile("only blank lines", "log.csv", text("\n\n \n"), refused="log.csv: the file is empty. Export it again."),
    BadFile(
        "only a byte-order mark",
        "log.csv",
        lambda: b"\xef\xbb\xbf",
        refused="log.csv: the file is empty. Export it again.",
    ),
    BadFile(
        "NUL byte",
        "log.csv",
        lambda: (EVENT_LOG + START).encode() + b"O1,Inf\0ant\n",
        refused="log.csv, line 3: the file holds a NUL byte, so it is damaged or not a text file. Export it again.",
    ),
    BadFile(
        "NUL byte in UTF-16",
        "log.txt",
        lambda: b"\xff\xfe" + (EVENT_LOG + "O1,In\0\n").encode("utf-16-le"),
        refused="log.txt, line 2: the file holds a NUL byte, so it is damaged or not a text file. Export it again.",
    ),
    BadFile(
        "UTF-16 cut in the middle of a letter",
        "log.txt",
        lambda: b"\xff\xfe" + (EVENT_LOG + START).encode("utf-16-le")[:-1],
        refused="log.txt: the file is not valid UTF-16-LE (byte 0A fits no letter). Export it as UTF-8, or name its "
        "encoding in the manifest (encoding = ...).",
    ),
    BadFile(
        "bytes outside Windows-1252",
        "log.csv",
        lambda: EVENT_LOG.encode() + b"O1,\x81,Positive,Point,00:00:01.000,\n",
        refused="log.csv: the file is not valid CP1252 (byte 81 fits no letter). Export it as UTF-8, or name its "
        "encoding in the manifest (encoding = ...).",
    ),
    BadFile(
        "not the encoding the manifest names",
        "log.csv",
        lambda: EVENT_LOG.encode() + "O1,Zoë,Positive,Point,00:00:01.000,\n".encode("cp1252"),
        entry={"encoding": "utf-8"},
        refused="log.csv: the file is not valid UTF-8 (byte EB fits no letter). Export it as UTF-8, or name its "
        "encoding in the manifest (encoding = ...).",
    ),
    BadFile(
        "an encoding nobody knows",
        "log.csv",
        text(EVENT_LOG + START),
        entry={"encoding": "win-latin"},
        refused="log.csv: 'win-latin' is not a known encoding. Write for example utf-8, cp1252 or utf-16.",
    ),
    BadFile(
        "an Excel workbook called .csv",
        "log.csv",
        sheets({"Log": [["a", "b"]]}),
        refused="log.csv: this is a zip archive or Excel workbook, not a text file. Give it its own ending (.xlsx), or "
        "save it as .csv.",
    ),
    BadFile(
        "an old Excel file",
        "log.csv",
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        refused="log.csv: this is an old Excel file (.xls), not a text file. Save it as .xlsx or .csv.",
    ),
    BadFile(
        "a text called .xlsx",
        "log.xlsx",
        text(EVENT_LOG + START),
        refused="log.xlsx: the file is damaged or not what its ending says. Save or export it again.",
    ),
    BadFile(
        "a zip without a workbook",
        "log.xlsx",
        packed({"notes.txt": b"hello"}),
        refused="log.xlsx: the Excel workbook cannot be read. Open it in Excel and save it again as .xlsx or .csv.",
    ),
    BadFile(
        "zip bomb",
        "log.xlsx",
        packed({"xl/worksheets/sheet1.xml": bytes(30_000_000)}),
        refused="log.xlsx: the file would unpack to 1,0{digits} times its size; at most 100 times is allowed. "
        "It was not opened. Save the table as .csv.",
    ),
    BadFile(
        "too many parts",
        "log.xlsx",
        packed({f"part{number}": b"x" for number in range(1001)}),
        refused="log.xlsx: the file holds 1,001 parts; at most 1,000 are allowed. It was not opened. "
        "Save the table as .csv.",
    ),
    BadFile(
        "XML bomb in a workbook",
        "log.xlsx",
        packed({**WORKBOOK, "xl/workbook.xml": XML_BOMB}),
        refused="log.xlsx: the Excel workbook cannot be read. Open it in Excel and save it again as .xlsx or .csv.",
    ),
    BadFile(
        "a workbook with a password",
        "log.xlsx",
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        refused="log.xlsx: the file is damaged or not what its ending says. Save or export it again.",
    ),
    BadFile(
        "gzip cut off",
        "log.csv.gz",
        lambda: gzipped((EVENT_LOG + START * 500).encode())()[:-20],
        refused="log.csv.gz: the gzip file is damaged or cut off. Pack or download it again.",
    ),
    BadFile(
        "a text called .gz",
        "log.csv.gz",
        text(EVENT_LOG),
        refused="log.csv.gz: the gzip file is damaged or cut off. Pack or download it again.",
    ),
    BadFile("no header row", "log.csv", text(START + STOP), refused=OBSERVER_COLUMNS.format(file="log.csv")),
    BadFile(
        "a line without an end",
        "log.csv",
        lambda: b"x" * 5_000_000,
        refused="log.csv, line 1: this line does not end within a million characters, so the file is not a table. "
        "Export it again.",
    ),
    BadFile(
        "no Event_Type",
        "log.csv",
        text("Observation,Subject,Behavior,Time_Relative_sf\nO1,Infant,Positive,1\n"),
        refused="log.csv: the column 'Event_Type' is missing. The file has: Observation, Subject, Behavior, "
        "Time_Relative_sf.",
    ),
    BadFile(
        "no Observation",
        "log.csv",
        text("Subject,Behavior,Event_Type,Time_Relative_sf\nInfant,Positive,Point,1\n"),
        refused="log.csv: the column 'Observation' is missing. The file has: Subject, Behavior, Event_Type, "
        "Time_Relative_sf.",
    ),
    BadFile(
        "no time column",
        "log.csv",
        text("Observation,Subject,Behavior,Event_Type,Time_Absolute_hms\nO1,Infant,Positive,Point,10:00:00\n"),
        refused="log.csv: no time column was found. Expected one of Time_Relative_hmsf, Time_Relative_hms with "
        "Time_Relative_f, Time_Relative_sf.",
    ),
    BadFile(
        "no Subject, nobody named",
        "log.csv",
        text("Observation,Behavior,Event_Type,Time_Relative_sf\nO1,Positive,Point,1\n"),
        refused="log.csv: there is no Subject column. Say in the manifest who was coded, for example "
        'subject = "infant".',
    ),
    BadFile(
        "no such coder column",
        "log.csv",
        text(EVENT_LOG + START),
        entry={"coder_column": "Rater"},
        refused="log.csv: the column 'Rater' is missing. The file has: Observation, Subject, Behavior, Event_Type, "
        "Time_Relative_hmsf, Comment.",
    ),
    BadFile(
        "sampled export read as event log",
        "log.csv",
        text(SAMPLED + "0,O1,Infant,Positive,Adult,Positive\n"),
        refused="log.csv: the column Behavior stands more than once, so this is a sampled export, not an event log. "
        'Write format = "observer_sampled" in the manifest.',
    ),
    BadFile(
        "event log read as sampled export",
        "log.csv",
        text("Observation,Subject,Behavior,Event_Type,Time_Relative_sf\nO1,Infant,Positive,Point,1\n"),
        format="observer_sampled",
        refused="log.csv: the column Event_Type says that this is an event log, not a sampled export. "
        'Write format = "observer_event_log" in the manifest.',
    ),
    BadFile(
        "fewer groups than channels",
        "log.csv",
        text(SAMPLED + "0,O1,Infant,Positive,Adult,Positive\n"),
        format="observer_sampled",
        entry={"channels": ["affect"]},
        refused="log.csv: the file has 2 channels (Subject, Behavior blocks), the manifest names 1 (channels = ...). "
        "Name one behaviour group per channel, in order.",
    ),
    BadFile(
        "BORIS export without a header row",
        "events.tsv",
        text("3.300\tvideo.mp4\t359.960\t25.0\tsubject1\ts\t\t\tSTART\n"),
        format="boris_events",
        refused="events.tsv: the header row is missing. Expected a row with Time, Behavior and Status (exports with a "
        "preamble), or with Observation id, Behavior, Behavior type and Time (flat exports). Export the events again.",
    ),
    BadFile(
        "BORIS events without a name",
        "events.tsv",
        text("Time\tSubject\tBehavior\tStatus\n1.0\tsubject1\ts\tSTART\n"),
        format="boris_events",
        refused="events.tsv: the observation has no name (no row 'Observation id' above the header, no such column). "
        "Export the events again with their preamble.",
    ),
    BadFile(
        "aggregated export read as events",
        "events.csv",
        text("Observation id,Subject,Behavior,Behavior type,Start (s),Stop (s)\nO1,s1,s,STATE,1,2\n"),
        format="boris_events",
        refused="events.csv: the columns Start (s) and Stop (s) say that this is an aggregated export. "
        'Write format = "boris_aggregated" in the manifest.',
    ),
    BadFile(
        "aggregated export without a header row",
        "events.tsv",
        text("O1\t2020-01-01\ts1\ts\tSTATE\t1.0\t2.0\n"),
        format="boris_aggregated",
        refused="events.tsv: the header row is missing. Expected a row with Observation id, Behavior, Behavior type, "
        "Start (s) and Stop (s). Export the aggregated events again.",
    ),
    BadFile(
        "aggregated export without the ends",
        "events.csv",
        text("Observation id,Subject,Behavior,Behavior type,Start (s)\nO1,s1,s,STATE,1\n"),
        format="boris_aggregated",
        refused="events.csv: the column 'Stop (s)' is missing. The file has: Observation id, Subject, Behavior, "
        "Behavior type, Start (s).",
    ),
    BadFile(
        "aggregated export that names nobody",
        "events.csv",
        text("Observation id,Behavior,Behavior type,Start (s),Stop (s)\nO1,s,STATE,1,2\n"),
        format="boris_aggregated",
        refused="events.csv: there is no Subject column. Say in the manifest who was coded, for example "
        'subject = "infant".',
    ),
    BadFile(
        "a project that is cut off",
        "test.boris",
        text('{\n "observations": {\n  "O1": {"events": [[1.0,\n'),
        format="boris_project",
        refused="test.boris, line 4: the file is not valid JSON (Expecting value). Save the project again.",
    ),
    BadFile(
        "JSON that is no project",
        "test.boris",
        text('{"events": []}'),
        format="boris_project",
        refused="test.boris: this is not a BORIS project (no 'observations' in it). Choose the .boris file of the "
        "project.",
    ),
    BadFile(
        "JSON nested without end",
        "test.boris",
        text("[" * 100_000),
        format="boris_project",
        refused="test.boris: the file is nested too deeply to be a project. Choose the .boris file of the project.",
    ),
    BadFile(
        "an observation that is no object",
        "test.boris",
        text('{"observations": {"O1": 7}}'),
        format="boris_project",
        refused="test.boris: the observation 'O1' is not as BORIS writes it. Save the project again.",
    ),
    BadFile(
        "an event that is no list",
        "test.boris",
        text('{"observations": {"O1": {"events": ["s"]}}}'),
        format="boris_project",
        refused="test.boris: the observation 'O1' is not as BORIS writes it. Save the project again.",
    ),
    BadFile(
        "a long table without a column",
        "events.csv",
        text("obs,code,start,end\nO1,Positive,0,1\n"),
        format="long_csv",
        entry=LONG,
        refused="events.csv: the column 'stop' is missing. The file has: obs, code, start, end.",
    ),
    BadFile(
        "a long table that names nobody",
        "events.csv",
        text("obs,code,start,stop\nO1,Positive,0,1\n"),
        format="long_csv",
        entry={"columns": {key: name for key, name in LONG["columns"].items() if key != "subject"}},
        refused="events.csv: there is no Subject column. Say in the manifest who was coded, for example "
        'subject = "infant".',
    ),
    BadFile(
        "a long table without a header row",
        "events.csv",
        text("O1,Positive,0,1\n"),
        format="long_csv",
        entry=LONG,
        refused="events.csv: the header row is missing. Expected a row with the columns obs, code, start, stop. "
        "Check the columns in the manifest.",
    ),
]

ROWS = [
    BadFile(
        "header only",
        "log.csv",
        text(EVENT_LOG),
        noted=((1, "no_rows", "The file has a header and no row below it."),),
        rows=0,
    ),
    BadFile(
        "header only, Excel",
        "log.xlsx",
        sheets({"Log": [EVENT_LOG.strip().split(",")]}),
        noted=((1, "no_rows", "The file has a header and no row below it."),),
        rows=0,
    ),
    BadFile(
        "row too short",
        "log.csv",
        text(EVENT_LOG + START + "O1,Infant\n" + STOP),
        noted=((3, "ragged_row", "The row has 2 cells; the header has 6."),),
        rows=3,
    ),
    BadFile(
        "row too long",
        "log.csv",
        text(EVENT_LOG + START.replace("\n", "a, b\n") + STOP),
        noted=((2, "ragged_row", "The row has 7 cells; the header has 6."),),
        rows=2,
    ),
    BadFile(
        "row too long, Excel",
        "log.xlsx",
        sheets({"Log": [EVENT_LOG.strip().split(","), [*START.strip().split(","), "more"]]}),
        noted=((2, "ragged_row", "The row has 7 cells; the header has 6."),),
        rows=1,
    ),
    BadFile(
        "unterminated quote",
        "log.csv",
        text(EVENT_LOG + START + 'O1,"Infant,Positive,State stop,00:00:02.000,\n' + START + STOP),
        noted=((3, "unterminated_quote", "A quotation mark is opened and never closed."),),
        rows=4,
    ),
    BadFile(
        "unterminated quote in the last line",
        "log.csv",
        text(EVENT_LOG + START + 'O1,Infant,Positive,State stop,00:00:02.000,"x'),
        noted=((3, "unterminated_quote", "A quotation mark is opened and never closed."),),
        rows=2,
    ),
    BadFile(
        "Windows-1252",
        "log.csv",
        text(EVENT_LOG + START.replace("Infant", "Zoë"), "cp1252"),
        noted=((None, "encoding_assumed", "The file is not UTF-8; it was read as Windows-1252 (Western European)."),),
        rows=1,
    ),
    BadFile(
        "decimal comma",
        "log.csv",
        text("Observation;Subject;Behavior;Event_Type;Time_Relative_sf\nO1;Infant;Positive;Point;1,5\n"),
        noted=((None, "decimal_comma", "Times are written with a decimal comma (1,5 = one and a half)."),),
        rows=1,
    ),
    BadFile(
        "six-digit seconds past 1,000 s",
        "log.csv",
        text(
            "Observation,Subject,Behavior,Event_Type,Time_Relative_sf\nO1,Infant,Positive,State start,999.123\n"
            "O1,Infant,Positive,State stop,1000.12\nO1,Infant,Positive,Point,1925.71\n"
        ),
        noted=(
            (
                None,
                "coarse_seconds",
                "Time_Relative_sf has six digits, so 2 rows past 1,000 s are rounded to 0.01 s (error up to 5 ms); "
                "past 10,000 s to 0.1 s.",
            ),
        ),
        rows=3,
    ),
    BadFile(
        "whole seconds only",
        "log.csv",
        text("Observation,Subject,Behavior,Event_Type,Time_Relative_hms\nO1,Infant,Positive,Point,00:00:01\n"),
        noted=(
            (None, "whole_seconds", "Time_Relative_hms holds whole seconds only: the fraction was lost on export."),
        ),
        rows=1,
    ),
    BadFile(
        "absolute times that contradict each other",
        "log.csv",
        text(
            "Date_Time_Absolute_dmy_hmsf,Time_Absolute_hms,Time_Absolute_f,Time_Relative_hmsf,Observation,Subject,"
            "Behavior,Event_Type\n26-08-2019 17:42:01.354,17:42:01,354,00:00:01.000,O1,Infant,Positive,State start\n"
            "26-08-2019 17:43:36.240,17:43:35,240,00:00:02.000,O1,Infant,Positive,State stop\n"
        ),
        noted=((None, "absolute_time_fault", "The absolute times contradict each other by a second in 1 rows."),),
        rows=2,
    ),
    BadFile(
        "two sheets",
        "log.xlsx",
        sheets({"Notes": [["by hand"]], "Log": [EVENT_LOG.strip().split(","), START.strip().split(",")]}),
        noted=((None, "other_sheets", "The workbook has 2 sheets; only 'Log' was read."),),
        rows=1,
    ),
    BadFile(
        "a BORIS time offset",
        "events.tsv",
        text(
            "Observation id\tO1\t\t\nTime offset (s)\t12.5\t\t\n\t\t\t\nTime\tSubject\tBehavior\tStatus\n"
            "1.0\ts1\ts\tPOINT\n"
        ),
        format="boris_events",
        noted=((None, "time_offset_declared", "The file declares a time offset of 12.5 s."),),
        rows=1,
    ),
    BadFile(
        "a BORIS code without definition",
        "test.boris",
        text('{"behaviors_conf": {}, "observations": {"O1": {"events": [[1.5, "", "x", "", ""]]}}}'),
        format="boris_project",
        noted=((None, "undefined_code", "The observation 'O1' uses the code 'x', which the project does not define."),),
        rows=1,
    ),
]
