"""Bad texts of older Observers: refused as a whole, and with lines that are refused or doubted."""

from tests.bad_files.case import BadFile, text
from tests.bad_files.coded import BadRows

BODY = "{start}\n0 Infant,Smile_start\n4 Infant,Smile_end\n"
SHAPE = "The row is not made of seconds, a blank, a subject, a comma and a behaviour."


def odf(name: str, content: str, **more: object) -> BadFile:
    """A text called a.odf."""
    return BadFile(name, "a.odf", text(content), "observer_text", **more)


WHOLE = [
    odf("an Observer text of no bytes", "", refused="a.odf: the file is empty. Export it again."),
    odf(
        "a text called .odf",
        "0 Infant,Smile_start\n",
        refused="a.odf: no line holds {start}, so this is no Observer text. Choose the .odf file, or export it again.",
    ),
    odf(
        "an Observer text with a NUL byte",
        BODY.replace("Smile", "Smi\0le"),
        refused="a.odf, line 2: the file holds a NUL byte, so it is damaged or not a text file. Export it again.",
    ),
]
ROWS = [
    odf(
        "an Observer text without its last line",
        BODY,
        noted=((None, "no_end", "No line holds {end}."),),
        rows=2,
    ),
    odf(
        "an Observer text of other lines",
        "x\n" + BODY + "5Infant,Smile\n6 Infant\n7 ,Smile\n8 Infant,\n\n{end}\n9 Infant\n",
        noted=tuple((line, "malformed_cell", SHAPE) for line in (5, 6, 7, 8)),
        rows=7,
    ),
    odf(
        "an Observer text of ends alone",
        "{start}\n3 Infant,Smile_end\n{end}",
        noted=((2, "end_without_start", "The state 'Smile' ends at 3 s, but no start of it was read."),),
        rows=1,
    ),
    odf("an Observer text of nothing", "{start}\n{end}", noted=((None, "no_rows", "The file has no events."),), rows=0),
]
CODED = [
    BadRows(
        "an Observer text that starts a state twice",
        "OBS.odf",
        text("{start}\n0 Infant,Smile_start\n2 Infant,Smile_start\n4 Infant,Smile_end\n{end}\n"),
        (3, 0, 0),
        ("infant Smile 0-2000", "infant Smile 2000-4000"),
        (
            "warning start_start: {file}, line 3: the state 'Smile' starts again at 2 s before it has ended. | The first "
            "was ended at the second start.",
        ),
        format="observer_text",
    ),
]
