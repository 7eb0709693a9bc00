"""Coded files with the traps of real exports, through a whole import: the good rows arrive, the bad ones are named."""

import datetime as dt
from dataclasses import dataclass, field

from tests.bad_files.case import Build, sheets, text

SPANS = "obs,who,code,start,stop\n"
LOG = "Observation,Subject,Behavior,Event_Type,Time_Relative_hmsf\n"
GOOD = "Infant,Smile,0,4\n"
REFUSED = "The row was refused. Correct it in the coding tool and import again."
TO_THE_TABLE = (
    "The row was refused. Add the recording to the table, or map its name in the manifest (corrections, "
    "observation_ids), and import again."
)
SMILE = "infant Smile 0-4000"
COLUMNS = {"observation": "obs", "subject": "who", "code": "code", "onset": "start", "offset": "stop", "unit": "s"}


@dataclass(frozen=True)
class BadRows:
    """One file of recording OBS (10 s): `events` it must give, `said` its issues ('severity kind: sentence | action',
    '{file}' being its place), and how many of its rows are (accepted, rejected, blank)."""

    name: str
    file: str
    build: Build
    rows: tuple[int, int, int]
    events: tuple[str, ...] = (SMILE,)
    said: tuple[str, ...] = ()
    entry: dict[str, object] = field(default_factory=dict)
    format: str = "long_csv"
    columns: dict[str, object] = field(default_factory=dict)
    beside: dict[str, Build] = field(default_factory=dict)

    @property
    def parts(self) -> dict[str, bytes]:
        """All files of the case: this one, and those `beside` it (what is added to its name -> content)."""
        return {self.file: self.build()} | {self.file + ending: build() for ending, build in self.beside.items()}


def log(*rows: str) -> str:
    """An event log of recording OBS: subject, code, type and time per row."""
    return LOG + "".join(f"OBS,{row}\n" for row in rows)


UNKNOWN = (
    "error unknown_observation: {file}, line %d: observation '%s' is not in the observations table.%s | " + TO_THE_TABLE
)
ENCODING = (
    "warning encoding_assumed: {file}: the file is not UTF-8; it was read as Windows-1252 (Western European). | Check "
    "that accents look right; if not, name the encoding in the manifest (encoding = ...)."
)
COMMA = (
    "info decimal_comma: {file}: times are written with a decimal comma (1,5 = one and a half). | They were read so. "
    "If "
    "that is wrong, set decimal in the manifest."
)
RAGGED = (
    "error ragged_row: {file}, line %d: the row has %d cells; the header has 5. | The row was refused. Look for a "
    "missing or extra delimiter, or a text with the delimiter but without quotes."
)
QUOTE = (
    "error unterminated_quote: {file}, line %d: a quotation mark is opened and never closed. | The row was refused and "
    "reading went on with the next line. Close or remove the quotation mark."
)

PROJECT = (
    '{"behaviors_conf": {"0": {"code": "Smile", "type": "State event"}, "1": {"code": "Jump", "type": "State event"}}, '
    '"observations": {"OBS": {"events": [[0, "Infant", "Smile", "", ""], [2, "Infant", "Jump", "", ""], '
    '[3, "Infant", "Jump", "", ""], [4, "Infant", "Smile", "", ""]]}}}'
)
JUMP = (
    "error unknown_code: {file}, line %d: code 'Jump' is not in scheme tiny. Known codes: Bodily Sounds, Bodily "
    "sounds, Clap, Cry, Hidden, Hum, Neutral, Other, Reach, Sing, Smile, Wave. | " + REFUSED
)

