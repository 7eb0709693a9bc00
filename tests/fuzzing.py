"""Sound files of every format, and what can happen to them: each damage is drawn by chance and can be replayed.

python -m tests.fuzzing elan --seed 1 --seconds 20      damages files for that long and says what became of them
python -m tests.fuzzing elan --seed 1 --case 4711       the one file again, written to the current folder
"""

import argparse
import gzip
import io
import json
import random
import resource
import signal
import time
import zipfile
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.catalogue.smile_parameters import SmileParameters
from pipeline.errors import UserError
from pipeline.measures.smiles import smiles
from pipeline.readers.observer_template import read_template
from pipeline.readers.openface import read_openface
from pipeline.readers.propose import draft
from pipeline.readers.track import face_track
from tests.bad_files.case import EVENT_LOG, START, STOP, packed, sheets
from tests.nova_files import NAME, head, segments, texts
from tests.openface_tables import table
from tests.reading_parts import read, rows
from tests.test_readers_boris import AGGREGATED, FIRST, SECOND
from tests.test_readers_sampled import SMALL
from tests.test_readers_template import TEMPLATE
from tests.tiered_files import DB, HANDS, INTERACT, eaf, opf, tier

CPU_S = 10
"""No file of a few kB may take more processor time than this."""
LONG = {"columns": {"observation": "obs", "subject": "who", "code": "code", "onset": "a", "offset": "b", "unit": "s"}}
PROJECT = {
    "project_format_version": "7.0",
    "behaviors_conf": {"0": {"code": "s", "type": "State event"}, "1": {"code": "p", "type": "Point event"}},
    "observations": {
        "O1": {
            "file": {"1": ["x.mp4"]},
            "media_info": {"length": {"x.mp4": 60.0}, "offset": {"1": 0.0}},
            "time offset": 0.0,
            "events": [[1.5, "baby", "s", "a|b", ""], [2.25, "baby", "s", "a|b", "hm"], [3, "", "p", "", ""]],
        }
    },
}
EAF = eaf(
    "0 4000 ? 9000",
    tier("face", "a1 1-2 Smile", "a2 2-3 Neutral", "a3 3-4 Cry"),
    tier("face how", "b1 >a1 strong", parent="face"),
)
CELLS = "00:00:01:000,00:00:02:000,(left,.)\r\n00:00:02:500,00:00:03:000,(right,a\\,b)\r\n"
OPF = DB + HANDS + CELLS + "voice (MATRIX,false,)-value|TEXT\r\n00:00:00:000,00:00:09:000,(Sing)\r\n"
DATAVYU = "file,column,ordinal,onset,offset,hand,look\nO1,hands,1,0,1000,left,1\nO1,hands,2,1500,00:00:02:000,right,\n"
BOUTS = "2,DataSet,1,2325,2335,10,,\n3,Event,1,2325,2329.04,4.04,Smile,\n3,Event,2,2329.08,2335,5.92,,Hum\n"
ABSOLUTE = (
    "Date_Time_Absolute_dmy_hmsf,Time_Absolute_hms,Time_Absolute_f,Time_Relative_hms,Time_Relative_f,Observation,Subject,"
    "Behavior,Modifier_1,Event_Type\n"
    "01-02-2023 17:41:48.883,17:41:48,883,00:00:01,500,O1,Infant,Positive,a,State start\n"
    "01-02-2023 17:41:49.883,17:41:49,883,00:00:02,500,O1,Infant,Positive,a,State stop\n"
)
CLOCKS = (
    "Time_Relative_hms,Time_Relative_f,Time_Relative_sf,Observation,Subject,Behavior\n"
    "00:32:05,712.5,1925.71,O1,Child,Positive\n00:32:05,,1925.78,O1,Child,Positive\n"
)
SPANS = 'obs,who,code,a,b\nO1,infant,Smile,0.5,4\nO1,infant,"Cry, loud",4,9.25\nO1,caregiver1,Sing,0,10\n'
TEXT = "Video-Pro\n{start}\n0 Infant,Neutral\n1.5 Mother,Sing_start\n4 Infant,Smile\n5 Mother,Sing_end\n{end}\n"
SEAM = b"\n=====\n"
"""Between a file and the one beside it, where a sound file is a pair of them."""


