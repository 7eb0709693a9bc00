"""Families, people and dyads of a study: read where the manifest names a table, else made from the other tables."""

from collections import defaultdict
from dataclasses import dataclass, field

from pipeline.errors import ManifestError, listed
from pipeline.steps.cohort_log import Log, Place
from pipeline.steps.cohort_numbers import numeric
from pipeline.steps.cohort_rows import Record, Rows, require, unique
from pipeline.steps.cohort_values import MONTHS, YEARS

KNOWN_ROLES = ("mother", "father", "infant", "sibling", "other")
SEXES = ("female", "male")
OLDEST_YEARS = 120
OLDEST_INFANT_MONTHS = 240
DYAD_DETAILS = ("role", "child_sex", "birth_order", "caregiver_age_years")

UNITS = {"age_years": YEARS, "caregiver_age_years": YEARS, "infant_age_months": MONTHS}
HIGHEST = {"age_years": OLDEST_YEARS, "caregiver_age_years": OLDEST_YEARS, "infant_age_months": OLDEST_INFANT_MONTHS}


@dataclass
class People:
    """Who takes part: identifiers -> rows of the tables family, person and dyad; and the records they came from."""

    families: dict[str, dict] = field(default_factory=dict)
    people: dict[str, dict] = field(default_factory=dict)
    dyads: dict[str, dict] = field(default_factory=dict)
    records: dict[str, dict[str, Record]] = field(default_factory=dict)


def gather_people(tables: dict[str, Rows], log: Log) -> People:
    """Families, people and dyads from the tables given, in that order; rows that point to nobody are refused."""
    found = People()
    if "families" in tables:
        require(tables["families"], "family_id")
        found.records["families"] = unique(tables["families"], "family_id", log)
        found.families = {name: {"family_id": name} for name in found.records["families"]}
    if "people" in tables:
        _read_people(tables["people"], found, "families" in tables, log)
    _read_dyads(tables, found, log)
    if "covariates" in tables:
        _merge_covariates(tables["covariates"], found, log)
    families = defaultdict(list)
    for person in found.people.values():
        families[person["family_id"]].append(person)
    for dyad in found.dyads.values():
        _complete(dyad, found, families[dyad["family_id"]], log, tables.get("dyads", tables["observations"]).file)
    for row in [*found.people.values(), *found.dyads.values()]:
        found.families.setdefault(row["family_id"], {"family_id": row["family_id"]})
    return found


def _read_people(rows: Rows, found: People, families_given: bool, log: Log) -> None:
    require(rows, "person_id", "family_id", "role")
    kept = {}
    for person_id, record in unique(rows, "person_id", log).items():
        if not _known_family(record, found, families_given, log):
            continue
        kept[person_id] = record
        found.people[person_id] = {
            "person_id": person_id,
            "family_id": record["family_id"],
            "role": _role(record["role"]) or "other",
            "sex": sex(record, "sex", log),
            "age_years": age(record, "age_years", rows, log),
        }
    found.records["people"] = kept


def _known_family(record: Record, found: People, families_given: bool, log: Log) -> bool:
    family = record["family_id"]
    if not family:
        log.reject("missing_id", record.place, "The row has no family_id.", "Fill it in and import again.")
        return False
    if families_given and family not in found.families:
        detail = f"The family '{family}' is not in the table of families.{log.suggestion(family, found.families)}"
        log.reject("unknown_family", record.place, detail, "Correct it or add the family.")
        return False
    return True


def _read_dyads(tables: dict[str, Rows], found: People, log: Log) -> None:
    """Dyads from their table, else from the columns of the observations (first row of each dyad; others must agree)."""
    own = "dyads" in tables
    rows = tables["dyads"] if own else tables["observations"]
    if not own and "dyad_id" not in rows.given:
        choices = {column for column in rows.columns if column}
        text = f"{rows.file}: no column for dyad_id was found, and the manifest names no table of dyads."
        text = f"{text} Add columns.dyad_id = '...' to [tables.observations]. Choose one of: {listed(choices)}."
        raise ManifestError(text, file=rows.file, column="dyad_id")
    require(rows, "dyad_id")
    records = unique(rows, "dyad_id", log) if own else _first_rows(rows, log)
    kept = {}
    for dyad_id, record in records.items():
        if (dyad := _dyad(dyad_id, record, rows, found, "families" in tables, log)) is not None:
            found.dyads[dyad_id], kept[dyad_id] = dyad, record
    found.records["dyads"] = kept


