"""Cohort tables on small hand-made studies: every value by hand, every row counted, every fault in one sentence."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.catalogue.manifest import load_manifest
from pipeline.errors import CatalogueError, ManifestError, UnreadableFile, UserError
from pipeline.steps.cohort import COLUMNS, Cohort, build_cohort
from pipeline.steps.cohort_values import decimal_year, number, read_date

ROOT = Path(__file__).parents[1]
PLAY = ROOT.parent / "shared" / "data" / "play_interactions_15hz" / "observer_sampled_15hz.csv.gz"

HEAD = """
[study]
id = "small"
title = "Small"
scheme = "mhint"
{protocol}
[[coded]]
files = ["coded/*.csv"]
format = "observer_event_log"
"""
STUDY = HEAD.format(protocol='protocol = "home_headcam"')

FULL = """
[tables.families]
file = "families.csv"
[tables.people]
file = "people.csv"
values = { sex = { "1" = "male", "2" = "female" } }
[tables.dyads]
file = "dyads.csv"
[tables.covariates]
file = "covariates.csv"
decimal = ","
[tables.observations]
file = "observations.csv"
missing = { length_s = ["-9"] }
[tables.media]
file = "media.csv"
[[scores]]
file = "sapas.csv"
instrument = "SAPAS"
person = "who"
wave = "wave"
phase = "when"
phases = { "before" = "preconception", "pregnant" = "pregnancy", "after" = "postpartum_after" }
items = ["q1", "q2", "q3", "q4", "q5", "q6", "q7", "q8"]
total = "sum"
value_labels = { "Yes" = 1, "No" = 0 }
missing = ["", "-9"]
[[scores]]
file = "pearls.csv"
instrument = "PEARLS"
person = "who"
wave = "=visit 1"
phase = "=postpartum_before"
total = "pearls"
[[variables]]
name = "income"
label = "Income"
table = "families"
column = "Income"
kind = "categorical"
levels = ["low", "high"]
[[variables]]
name = "education"
label = "Education"
table = "people"
column = "years"
kind = "numeric"
unit = "years"
[[variables]]
name = "born"
label = "Date of birth of the infant"
table = "people"
of = "infant"
column = "born"
kind = "date"
date_order = "dmy"
[[variables]]
name = "bilingual"
label = "Bilingual"
table = "covariates"
column = "two_languages"
kind = "binary"
levels = ["no", "yes"]
values = { "0" = "no", "1" = "yes" }
"""

TABLES = {
    "families.csv": """
family_id,Income
0012,low
NA,HIGH
F3,""",
    "people.csv": """
person_id,family_id,role,sex,age_years,years,born
i1,0012,infant,2,,,01/02/2023
m1,0012,Mother,2,26.5,15,
f1,0012,father,1,28,12,
i2,NA,infant,1,,,44927
m2,NA,mother,2,31,999,
s2,NA,grandmother,,,,""",
    "dyads.csv": """
dyad_id,family_id,infant_id,caregiver_id,role
D1,0012,i1,m1,
D2,0012,i1,f1,father
1E5,NA,i2,m2,mother""",
    "covariates.csv": """
dyad_id;parental_age;infant_sex;birth_order;primary_caregiver;two_languages
D1;26,5;female;first;mother;1
D2;;female;first;father;1
1E5;30,25;male;second;mother;0""",
    "observations.csv": """
observation_id,dyad_id,activity,wave,length_s,camera,camera_count,infant_age_months
o1,D1,feeding,v1,300,old,2,7
o2,D1,stacking,v1,299.9995,old,2,7.1
o3,D2,feeding,v2,-9,new,1,8
o4,1E5,feeding,v1,300.0005,new,,6.5""",
    "media.csv": """
observation_id,view,path,offset_ms
o1,infant_camera,clips/a.mp4,-120
o1,parent_camera,clips/b.mp4,""",
    "sapas.csv": """
who,wave,when,q1,q2,q3,q4,q5,q6,q7,q8,sum
m1,w1,before,Yes,No,Yes,No,No,No,No,No,1
m1,w2,pregnant,1,1,0,0,0,0,0,0,
m1,w3,after,1,1,1,1,1,1,1,1,7
f1,w1,before,No,No,No,No,No,No,No,No,1
f1,w2,pregnant,Yes,No,Yes,No,No,,No,No,
m2,w3,after,1,1,1,1,1,1,1,1,""",
    "pearls.csv": """
