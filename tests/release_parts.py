"""Studies made for releases: families written out by a rule, and the published Table 1 as families."""

from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd

from db.connect import current, open_reader
from pipeline.measures.release_intervals import Cell, Table
from pipeline.steps.release_views import Data, read
from tests import studies
from tests.test_release import COLUMN_N, GROUPS, from_totals, printed

CANARY = "participant-4711"
CANARY_SCORE = 29.73125
CHARACTERISTICS = ("sex", "order", "camera", "role")


def text_of(families: int, first: int = 0) -> str:
    """So many families, one recording each, the first of them the canary; the rules leave small cells on purpose."""
    lines = []
    for number in range(first, first + families):
        name = CANARY if number == 0 else f"F{number:03}"
        role = "father" if number % 3 == 2 else "mother"
        sex, order = ("female", "male")[number % 2], ("first", "first", "second", "third")[number % 4]
        camera, income = ("old", "new")[number % 5 == 0], ("low", "middle", "high")[number % 3]
        score = CANARY_SCORE if number == 0 else "." if number % 4 == 1 else number % 13
        place = f"home_headcam feeding v1 5 {camera} 2 {6 + number / 10:.1f} {score} {number % 5} {income} 12"
        lines.append(f"{name} {name}-M {role} {sex} {order} {place}")
    return "\n".join(lines)


def random_text(families: int, seed: int) -> str:
    """Families by chance: one or two recordings, rare levels, missing words and scores."""
    draw = np.random.default_rng(seed)
    rare = draw.random(3)
    lines = []

    def one(*words: str, few: float = 2) -> str:
        return words[int(draw.random() ** few * len(words))]

    for number in range(families):
        name, sex, order = f"F{number:03}", one("male", "female", few=1), one("first", "second", "third", ".")
        for visit in range(1 + (draw.random() < 0.3)):
            role = "father" if draw.random() < rare[0] / 2 else "mother"
            camera = "new" if draw.random() < rare[1] / 2 else "old"
            epds = "." if draw.random() < rare[2] / 2 else int(30 * draw.random() ** 2)
            place = f"home_headcam {one('feeding', 'stacking', 'free_play')} v{visit + 1} 5 {camera} 2 7.0"
            more = f"{epds} {one('0', '1', '4', '.')} {one('low', 'middle', 'high', '.')} 12"
            lines.append(f"{name} {name}-{role} {role} {sex} {order} {place} {more}")
    return "\n".join(lines)


def publish(home: Path, text: str, number: int = 1) -> Path:
    """The families as the current generation of a study folder."""
    with patch.object(studies, "OBSERVATIONS", text):
        return studies.publish(home, studies.tables(), number)


def data_of(home: Path, threshold: int = 5) -> Data:
    return read(open_reader(current(home).file).cursor(), threshold)


def paper() -> pd.DataFrame:
    """The published counts with the hidden ones worked out (held in memory only)."""
    return from_totals(printed())


def families_of_the_paper(instrument: str) -> str:
    """97 families with the table's counts of one questionnaire; how characteristics go together is made up."""
    table = paper()
    table = table[table["instrument"] == instrument].set_index(["characteristic", "level"])
    lines = []
    for place, group in enumerate(GROUPS):
        words = {
            what: np.repeat(table.loc[what].index, table.loc[what][f"n_{group}"].astype(int))
            for what in CHARACTERISTICS
        }
        for number in range(COLUMN_N[instrument][place]):
            sex, order, camera, role = (words[what][number] for what in CHARACTERISTICS)
            score = "." if place else number % 9
            both = f"{score} ." if instrument == "EPDS" else f". {score}"
            name = f"{group}{number:02}"
            lines.append(f"{name} {name}-M {role} {sex} {order} home_headcam feeding v1 5 {camera} 2 7.0 {both} . 12")
    return "\n".join(lines)


def naive_tables(percentages: bool) -> tuple[Table, ...]:
    """The table as it was printed: '<5' is 1 to 4, and either the percentage or the N of the column is known."""
    shown, tables = printed(), []
    for (instrument, what), rows in paper().groupby(["instrument", "characteristic"]):
        cells, taken, totals = [], 0, [set(), set()]
        for at, row in rows.iterrows():
            for place, group in enumerate(GROUPS):
                count = int(row[f"n_{group}"])
                who = frozenset(range(taken, taken + count))
                taken += count
                totals[place] |= who
                hidden = bool(np.isnan(shown.loc[at, f"n_{group}"]))
                low, high = (1.0, 4.0) if hidden else (count, count)
                if hidden and percentages:
                    unit = COLUMN_N[instrument][place] / 100
                    percent = shown.loc[at, f"percent_{group}"]
                    low, high = (percent - 0.006) * unit, (percent + 0.006) * unit
                cells.append(Cell("Table 1", f"{instrument} {what} {row['level']}", group, who, low, high, hidden))
        if not percentages:
            for group, who in zip(GROUPS, totals, strict=True):
                cells.append(Cell("Table 1", "", group, frozenset(who), len(who), len(who)))
        tables.append(Table(tuple(cells)))
    return tuple(tables)
