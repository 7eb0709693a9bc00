"""Times from text to whole milliseconds: the macros in SQL against Python's Decimal, rounded half to even."""

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

MACROS = Path(__file__).parents[1] / "db" / "macros.sql"
NUMBER = re.compile(r"[+-]?(\d{1,12}([.]\d*)?|[.]\d+)([eE][+-]?\d{1,2})?", re.ASCII)
CLOCK = re.compile(r"(-?)(\d{1,4}):([0-5]?\d):([0-5]?\d([.]\d*)?|60([.]0*)?)", re.ASCII)
EXACT = Context(prec=400)
MOST = Decimal(10) ** 20
"""DuckDB's widest decimal with 18 places holds less than this."""


@pytest.fixture(scope="module")
def ask():
    """A function (rule, texts, further texts) -> milliseconds, all in one statement."""
    with duckdb.connect() as connection:
        connection.execute(MACROS.read_text(encoding="utf-8"))

        def milliseconds(
            rule: str, *texts: str | None, further: str | None = None, decimal: str = "."
        ) -> list[int | None]:
            question = (
                "SELECT list(time_ms($rule, pointed(t, $decimal), $further) ORDER BY n)"
                " FROM (SELECT unnest($texts) AS t, unnest(range($many)) AS n)"
            )
            given = {"rule": rule, "texts": list(texts), "further": further, "many": len(texts), "decimal": decimal}
            return connection.execute(question, given).fetchone()[0]

        yield milliseconds


def cleaned(text: str) -> str:
    return re.sub("[\u00a0\t\r]", " ", text).strip(" ")


def rounded(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_HALF_EVEN, context=EXACT))


def number(text: str) -> Decimal | None:
    """The number a text writes, None where it is none or more than a table can hold."""
    if not NUMBER.fullmatch(cleaned(text)):
        return None
    value = EXACT.create_decimal(cleaned(text))
    return value if abs(value) < MOST else None


def in_range(value: Decimal) -> int | None:
    whole = rounded(value)
    return whole if abs(value) < MOST and -(2**63) <= whole < 2**63 else None


def seconds(text: str) -> int | None:
    value = number(text)
    return None if value is None else in_range(EXACT.multiply(value, 1000))


def whole(text: str) -> int | None:
    value = number(text)
    return None if value is None else in_range(value)


def clock(text: str) -> int | None:
    found = CLOCK.fullmatch(cleaned(text).replace(",", "."))
    if found is None:
        return None
    sign = -1 if found[1] else 1
    return sign * (int(found[2]) * 3_600_000 + int(found[3]) * 60_000 + seconds(found[4]))


DIGITS = st.text("0123456789", max_size=14)
FRACTIONS = st.text("0123456789", max_size=30) | st.sampled_from(
    ["5", "0005", "0015", "0025", "49999999999999999999", "5" + "0" * 20 + "1"]
)
PLAIN = st.builds(
    lambda sign, digits, point, rest: sign + digits + point + rest,
    st.sampled_from(["", "", "-", "+"]),
    DIGITS,
    st.sampled_from([".", ".", ""]),
    FRACTIONS,
)
SHORT = st.builds("{}.{}e{}".format, st.integers(0, 999), st.text("0123456789", max_size=9), st.integers(-5, 5))
GARBAGE = st.text("0123456789.,:-+eE _x\u00a0\u0660\u09ef\t'\"infa", max_size=12)
ANY = PLAIN | SHORT | GARBAGE | PLAIN.map(" {}\u00a0".format) | st.text(max_size=6)


@settings(max_examples=40, deadline=None)
@given(st.lists(ANY, min_size=1, max_size=40))
def test_seconds_and_milliseconds_of_any_text(ask, texts):
    texts = [text for text in texts if "\0" not in text and text.isprintable() or "\u00a0" in text or "\t" in text]
    if texts:
        assert ask("seconds", *texts) == [seconds(text) for text in texts]
        assert ask("ms", *texts) == [whole(text) for text in texts]


PARTS = st.builds(
    "{}{}:{}:{}".format,
    st.sampled_from(["", "", "-"]),
    st.integers(0, 99).map("{:02}".format) | st.text("0123456789.", max_size=5),
    st.integers(0, 61).map("{:02}".format) | st.integers(0, 9).map(str),
    st.builds(
        "{:02}{}".format,
        st.integers(0, 61),
        st.sampled_from(["", ".", ","]).flatmap(lambda mark: FRACTIONS.map(lambda rest: mark + rest if mark else "")),
    ),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(PARTS | GARBAGE, min_size=1, max_size=40))
def test_clock_times_of_any_text(ask, texts):
    assert ask("hmsf", *texts) == [clock(text) for text in texts]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 3599), st.integers(0, 999), st.sampled_from(["", ".", ".000", ",0"]))
def test_whole_seconds_and_the_milliseconds_beside_them(ask, second, milliseconds, tail):
    text = f"00:{second // 60:02}:{second % 60:02}{tail}"
    assert ask("hms_f", text, f"-{text}", further=str(milliseconds)) == [
        second * 1000 + milliseconds,
        -second * 1000 - milliseconds,
    ]


@pytest.mark.parametrize(
    ("rule", "text", "further", "expected"),
    [
        ("seconds", "0.0005", None, 0),
        ("seconds", "0.0015", None, 2),
        ("seconds", "0.0025", None, 2),
        ("seconds", "-0.0025", None, -2),
        ("seconds", "1.0014999999999999999999", None, 1001),
        ("seconds", "1.00150000000000000000001", None, 1002),
        ("seconds", "0.00250000000000000000000", None, 2),
        ("seconds", "1234567.8905", None, 1_234_567_890),
        ("seconds", "6.6666666666666666e-02", None, 67),
        ("seconds", "1_000", None, None),
        ("seconds", "1e400", None, None),
        ("seconds", "inf", None, None),
        ("seconds", "", None, None),
        ("seconds", None, None, None),
        ("ms", "1500", None, 1500),
        ("ms", "1500.5", None, 1500),
        ("ms", "1501.5", None, 1502),
        ("ms", "12:00", None, None),
        ("hmsf", "00:01:40.0665", None, 100_066),
        ("hmsf", "1:1:1,5", None, 3_661_500),
        ("hmsf", "-00:00:01.500", None, -1500),
        ("hmsf", "00:00:01:12", None, None),
        ("hmsf", "00:75:00", None, None),
        ("hmsf", "01:40.5", None, None),
        ("hmsf", "00:00:60.000", None, 60_000),
        ("hms_f", "00:00:01", "22", 1022),
        ("hms_f", "00:00:01", "66.666", 1067),
        ("hms_f", "-00:00:00", "500", -500),
        ("hms_f", "00:00:01.500", "500", None),
        ("hms_f", "00:00:01", "1001", None),
        ("hms_f", "00:00:01", "-1", None),
        ("hms_f", "00:00:01", "", None),
        ("hms_f", "00:00:01", None, None),
    ],
)
def test_times_by_hand(ask, rule, text, further, expected):
    assert ask(rule, text, further=further) == [expected]


def test_a_decimal_comma_is_read_where_it_is_declared(ask):
    assert ask("seconds", "1,5", "1.5", "1.000,5", decimal=",") == [1500, 1500, None]
    assert ask("seconds", "1,5", "1.5") == [None, 1500]