who,pearls
m1,0
m2,11""",
}


def write(folder: Path, tables: dict[str, str], manifest: str) -> Path:
    for name, text in tables.items():
        (folder / name).write_text(text.lstrip("\n") + "\n", encoding="utf-8")
    (folder / "STUDY.toml").write_text(manifest, encoding="utf-8")
    return folder / "STUDY.toml"


def cohort(folder: Path, tables: dict[str, str], manifest: str, names: tuple[str, ...] = ()) -> Cohort:
    return build_cohort(load_manifest(write(folder, tables, manifest)), folder, list(names))


def rows(frame: pd.DataFrame, *columns: str) -> list[tuple]:
    chosen = frame[list(columns)] if columns else frame
    return [tuple(None if pd.isna(value) else value for value in row) for row in chosen.itertuples(index=False)]


def kinds(built: Cohort) -> list[tuple]:
    return rows(built.issues, "kind", "file", "line")


@pytest.fixture(scope="module")
def full(tmp_path_factory) -> Cohort:
    folder = tmp_path_factory.mktemp("full")
    (folder / "clips").mkdir()
    (folder / "clips" / "a.mp4").touch()
    return cohort(folder, TABLES, STUDY + FULL)


# ---- the full study, by hand --------------------------------------------------------------------------------------


def test_families_people_dyads(full):
    assert rows(full.family) == [("0012",), ("NA",), ("F3",)]
    assert rows(full.person) == [
        ("i1", "0012", "infant", "female", None),
        ("m1", "0012", "mother", "female", 26.5),
        ("f1", "0012", "father", "male", 28.0),
        ("i2", "NA", "infant", "male", None),
        ("m2", "NA", "mother", "female", 31.0),
        ("s2", "NA", "grandmother", None, None),
    ]
    assert rows(full.dyad) == [
        ("D1", "0012", "i1", "m1", "mother", "female", "first", 26.5),
        ("D2", "0012", "i1", "f1", "father", "female", "first", 28.0),  # age from his own row
        ("1E5", "NA", "i2", "m2", "mother", "male", "second", 30.25),
    ]


def test_recordings_and_videos(full):
    assert rows(full.observation) == [
        ("o1", "D1", "home_headcam", "feeding", "v1", 0, 300_000, "old", 2, 7.0),
        ("o2", "D1", "home_headcam", "stacking", "v1", 0, 300_000, "old", 2, 7.1),  # 299,999.5 ms: half to even
        ("o3", "D2", "home_headcam", "feeding", "v2", 0, None, "new", 1, 8.0),  # -9 was declared missing
        ("o4", "1E5", "home_headcam", "feeding", "v1", 0, 300_000, "new", None, 6.5),  # 300,000.5 ms: half to even
    ]
    assert rows(full.media, "observation_id", "view", "offset_ms") == [
        ("o1", "infant_camera", -120),
        ("o1", "parent_camera", 0),
    ]
    assert all(Path(path).is_absolute() for path in full.media["path"])


def test_totals_and_answers(full):
    assert rows(full.score) == [
        ("m1", "SAPAS", "w1", "preconception", 1.0, "items", 0),
        ("m1", "SAPAS", "w2", "pregnancy", 3.0, "items", 0),
        ("m1", "SAPAS", "w3", "postpartum_after", 7.0, "items", 0),
        ("f1", "SAPAS", "w1", "preconception", 1.0, "items", 0),
        ("f1", "SAPAS", "w2", "pregnancy", None, "items", 1),
        ("m2", "SAPAS", "w3", "postpartum_after", 7.0, "items", 0),
        ("m1", "PEARLS", "visit 1", "postpartum_before", 0.0, "total", 0),
        ("m2", "PEARLS", "visit 1", "postpartum_before", None, "total", 0),
    ]
    assert len(full.item_response) == 6 * 8
    assert rows(full.item_response.query("person_id == 'f1' and wave == 'w2'"), "item", "value") == [
        *[(1, 1.0), (2, 0.0), (3, 1.0), (4, 0.0), (5, 0.0), (6, None), (7, 0.0), (8, 0.0)]
    ]


def test_the_score_of_a_recording(full):
    """The caregiver filmed; the latest total before the recording; never one from after it."""
    assert rows(full.observation_score) == [
        ("o1", "SAPAS", "m1", "w2", "pregnancy", 3.0),
        ("o1", "PEARLS", "m1", "visit 1", "postpartum_before", 0.0),
        ("o2", "SAPAS", "m1", "w2", "pregnancy", 3.0),
        ("o2", "PEARLS", "m1", "visit 1", "postpartum_before", 0.0),
        ("o3", "SAPAS", "f1", "w1", "preconception", 1.0),  # his pregnancy total is missing
        ("o4", "PEARLS", "m2", "visit 1", "postpartum_before", None),
    ]


SECOND_ROAD = """
select observation_id, instrument, person_id, wave, phase, total
from observation join dyad using (dyad_id) join score on person_id = caregiver_id
where phase <> 'postpartum_after'
qualify row_number() over (partition by observation_id, instrument order by total is null,
    list_position(['postpartum_before', 'pregnancy', 'preconception'], phase)) = 1
