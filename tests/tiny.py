"""Tiny studies written by hand and imported for real: a scheme of a few codes, a table of recordings, a few rows."""

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from pipeline.steps.import_study import Outcome, import_study

SCHEME = """
name = "tiny"
title = "Tiny scheme"

[subjects]
"Caregiver 1" = "caregiver1"
"Infant" = "infant"

[[groups]]
name = "face"
title = "Face"
one_camera_modifier = "one camera"
codes = [
    { label = "Smile", colour = "#F2C14E" },
    { label = "Neutral", colour = "#5B8DB8" },
    { label = "Cry", colour = "#C62828", subjects = ["infant"] },
    { label = "Hidden", colour = "#D3D6DB", unobservable = true },
]

[[groups]]
name = "hands"
title = "Hands"
exclusive = false
exhaustive = false
codes = [
    { label = "Reach", colour = "#009E73" },
    { label = "Wave", colour = "#56B4E9" },
    { label = "Clap", colour = "#CC79A7", kind = "point" },
    { label = "Other", colour = "#9AA0A6" },
]

[[groups]]
name = "voice"
title = "Voice"
exhaustive = false
codes = [
    { label = "Sing", colour = "#0072B2" },
    { label = "Hum", colour = "#1B7837" },
    { label = "Bodily sounds", colour = "#E69F00", subjects = ["caregiver1", "caregiver2"] },
    { label = "Bodily Sounds", colour = "#D55E00", subjects = ["infant"] },
    { label = "Other", colour = "#9AA0A6" },
]
"""
"""face: exclusive, no gaps allowed. hands: several at a time, one point code. voice: exclusive, silence allowed."""

STUDY = """
[study]
id = "tiny"
title = "Tiny"
scheme = "tiny.toml"
protocol = "home_headcam"

[tables.observations]
file = "observations.csv"
"""

SPANS = ["obs", "who", "code", "start", "stop"]
LOG = ["Observation", "Subject", "Behavior", "Event_Type", "Time_Relative_sf"]

LONG = """
format = "long_csv"
columns = {{ observation = "obs", subject = "who", code = "code", onset = "start", offset = "stop", unit = "s"{more} }}
"""


def entry(files: str, more: str = "", columns: str = "") -> str:
    """An entry for long tables with the columns of SPANS; `columns` names further ones (', coder = "rater"')."""
    return f'\n[[coded]]\nfiles = ["{files}"]\n' + LONG.format(more=columns) + more


def event_log(files: str, more: str = "") -> str:
    """A manifest entry for event logs."""
    return f'\n[[coded]]\nfiles = ["{files}"]\nformat = "observer_event_log"\n' + more


def table(columns: list[str], rows: list[list[str]]) -> str:
    """A comma-separated text."""
    target = io.StringIO()
    csv.writer(target, lineterminator="\n").writerows([columns, *rows])
    return target.getvalue()


def drawn(text: str) -> list[list[str]]:
    """Rows of a table drawn with bars: '| O1 | Infant | Smile | 0 | 5 |', blanks around the words left out."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@dataclass
class Tiny:
    """A study folder under construction: `lengths` gives each recording its length in s ('' = not given)."""

    folder: Path
    lengths: dict[str, object] = field(default_factory=lambda: {"O1": 10})
    coded: str = field(default_factory=lambda: entry("*.csv"))
    head: str = STUDY
    tail: str = ""

    def write(self, name: str, content: str | bytes) -> Path:
        """A file below coded/ (or of the study itself, where the name begins with /)."""
        path = self.folder / name[1:] if name.startswith("/") else self.folder / "coded" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def spans(self, name: str, drawing: str) -> None:
        """A long table from drawn rows."""
        self.write(name, table(SPANS, drawn(drawing)))

    def log(self, name: str, drawing: str) -> None:
        """An event log from drawn rows: recording, subject, code, event type, seconds."""
        self.write(name, table(LOG, drawn(drawing)))

    def recordings(self) -> str:
        """The table of recordings; every recording is a dyad and a family of its own."""
        rows = [
            [name, f"D{n}", f"F{n}", "mother", str(length)] for n, (name, length) in enumerate(self.lengths.items())
        ]
        return table(["observation_id", "dyad_id", "family_id", "role", "length_s"], rows)

    def manifest(self) -> Path:
        """Writes scheme, recordings (unless they are there) and manifest; the coded files lie in coded/."""
        self.write("/tiny.toml", SCHEME)
        self.write("/observations.csv", self.recordings())
        coded = self.coded.replace('files = ["', 'files = ["coded/')
        return self.write("/STUDY.toml", self.head + coded + self.tail)

    def run(self) -> "Imported":
        """The study imported into its folder `home`."""
        said: list[str] = []
        outcome = import_study(self.manifest(), self.folder / "home", report=said.append)
        return Imported(outcome, said)


@dataclass
class Imported:
    """What an import made: each question opens the generation's file afresh."""

    outcome: Outcome
    said: list[str]

    def ask(self, question: str, *values: object) -> list[tuple]:
        """Rows of one statement."""
        with duckdb.connect(str(self.outcome.generation.file), read_only=True) as connection:
            return connection.execute(question, list(values)).fetchall()

    def events(self, observation: str = "O1", coder: str = "%") -> list[str]:
        """The recording's events as lines, in the order of time: 'infant Smile 0-5000 [closed_at_end]'."""
        rows = self.ask(
            "SELECT subject, code, modifier, kind, onset_ms, offset_ms, repaired FROM event"
            " WHERE observation_id = ? AND coder_id LIKE ?"
            " ORDER BY subject DESC, onset_ms, offset_ms, code",
            observation,
            coder,
        )
        return [event_line(*row) for row in rows]

    def outcomes(self) -> dict[tuple[str, int], str]:
        """What became of each row: (file, line) -> accepted, blank, or the rule that refused it."""
        rows = self.ask("SELECT path, line, outcome, reason FROM raw_row JOIN source USING (source_id)")
        return {(Path(path).name, line): reason or outcome for path, line, outcome, reason in rows}

    def issues(self, *kinds: str) -> list[str]:
        """Sentences of the issues (of these kinds) in the order of file and line: 'severity kind: detail | action'."""
        rows = self.ask("SELECT severity, kind, detail, action FROM issue ORDER BY file, line, kind, detail")
        return [
            f"{severity} {kind}: {detail} | {action}"
            for severity, kind, detail, action in rows
            if not kinds or kind in kinds
        ]

    def tables(self) -> dict[str, list[tuple]]:
        """Everything a reader of the study sees that does not depend on when and how often it was imported."""
        return {name: sorted(self.ask(question), key=repr) for name, question in CONTENT.items()}


def event_line(subject: str, code: str, modifier: str, kind: str, onset: int, offset: int, repaired: str) -> str:
    """One event as a line."""
    time = f"at {onset}" if kind == "point" else f"{onset}-{offset}"
    return f"{subject} {code}{f' ({modifier})' if modifier else ''} {time}{f' [{repaired}]' if repaired else ''}"


CONTENT = {
    "event": "SELECT e.* EXCLUDE (source_id), s.path FROM event e JOIN source s USING (source_id)",
    "raw_row": "SELECT r.* EXCLUDE (source_id), s.path FROM raw_row r JOIN source s USING (source_id)",
    "duration": "SELECT * FROM duration",
    "coding": "SELECT * EXCLUDE (source_id) FROM coding",
    "coder": "SELECT * FROM coder",
    "observation": "SELECT * FROM observation",
    "source": "SELECT path, format, sha256, rows, accepted, rejected, blank FROM source",
}