def workbook(text: str, delimiter: str = ",") -> bytes:
    """The rows of a text as a workbook."""
    return sheets({"Sheet": [line.split(delimiter) for line in text.splitlines()]})()


SAMPLES: dict[str, dict[str, bytes]] = {
    "observer_event_log": {
        "b.csv": ABSOLUTE.encode(),
        "a.csv": (EVENT_LOG + START + STOP).encode(),
        "a.xlsx": workbook(EVENT_LOG + START + STOP),
    },
    "observer_sampled": {
        "b.csv": CLOCKS.encode(),
        "a.csv": SMALL.encode(),
        "a.csv.gz": gzip.compress(SMALL.encode(), mtime=0),
    },
    "boris_events": {"a.tsv": FIRST.encode(), "a.csv": SECOND.encode(), "a.xlsx": workbook(FIRST, "\t")},
    "boris_aggregated": {"a.csv": AGGREGATED.encode(), "a.xlsx": workbook(AGGREGATED)},
    "boris_project": {
        "a.boris": json.dumps(PROJECT, indent=1).encode(),
        "a.boris.gz": gzip.compress(json.dumps(PROJECT).encode(), mtime=0),
    },
    "elan": {"a.eaf": EAF.encode()},
    "datavyu": {"a.opf": opf(OPF)},
    "datavyu_csv": {"a.csv": DATAVYU.encode(), "a.xlsx": workbook(DATAVYU)},
    "interact_csv": {"a.csv": (INTERACT + BOUTS).encode(), "a.xlsx": workbook(INTERACT + BOUTS)},
    "long_csv": {"a.csv": SPANS.encode(), "a.csv.gz": gzip.compress(SPANS.encode(), mtime=0)},
    "openface": {"a.csv": table().encode(), "a.csv.gz": gzip.compress(table(faces=2).encode(), mtime=0)},
    "nova": {
        NAME: head(size=2).encode() + SEAM + b"0;4.5;0;1\n5;6;-1;1;meta\n6;1,234.50;1;0.5\n",
        f"b.{NAME}": head(form="BINARY", size=2).encode() + SEAM + segments((0, 4, 0, 1), (4, 5.25, 1, 0.5)),
        f"c.{NAME}": head(form="BINARY", kind='type="FREE"').encode() + SEAM + texts((0, 4, "hello", 1), (5, 6, "", 1)),
    },
    "observer_text": {"a.odf": TEXT.encode()},
    "observer_template": {"a.otx": TEMPLATE.encode("utf-16"), "a.otb": packed({"a.otx": TEMPLATE.encode("utf-16")})()},
}
"""Format -> file name -> a sound file of it."""
ENTRIES = {
    "long_csv": LONG,
    "observer_event_log": {},
    "datavyu": {"subject": "infant"},
    "datavyu_csv": {"subject": "infant"},
}

# ---- damages: bytes and chance in, bytes out ------------------------------------------------------------------------

WORDS = [
    b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\xe9", b"\xed\xa0\x80", b'"', b'""', b"'", b"\r", b"\r\n", b"\n\n", b",",
    b";", b"\t", b"|", b"\\", b"(", b")", b"[", b"]", b"{", b"}", b"<", b">", b"&", b"=1+1", b"NaN", b"-Infinity",
    b"null", b"true", b"1e999", b"1e999999999", b"-1e-999999", b"9" * 25, b"9" * 5000, b"-9223372036854775809", b"0x10",
    b"1_000", b"1.", b".5", b"1,5", b"24:61:61:999", b"-00:00:01", "\u00b2\u0663\uff11\u2212".encode(),
    "\u202e\u2028\u0085\x1c".encode(), "\U0001f600".encode() * 3, b" " * 300, b"A" * 70_000, b"&#0;", b"&#xD800;",
    b"&lol;", b"]]>", b"<!--", b"<![CDATA[", b'<?xml version="1.0" encoding="ebcdic-cp-us"?>', b"\\u0000", b"\\ud800",
    b'<!DOCTYPE a [<!ENTITY lol "lol">]>', b'"x" "y"', b"None", b"#4", b"%s", b"../../x", b"\x1a", b"\x1f\x8b",
    b"PK\x03\x04",
]  # fmt: skip
ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-be", "utf-32", "latin-1", "cp1252", "cp037", "utf-7", "mac-roman")