order by all
"""


def test_the_score_of_a_recording_in_one_statement(full):
    with duckdb.connect() as connection:
        for name in ("observation", "dyad", "score"):
            connection.register(name, getattr(full, name))
        found = connection.execute(SECOND_ROAD).fetchall()
    assert found == sorted(rows(full.observation_score))


def test_further_variables(full):
    assert rows(full.variable) == [
        ("income", "Income", "categorical", "families", "", '["low", "high"]', 1),
        ("education", "Education", "numeric", "people", "years", "[]", 2),
        ("born", "Date of birth of the infant", "numeric", "infants", "year", "[]", 3),
        ("bilingual", "Bilingual", "binary", "dyads", "", '["no", "yes"]', 4),
    ]
    wide = {(row[0], row[1]): row[2:] for row in rows(full.observation_variable)}
    assert len(wide) == 4 * 4
    assert [wide[name, "income"] for name in ("o1", "o3", "o4")] == [(None, "low"), (None, "low"), (None, "high")]
    assert [wide[name, "education"] for name in ("o1", "o3", "o4")] == [(15.0, None), (12.0, None), (999.0, None)]
    assert wide["o1", "born"] == (pytest.approx(2023 + 31 / 365), None)  # 1 February, not 2 January
    assert wide["o4", "born"] == (2023.0, None)  # Excel's 44927
    assert [wide[name, "bilingual"][1] for name in ("o1", "o3", "o4")] == ["yes", "yes", "no"]


def test_instruments_and_bands(full):
    assert rows(full.instrument, "instrument", "items", "low", "high") == [("SAPAS", 8, 0, 8), ("PEARLS", 0, 0, 10)]
    assert full.band.empty


def test_sources_and_issues(full):
    counts = rows(full.sources, "path", "rows", "accepted", "rejected", "blank")
    assert counts == [
        ("families.csv", 3, 3, 0, 0),
        ("people.csv", 6, 6, 0, 0),
        ("dyads.csv", 3, 3, 0, 0),
        ("observations.csv", 4, 4, 0, 0),
        ("covariates.csv", 3, 3, 0, 0),
        ("media.csv", 2, 2, 0, 0),
        ("sapas.csv", 6, 6, 0, 0),
        ("pearls.csv", 2, 2, 0, 0),
    ]
    assert sorted(kinds(full)) == [
        ("excel_serial", "people.csv", 5),
        ("media_missing", "media.csv", 3),
        ("suspicious_missing_code", "people.csv", 6),
        ("total_out_of_range", "pearls.csv", 3),
    ]
    assert full.issues["count"].sum() == 4


def test_frames_fit_the_schema(full):
    """Every frame goes into its table as it is; a missing value is NULL there."""
    with duckdb.connect() as connection:
        connection.execute((ROOT / "db" / "schema.sql").read_text(encoding="utf-8"))
        for name in COLUMNS:
            frame = getattr(full, name)
            assert {column: str(kind) for column, kind in frame.dtypes.items()} == COLUMNS[name]
            if name in ("sources", "issues", "speech"):
                continue
            frame = frame.dropna(subset="end_ms") if name == "observation" else frame
            connection.execute(f"insert into {name} by name select * from frame")
        [nulls] = connection.execute("select count(*) from score where total is null").fetchone()
        [sexes] = connection.execute("select count(*) from person where sex is null").fetchone()
    assert (nulls, sexes) == (2, 1)


# ---- one fault at a time ------------------------------------------------------------------------------------------

#   table, line added -> kind, sentence, what was done
FAULTS = [
    ("families.csv", ",low", "missing_id", "families.csv, line 5: the row has no family_id.", "Fill it in"),
    ("families.csv", "0012,low", "duplicate_row", "line 5: the row says the same as the row in line 2.", "delete one"),
    (
        "people.csv",
        "m1,0012,mother,1,26,15,",
        "duplicate_id",
        "the person_id 'm1' stands already in line 3",
        "The first",
    ),
    (
        "people.csv",
        "x,F9,mother,,,,",
        "unknown_family",
        "the family 'F9' is not in the table of families.",
        "Correct it",
    ),
    (
        "people.csv",
        "x,f3,mother,,,,",
        "unknown_family",
        "families. Did you mean 'F3'?",
        "Correct it or add the family.",
    ),
    (
        "dyads.csv",
        "D4,F3,i9,m1,mother",
        "unknown_person",
        "the person 'i9' (infant_id) is not in the table",
        "Correct it",
    ),
    ("dyads.csv", "D4,F3,i1,M1,mother", "unknown_person", "Did you mean 'm1'?", "Correct it or add the person."),
    ("covariates.csv", "d1;26;;;;", "unknown_dyad", "the dyad 'd1' is not known. Did you mean 'D1'?", "Correct it"),
    ("observations.csv", "o9,D\u00a01,x,,1,,,", "unknown_dyad", "is not known. Did you mean 'D1'?", "Correct it"),
    ("observations.csv", "o9,,x,,1,,,", "missing_id", "the row has no dyad_id.", "Fill it in"),
    ("media.csv", "o7,room,x.mp4,0", "unknown_observation", "the recording 'o7' is not known.", "Correct it"),
    (
        "media.csv",
        "o1,infant_camera,x.mp4,0",
        "duplicate_id",
        "'o1' has a video of view 'infant_camera' already.",
        "The",
    ),
    ("media.csv", "o1,room,,0", "missing_id", "the row has no path.", "Fill it in"),
    (
        "sapas.csv",
        "m9,w1,before,,,,,,,,,",
        "unknown_person",
        "the person 'm9' is not known.",
        "Correct it",
    ),
    ("sapas.csv", ",w1,before,,,,,,,,,", "missing_id", "the row has no person.", "Fill it in"),
    (
        "sapas.csv",
        "m2,w1,later,,,,,,,,,",
        "unknown_phase",
        "the phase 'later' is not known. Choose one of: post",
        "Map",
    ),
    (
        "sapas.csv",
        "m1,w1,before,,,,,,,,,",
        "duplicate_id",
        "SAPAS of person 'm1' at wave 'w1' stands already",
        "The first",
    ),
    ("pearls.csv", "m1,3,4", "ragged_row", "the row has 3 cells; the header has 2.", "Look for a missing or extra"),
]


@pytest.mark.parametrize(("table", "line", "kind", "sentence", "action"), FAULTS)
def test_a_row_that_is_refused(tmp_path, table, line, kind, sentence, action):
    number = TABLES[table].count("\n") + 1
    built = cohort(tmp_path, TABLES | {table: f"{TABLES[table]}\n{line}"}, STUDY + FULL)
    [issue] = built.issues[(built.issues["file"] == table) & (built.issues["line"] == number)].itertuples()
    assert (issue.kind, issue.severity) == (kind, "error")
    assert sentence in issue.detail and issue.detail.startswith(f"{table}, line {number}: ")
    assert issue.action.startswith("The row was refused.") and action in issue.action
    [source] = built.sources[built.sources["path"] == table].itertuples()
    assert (source.rows, source.rejected) == (number - 1, 1)


#   table, old text -> new text, kind, line, sentence, what became of the value
REPAIRS = [
    ("people.csv", "m1,0012,Mother,2", "m1,0012,Mother,x", "unknown_value", 3, "the sex is neither female nor male."),
    ("people.csv", "2,26.5,", "2,-9,", "suspicious_missing_code", 3, "the age_years is not between 0 and 120."),
    ("people.csv", "2,26.5,", "2,500,", "out_of_range", 3, "the age_years is not between 0 and 120."),
    ("people.csv", "2,26.5,", '2,"26,5",', "not_a_number", 3, "the age_years is not a number."),
    ("people.csv", "01/02/2023", "02.30.2023", "not_a_date", 2, "the born is not a date written as day, month, year"),
    ("people.csv", "01/02/2023", "01/02/23", "not_a_date", 2, "with a year of four digits."),
    ("people.csv", "26.5,15", "26.5,.", "not_a_number", 3, "the education is not a number."),
    ("families.csv", "0012,low", "0012,middle", "unknown_value", 2, "the income is none of its levels: low, high."),
    ("families.csv", "F3,", "f3,\nF3,", "similar_id", 5, "the family_id 'F3' and 'f3' differ only in capital letters"),
    ("covariates.csv", "D1;26,5", "D1;26.5", "not_a_number", 2, "the caregiver_age_years is not a number."),
    ("covariates.csv", "first;father;1", "first;mother;1", "conflicting_values", 3, "dyad 'D2' has another role"),
    ("observations.csv", "v1,300,", "v1,0,", "out_of_range", 2, "the length of the recording is not above zero."),
    ("observations.csv", "v1,300,", "v1,5 min,", "not_a_number", 2, "the length_s is not a number."),
    ("observations.csv", "old,2,7\n", "old,3,7\n", "out_of_range", 2, "the camera_count is not between 1 and 2."),
    ("observations.csv", "o1,D1", "o1, D1 ", "blanks_removed", None, "1 cell has blanks at an end."),
    ("sapas.csv", "No,No,1\nm1", "No,No,2\nm1", "total_contradicts_items", 2, "the total of SAPAS in the file is not"),
    (
        "sapas.csv",
        "No,,No,No,",
        "No,,No,No,3",
        "total_without_all_items",
        6,
        "the file gives a total of SAPAS although",
    ),
    ("sapas.csv", "m1,w2,pregnant,1", "m1,w2,pregnant,4", "item_out_of_range", 3, "the answer to question 1 of SAPAS"),
    ("sapas.csv", "m1,w2,pregnant,1", "m1,w2,pregnant,99", "suspicious_missing_code", 3, "from 0 to 1."),
    ("sapas.csv", "m1,w2,pregnant,1", "m1,w2,pregnant,Maybe", "not_a_number", 3, "the answer to question 1 is not a"),
]


@pytest.mark.parametrize(("table", "old", "new", "kind", "line", "sentence"), REPAIRS)
def test_a_value_that_is_doubtful(full, tmp_path, table, old, new, kind, line, sentence):
    """The row stays, the doubt is said."""
    assert old in TABLES[table]
    built = cohort(tmp_path, TABLES | {table: TABLES[table].replace(old, new, 1)}, STUDY + FULL)
    known = set(kinds(full)) | {("media_missing", "media.csv", 2)}
    found = [issue for issue in built.issues.itertuples() if (issue.kind, issue.file, issue.line) not in known]
    assert [(issue.kind, issue.file) for issue in found if issue.kind == kind] == [(kind, table)]
    [issue] = [issue for issue in found if issue.kind == kind]
    assert (None if pd.isna(issue.line) else issue.line) == line and sentence in issue.detail
    assert built.sources["rejected"].sum() == 0


def test_the_role_of_a_dyad_is_not_that_of_its_caregiver(tmp_path):
    tables = TABLES | {"people.csv": TABLES["people.csv"].replace("m1,0012,Mother", "m1,0012,father")}
    [issue] = cohort(tmp_path, tables, STUDY + FULL).issues.query("kind == 'conflicting_values'").itertuples()
    assert issue.detail == "dyads.csv: dyad 'D1' has the role mother, its caregiver is listed as father."


def test_a_dyad_of_another_family_than_its_infant(tmp_path):
    tables = TABLES | {"people.csv": TABLES["people.csv"].replace("i2,NA,infant", "i2,F3,infant")}
    [issue] = cohort(tmp_path, tables, STUDY + FULL).issues.query("kind == 'conflicting_values'").itertuples()
    assert issue.detail == "dyads.csv: dyad '1E5' is of family 'NA', its infant of family 'F3'."


def test_contradicting_total_is_said_and_the_answers_count(tmp_path):
    table = TABLES["sapas.csv"].replace("No,No,1\nm1", "No,No,2\nm1", 1)
    built = cohort(tmp_path, TABLES | {"sapas.csv": table}, STUDY + FULL)
    [issue] = built.issues.query("kind == 'total_contradicts_items'").itertuples()
    assert issue.action == "The sum of the answers is used. Correct the total or the answers."
    assert rows(built.score, "total")[0] == (1.0,)


NUMBERS = [
    ("5", ".", "5"),
    ("1.5", ".", "1.5"),
    ("1,5", ",", "1.5"),
    (".5", ".", "0.5"),
    ("-3", ",", "-3"),
    ("1e3", ".", "1000"),
    ("1,5", ".", None),
    ("1.5", ",", None),
    ("1.234,5", ",", None),
    ("1,234.5", ".", None),
    ("1 000", ".", None),
    ("NaN", ".", None),
    ("inf", ".", None),
    ("0x10", ".", None),
    ("1_000", ".", None),
    ("١", ".", None),
    ("1e999", ".", None),
]


@pytest.mark.parametrize(("text", "mark", "value"), NUMBERS)
def test_numbers_are_never_guessed(text, mark, value):
    assert number(text, mark) == (None if value is None else Decimal(value))


DATES = [
    ("01/02/2023", "dmy", "2023-02-01"),
    ("01/02/2023", "mdy", "2023-01-02"),
    ("2023/02/01", "ymd", "2023-02-01"),
    ("1.2.2023", "dmy", "2023-02-01"),
    ("2023-02-01", "mdy", "2023-02-01"),
    ("2023-02-01 09:30:00", "dmy", "2023-02-01"),
    ("44927", "dmy", "2023-01-01"),
    ("13/13/2023", "dmy", None),
    ("02/13/2023", "dmy", None),
    ("01/02/23", "dmy", None),
    ("29/02/2023", "dmy", None),
    ("soon", "dmy", None),
]


@pytest.mark.parametrize(("text", "order", "day"), DATES)
def test_dates_follow_the_declared_order(text, order, day):
    found, serial = read_date(text, order)
    assert (found.isoformat() if found else None) == day and serial == (text == "44927")


def test_decimal_years_by_hand():
    days = [date(2023, 1, 1), date(2023, 12, 31), date(2024, 12, 31)]
    assert [decimal_year(day) for day in days] == [2023, 2023 + 364 / 365, 2024 + 365 / 366]


def test_a_value_that_the_mapping_does_not_name_is_kept_and_said(tmp_path):
    manifest = STUDY + FULL.replace(
        'file = "dyads.csv"', 'file = "dyads.csv"\nvalues = { role = { "father" = "dad" } }'
    )
    built = cohort(tmp_path, TABLES, manifest)
    assert rows(built.dyad, "role") == [("mother",), ("dad",), ("mother",)]
    [issue] = built.issues.query("kind == 'unmapped_value'").itertuples()
    assert issue.detail == (
        "dyads.csv, line 4: 1 row has a value of role that [tables.dyads] values.role does not name."
    )


# ---- what the manifest can have wrong -------------------------------------------------------------------------------

WRONG = [
    (
        'file = "observations.csv"',
        'file = "observations.csv"\ncolumns = { activity = "actvity" }',
        "observations.csv: there is no column 'actvity' ([tables.observations] columns.activity)."
        " Did you mean 'activity'? Choose one of: activity, camera, camera_count, dyad_id,"
        " infant_age_months, length_s, observation_id, wave.",
    ),
    (
        'file = "observations.csv"',
        'file = "observations.csv"\ncolumns = { lenght_s = "length_s" }',
        "[tables.observations] columns: 'lenght_s' is not a known field."
        " Did you mean 'length_s'? Choose one of: activity,",
    ),
    (
        'file = "observations.csv"',
        'file = "observations.csv"\ncolumns = { length = "length_s" }',
        "[tables.observations] units.length is missing: the unit of the length is never guessed."
        " Choose one of: min, ms, s.",
    ),
    (
        'file = "observations.csv"',
        'file = "observations.csv"\nunits = { infant_age_months = "fortnights" }',
        "[tables.observations] units.infant_age_months: 'fortnights' is not a known unit. "
        "Choose one of: days, months, weeks, years.",
    ),
    (
        'file = "people.csv"',
        'file = "people.csv"\nmissing = { age_year = ["-9"] }',
        "[tables.people] missing: 'age_year' is not a known field."
        " Did you mean 'age_years'? Choose one of: *, age_years,",
    ),
    (
        'file = "people.csv"',
        'file = "families.csv"',
        "families.csv: no column for person_id was found. Add columns.person_id = '...' to [tables.people]. "
        "Choose one of: Income, family_id.",
    ),
    ('total = "pearls"', 'total = "Total"', "pearls.csv: there is no column 'Total' ([[scores]] 2 total)."),
    (
        '"q7", "q8"]',
        '"q7"]',
        "[[scores]] 1: items names 7 columns, but SAPAS has 8 items. Name them in the order of the",
    ),
    (
        'phase = "=postpartum_before"',
        'phase = "=postpartum"',
        "[[scores]] 2: phase 'postpartum' is not known."
        " Did you mean 'postpartum_after'? Choose one of: postpartum_after,",
    ),
    (
        'total = "sum"',
        'total = "sum"\nanalysis_wave = "w9"',
        "[[scores]] SAPAS: no row is from the analysis wave 'w9'. Choose one of: w1, w2, w3.",
    ),
    ('instrument = "PEARLS"', 'instrument = "PERLS"', "'PERLS' is not a known instrument. Did you mean 'PEARLS'?"),
    (
        'column = "Income"',
        'column = "Einkommen"',
        "families.csv: there is no column 'Einkommen' ([[variables]] income column).",
    ),
    ('file = "media.csv"', 'file = "clips.csv"', "clips.csv: there is no such file. Check its name in the manifest."),
]


@pytest.mark.parametrize(("old", "new", "sentence"), WRONG)
def test_a_wrong_manifest_names_the_choices(tmp_path, old, new, sentence):
    manifest = STUDY + FULL
    assert old in manifest
    with pytest.raises((ManifestError, CatalogueError, UnreadableFile)) as fault:
        cohort(tmp_path, TABLES, manifest.replace(old, new, 1))
    assert fault.value.message.startswith(sentence)


def test_a_column_that_stands_twice_is_refused_where_it_is_used(tmp_path):
    table = "observation_id,dyad_id,note,note,camera,Camera\no1,D1,a,b,old,new"
    with pytest.raises(ManifestError, match=r"observations.csv: the column 'camera' .* stands twice. Rename one"):
        cohort(tmp_path, {"observations.csv": table}, STUDY + '[tables.observations]\nfile = "observations.csv"')


def test_a_variable_of_a_table_that_is_not_there(tmp_path):
    manifest = STUDY + '[tables.observations]\nfile = "observations.csv"\n[[variables]]\nname = "x"\nlabel = "X"\n'
    manifest += 'table = "people"\ncolumn = "x"\nkind = "numeric"\n'
    with pytest.raises(ManifestError) as fault:
        cohort(tmp_path, {"observations.csv": "observation_id,dyad_id\no1,D1"}, manifest)
    assert fault.value.message == (
        "[[variables]] x: the manifest names no table 'people'. Choose one of: observations."
    )


def test_nothing_gives_the_protocol(tmp_path):
    manifest = HEAD.format(protocol="") + '[tables.observations]\nfile = "observations.csv"'
    with pytest.raises(ManifestError, match=r"\[study\] protocol is missing"):
        cohort(tmp_path, {"observations.csv": "observation_id,dyad_id\no1,D1"}, manifest)


def test_no_dyads_anywhere(tmp_path):
    with pytest.raises(
        ManifestError, match=r"observations.csv: no column for dyad_id was found, .* Choose one of: name"
    ):
        cohort(
            tmp_path,
            {"observations.csv": "name\no1"},
            STUDY + '[tables.observations]\nfile = "observations.csv"\ncolumns = { observation_id = "name" }',
        )


# ---- tables that are not given --------------------------------------------------------------------------------------


def test_dyads_families_and_people_from_the_recordings(tmp_path):
    table = """
