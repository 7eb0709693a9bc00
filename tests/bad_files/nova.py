"""Bad NOVA annotations: refused as a whole, refused in single rows, and with the traps of real ones."""

from tests.bad_files.case import BadFile, text
from tests.bad_files.coded import BadRows
from tests.nova_files import NAME, head, segments, texts

ROW = "0;4;0;1\n"
XML = "the file is not valid XML. Export it again."


def whole(name: str, content: str | bytes, refused: str, data: str | bytes | None = ROW, **entry: object) -> BadFile:
    """An annotation that is refused as a whole; without `data` it has no data file."""
    beside = {} if data is None else {"~": text(data) if isinstance(data, str) else lambda: data}
    build = text(content) if isinstance(content, str) else lambda: content
    return BadFile(name, NAME, build, "nova", dict(entry), refused=NAME + refused, beside=beside)


WHOLE = [
    whole("a NOVA annotation without its data file", head(), f": its data file {NAME}~ is missing. Put it beside this one.", None),
    whole("a NOVA annotation of no bytes", "", ": the file is empty. Export it again."),
    whole("a NOVA annotation cut off in a tag", head()[:-8], f", line 5: {XML}"),
    whole("another kind of XML called .annotation", "<html/>", ": this is not a NOVA annotation (it begins with 'html'). Choose the .annotation file."),
    whole(
        "a NOVA annotation with an XML bomb",
        '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><annotation>&b;</annotation>',
        ": the file declares entities or a document type, which may be an attack. It was not opened. Export it again.",
    ),
    whole("a NOVA annotation with a huge head", head() + " " * 300_000, ": the file is larger than 256 KB, so it is no head of an annotation. It was not opened. Choose the .annotation file."),
    whole("a NOVA annotation without a scheme", "<annotation><info size='1'/></annotation>", ": the element <scheme> is missing. Export it again."),
    whole("a NOVA annotation without info", "<annotation><scheme/></annotation>", ": the element <info> is missing. Export it again."),
    whole("a NOVA annotation of polygons", head(kind='type="DISCRETE_POLYGON"'), ": annotations of the type DISCRETE_POLYGON are not read, only CONTINUOUS, DISCRETE, FREE. Leave the file out of the manifest."),
    whole("a NOVA annotation of no type", head(kind=""), ": annotations of the type unknown are not read, only CONTINUOUS, DISCRETE, FREE. Leave the file out of the manifest."),
    whole("a NOVA graph", head(kind='type="CONTINUOUS" num="3"'), ": this is a graph or a segmentation (CONTINUOUS with num), which is not read. Leave the file out of the manifest."),
    whole("NOVA values over time", head(kind='type="CONTINUOUS" sr="25"'), ": this is a CONTINUOUS annotation: values over time, not codes. Leave it out of the coded files.", "0.5;1\n"),
    whole("a NOVA annotation in an unknown form", head(form="ZIP"), ": ftype is 'ZIP', neither ASCII nor BINARY. Export it again."),
    whole("a NOVA scheme with two classes of one id", head("Smile=1 Neutral=1"), ": two classes have the id 1. Correct the scheme in NOVA and export it again."),
    whole("a NOVA class whose id is no number", head("Smile=one"), ": the class 'Smile' has the id 'one'. Correct the scheme in NOVA and export it again."),
    whole("a NOVA class without a name", head("=1"), ": a class has no name. Correct the scheme in NOVA and export it again."),
    whole(
        "a binary NOVA annotation cut off",
        head(form="BINARY"),
        ": its data file has 40 bytes, which is no whole number of rows of 24 bytes. It is damaged or cut off: copy or export it again.",
        segments((0, 4, 0, 1), (4, 5, 1, 1))[:40],
    ),
    whole(
        "a binary NOVA annotation of short rows",
        head(form="BINARY", size=3),
        ": its rows have 16 bytes instead of 24, as a faulty program writes them. Export it again from NOVA, as ASCII.",
        bytes(48),
    ),
    whole(
        "a binary NOVA text cut off",
        head(form="BINARY", kind='type="FREE"', size=2),
        ": its data file ends within row 2. It is damaged or cut off. Copy or export it again.",
        texts((0, 1, "hello", 1), (1, 2, "you", 1))[:-3],
    ),
    whole(
        "NOVA times that may be read in two ways",
        head(size=2),
        ": '1,234' may mean 1.234 or 1234, and no other number decides. Write decimal = \",\" or decimal = \".\" in the manifest.",
        "1,234;2,345;0;1\n3;4;1;1\n",
    ),
    whole(
        "NOVA times with points and commas",
        head(size=2),
        ": some numbers have a decimal comma and others a decimal point. Export it again.",
        "1,5;2;0;1\n2.5;4;1;1\n",
    ),
]  # fmt: skip


def rows(name: str, content: str | bytes, data: str | bytes, count: int, *noted: tuple, **entry: object) -> BadFile:
    """An annotation of which single rows are refused or doubted."""
    build = text(content) if isinstance(content, str) else lambda: content
    beside = {"~": text(data) if isinstance(data, str) else lambda: data}
    return BadFile(name, NAME, build, "nova", dict(entry), noted=noted, rows=count, beside=beside)


def size_differs(says: str, holds: int) -> tuple:
    return (None, "size_differs", f"The head speaks of {says}; the data file holds {holds}.")


