"""What a report made again says of the data: by hand, and kept from generation to generation."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.steps import report_changes
from pipeline.steps.report_changes import Change, compare, keep, said, since_last
from pipeline.steps.report_items import Report
from tests.report_studies import hostile


def item(families: int = 50, key: str = "a", **rows: dict[str, str]) -> dict:
    return {"key": key, "title": "Shares", "families": families, "rows": rows}


def of(*items: dict, number: int = 3) -> dict:
    return {"number": number, "sha256": "c0ffee", "day": "1 May 2026", "items": list(items)}


OLD = of(item(Smile={"Mean": "19.1", "n": "79"}, Woe={"Mean": "2.0", "n": "13"}))


def test_by_hand() -> None:
    new = of(item(60, Smile={"Mean": "19.4", "n": "79"}, Positive={"Mean": "8.0", "n": "31"}), number=4)
    found = compare(OLD, new)
    assert found.found == (
        Change("moved", "Shares", "Smile", "Mean", "19.1", "19.4"), Change("new", "Shares", "Positive"),
        Change("gone", "Shares", "Woe"),
    )  # fmt: skip
    assert found.words == "Since generation 3 (1 May 2026) 1 number moved, 1 row came, 1 row went."
    assert not found.close


def test_nothing_has_changed() -> None:
    assert compare(OLD, OLD).words == "Since generation 3 (1 May 2026) nothing has changed."


def test_items_come_and_go_as_a_whole() -> None:
    found = compare(of(item(key="a"), item(key="b")), of(item(key="b"), item(key="c")))
    assert [(one.what, one.row) for one in found.found] == [("new", "the whole item"), ("gone", "the whole item")]


@pytest.mark.parametrize(("families", "close"), [(50, False), (51, True), (46, True), (45, False), (55, False)])
def test_a_difference_of_few_families_is_close(families: int, close: bool) -> None:
    assert compare(OLD, of(item(families, Smile={"Mean": "19.1", "n": "79"}))).close is close


def by_hand(mean: float = 0.5, checksum: str = "aa", number: int = 1) -> Report:
    found = hostile(("Smile", "Woe"))
    pieces = found.pieces[:1]
    numbers = pieces[0].numbers.assign(mean=[mean, 1.5])
    return replace(found, pieces=(replace(pieces[0], numbers=numbers),), sha256=checksum, number=number)


def test_the_last_version_from_other_data_is_compared(tmp_path: Path) -> None:
    assert since_last(tmp_path, by_hand()) is None
    keep(tmp_path, by_hand())
    assert since_last(tmp_path, by_hand(9.0)) is None, "the same data: nothing to compare with"
    second = by_hand(0.7, "bb", 2)
    keep(tmp_path, second)
    found = since_last(tmp_path, second)
    assert found.number == 1
    assert [(one.row, one.before, one.after) for one in found.found] == [("Smile", "0.500", "0.700")]
    third = by_hand(0.7, "cc", 3)
    assert since_last(tmp_path, third).number == 2 and since_last(tmp_path, third).found == ()


def test_what_is_kept_is_masked_and_short(tmp_path: Path) -> None:
    for number in range(8):
        keep(tmp_path, by_hand(number, f"{number:02}", number))
    text = (tmp_path / "reports" / "built" / "hostile.json").read_text(encoding="utf-8")
    assert text.count('"sha256"') == report_changes.MOST_KEPT
    first = said(by_hand())["items"][0]["rows"]["Smile"]
    assert first["Families"] == "", "a hidden cell is kept as nothing"


def test_a_damaged_memory_is_no_memory(tmp_path: Path) -> None:
    keep(tmp_path, by_hand())
    (tmp_path / "reports" / "built" / "hostile.json").write_text("[{}, 3", encoding="utf-8")
    assert since_last(tmp_path, by_hand(1.0, "bb")) is None


def test_the_key_is_what_is_asked_not_what_it_is_called() -> None:
    piece = by_hand().pieces[0]
    named = replace(piece, item=piece.item.model_copy(update={"title": "Other"}))
    other = replace(piece, item=piece.item.model_copy(update={"view": "x/y/z"}))
    assert report_changes.key_of(piece) == report_changes.key_of(named) != report_changes.key_of(other)