recording,family,partner,sex,minutes,age
r1,7,M,f,5,30
r2,7,F,f,4.5,
r3,8,M,m,5,12
r4,7,M,m,5,"""
    manifest = (
        STUDY
        + """
[tables.observations]
file = "observations.csv"
values = { role = { "M" = "mother", "F" = "father" }, child_sex = { "f" = "female", "m" = "male" } }
units = { length = "min", infant_age_months = "weeks" }
[tables.observations.columns]
observation_id = "recording"
dyad_id = "{family}-{partner}"
family_id = "family"
role = "partner"
child_sex = "sex"
length = "minutes"
infant_age_months = "age"
activity = "=free play"
"""
    )
    built = cohort(tmp_path, {"observations.csv": table}, manifest)
    assert rows(built.family) == [("7",), ("8",)]
    assert rows(built.dyad) == [
        ("7-M", "7", "7:infant", "7-M:caregiver", "mother", "female", None, None),
        ("7-F", "7", "7:infant", "7-F:caregiver", "father", "female", None, None),
        ("8-M", "8", "8:infant", "8-M:caregiver", "mother", "male", None, None),
    ]
    assert rows(built.person, "person_id", "role", "sex") == [
        ("7:infant", "infant", "female"),
        ("7-M:caregiver", "mother", None),
        ("7-F:caregiver", "father", None),
        ("8:infant", "infant", "male"),
        ("8-M:caregiver", "mother", None),
    ]
    assert rows(built.observation, "observation_id", "activity", "end_ms", "infant_age_months") == [
        ("r1", "free play", 300_000, pytest.approx(30 * 7 / 30.4375)),
        ("r2", "free play", 270_000, None),
        ("r3", "free play", 300_000, pytest.approx(12 * 7 / 30.4375)),
        ("r4", "free play", 300_000, None),
    ]
    assert kinds(built) == [("conflicting_values", "observations.csv", 5)]  # r4 says that the infant of 7-M is a boy


def test_people_are_found_by_family_and_role(tmp_path):
    """Dyads without identifiers of people: the only person of the family with that role."""
    tables = {
        "people.csv": "person_id,family_id,role,sex,age_years\np1,1,infant,female,\np2,1,mother,,29\np3,2,mother,,30"
        "\np4,3,infant,,\np5,3,infant,,\np6,3,mother,,",
        "observations.csv": "observation_id,dyad_id,family_id,role\no1,1M,1,mother\no2,2M,2,mother"
        "\no3,2F,2,father\no4,3M,3,mother",
    }
    manifest = STUDY + '[tables.people]\nfile = "people.csv"\n[tables.observations]\nfile = "observations.csv"'
    built = cohort(tmp_path, tables, manifest)
    assert rows(built.dyad, "dyad_id", "infant_id", "caregiver_id", "child_sex", "caregiver_age_years") == [
        ("1M", "p1", "p2", "female", 29.0),
        ("2M", "2:infant", "p3", None, 30.0),
        ("2F", "2:infant", "2F:caregiver", None, None),
        ("3M", "3:infant", "p6", None, None),  # two infants: none is guessed
    ]


def test_scores_of_people_made_from_dyads(tmp_path):
    tables = {
        "observations.csv": "observation_id,dyad_id,family_id,role\no1,1M,1,mother",
        "phq.csv": "dyad,score\n1M,21\n2M,3",
    }
    manifest = (
        STUDY
        + """