ROWS = [
    rows(
        "NOVA rows of too few and too many cells",
        head(size=4),
        "0;1;0\n1;2;0;1\n2;3;1;1;meta;more\n3;4;1;1;;;\n",
        4,
        (1, "ragged_row", "The row has 3 cells; NOVA writes 4 or 5, with ; between them."),
        (3, "ragged_row", "The row has 6 cells; NOVA writes 4 or 5, with ; between them."),
    ),
    rows(
        "NOVA rows of classes the file lacks",
        head(size=3),
        "0;1;0;1\n1;2;2;1\n2;3;smile;1\n",
        3,
        (2, "malformed_cell", "The class '2' is none of those the file names: 0 Smile, 1 Neutral."),
        (3, "malformed_cell", "The class 'smile' is none of those the file names: 0 Smile, 1 Neutral."),
    ),
    rows("a NOVA size of 0", head(size=0), "0;4;0;1\n4;5;1;1\n", 2, size_differs("0 rows", 2)),
    rows("a NOVA annotation without a size", head(size=""), "0;4;0;1\n", 1, size_differs("no number of rows", 1)),
    rows("a NOVA annotation cut off", head(size=71), "0;4;0;1\n", 1, size_differs("71 rows", 1)),
    rows(
        "a NOVA annotation of nothing",
        head(size=0),
        "",
        0,
        (None, "no_rows", "The annotation has no segments."),
    ),
    rows(
        "a NOVA head in the Windows code page",
        head("Smile Zufried\xe9n", size=1).encode("cp1252"),
        "0;4;0;1\n",
        1,
        (None, "encoding_assumed", "The head is not UTF-8; it was read as Windows-1252 (Western European)."),
    ),
    rows(
        "NOVA times with thousands set apart",
        head(size=2),
        "999.50;1,234.50;0;1\n1,234.50;1,300.00;1;1.00\n",
        2,
        (
            None,
            "thousands_comma",
            "Times are written with a comma that sets thousands apart (1,234.50), as older versions of NOVA do.",
        ),
    ),
    rows(
        "NOVA times with a decimal comma",
        head(size=2),
        "0,5;1,234;0;0,9\n1,5;2;1;1\n",
        2,
        (None, "decimal_comma", "Times are written with a decimal comma (1,5 = one and a half)."),
    ),
    rows(
        "a NOVA file renamed by hand",
        head(meta='<meta annotator="berta" role="caretaker"/>'),
        "0;4;0;1\n",
        1,
        (None, "name_differs", "The name of the file says role 'infant', its content 'caretaker'."),
        (None, "name_differs", "The name of the file says annotator 'anna', its content 'berta'."),
    ),
    rows(
        "NOVA segments of no class",
        head(size=3),
        "0;1;-1;1\n1;2;0;1\n2;3;-1;1\n",
        3,
        (None, "garbage", "2 segments are of no class (Garbage)."),
    ),
]


def trap(
    name: str, content: str, data: str | bytes, counts: tuple, events: tuple, *said: str, **entry: object
) -> BadRows:
    """A file of recording OBS, which is the name of its folder."""
    beside = {"~": text(data) if isinstance(data, str) else lambda: data}
    return BadRows(name, f"OBS/{NAME}", text(content), counts, events, said, dict(entry), "nova", beside=beside)


OVERLAP = (
    f"error overlap_in_group: {NAME}, line 2: overlapping codes in group face for the infant: Smile 0-4 s and Neutral "
    "3.999-5 s. | The event that starts later was refused. Correct one in the coding tool and import again."
)
COUNT = f"info garbage: {NAME}: 1 segment is of no class (Garbage). | Their time counts as not coded."

CODED = [
    trap("NOVA capitals of its own", head("SMILE neutral"), "0;4;0;1\n", (1, 0, 0), ("infant Smile 0-4000",)),
    trap(
        "NOVA gaps, Garbage and a blank line",
        head(size=3),
        "0;4;0;1\n\n5;6;-1;1\n7.0005;8;1;0.5\n",
        (2, 0, 2),
        ("infant Smile 0-4000", "infant Neutral 7000-8000"),
        COUNT,
    ),
    trap("NOVA segments that overlap by a millisecond", head(size=2), "0;4;0;1\n3.999;5;1;1\n", (1, 1, 0), ("infant Smile 0-4000",), OVERLAP),
    trap(
        "a time of NOVA that is none",
        head(size=3),
        "0;4;0;1\n4;5e-1x;1;1\n1E+1;NaN;1;1\n",
        (1, 2, 0),
        ("infant Smile 0-4000",),
        f"error unreadable_time: {NAME}, line 2: the end '5e-1x' cannot be read as seconds. | The row was refused. "
        "Correct it in the coding tool and import again.",
        f"error unreadable_time: {NAME}, line 3: the end 'NaN' cannot be read as seconds. | The row was refused. "
        "Correct it in the coding tool and import again.",
    ),
    trap("a NOVA head without declaration, and with a blank in ssi-v", head(first="").replace("ssi-v=", "ssi-v ="), "0;4;0;1\n", (1, 0, 0), ("infant Smile 0-4000",)),
    trap("a binary NOVA annotation", head(form="BINARY", size=2), segments((0.0, 3.9995, 0, 1), (4, 4.5, 1, 0.5)), (2, 0, 0), ("infant Smile 0-4000", "infant Neutral 4000-4500")),
    trap(
        "a NOVA scheme the manifest leaves out",
        head(size=1),
        "0;4;0;1\n",
        (0, 0, 1),
        (),
        f"info tier_not_read: {NAME}: the manifest does not name the scheme 'face'. | They were not read. To read them, "
        "add them to [coded.tiers].",
        tiers={"laughter": {}},
    ),
]  # fmt: skip
