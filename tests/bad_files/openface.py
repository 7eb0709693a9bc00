"""OpenFace tables that cannot serve, or of which single rows or cells cannot, and the exact words they must earn."""

import gzip

from tests.openface_tables import GROUPS, SMALL, changed, table


def timed(word: str) -> str:
    """The table with other times: `word` with {n} for the number of the frame."""
    text = table()
    for line in range(2, 32):
        text = changed(text, line, "timestamp", word.format(n=line))
    return text


NOTED = [
    (
        changed(table(), 30, "x_48", "oops").replace(",", ";").replace(".", ","),
        "bad_number",
        "1 cell is no number.",
        30,
    ),
    (
        table() + "31,0,3.0",
        "ragged_row",
        "1 row does not have as many cells as the header (a recording that was broken off ends so).",
        30,
    ),
    (
        table() + table().splitlines()[-1],
        "repeated_time",
        "1 row has the same time as another one of the same face.",
        30,
    ),
    (changed(table(), 28, "timestamp", ""), "no_time", "1 row has no usable time.", 29),
    (changed(table(), 30, "x_48", "oops"), "bad_number", "1 cell is no number.", 30),
    (changed(table(), 30, "x_48", "1e999"), "beyond_bounds", "1 value lies beyond all bounds (AU12 from 0 to 5).", 30),
    (changed(table(), 30, "x_48", "-nan(ind)"), None, "", 30),
    (changed(table(), 30, "x_48", " nan"), None, "", 30),
    (
        changed(table(), 30, "x_48", "9" * 400),
        "beyond_bounds",
        "1 value lies beyond all bounds (AU12 from 0 to 5).",
        30,
    ),
    (changed(table(), 30, "x_48", "1e30"), "beyond_bounds", "1 value lies beyond all bounds (AU12 from 0 to 5).", 30),
    (changed(table(), 30, "AU12_r", "7.2"), "beyond_bounds", "1 value lies beyond all bounds (AU12 from 0 to 5).", 30),
    (changed(table(), 30, "frame", "1e300"), None, "", 30),
    (changed(table(), 30, "face_id", "nan"), None, "", 30),
    (changed(table(), 30, "confidence", ""), None, "", 30),
]
"""(content, kind of the note, its detail, rows that are kept)."""

UNFIT = [
    ([n for n in SMALL if n != "AU12_r"], "au12", "the file lacks the intensity of AU12 (column AU12_r)."),
    (
        [n for n in SMALL if n[:2] not in ("x_", "y_")],
        "landmarks",
        "the file lacks the 2-D landmarks of lips and nose (columns x_31 to y_54).",
    ),
    (
        [n for n in SMALL if n != "y_54"],
        "landmarks",
        "the file lacks the 2-D landmarks of lips and nose (columns x_31 to y_54).",
    ),
    ([n for n in SMALL if n != "pose_Tz"], "distance", ""),
    (
        [*GROUPS["basic"], "AU06_r"],
        "au12 landmarks distance",
        "the file lacks the intensity of AU12 (column AU12_r) and the 2-D landmarks of lips and nose (columns x_31 to y_54).",
    ),
]
"""(columns, groups that are missing, why no smiles can be measured)."""

