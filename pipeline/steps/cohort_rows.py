"""A table of the manifest as records of our own fields: columns, templates, constants, value labels, missing codes."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.catalogue.manifest import Scores, Table
from pipeline.errors import ManifestError, did_you_mean, listed
from pipeline.readers.table import TextTable, read_table, trimmed
from pipeline.steps.cohort_log import FROM_NAMES, Log, Place
from pipeline.steps.cohort_values import id_key

NAME_COLUMN = "observation_name"
IN_BRACES = re.compile(r"\{([^{}]*)\}")

FIELDS: dict[str, tuple[str, ...]] = {
    "families": ("family_id",),
    "people": ("person_id", "family_id", "role", "sex", "age_years"),
    "dyads": (
        *("dyad_id", "family_id", "infant_id", "caregiver_id", "role"),
        *("child_sex", "birth_order", "caregiver_age_years"),
    ),
    "covariates": ("dyad_id", "role", "child_sex", "birth_order", "caregiver_age_years"),
    "media": ("observation_id", "view", "path", "offset_ms", "offset_s"),
    "speech": ("observation_id", "onset", "offset", "unit"),
    "episodes": ("observation_id", "episode", "onset", "offset", "unit"),
}
FIELDS["observations"] = (
    *("observation_id", "protocol", "activity", "visit", "start_ms", "start_s", "length_ms", "length_s", "length"),
    *("camera", "camera_count", "infant_age_months"),
    *FIELDS["dyads"],
)

ALIASES = {
    "visit": "wave",
    "caregiver_age_years": "parental_age",
    "child_sex": "infant_sex",
    "role": "primary_caregiver",
}
"""Names that a field may also have in a file or as a key of `columns`."""

Cell = Callable[[list[str]], str]


@dataclass(frozen=True)
class Record:
    """One usable row: where it stands, its fields (trimmed, mapped, '' when missing), and its cells as written."""

    place: Place
    fields: dict[str, str]
    cells: list[str]

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")


@dataclass
class Rows:
    """Records of one table of the manifest. `given` are the fields that the table has at all."""

    name: str
    entry: Table
    file: str
    columns: tuple[str, ...]
    typed: bool
    given: frozenset[str] = frozenset()
    records: list[Record] = field(default_factory=list)

    def cell(self, written: str, key: str) -> Cell:
        """How to fetch what `written` (a column, a template, a constant) says; ManifestError names the choices."""
        return cell_of(written, self.columns, self.file, key)


def read_rows(name: str, entry: Table, log: Log, observation_names: list[str]) -> Rows:
    """The records of one table. Raises ManifestError for unknown fields and missing columns."""
    _check_keys(name, entry)
    if entry.file is None:
        rows, lines = _rows_of_names(name, entry, log, observation_names)
    else:
        table, file = open_table(entry, log)
        rows = Rows(name, entry, file, table.columns, table.typed)
        lines = [(Place(rows.file, line), cells) for line, cells in table.rows]
    found = _fields_found(rows)
    rows.given = frozenset(found)
    rows.records = [_record(place, cells, found, entry) for place, cells in lines]
    _report_unmapped(rows, log)
    return rows


def open_table(entry: "Table | Scores", log: Log) -> tuple[TextTable, str]:
    """(the table of a manifest entry, what it is called in sources and issues), noted in the log."""
    table = read_table(log.folder / str(entry.file), entry.encoding, entry.delimiter, entry.sheet)
    return table, log.opened(table, entry.sheet)


def _rows_of_names(name: str, entry: Table, log: Log, names: list[str]) -> tuple[Rows, list[tuple[Place, list[str]]]]:
    """Rows made from the names of the coded recordings: the named groups of the pattern are the columns."""
    pattern = re.compile(entry.pattern or "")
    groups = tuple(pattern.groupindex)
    rows = Rows(name, entry, FROM_NAMES, (NAME_COLUMN, *groups), False)
    lines = []
    for written in dict.fromkeys(names):
        place = Place(FROM_NAMES, None, written)
        if (found := pattern.match(written)) is None:
            detail = f"The recording '{written}' does not fit the pattern of [tables.{name}]."
            log.reject("name_without_pattern", place, detail, "Correct the pattern, or correct the name (corrections).")
            continue
        lines.append((place, [written, *(trimmed(found[group] or "") for group in groups)]))
    return rows, lines


def _check_keys(name: str, entry: Table) -> None:
    allowed = {*FIELDS[name], *(ALIASES[known] for known in FIELDS[name] if known in ALIASES)}
    for key, given in (("columns", entry.columns), ("values", entry.values), ("units", entry.units)):
        _refuse_unknown(given, allowed, f"[tables.{name}] {key}")
    _refuse_unknown(entry.missing, {*allowed, "*"}, f"[tables.{name}] missing")


def _refuse_unknown(given: dict, allowed: set[str], where: str) -> None:
    for key in given:
        if key not in allowed:
            raise ManifestError(
                f"{where}: '{key}' is not a known field.{did_you_mean(key, allowed)} Choose one of: {listed(allowed)}.",
                column=key,
            )


def _fields_found(rows: Rows) -> dict[str, Cell]:
    """Fields that the manifest maps, or that the file has under their own name."""
    found: dict[str, Cell] = {}
    folded = {column.casefold() for column in rows.columns}
    for name in FIELDS[rows.name]:
        for written in (name, ALIASES.get(name)):
            if written is not None and written in rows.entry.columns:
                found[name] = rows.cell(rows.entry.columns[written], f"[tables.{rows.name}] columns.{written}")
                break
            if written is not None and written in folded:
                found[name] = rows.cell(written, f"[tables.{rows.name}] {written}")
                break
    if rows.file == FROM_NAMES and "observation_id" in FIELDS[rows.name]:
        found.setdefault("observation_id", rows.cell(NAME_COLUMN, f"[tables.{rows.name}]"))
    return found


def cell_of(written: str, columns: tuple[str, ...], file: str, key: str) -> Cell:
    """What fetches a constant (`=word`), a template of columns (`{a}_{b}`) or a column from the cells of a row."""
    if written.startswith("="):
        constant = trimmed(written[1:])
        return lambda cells: constant
    if IN_BRACES.search(written):
        parts = [(name, _position(name, columns, file, key)) for name in IN_BRACES.findall(written)]
        return lambda cells: _filled(written, parts, cells)
    position = _position(written, columns, file, key)
    return lambda cells: trimmed(cells[position])


def _filled(template: str, parts: list[tuple[str, int]], cells: list[str]) -> str:
    """The template with its columns filled in; nothing when one of them is empty."""
    text = template
    for name, position in parts:
        if not (value := trimmed(cells[position])):
            return ""
        text = text.replace("{" + name + "}", value)
    return text


def _position(name: str, columns: tuple[str, ...], file: str, key: str) -> int:
    folded = [column.casefold() for column in columns]
    wanted = trimmed(name).casefold()
    if folded.count(wanted) > 1:
        raise ManifestError(f"{file}: the column '{name}' ({key}) stands twice. Rename one of the two.", column=name)
    if wanted not in folded:
        choices = {column for column in columns if column}
        text = f"{file}: there is no column '{name}' ({key}).{did_you_mean(name, choices)}"
        raise ManifestError(f"{text} Choose one of: {listed(choices)}.", file=file, column=name)
    return folded.index(wanted)


def _record(place: Place, cells: list[str], found: dict[str, Cell], entry: Table) -> Record:
    fields = {name: _value(name, fetch(cells), entry) for name, fetch in found.items()}
    return Record(place, fields, cells)


def _value(name: str, text: str, entry: Table) -> str:
    keys = (name, ALIASES.get(name, name))
    missing = {code for key in (*keys, "*") for code in entry.missing.get(key, ())}
    if text in missing:
        return ""
    for key in keys:
        text = mapped(text, entry.values.get(key, {}))
    return text


def mapped(text: str, values: dict[str, str]) -> str:
    """Our word for the file's value: exact first, then without regard to case; the value itself where none is named."""
    if text in values:
        return values[text]
    return {key.casefold(): ours for key, ours in values.items()}.get(text.casefold(), text)


