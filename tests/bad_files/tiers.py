"""Bad ELAN, Datavyu and INTERACT files: refused as a whole, refused in single rows, and with the traps of real ones."""

import zipfile
from io import BytesIO

from tests.bad_files.case import BadFile, packed, text
from tests.bad_files.coded import BadRows
from tests.tiered_files import DB, HANDS, INTERACT, eaf, opf, tier

FACE = tier("face", "a1 1-2 Smile", "a2 2-3 Neutral")
HOW = tier("how", "b1 >a1 broad", parent="face")
GOOD_EAF = eaf("0 4000 9000", FACE)
CELL = "00:00:01:000,00:00:02:000,(left,1)\r\n"
GOOD_OPF = opf(DB + HANDS + CELL)
CELLS = "file,column,ordinal,onset,offset,hand,look\n"
SESSION = "2,DataSet,1,0,10,10,,\n"
BOUT = "3,Event,1,0,4,4,Smile,\n"


def flipped(content: bytes) -> bytes:
    """The archive with one byte of its packed data changed."""
    place = content.index(b"hand")
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def stored(database: str) -> bytes:
    """A project that is packed without being made smaller."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("db", database)
    return target.getvalue()


def locked(content: bytes) -> bytes:
    """The archive with the mark of a password on its parts."""
    parts = content.split(b"PK\x01\x02")
    marked = [part[:4] + bytes([part[4] | 1]) + part[5:] for part in parts[1:]]
    return b"PK\x01\x02".join([parts[0], *marked])


def elan(name: str, content: str | bytes, refused: str, **entry: object) -> BadFile:
    """A whole ELAN file that is refused."""
    build = text(content) if isinstance(content, str) else lambda: content
    return BadFile(name, "a.eaf", build, "elan", dict(entry), refused="a.eaf" + refused)


def datavyu(name: str, content: bytes, refused: str, **entry: object) -> BadFile:
    """A whole Datavyu project that is refused."""
    return BadFile(name, "a.opf", lambda: content, "datavyu", dict(entry), refused="a.opf" + refused)


def table(name: str, format_name: str, content: str, refused: str, **entry: object) -> BadFile:
    """A whole table that is refused."""
    return BadFile(name, "a.csv", text(content), format_name, dict(entry), refused="a.csv" + refused)


XML = ": the file is not valid XML. Save it again in ELAN."
ATTACK = (
    ": the file declares entities or a document type, which may be an attack. It was not opened. Save it again in ELAN."
)
CELLS_HEADER = (
    ": the header row is missing. Expected a row with the columns file, column, ordinal, onset, offset and the codes. "
    "Export the cells again."
)
EVENTS_HEADER = (
    ": the header row is missing. Expected a row with Level, Description, Number, Onset_Time, Offset_Time, "
    "Duration_Time and the classes. Export the events again."
)
DAMAGED = ": the file is damaged. Save the project again."

WHOLE = [
    elan("an ELAN file of no bytes", "", f", line 1{XML}"),
    elan("an ELAN file cut off in a tag", GOOD_EAF[:-30], f", line 12{XML}"),
    elan("an ELAN file with a tag too many", GOOD_EAF.replace("</TIER>", "</TIER></TIER>"), f", line 12{XML}"),
    elan("a text called .eaf", "onset,offset\n1,2\n", f", line 1{XML}"),
    elan("an ELAN file with a NUL byte", GOOD_EAF.replace("Smile", "Smi\0le"), f", line 10{XML}"),
    elan("an ELAN file of a false encoding", GOOD_EAF.replace("Smile", "Zoë").encode("latin-1"), f", line 10{XML}"),
    elan("an ELAN file of an unknown encoding", GOOD_EAF.replace("UTF-8", "klingon"), XML),
    elan(
        "an ELAN file with an XML bomb",
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]>'
        + GOOD_EAF[39:].replace("Smile", "&b;"),
        ATTACK,
    ),
    elan(
        "an ELAN file that asks for another file",
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + GOOD_EAF[39:],
        ATTACK,
    ),
    elan(
        "an ELAN file nested too deeply",
        "<ANNOTATION_DOCUMENT>" + "<TIER>" * 100,
        ": the file is nested more than 100 levels deep. It was not opened. Save it again in ELAN.",
    ),
    elan(
        "another kind of XML called .eaf",
        "<html><body/></html>",
        ": this is not an ELAN file (it begins with 'html'). Choose the .eaf file.",
    ),
    elan(
        "an ELAN file in frames",
        eaf("0 4000 9000", FACE, header='<HEADER TIME_UNITS="PAL-frames"/>'),
        ": the times are PAL-frames, not milliseconds. Save the file again in a newer ELAN.",
    ),
    elan(
        "a tier the ELAN file lacks",
        GOOD_EAF,
        ": the tier 'Face' is missing. Did you mean 'face'? The file has: face. Correct [coded.tiers] in the manifest.",
        tiers={"Face": {}},
    ),
    elan(
        "a tier without times read as events",
        eaf("0 4000 9000", FACE, HOW),
        ": the tier 'how' has no times of its own; it hangs on 'face'. Name it among the modifiers of 'face'.",
        tiers={"how": {}},
    ),
    elan(
        "a modifier that hangs on another tier",
        eaf("0 4000 9000", FACE, HOW, tier("voice", "c1 1-2 Sing")),
        ": 'how' cannot be a modifier of 'voice'. Choose among: none.",
        tiers={"voice": {"modifiers": ["how"]}},
    ),
    datavyu(
        "a text called .opf",
        b"#4\n",
        ": the file is damaged or not what its ending says. Save or export it again.",
    ),
    datavyu(
        "a zip that is no Datavyu project",
        packed({"notes.txt": b"hello"})(),
        ": there is no 'db' inside, so this is not a Datavyu project. Choose the .opf file.",
    ),
    datavyu(
        "a Datavyu zip bomb",
        packed({"db": bytes(30_000_000)})(),
        ": the file would unpack to 1,0{digits} times its size; at most 100 times is allowed. It was not opened. Save "
        "the table as .csv.",
    ),
    datavyu(
        "a Datavyu project of too many parts",
        packed({f"part{number}": b"x" for number in range(1001)})(),
        ": the file holds 1,001 parts; at most 1,000 are allowed. It was not opened. Save the table as .csv.",
    ),
    datavyu(
        "a Datavyu project with a password",
        locked(GOOD_OPF),
        ": the file is protected by a password. Save it without one.",
    ),
    datavyu("a Datavyu project with a changed byte", flipped(stored(DB + HANDS + CELL)), DAMAGED),
    datavyu(
        "a Datavyu project in UTF-16",
        opf((DB + HANDS).encode("utf-16")),
        ": its 'db' is not UTF-8. Save the project again.",
    ),
    datavyu(
        "a Datavyu project of no bytes",
        opf(""),
        ", line 1: the 'db' does not begin with its version (#4). Open the project in Datavyu and save it again.",
    ),
    datavyu(
        "a Datavyu project without a version",
        opf(HANDS + CELL),
        ", line 1: the 'db' does not begin with its version (#4). Open the project in Datavyu and save it again.",
    ),
    datavyu(
        "a Datavyu cell before any column",
        opf(DB + CELL + HANDS),
        ", line 2: a cell stands before the first column. Save the project again in Datavyu.",
    ),
    datavyu(
        "a Datavyu line that is neither column nor cell",
        opf(DB + HANDS + "hands and feet\r\n"),
        ", line 3: this line is no column of a Datavyu project. Open the project in Datavyu and save it again.",
    ),
    datavyu(
        "a Datavyu column that stands twice",
        opf(DB + HANDS + CELL + HANDS),
        ", line 4: this line names the column 'hands' again. Open the project in Datavyu and save it again.",
    ),
    datavyu(
        "a column the Datavyu project lacks",
        GOOD_OPF,
        ": the column 'feet' is missing. The file has: hands, hands.hand, hands.look. Correct [coded.tiers] in the "
        "manifest.",
        tiers={"feet": {}},
    ),
    datavyu(
        "a modifier the Datavyu column lacks",
        GOOD_OPF,
        ": 'lok' cannot be a modifier of 'hands.hand'. Did you mean 'look'? Choose among: hand, look.",
        tiers={"hands.hand": {"modifiers": ["lok"]}},
    ),
    table("Datavyu cells without a header row", "datavyu_csv", "dyad1,hands,1,0,1,left,1\n", CELLS_HEADER),
    table(
        "Datavyu cells without their ends",
        "datavyu_csv",
        CELLS.replace("offset,", "") + "dyad1,hands,1,0,left,1\n",
        ": the column 'offset' is missing. The file has: file, column, ordinal, onset, hand, look.",
    ),
    table(
        "a column the Datavyu cells lack",
        "datavyu_csv",
        CELLS + "dyad1,hands,1,0,1,left,1\n",
        ": the column 'feet' is missing. The file has: hands, hands.hand, hands.look. Correct [coded.tiers] in the "
        "manifest.",
        tiers={"feet": {}},
    ),
    table("INTERACT events without a header row", "interact_csv", BOUT, EVENTS_HEADER),
    table(
        "INTERACT events without their starts",
        "interact_csv",
        INTERACT.replace("Onset_Time,", "") + "3,Event,1,4,4,Smile,\n",
        ": the column 'Onset_Time' is missing. The file has: Level, Description, Number, Offset_Time, Duration_Time, "
        "Face, Voice.",
    ),
    table(
        "INTERACT events without a class",
        "interact_csv",
        INTERACT.replace(",Face,Voice", "") + "3,Event,1,0,4,4\n",
        ": there is no column of a class after Duration_Time. Export the events with their codes.",
    ),
    table(
        "a class the INTERACT events lack",
        "interact_csv",
        INTERACT + SESSION + BOUT,
        ": the class 'Hands' is missing. The file has: Face, Voice. Correct [coded.tiers] in the manifest.",
        tiers={"Hands": {}},
    ),
]


def noted(
    name: str, file: str, format_name: str, content: str | bytes, rows: int, *notes: tuple, **entry: object
) -> BadFile:
    """A file of which single rows are refused or doubted."""
    build = text(content) if isinstance(content, str) else lambda: content
    return BadFile(name, file, build, format_name, dict(entry), noted=notes, rows=rows)


VOCABULARY = (
    '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="affect" CONTROLLED_VOCABULARY_REF="words"/>'
    '<CONTROLLED_VOCABULARY CV_ID="words">{}</CONTROLLED_VOCABULARY>'
)
OF_AFFECT = FACE.replace("<TIER ", '<TIER LINGUISTIC_TYPE_REF="affect" ')
WITH_HOW = {"tiers": {"face": {"modifiers": ["how"]}}}
VIDEO = (None, "video_time", "Times count from the video's start; the session runs from 2325 s to 2335 s.")

ROWS = [
    noted(
        "ELAN annotations all in one line",
        "O1.eaf",
        "elan",
        GOOD_EAF.replace("\n", ""),
        2,
        (None, "rows_numbered", "Several annotations stand in one line of the file."),
    ),
    noted(
        "an ELAN slot without a time at the end",
        "O1.eaf",
        "elan",
        eaf("0 4000 ?", FACE),
        2,
        (11, "time_slot_missing", "An annotation of the tier 'face' has no time for its end."),
    ),
    noted(
        "an ELAN slot whose time is no number",
        "O1.eaf",
        "elan",
        eaf("0 4s 9000", FACE),
        2,
        (10, "time_slot_missing", "An annotation of the tier 'face' has no time for its end."),
        (11, "time_slot_missing", "An annotation of the tier 'face' has no time for its start."),
    ),
    noted(
        "an ELAN slot that is not there",
        "O1.eaf",
        "elan",
        eaf("0 4000", FACE),
        2,
        (10, "time_slot_missing", "An annotation of the tier 'face' names the time slot 'ts3', which the file lacks."),
    ),
    noted(
        "an ELAN slot between two times",
        "O1.eaf",
        "elan",
        eaf("0 ? 9000", FACE),
        2,
        (None, "time_interpolated", "2 annotations begin or end at a time that ELAN left open."),
    ),
    noted(
        "an ELAN reference that leads nowhere",
        "O1.eaf",
        "elan",
        eaf("0 4000 9000", FACE, HOW.replace('REF="a1"', 'REF="a9"')),
        2,
        (None, "reference_broken", "1 annotations of modifier tiers belong to no annotation with times."),
        **WITH_HOW,
    ),
    noted(
        "ELAN references in a ring",
        "O1.eaf",
        "elan",
        eaf("0 4000 9000", FACE, tier("how", "b1 >b2 x", "b2 >b1 y", parent="face")),
        2,
        (None, "reference_broken", "2 annotations of modifier tiers belong to no annotation with times."),
        **WITH_HOW,
    ),
    noted(
        "ELAN words outside their vocabulary",
        "O1.eaf",
        "elan",
        eaf("0 4000 9000", OF_AFFECT, VOCABULARY.format('<CV_ENTRY DESCRIPTION="">Neutral</CV_ENTRY>')),
        2,
        (
            None,
            "not_in_vocabulary",
            "1 annotations of the tier 'face' hold words that its controlled vocabulary lacks.",
        ),
    ),
    noted(
        "an ELAN vocabulary kept elsewhere",
        "O1.eaf",
        "elan",
        eaf("0 4000 9000", OF_AFFECT, VOCABULARY.format("")),
        2,
        (None, "empty_vocabulary", "1 controlled vocabularies of the file are empty (words)."),
    ),
    noted(
        "an ELAN file without annotations",
        "O1.eaf",
        "elan",
        eaf("", tier("face")),
        0,
        (None, "no_rows", "The file has no annotation with times of its own."),
        (None, "tier_not_read", "The manifest does not name the tiers 'face'."),
    ),
    noted(
        "ELAN media that begin later",
        "O1.eaf",
        "elan",
        eaf("0 4000 9000", FACE, header='<HEADER><MEDIA_DESCRIPTOR MEDIA_URL="x" TIME_ORIGIN="1500"/></HEADER>'),
        2,
        (None, "media_offset", "One of the media begins 1500 ms into its file."),
    ),
    noted(
        "a Datavyu cell of too many values",
        "O1.opf",
        "datavyu",
        opf(DB + HANDS + CELL.replace("1)", "1,2)") + CELL),
        2,
        (3, "malformed_cell", "The cell 1 of 'hands' does not hold 2 values in brackets after its two times."),
    ),
    noted(
        "a Datavyu cell whose bracket does not close",
        "O1.opf",
        "datavyu",
        opf(DB + "hands (MATRIX,true,)-hand|NOMINAL\r\n00:00:00:000,00:00:01:000,(left\\)\r\n"),
        1,
        (3, "malformed_cell", "The cell 1 of 'hands' does not hold a value in brackets after its two times."),
    ),
    noted(
        "a hidden Datavyu column",
        "O1.opf",
        "datavyu",
        opf(DB + HANDS.replace("true", "false") + CELL),
        1,
        (None, "hidden_columns", "Hidden in Datavyu: 'hands'."),
    ),
    noted(
        "a Datavyu project without cells",
        "O1.opf",
        "datavyu",
        opf(DB + HANDS),
        0,
        (None, "no_rows", "The project has no cells."),
    ),
    noted(
        "a Datavyu column nobody asked for",
        "O1.opf",
        "datavyu",
        opf(DB + HANDS + CELL + "id (MATRIX,true,)-n|NOMINAL\r\n"),
        1,
        (None, "tier_not_read", "The manifest does not name the columns 'id'."),
        tiers={"hands": {}},
    ),
    noted(
        "a Datavyu row too short",
        "O1.csv",
        "datavyu_csv",
        CELLS + "O1,hands,1,0,1000,left,1\nO1,hands,2\n",
        2,
        (3, "ragged_row", "The row has 3 cells; the header has 7."),
    ),
    noted(
        "a Datavyu quotation mark not closed",
        "O1.csv",
        "datavyu_csv",
        CELLS + 'O1,"hands,1,0,1000,left,1\nO1,hands,1,0,1000,left,1\n',
        2,
        (2, "unterminated_quote", "A quotation mark is opened and never closed."),
    ),
    noted(
        "an INTERACT row of a level nobody knows",
        "O1.csv",
        "interact_csv",
        INTERACT + SESSION + BOUT.replace("3,", "7,", 1) + BOUT,
        3,
        (3, "unknown_level", "The level '7' is none of 1 (group), 2 (set) and 3 (event)."),
    ),
    noted(
        "INTERACT markers",
        "O1.csv",
        "interact_csv",
        INTERACT + SESSION + "3,Event,1,0,4,4,,\n",
        2,
        (None, "markers", "1 rows of level 3 have no class filled: they are markers."),
    ),
    noted(
        "INTERACT events of no session",
        "O1.csv",
        "interact_csv",
        INTERACT + BOUT,
        1,
        (None, "no_session", "The file has no row of level 2 that says when the session begins and ends."),
    ),
    noted(
        "INTERACT events in video time",
        "O1.csv",
        "interact_csv",
        INTERACT + "2,DataSet,1,2325,2335,10,,\n3,Event,1,2325,2329,4,Smile,\n",
        2,
        VIDEO,
    ),
]


def trap(
    name: str,
    file: str,
    format_name: str,
    content: str | bytes,
    rows: tuple,
    events: tuple,
    *said: str,
    **entry: object,
) -> BadRows:
    """A file of recording OBS with one trap."""
    build = text(content) if isinstance(content, str) else lambda: content
    return BadRows(name, file, build, rows, events, said, {"subject": "infant", **entry}, format_name)


CORRECT = "The row was refused. Correct it in the coding tool and import again."
SET_IT = "The row was refused: a time is worked out only between two known times of one tier. Set it in ELAN."
ORIGIN = "The row was refused. If the tool counts from another origin, set time_offset_ms in the manifest."
TINY = "Known codes: Bodily Sounds, Bodily sounds, Clap, Cry, Hidden, Hum, Neutral, Other, Reach, Sing, Smile, Wave."
SMILE = "infant Smile 0-4000"
NEUTRAL = "infant Neutral 4000-9000"
FEET = "feet (MATRIX,true,)-face|NOMINAL,hands|NOMINAL\r\n"
VIDEO_NOTE = (
    "info video_time: {file}: times count from the video's start; the session runs from 2325 s to 2335 s. | They were "
    "set to count from the start of the session."
)


def marks(*annotations: str, times: str = "0 4000 9000 12000 -500", **more: object) -> str:
    """An ELAN file of one tier."""
    return eaf(times, tier("face", *annotations, **more))


def cells(*lines: str) -> bytes:
    """A Datavyu project of one column with the codes face and hands; seconds and values per cell."""
    drawn = [line.split(" ") for line in lines]
    written = [f"00:00:{start}:000,00:00:{stop}:000,({value})\r\n" for start, stop, value in drawn]
    return opf(DB + FEET + "".join(written))


def bouts(*rows: str) -> str:
    """INTERACT events of a session of 10 s that begins 2325 s into the video: start, end, face, voice."""
    lines = [
        f"3,Event,{n},{start},{stop},1,{codes}\n" for n, (start, stop, codes) in enumerate(map(str.split, rows), 1)
    ]
    return INTERACT + "2,DataSet,1,2325,2335,10,,\n" + "".join(lines)


CODED = [
    trap("ELAN without a mark", "OBS.eaf", "elan", GOOD_EAF, (2, 0, 0), (SMILE, NEUTRAL)),
    trap(
        "ELAN with line ends of Windows", "OBS.eaf", "elan", GOOD_EAF.replace("\n", "\r\n"), (2, 0, 0), (SMILE, NEUTRAL)
    ),
    trap("ELAN with a mark", "OBS.eaf", "elan", "\ufeff" + GOOD_EAF, (2, 0, 0), (SMILE, NEUTRAL)),
    trap(
        "ELAN in UTF-16",
        "OBS.eaf",
        "elan",
        GOOD_EAF.replace("UTF-8", "UTF-16").encode("utf-16"),
        (2, 0, 0),
        (SMILE, NEUTRAL),
    ),
    trap(
        "an ELAN annotation before zero",
        "OBS.eaf",
        "elan",
        marks("a1 1-2 Smile", "a2 5-2 Neutral"),
        (1, 1, 0),
        (SMILE,),
        f"error negative_time: {{file}}, line 13: the time -0.5 s lies before the start of the recording. | {ORIGIN}",
    ),
    trap(
        "an ELAN annotation that ends before it starts",
        "OBS.eaf",
        "elan",
        marks("a1 1-2 Smile", "a2 3-2 Neutral"),
        (1, 1, 0),
        (SMILE,),
        "error offset_before_onset: {file}, line 13: 'Neutral' of the infant ends at 4 s, before it starts at 9 s. | "
        + CORRECT,
    ),
    trap(
        "ELAN annotations that overlap in an exclusive group",
        "OBS.eaf",
        "elan",
        eaf("0 2000 4000 9000", tier("face", "a1 1-3 Smile"), tier("more", "a2 2-4 Neutral")),
        (1, 1, 0),
        (SMILE,),
        "error overlap_in_group: {file}, line 14: overlapping codes in group face for the infant: Smile 0-4 s and "
        "Neutral 2-9 s. | The event that starts later was refused. Correct one in the coding tool and import again.",
    ),
    trap(
        "an ELAN annotation without a word",
        "OBS.eaf",
        "elan",
        marks("a1 1-2 Smile", "a2 2-3"),
        (1, 1, 0),
        (SMILE,),
        f"error missing_code: {{file}}, line 13: the row names no code. | {CORRECT}",
    ),
    trap(
        "an ELAN word in other capitals",
        "OBS.eaf",
        "elan",
        marks("a1 1-2 Smile", "a2 2-3 neutral"),
        (1, 1, 0),
        (SMILE,),
        "error case_variant: {file}, line 13: code 'neutral' is not in scheme tiny, which distinguishes capitals. Did "
        f"you mean 'Neutral'? | {CORRECT}",
    ),
    trap(
        "an ELAN tier of somebody unknown",
        "OBS.eaf",
        "elan",
        eaf("0 4000", tier("face", "a1 1-2 Smile"), tier("other", "a2 1-2 Smile", who="Grandmother")),
        (1, 1, 0),
        (SMILE,),
        "error unknown_subject: {file}, line 12: subject 'Grandmother' is not known. Known subjects: Caregiver 1, "
        "Infant. | The row was refused. Map the subject in the manifest (subjects) and import again.",
    ),
    trap(
        "an ELAN word the caregiver may not have",
        "OBS.eaf",
        "elan",
        eaf("0 4000", tier("face", "a1 1-2 Smile"), tier("other", "a2 1-2 Cry", who="Caregiver 1")),
        (1, 1, 0),
        (SMILE,),
        "error wrong_role: {file}, line 12: code 'Cry' cannot be given to the caregiver; it belongs to the infant. | "
        + CORRECT,
    ),
    trap(
        "an ELAN word of another group than its tier says",
        "OBS.eaf",
        "elan",
        eaf("0 4000", tier("face", "a1 1-2 Smile", "a2 1-2 Sing")),
        (1, 1, 0),
        (SMILE,),
        "error wrong_group: {file}, line 10: code 'Sing' does not belong to group face but to voice. | " + CORRECT,
    ),
    trap(
        "an ELAN annotation past the end",
        "OBS.eaf",
        "elan",
        marks("a1 1-2 Smile", "a2 2-4 Neutral"),
        (2, 0, 0),
        (SMILE, "infant Neutral 4000-10000 [clipped]"),
        "warning after_end: {file}, line 13: 'Neutral' of the infant ends at 12 s, after the end of the recording. | It "
        "was cut at the end of the recording.",
    ),
    trap(
        "an ELAN annotation without length",
        "OBS.eaf",
        "elan",
        marks("a1 1-2 Smile", "a2 3-3 Neutral"),
        (2, 0, 0),
        (SMILE, "infant Neutral 9000-9000"),
        "warning zero_length_state: {file}, line 13: the state 'Neutral' of the infant at 9 s starts and stops at the "
        "same time. | It was kept; it adds no time.",
    ),
    trap(
        "an ELAN time beyond reason",
        "OBS.eaf",
        "elan",
        marks("a1 1-2 Smile", "a2 1-6 Neutral", times="0 4000 9000 12000 -500 604800001"),
        (1, 1, 0),
        (SMILE,),
        "error beyond_a_week: {file}, line 14: the time 604800.001 s is more than a week after the start of the "
        "recording. | The row was refused. Check the unit of the times in the manifest (ms or s) and import again.",
    ),
    trap(
        "an ELAN slot open at the end, through the import",
        "OBS.eaf",
        "elan",
        marks("a1 1-2 Smile", "a2 2-3 Neutral", times="0 4000 ?"),
        (1, 1, 0),
        (SMILE,),
        f"error time_slot_missing: {{file}}, line 11: an annotation of the tier 'face' has no time for its end. | {SET_IT}",
    ),
    trap(
        "a Datavyu cell that ends before it starts",
        "OBS.opf",
        "datavyu",
        cells("00 04 Smile,", "09 04 Neutral,"),
        (1, 1, 0),
        (SMILE,),
        "error offset_before_onset: {file}, line 4: 'Neutral' of the infant ends at 4 s, before it starts at 9 s. | "
        + CORRECT,
    ),
    trap(
        "an empty Datavyu cell", "OBS.opf", "datavyu", cells("00 04 Smile,", "05 06 ,.", "06 07 ,"), (1, 0, 2), (SMILE,)
    ),
    trap(
        "a Datavyu cell that stands twice",
        "OBS.opf",
        "datavyu",
        cells("00 04 Smile,", "00 04 Smile,"),
        (1, 1, 0),
        (SMILE,),
        "warning duplicate_row: {file}, line 4: the row for 'Smile' of the infant at 0 s repeats line 3. | The second "
        "copy was dropped.",
    ),
    trap(
        "a Datavyu clock of 61 seconds",
        "OBS.opf",
        "datavyu",
        cells("00 04 Smile,", "61 62 Neutral,"),
        (1, 1, 0),
        (SMILE,),
        "error unreadable_time: {file}, line 4: the time '00:00:61:000' cannot be read as milliseconds. | " + CORRECT,
    ),
    trap(
        "a Datavyu cell half of which is unknown",
        "OBS.opf",
        "datavyu",
        cells("00 04 Smile,Jump"),
        (0, 1, 0),
        (SMILE,),
        f"error unknown_code: {{file}}, line 3: code 'Jump' is not in scheme tiny. {TINY} | {CORRECT}",
    ),
    trap(
        "a Datavyu point with a length",
        "OBS.opf",
        "datavyu",
        cells("00 04 Smile,", "05 05 ,Clap", "06 07 ,Clap"),
        (2, 1, 0),
        (SMILE, "infant Clap at 5000"),
        "error state_in_point_code: {file}, line 5: 'Clap' of the infant is a point event but is coded with a duration "
        f"at 6 s. | {CORRECT}",
    ),
    trap(
        "a Datavyu cell of too few values, through the import",
        "OBS.opf",
        "datavyu",
        cells("00 04 Smile,", "05 06 Neutral"),
        (1, 1, 0),
        (SMILE,),
        "error malformed_cell: {file}, line 4: the cell 2 of 'feet' does not hold 2 values in brackets after its two "
        "times. | The row was refused and reading went on. Correct the cell in Datavyu and save the project again.",
    ),
    trap(
        "Datavyu cells of a recording nobody knows",
        "a.csv",
        "datavyu_csv",
        "file,column,ordinal,onset,offset,face\nOBS,feet,1,0,4000,Smile\nOBT,feet,2,5000,6000,Smile\n",
        (1, 1, 0),
        (SMILE,),
        "error unknown_observation: {file}, line 3: observation 'OBT' is not in the observations table. | "
        "The row was refused. Add the recording to the table, or map its name in the manifest (corrections, "
        "observation_ids), and import again.",
    ),
    trap(
        "Datavyu cells with a row too long",
        "OBS.csv",
        "datavyu_csv",
        "file,column,ordinal,onset,offset,face\nOBS,feet,1,0,4000,Smile\nOBS,feet,2,5000,6000,Smile,x\n,,,,,\n",
        (1, 1, 1),
        (SMILE,),
        "error ragged_row: {file}, line 3: the row has 7 cells; the header has 6. | The row was refused. Look for a "
        "missing or extra delimiter, or a text with the delimiter but without quotes.",
    ),
    trap(
        "INTERACT events before the session",
        "OBS.csv",
        "interact_csv",
        bouts("2320 2326 Neutral,", "2325 2329 Smile,"),
        (1, 1, 1),
        (SMILE,),
        VIDEO_NOTE,
        f"error negative_time: {{file}}, line 3: the time -5 s lies before the start of the recording. | {ORIGIN}",
    ),
    trap(
        "INTERACT events after the session",
        "OBS.csv",
        "interact_csv",
        bouts("2325 2329 Smile,", "2329 2340 Neutral,"),
        (2, 0, 1),
        (SMILE, "infant Neutral 4000-10000 [clipped]"),
        VIDEO_NOTE,
        "warning after_end: {file}, line 4: 'Neutral' of the infant ends at 15 s, after the end of the recording. | It "
        "was cut at the end of the recording.",
    ),
    trap(
        "INTERACT gaps of a frame",
        "OBS.csv",
        "interact_csv",
        bouts("2325 2328.96 Smile,", "2329 2334 Neutral,"),
        (2, 0, 1),
        ("infant Smile 0-4000 [gap_closed]", NEUTRAL),
        "info gap_closed: {file}: gaps of one tool step between codes of an exclusive group: 1, together 40 ms. | They "
        "were closed: the earlier code ends where the next begins.",
        VIDEO_NOTE,
        tool_step_ms=[40],
    ),
    trap(
        "an INTERACT row of level 9",
        "OBS.csv",
        "interact_csv",
        bouts("2325 2329 Smile,") + "9,Event,2,2329,2334,5,Neutral,\n",
        (1, 1, 1),
        (SMILE,),
        VIDEO_NOTE,
        "error unknown_level: {file}, line 4: the level '9' is none of 1 (group), 2 (set) and 3 (event). | The row was "
        "refused. Correct it and import again.",
    ),
    trap(
        "an INTERACT row of two classes",
        "OBS.csv",
        "interact_csv",
        bouts("2325 2329 Smile,Sing"),
        (1, 0, 1),
        ("infant Sing 0-4000", SMILE),
        VIDEO_NOTE,
    ),
]