OTHER = "of.csv: this is a table of py-feat, OpenFace 3 or the like, whose AU12 is not on OpenFace 2's scale of 0 to 5."
REFUSED = {
    "empty": (b"", "of.csv: the file is empty. Export it again."),
    "only blank lines": (b"\n \n", "of.csv: the file is empty. Export it again."),
    "only a header": (table(frames=0), "of.csv: the table has no rows. Run OpenFace on the video again."),
    "NUL": (
        table().encode()[:900] + b"\0" + table().encode()[900:],
        "of.csv, line 10: the file holds a NUL byte, so it is damaged or not a text file. Export it again.",
    ),
    "Excel": (b"PK\x03\x04 ...", "of.csv: this is a zip archive or Excel workbook, not a text file. Give it its own ending (.xlsx), or save it as .csv."),
    "gzip without its ending": (gzip.compress(b"x"), "of.csv: this is a gzip archive, not a text file. Give it the ending .gz, or unpack it."),
    "another table": (
        "observation,code\nO1,Smile\n",
        "of.csv: this is no OpenFace table: no row names the columns frame, timestamp and confidence. Choose the .csv that OpenFace's FeatureExtraction wrote.",
    ),
    "no header": (
        table().split("\n", 1)[1],
        "of.csv: this is no OpenFace table: no row names the columns frame, timestamp and confidence. Choose the .csv that OpenFace's FeatureExtraction wrote.",
    ),
    "single images": (
        table(["face", "confidence", *GROUPS["points"], *GROUPS["au_r"]]),
        "of.csv: the table has no column timestamp, so it is about single images, and a smile needs time. Run FeatureExtraction on the video.",
    ),
    "no time": (
        table(["frame", "confidence", "AU12_r"]),
        "of.csv: the table has no column timestamp, so it is about something else, and a smile needs time. Run FeatureExtraction on the video.",
    ),
    "no confidence": (
        table([name for name in SMALL if name != "confidence"]),
        "of.csv: the table has no column confidence, so frames that can be trusted cannot be told from others. Use the file as OpenFace wrote it.",
    ),
    "a column twice": (table([*SMALL, "AU12_r"]), "of.csv: the column AU12_r stands twice, so two tables were joined. Use the file as OpenFace wrote it."),
    "OpenFace 3": (
        table([*GROUPS["basic"], *(f"AU{n:02}_r" for n in range(1, 9))]),
        "of.csv: this is a table of OpenFace 3, which gives the names of action units to other ones. Use OpenFace 2.",
    ),
    "py-feat": (table(["frame", "FaceRectX", "FaceScore", "AU06", "AU12", "anger"]), OTHER + " Use OpenFace 2."),
    "OpenFace 3 by its AU12": (table(["timestamp", "confidence", "AU12", "gaze_yaw"]), OTHER + " Use OpenFace 2."),
    "confidence in percent": (
        table().replace("0.98", "98"),
        "of.csv: confidence lies outside 0 to 1 in 30 of 30 rows. Use the file as OpenFace wrote it.",
    ),
    "one row": (table(frames=1), "of.csv: timestamps are not usable (fewer than two rows have one). Run OpenFace on the video, not on single images."),
    "a damaged archive": (gzip.compress(table().encode())[:-9], "of.csv.gz: the gzip file is damaged or cut off. Pack or download it again."),
    "Latin-1 bytes that fit nothing": (
        table().replace("pose_Tz", "pose_\x81").encode("latin-1"),
        "of.csv: the file is not valid CP1252 (byte 81 fits no letter). Export it as UTF-8, or name its encoding in the manifest (encoding = ...).",
    ),
}  # fmt: skip


TIMES = "timestamps are not usable (frames are {} s apart). Run OpenFace on the video, not on single images."
REFUSED["equal times"] = (timed("0.000"), f"of.csv: {TIMES.format(0)}")
REFUSED["a counter for a clock"] = (timed("0.{n:03}"), f"of.csv: {TIMES.format(0.001)}")
REFUSED["milliseconds"] = (timed("{n}00"), f"of.csv: {TIMES.format(100)}")
"""Name -> (content, the whole sentence)."""

SPEECH = [
    (
        "start,end\n1,2\n",
        "speech.csv: the table needs the columns onset and offset (unit: s or ms), or onset_s and offset_s. Rename its columns.",
    ),
    (
        "onset,offset,unit\n1,soon,s\n",
        "speech.csv, line 2, column offset: the cell is no time. Correct it and run again.",
    ),
    (
        "onset,offset,unit\n1,1e999,s\n",
        "speech.csv, line 2, column offset: the cell is no time. Correct it and run again.",
    ),
    (
        "onset,offset,unit\n1,2,min\n",
        "speech.csv, line 2, column unit: the cell is neither s nor ms. Correct it and run again.",
    ),
    (
        "onset,offset,unit\n1,2,s\n3,2,s\n",
        "speech.csv, line 3: the speech ends before it begins. Correct the row and run again.",
    ),
    (
        "observation_id,onset,offset\nO2,1,2\nO3,1,2\n",
        "speech.csv: no row is about the recording 'O1', and the table holds 2 others. Correct observation_id, or take the column out.",
    ),
    ("", "speech.csv: the file is empty. Export it again."),
]
"""(content of a speech table, the whole sentence)."""
