"""Selecting observations: by hand, by laws that hold for any selection, and against a DuckDB query."""

from dataclasses import replace

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.selection import Selection, count, select

ROLES, SCORES = ("mother", "father", 'it\'s "odd"', None), (0.0, 3.0, 9.5, 30.0, None)
PROTOCOLS = ("home", "lab")


def frame_of(rows: list[tuple]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["protocol", "role", "score:EPDS", "double_coded", "family_id", "dyad_id"])
    return frame.astype({"score:EPDS": float}).assign(observation_id=[f"O{place}" for place in range(len(frame))])


FRAMES = st.lists(
    st.tuples(
        st.sampled_from(PROTOCOLS),
        st.sampled_from(ROLES),
        st.sampled_from(SCORES),
        st.booleans(),
        st.sampled_from(("F1", "F2", "F3")),
        st.sampled_from(("D1", "D2", "D3", "D4")),
    ),
    max_size=12,
).map(frame_of)
END = st.none() | st.sampled_from((0.0, 3.0, 5.0, 9.5, 30.0))
SELECTIONS = st.builds(
    Selection,
    protocol=st.none() | st.sampled_from(PROTOCOLS),
    choices=st.one_of(
        st.just(()),
        st.lists(st.sampled_from(ROLES), min_size=1, unique=True).map(lambda values: (("role", tuple(values)),)),
        st.just((("double_coded", (True,)),)),
    ),
    ranges=st.just(()) | st.tuples(st.tuples(st.just("score:EPDS"), END, END)),
    complete=st.sampled_from(((), ("score:EPDS",), ("role", "score:EPDS"))),
    families=st.lists(st.sampled_from(("F1", "F2", "F9")), max_size=2).map(tuple),
    dyads=st.lists(st.sampled_from(("D1", "D4")), max_size=2).map(tuple),
)


def query(selection: Selection) -> tuple[str, list]:
    """The same selection as one WHERE clause: the second road."""
    terms, values = ["true"], []
    if selection.protocol is not None:
        terms.append("protocol = ?")
        values.append(selection.protocol)
    for column, wanted in selection.choices:
        recorded = [value for value in wanted if value is not None]
        missing = f' OR "{column}" IS NULL' if None in wanted else ""
        terms.append(f'(coalesce(list_contains(?, "{column}"), false){missing})')
        values.append(recorded)
    for column, low, high in selection.ranges:
        terms.append(f'"{column}" BETWEEN ? AND ?')
        values += [-1e9 if low is None else low, 1e9 if high is None else high]
    terms += [f'"{column}" IS NOT NULL' for column in selection.complete]
    for column, wanted in (("family_id", selection.families), ("dyad_id", selection.dyads)):
        if wanted:
            terms.append(f"list_contains(?, {column})")
            values.append(list(wanted))
    return " AND ".join(terms), values


@given(FRAMES, SELECTIONS)
@settings(max_examples=50, deadline=None)
def test_the_counts_equal_a_query(frame: pd.DataFrame, selection: Selection) -> None:
    where, values = query(selection)
    found = count(select(frame, selection))
    with duckdb.connect() as base:
        base.execute(
            'CREATE TABLE observation (protocol VARCHAR, role VARCHAR, "score:EPDS" DOUBLE, double_coded BOOLEAN, '
            "family_id VARCHAR, dyad_id VARCHAR, observation_id VARCHAR)"
        )
        clean = frame.astype(object).where(frame.notna(), None)
        if len(clean):
            base.executemany("INSERT INTO observation VALUES (?, ?, ?, ?, ?, ?, ?)", clean.to_numpy().tolist())
        counts = "SELECT count(DISTINCT family_id), count(DISTINCT dyad_id), count(*) FROM observation"
        expected = base.execute(f"{counts} WHERE {where}", values).fetchone()
    assert (found.families, found.dyads, found.observations) == expected


@given(FRAMES, SELECTIONS)
@settings(max_examples=50, deadline=None)
def test_selecting_twice_is_selecting_once(frame: pd.DataFrame, selection: Selection) -> None:
    once = select(frame, selection)
    pd.testing.assert_frame_equal(select(once, selection), once)


@given(FRAMES, SELECTIONS, SELECTIONS)
@settings(max_examples=50, deadline=None)
def test_narrowing_never_adds(frame: pd.DataFrame, wide: Selection, other: Selection) -> None:
    narrow = replace(
        wide,
        choices=wide.choices + other.choices,
        ranges=wide.ranges + other.ranges,
        complete=wide.complete + other.complete,
    )
    assert set(select(frame, narrow)["observation_id"]) <= set(select(frame, wide)["observation_id"])


@given(FRAMES, SELECTIONS, st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_the_order_of_rows_does_not_matter(frame: pd.DataFrame, selection: Selection, random) -> None:
    order = list(range(len(frame)))
    random.shuffle(order)
    mixed = frame.iloc[order].reset_index(drop=True)
    assert set(select(mixed, selection)["observation_id"]) == set(select(frame, selection)["observation_id"])


HAND = frame_of(
    [
        ("home", "mother", 3.0, True, "F1", "D1"),
        ("home", "father", None, False, "F1", "D2"),
        ("home", None, 12.0, False, "F2", "D3"),
        ("lab", "mother", 30.0, True, "F3", "D4"),
    ]
)


@pytest.mark.parametrize(
    ("selection", "kept"),
    [
        (Selection(), "O0 O1 O2 O3"),
        (Selection(protocol="home"), "O0 O1 O2"),
        (Selection(choices=(("role", ("mother",)),)), "O0 O3"),
        (Selection(choices=(("role", ("father", None)),)), "O1 O2"),
        (Selection(ranges=(("score:EPDS", 3.0, 12.0),)), "O0 O2"),
        (Selection(ranges=(("score:EPDS", 12.0, None),)), "O2 O3"),
        (Selection(complete=("score:EPDS", "role")), "O0 O3"),
        (Selection(families=("F1",), dyads=("D2", "D4")), "O1"),
        (Selection(choices=(("no such", ("x",)),), ranges=(("nor this", 1, 2),), complete=("x",)), "O0 O1 O2 O3"),
    ],
)
def test_by_hand(selection: Selection, kept: str) -> None:
    assert " ".join(select(HAND, selection)["observation_id"]) == kept


def test_an_untouched_range_keeps_missing_values_and_a_narrowed_one_does_not() -> None:
    everything = count(select(HAND, Selection()))
    narrowed = count(select(HAND, Selection(ranges=(("score:EPDS", 0.0, 30.0),))))
    assert (everything.observations, narrowed.observations) == (4, 3)


def test_nothing_selected_is_an_empty_frame_with_the_same_columns() -> None:
    none = select(HAND, Selection(families=("F9",)))
    assert list(none.columns) == list(HAND.columns) and count(none).observations == 0
