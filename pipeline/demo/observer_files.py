"""Observer XT event logs as its versions and languages write them."""

import io
import re
import zipfile
from datetime import datetime, time, timedelta
from pathlib import Path

import pandas as pd

from pipeline.demo.marks import Mark

COLUMNS = (
    *("Date_Time_Absolute_dmy_hmsf", "Date_dmy", "Time_Absolute_hms", "Time_Absolute_f"),
    *("Time_Relative_hmsf", "Time_Relative_hms", "Time_Relative_f", "Time_Relative_sf", "Duration_sf"),
    *("Result_Container", "Observation", "Event_Log", "Subject", "Behavior", "Modifier_1", "Event_Type", "Comment"),
)
OLD_COLUMNS = (
    "Relative Time (seconds)",
    "Observation Name",
    "Event Log File Name",
    "Subject",
    "Behavior",
    "Event Type",
    "Comment",
)
RECORDED = datetime(2021, 3, 1, 10, 30)
WORDS = {"start": "State start", "stop": "State stop"}


def clock(ms: int, point: str = ".") -> str:
    """HH:MM:SS.fff of milliseconds, with the decimal sign given."""
    seconds, rest = divmod(ms, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{point}{rest:03d}"


def observer_row(mark: Mark, point: str) -> list[str]:
    """The 17 cells of a current event log; seconds have six significant digits, `_f` is unpadded milliseconds."""
    if mark.word == "blank":
        return [""] * len(COLUMNS)
    moment = RECORDED + timedelta(milliseconds=mark.time_ms)
    hms, rest = moment.strftime("%H:%M:%S"), moment.microsecond // 1000
    date, relative = moment.strftime("%d-%m-%Y"), clock(mark.time_ms, point)
    seconds, lasts = (format(ms / 1000, ".6g").replace(".", point) for ms in (mark.time_ms, mark.lasts_ms))
    absolute = [f"{date} {hms}{point}{rest:03d}", date, hms, str(rest)]
    when = [relative, relative[:8], str(mark.time_ms % 1000), seconds, lasts]
    return [
        *absolute,
        *when,
        "Results",
        mark.observation,
        "Event log",
        mark.subject,
        mark.code,
        mark.modifier,
        WORDS[mark.word],
        "",
    ]


def write_observer(
    path: Path, marks: list[Mark], *, encoding: str, delimiter: str, point: str, trailing: bool = False
) -> int:
    """Writes a text event log and returns the line of its header."""
    end = delimiter if trailing else ""
    lines = [delimiter.join(COLUMNS) + end]
    lines += [delimiter.join(observer_row(mark, point)) + end for mark in marks]
    first = "\ufeff" if encoding == "utf-16-le" else ""
    path.write_bytes((first + "\r\n".join(lines) + "\r\n").encode(encoding))
    return 1


def write_observer_xlsx(path: Path, marks: list[Mark]) -> int:
    """Writes an Excel event log: times are Excel times without their fraction, the milliseconds stand in the `_f`
    columns.
    """
    rows = []
    for mark in marks:
        cells: list[object] = list(observer_row(mark, "."))
        seconds = mark.time_ms // 1000
        cells[4] = cells[5] = time(seconds // 3600, seconds // 60 % 60, seconds % 60)
        cells[6:9] = [mark.time_ms % 1000, float(str(cells[7])), float(str(cells[8]))]
        rows.append(cells)
    workbook = io.BytesIO()
    pd.DataFrame(rows, columns=list(COLUMNS)).to_excel(
        workbook, index=False, sheet_name="Event logs", engine="openpyxl"
    )
    _undated(workbook, path)
    return 1


def _undated(workbook: io.BytesIO, path: Path) -> None:
    """Writes the workbook with a fixed date instead of now, so that the same study gives the same file."""
    with zipfile.ZipFile(workbook) as written, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as plain:
        for name in written.namelist():
            text = re.sub(
                rb"\d{4}-\d\d-\d\dT[\d:]+Z", RECORDED.strftime("%Y-%m-%dT%H:%M:%SZ").encode(), written.read(name)
            )
            plain.writestr(zipfile.ZipInfo(name, RECORDED.timetuple()[:6]), text, zipfile.ZIP_DEFLATED)


def write_observer_old(path: Path, marks: list[Mark]) -> int:
    """Writes the dialect of versions up to 9: a preamble, quoted cells, seconds only, no modifiers."""
    preamble = ['"Header Lines:","5"', '"Project:","Home recordings"', '"Export:","Event logs"', '""']
    lines = [*preamble, _quoted(OLD_COLUMNS)]
    for mark in marks:
        when = f"{mark.time_ms / 1000:.3f}"
        lines.append(_quoted((when, mark.observation, "Event log", mark.subject, mark.code, WORDS[mark.word], "")))
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode("cp1252"))
    return len(preamble) + 1


def _quoted(cells: tuple[str, ...]) -> str:
    return ",".join(f'"{cell}"' for cell in cells)