[tables.observations]
file = "observations.csv"
[[scores]]
file = "phq.csv"
instrument = "PHQ-9"
person = "{dyad}:caregiver"
wave = "=w1"
phase = "=pregnancy"
total = "score"
"""
    )
    built = cohort(tmp_path, tables, manifest)
    assert rows(built.observation_score) == [("o1", "PHQ-9", "1M:caregiver", "w1", "pregnancy", 21.0)]
    assert rows(built.band)[0] == ("PHQ-9", "minimal", 0, 4) and len(built.band) == 5


PATTERN = r"""
[tables.observations]
pattern = '^(?P<family>\d+)_(?P<age>\d+)(?P<partner>[EMF]\d?)_'
values = { role = { "E" = "stranger", "M" = "mother", "M1" = "mother", "F" = "father", "M2" = "second mother" } }
[tables.observations.columns]
dyad_id = "{family}_{partner}"
family_id = "family"
role = "partner"
activity = "=free play"
visit = "{age} months"
infant_age_months = "age"
"""


def test_recordings_from_the_names_of_the_coded_files(tmp_path):
    names = ("002_8E_dyadic_MG", "002_8M_dyadic", "002_8M_dyadic", "034_4M2_x", "pilot")
    built = cohort(tmp_path, {}, STUDY + PATTERN, names)
    assert rows(built.observation, "observation_id", "dyad_id", "visit", "end_ms", "infant_age_months") == [
        ("002_8E_dyadic_MG", "002_E", "8 months", None, 8.0),
        ("002_8M_dyadic", "002_M", "8 months", None, 8.0),
        ("034_4M2_x", "034_M2", "4 months", None, 4.0),
    ]
    assert rows(built.dyad, "dyad_id", "family_id", "role") == [
        ("002_E", "002", "stranger"),
        ("002_M", "002", "mother"),
        ("034_M2", "034", "second mother"),
    ]
    [issue] = built.issues.itertuples()
    assert (issue.kind, issue.observation_id, issue.severity) == ("name_without_pattern", "pilot", "error")
    assert "the recording 'pilot' does not fit the pattern of [tables.observations]." in issue.detail
    assert built.sources.empty


@pytest.mark.skipif(not PLAY.exists(), reason="the shared play data are not on this machine")
def test_partners_of_the_play_study(tmp_path):
    """289 names: mother 97 (96 and one M1), second mother 2, father 94, stranger 96; 58 infants."""
    statement = "select distinct column04 from read_csv(?, all_varchar=true, header=false, skip=1, delim=',')"
    names = tuple(name for (name,) in duckdb.execute(statement, [str(PLAY)]).fetchall())
    built = cohort(tmp_path, {}, STUDY + PATTERN, names)
    roles = built.observation.merge(built.dyad, on="dyad_id")["role"].value_counts().to_dict()
    assert roles == {"mother": 97, "stranger": 96, "father": 94, "second mother": 2}
    assert len(built.observation) == 289 and len(built.family) == 58 and built.issues.empty
    assert built.observation["visit"].value_counts().to_dict() == {"4 months": 148, "8 months": 141}


# ---- which score belongs to a recording -----------------------------------------------------------------------------

WAVES = """
[tables.observations]
file = "observations.csv"
[tables.people]
file = "people.csv"
[[scores]]
file = "scores.csv"
instrument = "PEARLS"
person = "who"
wave = "wave"
phase = "phase"
total = "total"
"""
PEOPLE = {
    "observations.csv": "observation_id,dyad_id,family_id,role\no1,d,f,mother",
    "people.csv": "person_id,family_id,role\nm,f,mother\ni,f,infant",
}

#   rows of the questionnaire (wave phase total)                               named   ->  wave, total, several?
CHOICES = [
    (["a preconception 1", "b pregnancy 2"], None, ("b", 2.0), False),
    (["b pregnancy 2", "a preconception 1"], None, ("b", 2.0), False),
    (["b pregnancy 2", "c postpartum_before 3", "d postpartum_after 4"], None, ("c", 3.0), False),
    (["a preconception 1", "b pregnancy ."], None, ("a", 1.0), False),
    (["a preconception .", "b pregnancy ."], None, ("b", None), False),
    (["d postpartum_after 4"], None, None, False),
    (["d postpartum_after 4", "b pregnancy 2"], "d", ("d", 4.0), False),
    (["a preconception 1", "b pregnancy 2"], "a", ("a", 1.0), False),
    (["b pregnancy 2", "c pregnancy 5"], None, ("c", 5.0), True),
    (["b pregnancy 2", "c pregnancy ."], None, ("b", 2.0), False),
]


@pytest.mark.parametrize(("answers", "named", "chosen", "several"), CHOICES)
def test_which_wave_counts(tmp_path, answers, named, chosen, several):
    table = "who,wave,phase,total\n" + "\n".join("m," + row.replace(" ", ",") for row in answers)
    manifest = STUDY + WAVES + 'missing = ["."]\n' + (f'analysis_wave = "{named}"\n' if named else "")
    built = cohort(tmp_path, PEOPLE | {"scores.csv": table}, manifest)
    assert rows(built.observation_score, "wave", "total") == ([chosen] if chosen else [])
    assert ("several_waves" in set(built.issues["kind"])) == several


#   rows of the questionnaire (wave phase total)                named   ->  wave, total of a recording at visit d
AT_VISITS = [
    (["d postpartum_after 4", "b pregnancy 2"], None, ("d", 4.0)),
    (["D postpartum_after 4", "b pregnancy 2"], None, ("D", 4.0)),
    (["b pregnancy 2", "d preconception 1", "c postpartum_before 3"], None, ("d", 1.0)),
    (["b pregnancy 2", "d postpartum_after ."], None, ("d", None)),
    (["d postpartum_after 4", "b pregnancy 2"], "b", ("b", 2.0)),
    (["e postpartum_after 4", "b pregnancy 2"], None, ("b", 2.0)),
]


@pytest.mark.parametrize(("answers", "named", "chosen"), AT_VISITS)
def test_the_wave_of_the_visit_counts_first(tmp_path, answers, named, chosen):
    """Whatever its phase, and although an answer is missing; a wave that the manifest names comes before it."""
    table = "who,wave,phase,total\n" + "\n".join("m," + row.replace(" ", ",") for row in answers)
    manifest = STUDY + WAVES + 'missing = ["."]\n' + (f'analysis_wave = "{named}"\n' if named else "")
    visits = {"observations.csv": "observation_id,dyad_id,family_id,role,visit\no1,d,f,mother,d"}
    built = cohort(tmp_path, PEOPLE | visits | {"scores.csv": table}, manifest)
    assert rows(built.observation_score, "wave", "total") == [chosen]
    assert "several_waves" not in set(built.issues["kind"])


# ---- Excel, one file used twice, and the law that no row is lost -----------------------------------------------------


def test_one_workbook_for_everything(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Recording", "Dyad", "Family", "Length", "Age", "Score"])
    sheet.append(["r1", "0012-M", "0012", 300.5, 6.5, 12])
    sheet.append(["r2", "0013-M", "0013", "299,5", "6,25", 99])
    book.save(tmp_path / "all.xlsx")
    manifest = (
        STUDY
        + """