def _report_unmapped(rows: Rows, log: Log) -> None:
    """Values of a mapped field that the mapping does not name: kept, but said, once per field."""
    for written, values in rows.entry.values.items():
        name = next((own for own, other in ALIASES.items() if other == written and own in rows.given), written)
        places = [record.place for record in rows.records if record[name] and record[name] not in values.values()]
        if places:
            where = f"[tables.{rows.name}] values.{written}"
            count = "1 row has" if len(places) == 1 else f"{len(places)} rows have"
            detail = f"{count} a value of {name} that {where} does not name."
            action = "The value was kept as it is written. Add it to the mapping."
            log.issue("unmapped_value", "warning", places[0], detail, action, count=len(places))


def require(rows: Rows, *names: str) -> None:
    """ManifestError when a table lacks a field it cannot do without."""
    for name in names:
        if name not in rows.given:
            choices = {column for column in rows.columns if column}
            text = f"{rows.file}: no column for {name} was found. Add columns.{name} = '...' to [tables.{rows.name}]."
            raise ManifestError(f"{text} Choose one of: {listed(choices)}.", file=rows.file, column=name)


def unique(rows: Rows, name: str, log: Log, refers: bool = False) -> dict[str, Record]:
    """Records by identifier: a row without one, or with one that stands above, is refused.

    Look-alikes are said, but not where the identifier `refers` to another table: there they are unknown anyway."""
    kept: dict[str, Record] = {}
    alike: dict[str, str] = {}
    for record in rows.records:
        identifier = record[name]
        if not identifier:
            log.reject("missing_id", record.place, f"The row has no {name}.", "Fill it in and import again.")
        elif identifier in kept:
            _reject_twice(record, kept[identifier], name, log)
        else:
            other = alike.setdefault(id_key(identifier), identifier)
            if other != identifier and not refers:
                _point_out(record.place, identifier, other, name, log)
            kept[identifier] = record
    return kept


def _reject_twice(record: Record, first: Record, name: str, log: Log) -> None:
    where = f"in line {first.place.line}" if first.place.line else f"for '{first.place.observation_id}'"
    if record.fields == first.fields:
        detail = f"The row says the same as the row {where}."
        log.reject("duplicate_row", record.place, detail, "Nothing is lost; delete one of the two.")
    else:
        detail = f"The {name} '{record[name]}' stands already {where}, with other values."
        log.reject("duplicate_id", record.place, detail, "The first row counts. Correct one of the two.")


def _point_out(place: Place, identifier: str, other: str, name: str, log: Log) -> None:
    detail = f"The {name} '{identifier}' and '{other}' differ only in capital letters or blanks."
    action = f"They were kept as two. If they are one, write '{other}' in both places."
    log.issue("similar_id", "warning", place, detail, action)