def _cut(content: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(content) + 1)
    return start, min(len(content), start + chance.choice((0, 1, 2, 8, 40, 400)))


def flip(content: bytes, chance: random.Random) -> bytes:
    """A few bits."""
    found = bytearray(content)
    for _ in range(chance.choice((1, 1, 3, 20))):
        if found:
            found[chance.randrange(len(found))] ^= 1 << chance.randrange(8)
    return bytes(found)


def truncate(content: bytes, chance: random.Random) -> bytes:
    """Cut off, or the head lost."""
    at = chance.randrange(len(content) + 1)
    return content[:at] if chance.random() < 0.7 else content[at:]


def insert(content: bytes, chance: random.Random) -> bytes:
    """A word of mischief somewhere, or instead of something."""
    start, stop = _cut(content, chance)
    return content[:start] + chance.choice(WORDS) + content[chance.choice((start, stop)) :]


def repeat(content: bytes, chance: random.Random) -> bytes:
    """A piece many times."""
    start, stop = _cut(content, chance)
    return content[:stop] + content[start:stop] * chance.choice((1, 5, 300)) + content[stop:]


def shuffle(content: bytes, chance: random.Random) -> bytes:
    """Lines in another order, one lost or one doubled."""
    lines = content.splitlines(keepends=True)
    deed = chance.choice((chance.shuffle, lambda all: all.pop(), lambda all: all.append(chance.choice(all))))
    if lines:
        deed(lines)
    return b"".join(lines)


def numbers(content: bytes, chance: random.Random) -> bytes:
    """A number becomes something else."""
    digits = [at for at in range(len(content)) if content[at : at + 1].isdigit()]
    if not digits:
        return content
    at = chance.choice(digits)
    return content[:at] + chance.choice(WORDS) + content[at + 1 :]


def encode(content: bytes, chance: random.Random) -> bytes:
    """Another encoding, or other line ends."""
    text = content.decode("utf-8", errors="surrogateescape")
    if chance.random() < 0.3:
        return content.replace(b"\n", chance.choice((b"\r\n", b"\r", b"\r\r\n", b"")))
    return text.encode(chance.choice(ENCODINGS), errors="ignore")


def nest(content: bytes, chance: random.Random) -> bytes:
    """Very deep."""
    start, stop = _cut(content, chance)
    before, after = chance.choice(((b"[", b"]"), (b"<a>", b"</a>"), (b'{"a":', b"}"), (b'"', b'"'), (b"(", b")")))
    deep = chance.choice((3, 150, 20_000))
    return content[:start] + before * deep + content[start:stop] + after * deep + content[stop:]


def cells(content: bytes, chance: random.Random) -> bytes:
    """Another delimiter in all lines or one, or a cell less or more."""
    lines = content.split(b"\n")
    at = chance.randrange(len(lines))
    old, new = chance.choice((b",", b"\t", b" ", b";")), chance.choice((b",", b";", b"\t", b"|", b"", b",,,"))
    if chance.random() < 0.5:
        return content.replace(old, new)
    lines[at] = lines[at].replace(old, new)
    return b"\n".join(lines)


DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    flip, truncate, insert, repeat, shuffle, numbers, encode, nest, cells
)  # fmt: skip


def damaged(content: bytes, chance: random.Random) -> bytes:
    """The content after one to four damages; archives are damaged outside or inside, and packed again."""
    if chance.random() < 0.7:
        if content[:2] == b"PK":
            return _inside_zip(content, chance)
        if content[:2] == b"\x1f\x8b":
            return gzip.compress(damaged(gzip.decompress(content), chance), mtime=0)
    for _ in range(chance.choice((1, 1, 2, 4))):
        content = chance.choice(DAMAGES)(content, chance)[:2_000_000]
    return content