def _first_rows(rows: Rows, log: Log) -> dict[str, Record]:
    """The first record of every dyad; a later one that says otherwise is an issue, and the first counts."""
    first: dict[str, Record] = {}
    details = [name for name in ("family_id", "infant_id", "caregiver_id", *DYAD_DETAILS) if name in rows.given]
    for record in rows.records:
        if not record["dyad_id"]:
            continue
        known = first.setdefault(record["dyad_id"], record)
        for name in details:
            if record[name] and not known[name]:
                known.fields[name] = record[name]
            elif record[name] and record[name] != known[name]:
                detail = f"Dyad '{record['dyad_id']}' has another {name} here than in its first row."
                log.issue("conflicting_values", "warning", record.place, detail, "The first row counts. Correct one.")
    return first


def _dyad(dyad_id: str, record: Record, rows: Rows, found: People, families_given: bool, log: Log) -> dict | None:
    """A row of the table dyad, None when it points to an unknown family or person (then it is refused)."""
    dyad = {"dyad_id": dyad_id} | {name: record[name] or None for name in ("family_id", "infant_id", "caregiver_id")}
    if not _known_people(dyad, record, rows, found, log):
        return None
    if "family_id" not in rows.given:
        caregiver = found.people.get(dyad["caregiver_id"] or "", {})
        dyad["family_id"] = caregiver.get("family_id", dyad_id)
    elif not _known_family(record, found, families_given, log):
        return None
    dyad["role"] = _role(record["role"])
    dyad["child_sex"] = sex(record, "child_sex", log)
    dyad["birth_order"] = record["birth_order"] or None
    dyad["caregiver_age_years"] = age(record, "caregiver_age_years", rows, log)
    return dyad


def _known_people(dyad: dict, record: Record, rows: Rows, found: People, log: Log) -> bool:
    if "people" not in found.records:
        return True
    for name in ("infant_id", "caregiver_id"):
        person = dyad[name]
        if person is not None and person not in found.people:
            detail = (
                f"The person '{person}' ({name}) is not in the table of people.{log.suggestion(person, found.people)}"
            )
            log.reject("unknown_person", record.place, detail, "Correct it or add the person.")
            return False
    return True


def _merge_covariates(rows: Rows, found: People, log: Log) -> None:
    """Fills role, sex, birth order and age of the dyads that have none."""
    require(rows, "dyad_id")
    kept = {}
    for dyad_id, record in unique(rows, "dyad_id", log, refers=True).items():
        if dyad_id not in found.dyads:
            detail = f"The dyad '{dyad_id}' is not known.{log.suggestion(dyad_id, found.dyads)}"
            log.reject("unknown_dyad", record.place, detail, "Correct it or add the dyad.")
            continue
        kept[dyad_id] = record
        given = {
            "role": _role(record["role"]),
            "child_sex": sex(record, "child_sex", log),
            "birth_order": record["birth_order"] or None,
            "caregiver_age_years": age(record, "caregiver_age_years", rows, log),
        }
        _fill(found.dyads[dyad_id], given, record.place, log)
    found.records["covariates"] = kept


def _fill(dyad: dict, given: dict, place: Place, log: Log) -> None:
    for name, value in given.items():
        if value is None:
            continue
        if dyad[name] is None:
            dyad[name] = value
        elif dyad[name] != value:
            detail = f"Dyad '{dyad['dyad_id']}' has another {name} here than in the table it was read from."
            log.issue("conflicting_values", "warning", place, detail, "The other table counts. Correct one of the two.")