[tables.observations]
file = "all.xlsx"
decimal = ","
[tables.observations.columns]
observation_id = "recording"
dyad_id = "dyad"
family_id = "family"
length_s = "length"
infant_age_months = "age"
role = "=mother"
[[scores]]
file = "all.xlsx"
instrument = "EPDS"
person = "{dyad}:caregiver"
wave = "=w"
phase = "=pregnancy"
total = "score"
"""
    )
    built = cohort(tmp_path, {}, manifest)
    assert rows(built.observation, "end_ms", "infant_age_months") == [(300_500, 6.5), (299_500, 6.25)]
    assert rows(built.score, "person_id", "total") == [("0012-M:caregiver", 12.0), ("0013-M:caregiver", None)]
    assert rows(built.sources, "path", "format", "rows", "accepted") == [("all.xlsx", "xlsx", 2, 2)]
    assert kinds(built) == [("total_out_of_range", "all.xlsx", 3)]


def test_sheets_of_one_workbook_are_counted_apart(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "rec"
    for row in (["observation_id", "dyad_id", "role"], ["r1", "d1", "mother"], ["r2", "d2", "mother"]):
        book.active.append(row)
    for row in (["dyad_id", "birth_order"], ["d1", "first"], ["d9", "first"]):
        (book["cov"] if "cov" in book.sheetnames else book.create_sheet("cov")).append(row)
    book.save(tmp_path / "all.xlsx")
    manifest = (
        STUDY
        + """
