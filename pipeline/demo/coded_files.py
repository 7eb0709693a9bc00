"""Distributes the coded recordings over files, formats and dialects as a lab would have them, and writes them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.demo import boris_files, observer_files
from pipeline.demo.coders import Coding
from pipeline.demo.faults import SPOILS, faults_of
from pipeline.demo.marks import Fault, Mark, Written, marks_of

SPECIAL_KL = {"xlsx": 2, "old": 6, "aggregated": 6, "flat": 4, "project": 5}
SPECIAL_MS = {"first_generation": 2, "long": 10}
BATCHES = 4
TOOL_GAP_MS = 1
SINGLE_FAULTS = (
    "start_without_stop",
    "unknown_code",
    "duplicate_row",
    "wrong_role",
    "after_end",
    "blank",
    "case_variant",
)
BATCH_FAULTS = ("overlap_in_group", "stop_without_start", "unknown_subject")


@dataclass(frozen=True)
class Coded:
    """What is written: events of the first and of the second coder per recording, lengths, and who coded."""

    first: dict[str, pd.DataFrame]
    second: dict[str, pd.DataFrame]
    coding: Coding
    length_ms: dict[str, int]
    one_camera: frozenset[str]


def by_recording(events: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Events of each recording."""
    return {str(name): rows for name, rows in events.groupby("observation_id", sort=True)}