CODED = [
    BadRows(
        "a BORIS project all in one line",
        "a.boris",
        text(PROJECT),
        (2, 2, 0),
        said=(
            "info rows_numbered: {file}: several events stand in one line of the file. | Instead of lines, the events "
            "are numbered.",
            JUMP % 2,
            JUMP % 3,
        ),
        format="boris_project",
    ),
    BadRows("UTF-16LE with mark", "a.txt", text("\ufeff" + SPANS + "OBS," + GOOD, "utf-16-le"), (1, 0, 0)),
    BadRows("UTF-16LE without mark", "a.txt", text(SPANS + "OBS," + GOOD, "utf-16-le"), (1, 0, 0)),
    BadRows("UTF-16BE", "a.txt", text("\ufeff" + SPANS + "OBS," + GOOD, "utf-16-be"), (1, 0, 0)),
    BadRows("UTF-8 with mark", "a.csv", text("\ufeff" + SPANS + "OBS," + GOOD), (1, 0, 0)),
    BadRows(
        "Windows-1252",
        "a.csv",
        text(SPANS.replace("\n", ",note\n") + "OBS," + GOOD.replace("\n", ",Zoë\n"), "cp1252"),
        (1, 0, 0),
        said=(ENCODING,),
    ),
    BadRows("line ends of an old Mac", "a.csv", text((SPANS + "OBS," + GOOD).replace("\n", "\r")), (1, 0, 0)),
    BadRows("line ends of Windows", "a.csv", text((SPANS + "OBS," + GOOD).replace("\n", "\r\n")), (1, 0, 0)),
    BadRows(
        "semicolons and decimal commas",
        "a.csv",
        text("obs;who;code;start;stop\nOBS;Infant;Smile;0,25;4,5\n"),
        (1, 0, 0),
        ("infant Smile 250-4500",),
        (COMMA,),
    ),
    BadRows(
        "a decimal comma among points",
        "a.csv",
        text("obs;who;code;start;stop\nOBS;Infant;Smile;0.0;4.0\nOBS;Infant;Neutral;4,0;5,0\n"),
        (1, 1, 0),
        said=("error unreadable_time: {file}, line 3: the time '4,0' cannot be read as seconds. | " + REFUSED,),
    ),
    BadRows("trailing delimiter", "a.csv", text(SPANS + "OBS," + GOOD.replace("\n", ",\n")), (1, 0, 0)),
    BadRows(
        "rows too short and too long",
        "a.csv",
        text(SPANS + "OBS,Infant,Smile\nOBS," + GOOD + "OBS,Infant,Smile,5,6,7\n"),
        (1, 2, 0),
        said=(RAGGED % (2, 3), RAGGED % (4, 6)),
    ),
    BadRows(
        "quotation mark not closed",
        "a.csv",
        text(SPANS + 'OBS,"Infant,Smile,5,6\nOBS,' + GOOD),
        (1, 1, 0),
        said=(QUOTE % 2,),
    ),
    BadRows(
        "quotation marks in their place",
        "a.csv",
        text(SPANS.replace("\n", ",note\n") + 'OBS,"Infant","Smile",0,"4","says ""hello"",\nleaves"\n'),
        (1, 0, 0),
    ),
    BadRows("blank rows", "a.csv", text(SPANS + "\n,,,,\nOBS," + GOOD + ",,,,\n\n"), (1, 0, 3)),
    BadRows(
        "header row again in the middle",
        "a.csv",
        text(SPANS + "OBS," + GOOD + SPANS),
        (1, 1, 0),
        said=(UNKNOWN % (3, "obs", " Did you mean 'OBS'?"),),
    ),
    BadRows(
        "recording in other capitals, with a letter too many, with a no-break space",
        "a.csv",
        text(SPANS + f"obs,{GOOD}OBSS,{GOOD}\u00a0OBS ,{GOOD}"),
        (1, 2, 0),
        said=(UNKNOWN % (2, "obs", " Did you mean 'OBS'?"), UNKNOWN % (3, "OBSS", " Did you mean 'OBS'?")),
    ),
    BadRows(
        "code and subject misspelt",
        "a.csv",
        text(SPANS + "OBS,Infnat,Smile,0,1\nOBS,Infant,Smille,0,1\nOBS," + GOOD),
        (1, 2, 0),
        said=(
            "error unknown_subject: {file}, line 2: subject 'Infnat' is not known. Did you mean 'Infant'? Known "
            "subjects: "
            "Caregiver 1, Infant. | The row was refused. Map the subject in the manifest (subjects) and import again.",
            "error unknown_code: {file}, line 3: code 'Smille' is not in scheme tiny. Did you mean 'Smile'? Known "
            "codes: "
            "Bodily Sounds, Bodily sounds, Clap, Cry, Hidden, Hum, Neutral, Other, Reach, Sing, Smile, Wave. | "
            + REFUSED,
        ),
    ),
    BadRows(
        "dates where times should be",
        "a.csv",
        text(SPANS + "OBS,Infant,Smile,2023-01-01,44927.5\nOBS,Infant,Smile,5,1/1/2023\nOBS," + GOOD),
        (1, 2, 0),
        said=(
            "error unreadable_time: {file}, line 2: the time '2023-01-01' cannot be read as seconds. | " + REFUSED,
            "error unreadable_time: {file}, line 3: the end '1/1/2023' cannot be read as seconds. | " + REFUSED,
        ),
    ),
    BadRows(
        "times of Excel",
        "a.xlsx",
        sheets(
            {
                "Log": [
                    [*LOG.strip().replace("_hmsf", "_hms").split(","), "Time_Relative_f"],
                    ["OBS", "Infant", "Smile", "State start", dt.time(0, 0, 0), 0],
                    ["OBS", "Infant", "Smile", "State stop", dt.time(0, 0, 3), 1000.0],
                ]
            }
        ),
        (2, 0, 0),
        format="observer_event_log",
    ),
    BadRows(
        "start without stop, stop without start",
        "a.csv",
        text(log("Infant,Smile,State start,00:00:04.5", "Infant,Neutral,State stop,00:00:02.0")),
        (1, 1, 0),
        ("infant Smile 4500-10000 [closed_at_end]",),
        (
            "warning start_without_stop: {file}, line 2: the state 'Smile' of the infant starts but never stops. | "
            "It was "
            "closed at the end of the observation (10 s).",
            "warning stop_without_start: {file}, line 3: the state 'Neutral' of the infant stops at 2 s, but no "
            "start of it "
            "was read. | The row was dropped.",
        ),
        format="observer_event_log",
    ),
    BadRows(
        "frames instead of fractions, minutes past sixty, a minus",
        "a.csv",
        text(
            log(
                "Infant,Clap,Point,00:00:01:12",
                "Infant,Clap,Point,00:75:00.000",
                "Infant,Clap,Point,-00:00:01.000",
                "Infant,Clap,Point,00:00:02.000",
            )
        ),
        (1, 3, 0),
        ("infant Clap at 2000",),
        (
            "error unreadable_time: {file}, line 2: the time '00:00:01:12' cannot be read as hours:minutes:seconds. | "
            + REFUSED,
            "error unreadable_time: {file}, line 3: the time '00:75:00.000' cannot be read as hours:minutes:seconds. | "
            + REFUSED,
            "error negative_time: {file}, line 4: the time -1 s lies before the start of the recording. | The row was "
            "refused. If the tool counts from another origin, set time_offset_ms in the manifest.",
        ),
        format="observer_event_log",
    ),
    BadRows(
        "seconds of six digits past 1,000 s",
        "a.csv",
        text(
            ""
            "Observation,Subject,Behavior,Event_Type,Time_Relative_sf\nOBS,Infant,Clap,Point,2.5\nOBS,Infant,Clap,Point,1925.71\n"
        ),
        (1, 1, 0),
        ("infant Clap at 2500",),
        (
            "warning coarse_seconds: {file}: Time_Relative_sf has six digits, so 1 rows past 1,000 s are rounded to "
            "0.01 s "
            "(error up to 5 ms); past 10,000 s to 0.1 s. | The rounded times were used. Export Time_Relative_hmsf, or "
            "Time_Relative_hms with Time_Relative_f, as well.",
            "warning after_end_whole: {file}, line 3: 'Clap' of the infant at 1925.71 s lies after the end of the "
            "recording. "
            "| The row was dropped.",
        ),
        format="observer_event_log",
    ),
    BadRows(
        "absolute times that contradict each other",
        "a.csv",
        text(
            ""
            "Date_Time_Absolute_dmy_hmsf,Time_Absolute_hms,Time_Absolute_f,Time_Relative_hmsf,Observation,Subject,Behavior,"
            "Event_Type\n26-08-2019 17:42:01.354,17:42:00,354,00:00:00.000,OBS,Infant,Smile,State start\n"
            "26-08-2019 17:42:05.354,17:42:05,354,00:00:04.000,OBS,Infant,Smile,State stop\n"
        ),
        (2, 0, 0),
        said=(
            "info absolute_time_fault: {file}: the absolute times contradict each other by a second in 1 rows. | "
            "They are "
            "never used; relative times were.",
        ),
        format="observer_event_log",
    ),
    BadRows(
        "hostile column names",
        "a.csv",
        text(
            '"obs""; DROP TABLE event;--",who,"<img src=x onerror=alert(1)>","\'; SELECT 1; --",{stop},"**b** '
            '[x](http://x)"\n'
            "OBS,Infant,Smile,0,4,=1+1\n"
        ),
        (1, 0, 0),
        columns={
            "observation": 'obs"; DROP TABLE event;--',
            "subject": "who",
            "code": "<img src=x onerror=alert(1)>",
            "onset": "'; SELECT 1; --",
            "offset": "{stop}",
            "modifiers": ["**b** [x](http://x)"],
            "unit": "s",
        },
        events=("infant Smile (=1+1) 0-4000",),
    ),
    BadRows(
        "hostile words",
        "a.csv",
        text(
            SPANS + '"\'; DROP TABLE event; --",Infant,Smile,0,4\nOBS,{0},%s,0,4\nOBS,Infant,"Smile\'",0,4\nOBS,' + GOOD
        ),
        (1, 3, 0),
        said=(
            UNKNOWN % (2, "'; DROP TABLE event; --", ""),
            "error unknown_subject: {file}, line 3: subject '{0}' is not known. Known subjects: Caregiver 1, Infant. "
            "| The row "
            "was refused. Map the subject in the manifest (subjects) and import again.",
            "error unknown_code: {file}, line 4: code 'Smile'' is not in scheme tiny. Did you mean 'Smile'? Known "
            "codes: "
            "Bodily Sounds, Bodily sounds, Clap, Cry, Hidden, Hum, Neutral, Other, Reach, Sing, Smile, Wave. | "
            + REFUSED,
        ),
    ),
    BadRows(
        "header only",
        "a.csv",
        text(SPANS),
        (0, 0, 0),
        (),
        (
            "warning no_rows: {file}, line 1: the file has a header and no row below it. | Nothing was read from it. "
            "Export "
            "it again.",
        ),
    ),
]
