"""Questionnaires of a study: answers and totals per person and wave, and the score that belongs to each recording."""

import math
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.catalogue.instrument import Instrument, load_instrument
from pipeline.catalogue.manifest import PHASES, Scores
from pipeline.errors import ManifestError, did_you_mean, listed
from pipeline.measures.scores import Fault, Scored, score
from pipeline.readers.table import TextTable
from pipeline.steps.cohort_log import Log, Place
from pipeline.steps.cohort_numbers import numeric
from pipeline.steps.cohort_rows import Cell, cell_of, mapped, open_table
from pipeline.steps.cohort_values import MISSING_CODES

BEFORE_RECORDING = ("preconception", "pregnancy", "postpartum_before")
"""In order; postpartum_after comes after the recording and counts only where the manifest names its wave."""

FAULTS = {
    "item_out_of_range": (
        "The answer to question {item} of {name} is not a whole number from {low:g} to {high:g}.",
        "{left_out}",
    ),
    "total_out_of_range": (
        "The total of {name} is not between {lowest:g} and {highest:g}.",
        "The total was left out. Correct it.",
    ),
    "total_contradicts_items": (
        "The total of {name} in the file is not the sum of the answers.",
        "The sum of the answers is used. Correct the total or the answers.",
    ),
    "total_without_all_items": (
        "The file gives a total of {name} although an answer is missing.",
        "The total is missing (rule: any missing item). Fill in the answers, or name only the total in the manifest.",
    ),
}


@dataclass
class Answers:
    """Rows of the tables instrument, band, score and item_response, in the order of the manifest and the files."""

    instruments: dict[str, Instrument] = field(default_factory=dict)
    scores: dict[tuple[str, str, str], dict] = field(default_factory=dict)
    items: list[dict] = field(default_factory=list)
    analysis_wave: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Entry:
    """One [[scores]] entry, its file and how to fetch its cells."""

    entry: Scores
    instrument: Instrument
    table: TextTable
    file: str
    person: Cell
    wave: Cell
    phase: Cell
    items: tuple[Cell, ...]
    total: Cell | None


def gather_scores(entries: tuple[Scores, ...], folder: Path, people: dict[str, dict], log: Log) -> Answers:
    """Totals and answers of all entries. Raises ManifestError or CatalogueError for what the manifest has wrong."""
    found = Answers()
    for number, entry in enumerate(entries, start=1):
        read = _entry(entry, load_instrument(entry.instrument, folder), log, f"[[scores]] {number}")
        found.instruments.setdefault(read.instrument.name, read.instrument)
        _name_wave(read, found)
        for line, cells in read.table.rows:
            _row(read, Place(read.file, line), cells, people, found, log)
    _check_waves(found)
    return found


def _entry(entry: Scores, instrument: Instrument, log: Log, where: str) -> _Entry:
    table, file = open_table(entry, log)
    count = instrument.items.count if instrument.items else 0
    if entry.items and len(entry.items) != count:
        text = f"{where}: items names {len(entry.items)} columns, but {instrument.name} has {count} items."
        raise ManifestError(f"{text} Name them in the order of the questionnaire.", column="items")

    def cell(written: str, key: str) -> Cell:
        return cell_of(written, table.columns, file, f"{where} {key}")

    if entry.phase.startswith("=") and mapped(entry.phase[1:], dict(entry.phases)) not in PHASES:
        raise ManifestError(
            f"{where}: phase '{entry.phase[1:]}' is not known.{did_you_mean(entry.phase[1:], PHASES)}"
            f" Choose one of: {listed(PHASES)}.",
            column="phase",
        )
    items = tuple(cell(name, "items") for name in entry.items)
    total = cell(entry.total, "total") if entry.total is not None else None
    person, wave, phase = (cell(getattr(entry, name), name) for name in ("person", "wave", "phase"))
    return _Entry(entry, instrument, table, file, person, wave, phase, items, total)


def _name_wave(read: _Entry, found: Answers) -> None:
    wave, name = read.entry.analysis_wave, read.instrument.name
    if wave is not None and found.analysis_wave.setdefault(name, wave) != wave:
        text = f"[[scores]]: {name} has two analysis waves, '{found.analysis_wave[name]}' and '{wave}'."
        raise ManifestError(f"{text} Keep one.", column="analysis_wave")


def _check_waves(found: Answers) -> None:
    for name, wave in found.analysis_wave.items():
        waves = {row["wave"] for row in found.scores.values() if row["instrument"] == name}
        if waves and wave not in waves:
            text = f"[[scores]] {name}: no row is from the analysis wave '{wave}'.{did_you_mean(wave, waves)}"
            raise ManifestError(f"{text} Choose one of: {listed(waves)}.", column="analysis_wave", value=wave)


def _row(read: _Entry, place: Place, cells: list[str], people: dict, found: Answers, log: Log) -> None:
    person, wave, phase = read.person(cells), read.wave(cells), mapped(read.phase(cells), dict(read.entry.phases))
    if not _usable(read, place, (person, wave, phase), people, found, log):
        return
    scored = _scored(read, place, cells, log)
    name = read.instrument.name
    key = {"person_id": person, "instrument": name, "wave": wave}
    outcome = {"phase": phase, "total": scored.total, "origin": scored.origin, "missing_items": scored.missing_items}
    found.scores[person, name, wave] = key | outcome
    found.items += [key | {"item": item, "value": value} for item, value in enumerate(scored.answers, start=1)]


