"""Further columns of a study as typed variables, brought from their own table to every recording."""

import json
from dataclasses import dataclass

from pipeline.catalogue.manifest import Variable
from pipeline.errors import ManifestError, listed
from pipeline.steps.cohort_log import Log
from pipeline.steps.cohort_numbers import numeric
from pipeline.steps.cohort_people import People
from pipeline.steps.cohort_rows import Cell, Record, Rows, mapped
from pipeline.steps.cohort_values import MISSING_CODES, decimal_year, read_date

LEVEL_OF_TABLE = {"covariates": "dyads"}


@dataclass(frozen=True)
class _Column:
    """One variable, the table it is read from, and how to fetch its cell."""

    variable: Variable
    rows: Rows
    fetch: Cell


def gather_variables(
    variables: tuple[Variable, ...],
    tables: dict[str, Rows],
    found: People,
    observations: dict[str, Record],
    rows: list[dict],
    log: Log,
) -> tuple[list[dict], list[dict]]:
    """(rows of the table variable, rows of observation_variable: one per recording and variable).

    `observations` are the records of the accepted recordings, `rows` their rows. Raises ManifestError for a table or
    column that does not exist.
    """
    records = found.records | {"observations": observations}
    described, values = [], []
    for position, variable in enumerate(variables, start=1):
        column = _column(variable, tables)
        read = {key: _value(column, record, log) for key, record in records[variable.table].items()}
        described.append(_description(variable, position, set(read.values())))
        for row in rows:
            value = read.get(_key(variable, row, found.dyads[row["dyad_id"]]))
            values.append(_row(row["observation_id"], variable.name, value))
    return described, values


def _column(variable: Variable, tables: dict[str, Rows]) -> _Column:
    where = f"[[variables]] {variable.name}"
    if variable.table not in tables:
        text = f"{where}: the manifest names no table '{variable.table}'."
        raise ManifestError(f"{text} Choose one of: {listed(set(tables) - {'media'})}.", column=variable.table)
    rows = tables[variable.table]
    return _Column(variable, rows, rows.cell(variable.column, f"{where} column"))


def _key(variable: Variable, observation: dict, dyad: dict) -> str:
    """Identifier of the record that holds the variable of a recording."""
    if variable.table == "observations":
        return observation["observation_id"]
    if variable.table == "families":
        return dyad["family_id"]
    return dyad[f"{variable.of}_id"] if variable.table == "people" else dyad["dyad_id"]


def _row(observation: str, name: str, value: "float | str | None") -> dict:
    text = value if isinstance(value, str) else None
    figure = value if isinstance(value, float) else None
    return {"observation_id": observation, "name": name, "number": figure, "text": text}


def _description(variable: Variable, position: int, values: set) -> dict:
    levels = variable.levels or tuple(sorted(value for value in values if isinstance(value, str)))
    kind = "numeric" if variable.kind == "date" else variable.kind
    unit = variable.unit or ("year" if variable.kind == "date" else "")
    listed_levels = [] if kind == "numeric" else list(levels)
    infants = variable.table == "people" and variable.of == "infant"
    level = "infants" if infants else LEVEL_OF_TABLE.get(variable.table, variable.table)
    described = {"name": variable.name, "label": variable.label, "kind": kind, "level": level, "unit": unit}
    return described | {"levels": json.dumps(listed_levels, ensure_ascii=False), "position": position}


def _value(column: _Column, record: Record, log: Log) -> "float | str | None":
    variable = column.variable
    text = column.fetch(record.cells)
    if not text or text in variable.missing:
        return None
    text = mapped(text, variable.values)
    if variable.kind == "numeric":
        return _figure(text, column, record, log)
    return _date(text, variable, record, log) if variable.kind == "date" else _level(text, variable, record, log)


def _figure(text: str, column: _Column, record: Record, log: Log) -> float | None:
    name = column.variable.name
    value = numeric(text, record.place, name, log, column.variable.decimal, column.rows.typed)
    if value is not None and text in MISSING_CODES:
        action = f"It was kept as a number. If it means 'not given', add it to missing of the variable '{name}'."
        log.issue("suspicious_missing_code", "warning", record.place, f"The {name} is {text}.", action)
    return None if value is None else float(value)


def _level(text: str, variable: Variable, record: Record, log: Log) -> str | None:
    levels = {level.casefold(): level for level in variable.levels}
    if not levels or text.casefold() in levels:
        return levels.get(text.casefold(), text)
    detail = f"The {variable.name} is none of its levels: {', '.join(variable.levels)}."
    action = "The value was left out, the row kept. Map it with values, or declare it missing."
    log.issue("unknown_value", "warning", record.place, detail, action)
    return None


def _date(text: str, variable: Variable, record: Record, log: Log) -> float | None:
    day, serial = read_date(text, variable.date_order or "ymd")
    if day is None:
        order = {"dmy": "day, month, year", "mdy": "month, day, year"}.get(
            variable.date_order or "", "year, month, day"
        )
        detail = f"The {variable.name} is not a date written as {order} with a year of four digits."
        action = "The value was left out, the row kept. Correct it, or declare another date_order."
        log.issue("not_a_date", "warning", record.place, detail, action)
        return None
    if serial:
        action = f"It was read as {day.isoformat()}. Format the column as a date and export it again."
        log.issue("excel_serial", "warning", record.place, f"The {variable.name} is a serial number of Excel.", action)
    return decimal_year(day)