class Files:
    """Writes coded files below a folder and remembers what was put wrong where."""

    def __init__(self, folder: Path, coded: Coded, rng: np.random.Generator):
        self.folder, self.coded, self.rng, self.written = folder, coded, rng, Written()
        for name in ("observer/KL", "observer/MS", "observer/RT", "observer/older", "boris", "long"):
            (folder / "coded" / name).mkdir(parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        """Where a coded file lies."""
        return self.folder / "coded" / name

    def note(self, name: str, header_line: int, marks: list[Mark]) -> None:
        """Remembers the faults of a file."""
        self.written.faults += faults_of(
            f"coded/{name}", header_line, marks, lambda text: text.split()[0].split("_")[0]
        )
        if blanks := sum(mark.word == "blank" for mark in marks):
            self.written.blank_rows[f"coded/{name}"] = blanks

    def marks(self, observation_ids: list[str], coder: str = "", second: bool = False) -> list[Mark]:
        """Rows of several recordings, one after the other; the coder stands in the observation name."""
        events = self.coded.second if second else self.coded.first
        return [mark for name in observation_ids for mark in marks_of(events[name], f"{name} {coder}".strip())]

    def singles(self, names: list[str]) -> None:
        """KL's own files: one recording each, UTF-16, semicolons, decimal commas; some with a fault."""
        waiting = list(SINGLE_FAULTS)
        for name in names:
            marks = self.marks([name], "KL")
            for fault in waiting:
                if (spoilt := SPOILS[fault](marks)) is not None:
                    marks = spoilt
                    waiting.remove(fault)
                    break
            file = f"observer/KL/{name}.txt"
            line = observer_files.write_observer(self.path(file), marks, encoding="utf-16-le", delimiter=";", point=",")
            self.note(file, line, marks)

    def batches(self, names: list[str], again: list[str]) -> None:
        """MS exports several recordings at once: UTF-8, commas; second codings among them."""
        parts, repeats = np.array_split(names, BATCHES), np.array_split(again, BATCHES)
        for place, (part, repeat) in enumerate(zip(parts, repeats, strict=True)):
            marks = self.marks([str(name) for name in part], "MS") + self.marks(
                [str(name) for name in repeat], "MS", second=True
            )
            if place < len(BATCH_FAULTS) and marks:
                marks = SPOILS[BATCH_FAULTS[place]](marks) or marks
            file = f"observer/MS/batch_{place + 1}.csv"
            line = observer_files.write_observer(self.path(file), marks, encoding="utf-8", delimiter=",", point=".")
            self.note(file, line, marks)

    def reliability(self, names: list[str]) -> tuple[str, str]:
        """RT's second codings, names spelt unevenly, one of them wrongly; returns (wrong name, right name)."""
        marks: list[Mark] = []
        wrong = right = ""
        for place, name in enumerate(names):
            written = f"{name}_RT_{'Reliability' if place % 3 else 'reliability'}"
            if place == 1:
                right, written = written, written.replace(".", "-", 1)
                wrong = written
            marks += marks_of(self.coded.second[name], written)
        observer_files.write_observer(
            self.path("observer/RT/reliability.txt"),
            marks,
            encoding="utf-8-sig",
            delimiter=";",
            point=",",
            trailing=True,
        )
        return wrong, right

    def other_observer(self, xlsx: list[str], old: list[str]) -> None:
        """KL's Excel export and the files of an old version."""
        observer_files.write_observer_xlsx(self.path("observer/KL/spring.xlsx"), self.marks(xlsx, "KL"))
        for name in old:
            observer_files.write_observer_old(self.path(f"observer/older/{name}.csv"), self.marks([name], "KL"))

    def boris(self, aggregated: list[str], flat: list[str], project: list[str], early: list[str]) -> None:
        """Recordings coded with BORIS: two tables, a project, and MS's early files of one recording each."""
        lengths = self.coded.length_ms
        exclusive = {
            name: boris_files.exclusive_stops(self.coded.first[name]) for name in [*aggregated, *flat, *project, *early]
        }
        boris_files.write_aggregated(
            self.path("boris/aggregated.tsv"), pd.concat([exclusive[name] for name in aggregated]), lengths
        )
        rows = {name: marks_of(exclusive[name], name) for name in [*flat, *project, *early]}
        boris_files.write_flat(self.path("boris/events.tsv"), [mark for name in flat for mark in rows[name]], lengths)
        boris_files.write_project(self.path("boris/summer.boris"), {name: rows[name] for name in project}, lengths)
        for name in early:
            boris_files.write_first_generation(self.path(f"boris/early_{name}.tsv"), rows[name], lengths[name])
        files = {"aggregated.tsv": aggregated, "events.tsv": flat, "summer.boris": project} | {
            f"early_{name}.tsv": [name] for name in early
        }
        for file, names in files.items():
            gaps = sum(_inner(exclusive[name]) for name in names)
            self.written.faults.append(
                Fault("gap_closed", f"coded/boris/{file}", None, "", f"{TOOL_GAP_MS} ms before each start", gaps)
            )

    def long_table(self, names: list[str]) -> None:
        """MS's long table in ms; one bout ends before it begins."""
        rows: list[list[object]] = []
        for name in names:
            for event in self.coded.first[name].sort_values(["onset_ms", "subject", "behaviour_group"]).itertuples():
                who = boris_files.SUBJECTS[event.subject].lower()
                rows.append(
                    [
                        name,
                        "MS",
                        who,
                        event.behaviour_group,
                        event.code,
                        event.modifier,
                        event.onset_ms,
                        event.offset_ms,
                    ]
                )
        place = next(place for place in range(len(rows) // 2, len(rows)) if rows[place][3] == "facial_expression")
        rows[place][6], rows[place][7] = rows[place][7], rows[place][6]
        boris_files.write_long(self.path("long/ms_2022.csv"), [tuple(row) for row in rows])
        file, name = "coded/long/ms_2022.csv", str(rows[place][0])
        self.written.faults.append(Fault("offset_before_onset", file, place + 2, name, "onset and offset are swapped"))
        self.written.faults.append(
            Fault("hole_in_group", file, None, name, "what offset_before_onset left behind", follows=True)
        )


def _inner(events: pd.DataFrame) -> int:
    """Boundaries inside streams: events less streams."""
    return len(events) - len(events[["subject", "behaviour_group"]].drop_duplicates())


def _taken(names: list[str], counts: dict[str, int]) -> dict[str, list[str]]:
    """The first names in parts of the given sizes, and the rest."""
    parts, place = {}, 0
    for key, count in counts.items():
        parts[key] = names[place : place + count]
        place += count
    return parts | {"rest": names[place:]}


def write_coded(folder: Path, coded: Coded, rng: np.random.Generator) -> tuple[Written, tuple[str, str]]:
    """Writes every coded file; returns the faults, and the misspelt and right observation name for the manifest's
    corrections.
    """
    files = Files(folder, coded, rng)
    of = {coder: [name for name in coded.coding.first if coded.coding.first[name] == coder] for coder in ("KL", "MS")}
    kl = _taken(sorted(of["KL"], key=lambda name: name in coded.one_camera), {"old": SPECIAL_KL["old"]})
    kl |= _taken(sorted(kl["rest"]), {key: SPECIAL_KL[key] for key in ("xlsx", "aggregated", "flat", "project")})
    ms = _taken(of["MS"], SPECIAL_MS)
    again = {
        coder: [name for name in coded.coding.second if coded.coding.second[name] == coder] for coder in ("MS", "RT")
    }
    files.singles(kl["rest"])
    files.batches(ms["rest"], again["MS"])
    names = files.reliability(again["RT"])
    files.other_observer(kl["xlsx"], kl["old"])
    files.boris(kl["aggregated"], kl["flat"], kl["project"], ms["first_generation"])
    files.long_table(ms["long"])
    return files.written, names