def _complete(dyad: dict, found: People, family: list[dict], log: Log, file: str) -> None:
    """Names infant and caregiver where the tables do not (the only one of the family's listed people with that role,
    else `<family>:infant`, `<dyad>:caregiver`), and takes over what their own rows say."""
    infant = dyad["infant_id"] or _only(family, "infant") or f"{dyad['family_id']}:infant"
    caregiver = dyad["caregiver_id"] or _only(family, dyad["role"]) or f"{dyad['dyad_id']}:caregiver"
    dyad["infant_id"], dyad["caregiver_id"] = infant, caregiver
    known = found.people.get(caregiver, {})
    _compare(dyad, found, log, file)
    dyad["role"] = dyad["role"] or known.get("role") or _assumed_role(dyad, log, file)
    dyad["child_sex"] = dyad["child_sex"] or found.people.get(infant, {}).get("sex")
    if dyad["caregiver_age_years"] is None:
        dyad["caregiver_age_years"] = known.get("age_years")
    _add_person(found, infant, dyad["family_id"], "infant", dyad["child_sex"], None)
    _add_person(found, caregiver, dyad["family_id"], dyad["role"], None, dyad["caregiver_age_years"])


def _compare(dyad: dict, found: People, log: Log, file: str) -> None:
    """Says where a dyad and the rows of its two people contradict each other; the dyad counts."""
    infant, caregiver = (found.people.get(dyad[name], {}) for name in ("infant_id", "caregiver_id"))
    name, action = f"dyad '{dyad['dyad_id']}'", "The row of the dyad counts. Correct one of the two."
    if {dyad["role"], caregiver.get("role")} == {"mother", "father"}:
        detail = f"{name} has the role {dyad['role']}, its caregiver is listed as {caregiver['role']}."
        log.issue("conflicting_values", "warning", Place(file), detail, action)
    for person, word in ((infant, "infant"), (caregiver, "caregiver")):
        if person.get("family_id", dyad["family_id"]) != dyad["family_id"]:
            detail = f"{name} is of family '{dyad['family_id']}', its {word} of family '{person['family_id']}'."
            log.issue("conflicting_values", "warning", Place(file), detail, action)


def _assumed_role(dyad: dict, log: Log, file: str) -> str:
    detail = f"Nothing says who the caregiver of dyad '{dyad['dyad_id']}' is."
    log.issue("role_missing", "warning", Place(file), detail, "The role is 'caregiver'. Give it as columns.role.")
    return "caregiver"


def _only(family: list[dict], role: str | None) -> str | None:
    """The one person of the family with that role, None when there is none or more than one."""
    found = [person["person_id"] for person in family if person["role"] == role]
    return found[0] if len(found) == 1 else None


def _add_person(found: People, person: str, family: str, role: str, sex: str | None, years: float | None) -> None:
    row = {"person_id": person, "family_id": family, "role": role, "sex": sex, "age_years": years}
    found.people.setdefault(person, row)


def _role(written: str) -> str | None:
    """The role; the usual words in small letters, others as the study writes them."""
    return written.casefold() if written.casefold() in KNOWN_ROLES else written or None


def sex(record: Record, name: str, log: Log) -> str | None:
    """female or male; another word is an issue and left out."""
    word = record[name].casefold()
    if word in SEXES or not word:
        return word or None
    detail, action = f"The {name} is neither female nor male.", "The value was left out. Map it with values."
    log.issue("unknown_value", "warning", record.place, detail, action)
    return None


def age(record: Record, name: str, rows: Rows, log: Log) -> float | None:
    """An age in the unit of its field, from the unit the manifest declares."""
    unit = rows.entry.units.get(name, name.rsplit("_", 1)[1])
    if unit not in UNITS[name]:
        text = f"[tables.{rows.name}] units.{name}: '{unit}' is not a known unit."
        raise ManifestError(f"{text} Choose one of: {listed(UNITS[name])}.", column=name, value=unit)
    factor = UNITS[name][unit]
    high = float(HIGHEST[name] / factor)
    value = numeric(record[name], record.place, name, log, rows.entry.decimal, rows.typed, 0, high)
    return None if value is None else float(value * factor)