def _inside_zip(content: bytes, chance: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice(list(members))
    deed = chance.randrange(8)
    if deed == 0:
        members.pop(name)
    elif deed == 1:
        members[chance.choice(("../x", "db", "/x", "a" * 300, name.upper()))] = members.pop(name)
    elif deed == 2:
        members[name] += b" " * 30_000_000
    else:
        members[name] = damaged(members[name], chance)
    return packed(members)()


def put(folder: Path, name: str, content: bytes) -> Path:
    """Writes a damaged file, and the one beside it where it is a pair; returns its path."""
    first, seam, second = content.rpartition(SEAM)
    if name.endswith(".annotation") and seam:
        (folder / f"{name}~").write_bytes(second)
    (folder / name).write_bytes(first if name.endswith(".annotation") and seam else content)
    return folder / name


# ---- what must hold --------------------------------------------------------------------------------------------------


class Slow(Exception):
    """A file took more processor time than allowed."""


@dataclass
class Tally:
    """What became of the files, and how much they took."""

    cases: int = 0
    refused: int = 0
    slowest_s: float = 0.0
    broke: list[str] = field(default_factory=list)


def case(format: str, seed: int, number: int) -> tuple[str, bytes]:
    """Name and content of one damaged file."""
    chance = random.Random(f"{format} {seed} {number}")
    name, content = chance.choice(list(SAMPLES[format].items()))
    return name, damaged(content, chance)


def understood(format: str, path: Path, scratch: Path) -> bool:
    """Reads a file to its end: True, or False when it is refused in words; anything else is a fault of ours."""
    try:
        if format == "observer_template":
            read_template(path)
            return True
        if format == "openface":
            track = read_openface(path)
            assert track.rows == len(track.frame) + track.refused, "a row was lost"
            smiles(face_track(track.frame, track.au12_source), SmileParameters())
            return True
        reading = read(path, format, scratch, **ENTRIES.get(format, {}))
        found = rows(reading)
        lines = {line for line, _ in found}
        assert all(event.line in lines for event in reading.events()), "an event stands in no row"
        assert all(len(row) == reading.width for _, row in found), "a row of another width"
        assert reading.layout != "cells" or len(lines) == len(found), "two rows of one line"
        assert all(isinstance(length, int) for length in reading.lengths_ms.values())
    except UserError as refusal:
        assert str(refusal).startswith(path.name.removesuffix(".gz")) and str(refusal).rstrip().endswith("."), str(
            refusal
        )
        return False
    return True


def proposed(path: Path) -> None:
    """A manifest is drafted from the file, or it is refused in words."""
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            draft([path])
    except UserError as refusal:
        assert str(refusal).rstrip().endswith("."), str(refusal)


def attempt(format: str, seed: int, number: int, folder: Path, tally: Tally) -> None:
    """One damaged file: read, and every eighth time looked at by `propose` as well."""
    name, content = case(format, seed, number)
    path, begun = put(folder, name, content), time.process_time()
    try:
        signal.setitimer(signal.ITIMER_PROF, CPU_S)
        tally.refused += not understood(format, path, folder)
        if number % 8 == 0:
            proposed(path)
    except Exception as fault:
        tally.broke.append(f"{format}, seed {seed}, case {number}, {name}: {type(fault).__name__}: {str(fault)[:200]}")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    tally.cases += 1
    tally.slowest_s = max(tally.slowest_s, time.process_time() - begun)


def _too_slow(*_: object) -> None:
    raise Slow(f"more than {CPU_S} s")


def fuzz(format: str, seed: int, cases: int | None = None, seconds: float | None = None, faults: int = 20) -> Tally:
    """Damages files of one format: so many, or for so long, or until so many faults were found."""
    tally, until = Tally(), time.monotonic() + (seconds or 1e9)
    before = signal.signal(signal.SIGPROF, _too_slow)
    try:
        with TemporaryDirectory() as folder:
            while tally.cases != cases and time.monotonic() < until and len(tally.broke) < faults:
                attempt(format, seed, tally.cases, Path(folder), tally)
    finally:
        signal.signal(signal.SIGPROF, before)
    return tally


def main() -> None:
    """Prints what became of the files as JSON."""
    parser = argparse.ArgumentParser(description="Damages files of one format and reads them.")
    parser.add_argument("format", choices=SAMPLES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--case", type=int, default=None)
    options = parser.parse_args()
    if options.case is not None:
        name, content = case(options.format, options.seed, options.case)
        put(Path(), name, content)
        return
    tally = fuzz(options.format, options.seed, seconds=options.seconds)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(vars(tally) | {"peak_mb": round(peak_mb)}))


if __name__ == "__main__":
    main()