def _usable(read: _Entry, place: Place, row: tuple[str, str, str], people: dict, found: Answers, log: Log) -> bool:
    """False when the row names nobody known, no wave or phase, or a wave that stands above: then it is refused."""
    person, wave, phase = row
    name = read.instrument.name
    if not person or not wave:
        missing = "person" if not person else "wave"
        log.reject("missing_id", place, f"The row has no {missing}.", "Fill it in and import again.")
    elif person not in people:
        detail = f"The person '{person}' is not known.{log.suggestion(person, people)}"
        log.reject("unknown_person", place, detail, "Correct it or add the person.")
    elif phase not in PHASES:
        detail = f"The phase '{phase}' is not known. Choose one of: {listed(PHASES)}."
        log.reject("unknown_phase", place, detail, "Map it with phases = { ... } in the manifest.")
    elif (person, name, wave) in found.scores:
        detail = f"{name} of person '{person}' at wave '{wave}' stands already above or in another file."
        log.reject("duplicate_id", place, detail, "The first row counts. Correct one of the two.")
    else:
        return True
    return False


def _scored(read: _Entry, place: Place, cells: list[str], log: Log) -> Scored:
    written = [fetch(cells) for fetch in read.items]
    answers = [_answer(text, f"answer to question {item}", read, place, log) for item, text in enumerate(written, 1)]
    total = _answer(read.total(cells), "total", read, place, log) if read.total else math.nan
    scored = score(read.instrument, answers, total)
    for fault in scored.faults:
        _report(fault, read, place, written[fault.item - 1] if fault.item else "", log)
    return scored


def _answer(text: str, name: str, read: _Entry, place: Place, log: Log) -> float:
    """An answer as a number: missing when declared so, by its label, else as written."""
    if text in read.entry.missing or not text:
        return math.nan
    labels = {label.casefold(): value for label, value in read.entry.value_labels.items()}
    if text.casefold() in labels and name != "total":
        return float(labels[text.casefold()])
    value = numeric(text, place, name, log, read.entry.decimal, read.table.typed)
    return math.nan if value is None else float(value)


def _report(fault: Fault, read: _Entry, place: Place, written: str, log: Log) -> None:
    detail, action = FAULTS[fault.kind]
    items = read.instrument.items
    kind: str = fault.kind
    left_out = "The answer counts as missing. Correct it."
    if fault.kind == "item_out_of_range" and written in MISSING_CODES:
        kind, left_out = "suspicious_missing_code", "It counts as missing. If it means 'not given', add it to missing."
    words = {
        "name": read.instrument.name,
        "item": fault.item,
        "lowest": read.instrument.low,
        "highest": read.instrument.high,
        "left_out": left_out,
    }
    words |= {"low": items.low, "high": items.high} if items else {}
    log.issue(kind, "warning", place, detail.format(**words), action.format(**words))


def scores_of_observations(observations: list[dict], dyads: dict[str, dict], found: Answers, log: Log) -> list[dict]:
    """Rows of the table observation_score: for every recording and questionnaire the score of the caregiver filmed.

    From the analysis wave where the manifest names one, else the wave named as the recording's visit whatever its
    phase, else the latest before the recording that has a total (else the latest without). Among waves of one phase
    the one that stands last in the files counts, and that is said.
    """
    by_person: dict[tuple[str, str], list[dict]] = {}
    for row in found.scores.values():
        by_person.setdefault((row["person_id"], row["instrument"]), []).append(row)
    doubtful: dict[str, int] = {}
    rows = []
    for observation in observations:
        caregiver = dyads[observation["dyad_id"]]["caregiver_id"]
        for name in found.instruments:
            rows_of_person = by_person.get((caregiver, name), [])
            best, tied = _best(rows_of_person, found.analysis_wave.get(name), observation["visit"])
            doubtful[name] = doubtful.get(name, 0) + tied
            if best is not None:
                chosen = {key: best[key] for key in ("instrument", "person_id", "wave", "phase", "total")}
                rows.append({"observation_id": observation["observation_id"]} | chosen)
    _say_doubtful(doubtful, log)
    return rows


def _best(rows: list[dict], wave: str | None, visit: str | None) -> tuple[dict | None, bool]:
    """(the row that counts, True when another wave of the same phase would have done as well)."""
    if wave is not None:
        return next((row for row in rows if row["wave"] == wave), None), False
    if at_visit := [row for row in rows if visit and row["wave"].casefold() == visit.casefold()]:
        return at_visit[-1], False
    before = [row for row in rows if row["phase"] in BEFORE_RECORDING]
    complete = [row for row in before if not math.isnan(row["total"])] or before
    if not complete:
        return None, False
    latest = max(BEFORE_RECORDING.index(row["phase"]) for row in complete)
    last = [row for row in complete if row["phase"] == BEFORE_RECORDING[latest]]
    return last[-1], len(last) > 1


def _say_doubtful(doubtful: dict[str, int], log: Log) -> None:
    for name, count in doubtful.items():
        if count:
            detail = f"{count} recordings have several waves of {name} in the same phase before the recording."
            action = "The wave that stands last in the files was taken. Name one with analysis_wave."
            log.issue("several_waves", "warning", Place("[[scores]]"), detail, action, count=count)