[tables.observations]
file = "all.xlsx"
sheet = "rec"
[tables.covariates]
file = "all.xlsx"
sheet = "cov"
"""
    )
    built = cohort(tmp_path, {}, manifest)
    assert rows(built.sources, "path", "accepted", "rejected") == [("all.xlsx [rec]", 2, 0), ("all.xlsx [cov]", 1, 1)]
    assert kinds(built) == [("unknown_dyad", "all.xlsx [cov]", 3)]


CELLS = st.sampled_from(
    ["", "D1", "d1", "m1", "0012", "-9", "999", ".", "x", "1", "1,5", "Yes", '"', "a;b", "\u00a0D1"]
)


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_no_row_is_lost_whatever_the_cells(tmp_path_factory, data):
    """rows = accepted + rejected + blank for every table, and every refused row has its issue."""
    tables = dict(TABLES)
    for _ in range(data.draw(st.integers(1, 4))):
        name = data.draw(st.sampled_from(sorted(tables)))
        lines = tables[name].strip("\n").split("\n")
        mark = ";" if name == "covariates.csv" else ","
        line = data.draw(st.integers(1, len(lines) - 1))
        cells = lines[line].split(mark)
        cells[data.draw(st.integers(0, len(cells) - 1))] = data.draw(CELLS)
        lines[line] = mark.join(cells) if data.draw(st.booleans()) else data.draw(st.sampled_from(["", mark, lines[0]]))
        tables[name] = "\n".join(lines)
    built = cohort(tmp_path_factory.mktemp("lost"), tables, STUDY + FULL)
    sources = built.sources.set_index("path")
    assert (sources["rows"] == sources["accepted"] + sources["rejected"] + sources["blank"]).all()
    for name in tables:
        here = built.issues[built.issues["file"] == name]
        said = set(here[here["severity"] == "error"]["line"]) | set(here[here["kind"] == "repeated_header"]["line"])
        assert len(said) == sources.loc[name, "rejected"]
    accepted = {"observations.csv": built.observation, "dyads.csv": built.dyad, "media.csv": built.media}
    for name, frame in accepted.items():
        assert len(frame) == sources.loc[name, "accepted"]
    assert set(built.observation["dyad_id"]) <= set(built.dyad["dyad_id"])
    assert set(built.dyad["caregiver_id"]) | set(built.dyad["infant_id"]) <= set(built.person["person_id"])
    assert set(built.person["family_id"]) | set(built.dyad["family_id"]) <= set(built.family["family_id"])


def test_many_faults_of_one_kind_are_counted(tmp_path):
    lines = ["observation_id,dyad_id", "o0,D1", *(f"o{n},D1,extra" for n in range(1, 251))]
    manifest = STUDY + '[tables.observations]\nfile = "observations.csv"\ncolumns = { role = "=mother" }'
    built = cohort(tmp_path, {"observations.csv": "\n".join(lines)}, manifest)
    ragged = built.issues.query("kind == 'ragged_row'")
    assert len(ragged) == 101 and ragged["count"].sum() == 250
    assert ragged["detail"].iloc[-1] == "observations.csv: there are further rows like the 100 that are listed."


def test_no_score_of_a_person_stands_in_an_issue(tmp_path):
    table = TABLES["sapas.csv"].replace("m1,w2,pregnant,1", "m1,w2,pregnant,4711", 1)
    built = cohort(tmp_path, TABLES | {"sapas.csv": table}, STUDY + FULL)
    said = " ".join(built.issues["detail"]) + " ".join(built.issues["action"])
    assert not re.search(r"4711|26[.]5", said)


def test_an_instrument_of_the_lab_lies_beside_the_manifest(tmp_path):
    own = 'name = "Own"\ntitle = "Own scale"\nshort_title = "Own"\nlow = 0\nhigh = 50\ncitation = "made for the test"\n'
    data, beside = tmp_path / "data", tmp_path / "manifest"
    data.mkdir(), beside.mkdir()
    (beside / "own.toml").write_text(own)
    write(data, TABLES, "")
    manifest = load_manifest(write(beside, {}, (STUDY + FULL).replace('"PEARLS"', '"own.toml"')))
    built = build_cohort(manifest, data, beside=beside)
    assert rows(built.score.query("instrument == 'Own'"), "person_id", "total") == [("m1", 0.0), ("m2", 11.0)]


def test_every_error_is_for_people(tmp_path):
    with pytest.raises(UserError):
        build_cohort(load_manifest(write(tmp_path, {}, STUDY + FULL)), tmp_path, [])
