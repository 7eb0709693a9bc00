"""The whole demo, presented: its real ids and numbers are looked for in every view, and its releases are attacked."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from db.connect import current, open_reader
from pages import _mode
from pages.parts.words import escape
from pipeline.steps import open_study, release_templates, release_views_overview
from pipeline.steps.open_release import Release, current_release, open_release
from pipeline.steps.release import csv_bytes
from pipeline.steps.release_history import History
from pipeline.steps.release_profile import profile
from pipeline.steps.release_study import ReleaseRefused, collected, make_release
from pipeline.steps.release_views import read
from tests import release_attacks
from tests.release_parts import publish
from tests.test_access_labels import nodes
from tests.test_presenting import opened
from tests.test_presenting_canary import unpacked

pytestmark = pytest.mark.soak
FAMILIES = 30
FEWEST_DIGITS = 5
"""A number with so many digits is nobody's rounded mean."""
IDS = (
    "SELECT family_id FROM family UNION SELECT dyad_id FROM dyad UNION SELECT person_id FROM person "
    "UNION SELECT observation_id FROM observation UNION SELECT coder_id FROM coder UNION SELECT path FROM source "
    "UNION SELECT path FROM media UNION SELECT file FROM track"
)
TOKEN = re.compile(rb"[0-9A-Za-z_./:-]+")
NUMBERS = "SELECT onset_amplitude FROM smile UNION SELECT max_onset_speed FROM smile"
"""The demo's ages have one decimal, which means have too; its smiles are odd enough."""


def made(home: Path, threshold: int) -> Release:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DYADSCOPE_HOME", str(home))
        make_release(home, threshold)
    return open_release(current_release(home))


@pytest.fixture(scope="module")
def homes(demo_study, tmp_path_factory) -> dict[int, Path]:
    """Threshold -> the demo released with it, each in a folder of its own."""
    found = {}
    for threshold in (5, 8, 10):
        found[threshold] = tmp_path_factory.mktemp(f"T{threshold}")
        shutil.copytree(demo_study / "published", found[threshold] / "published")
        made(found[threshold], threshold)
    return found


# ---- canaries -------------------------------------------------------------------------------------------------------


def ids(cursor: duckdb.DuckDBPyConnection) -> frozenset[bytes]:
    """Every id, coder and file of the study; of a path its last part as well. Not the bare numbers of families: counts
    side by side in a column look like them."""
    words = {str(word) for (word,) in cursor.execute(IDS).fetchall() if word and not str(word).isdigit()}
    return frozenset(word.encode() for word in words | {Path(word).name for word in words})


def numbers(cursor: duckdb.DuckDBPyConnection) -> np.ndarray:
    """Numbers of single people that have enough digits to be told."""
    every = [number for (number,) in cursor.execute(NUMBERS).fetchall() if number]
    return np.array([number for number in every if len(f"{number:.15g}".replace(".", "")) >= FEWEST_DIGITS])


def found_in(content: bytes, words: frozenset[bytes], values: np.ndarray) -> list[object]:
    """What of a study is in a message, or in what is packed into it."""
    return [one for part in unpacked(content) for one in in_piece(part, words, values)]


def in_piece(part: bytes, words: frozenset[bytes], values: np.ndarray) -> list[object]:
    """Ids that stand in it as words of their own, and numbers in it as 8 bytes."""
    found: list[object] = list({token.strip(b".:") for token in TOKEN.findall(part)} & words)
    for start in range(8):
        whole = part[start : start + (len(part) - start) // 8 * 8]
        found += np.intersect1d(np.frombuffer(whole, "<f8"), values).tolist()
    return found


def messages(page: str, view: str) -> Iterator[bytes]:
    """What the browser is sent of one view."""
    app = opened(page, view=view)
    assert not app.exception
    yield from (node.proto.SerializeToString() for node in nodes(app._tree) if getattr(node, "proto", None) is not None)


@pytest.mark.parametrize("threshold", [5, 10])
def test_no_id_and_no_age_of_the_demo_is_in_any_view(homes, monkeypatch, threshold: int) -> None:
    home = homes[threshold]
    cursor = open_reader(current(home).file).cursor()
    words, values = ids(cursor), numbers(cursor)
    person = cursor.execute("SELECT person_id FROM person").fetchone()[0]
    assert found_in(f"of {person}.".encode(), words, values) and len(values) > FAMILIES
    assert found_in(b"abc" + values[:1].tobytes(), words, values) == values[:1].tolist()
    monkeypatch.setenv("DYADSCOPE_HOME", str(home))
    monkeypatch.setattr(_mode, "_fixed", ["presenting"])
    monkeypatch.setattr(open_study, "open_generation", None)
    release = open_release(current_release(home))
    assert not in_piece(current_release(home).file.read_bytes(), words, values)
    for view in release.views:
        content = [*messages(view.page, view.id), csv_bytes(release.released(view.id))]  # as it is shown and taken away
        assert escape(view.title).encode() in b"\n".join(content), view.id
        assert not [one for part in content for one in found_in(part, words, values)], view.id


# ---- attacks on the demo --------------------------------------------------------------------------------------------

CASES = [(threshold, attack) for threshold in (5, 8, 10) for attack in release_attacks.ATTACKS]


@pytest.mark.parametrize(("threshold", "attack"), CASES)
def test_disc_the_demo_gives_nothing_away(homes, threshold: int, attack) -> None:
    assert list(attack(open_release(current_release(homes[threshold])))) == []


def few_families(masks: np.ndarray, families: np.ndarray, threshold: int) -> bool:
    """Whether one mask less another, or two less a third, is of 1 to T - 1 families (in any order of signs)."""
    distinct = np.unique(masks, axis=0).astype(np.int8)
    member = np.eye(families.max() + 1, dtype=np.float32)[families]
    sums = np.vstack([distinct, *(distinct[place:] + distinct[place] for place in range(len(distinct)))])
    for mask in distinct:
        rest = sums - mask
        rest = rest[(rest >= 0).all(axis=1) | (rest <= 0).all(axis=1)]
        counts = ((rest != 0).astype(np.float32) @ member > 0).sum(axis=1)
        if ((counts > 0) & (counts < threshold)).any():
            return True
    return False


@pytest.mark.parametrize("threshold", [5, 8, 10])
def test_disc_no_three_numbers_give_a_few_families_away(homes, monkeypatch, threshold: int) -> None:
    """By memberships, which no viewer has: no mean of a few families is in what is shown."""
    home, rules = homes[threshold], profile(threshold)
    monkeypatch.setenv("DYADSCOPE_HOME", str(home))
    data = read(open_reader(current(home).file).cursor(), threshold)
    views, _ = collected(data, rules, History(), home)
    groups: dict[tuple[str, ...], list[np.ndarray]] = {}
    for view in views:
        for row in range(0 if view.template.table else len(view.hidden)):
            if not view.hidden[row].any():
                groups.setdefault(view.quantities[row], []).append(view.answer.behind[row, 0])
    patterns = {np.array(masks).tobytes(): np.array(masks) for masks in groups.values()}
    assert len(patterns) > FAMILIES
    assert not [1 for masks in patterns.values() if few_families(masks, data.families, threshold)]


def test_the_search_for_three_numbers_finds_one_family() -> None:
    """All less the first four less the next five is the tenth."""
    families = np.arange(10)
    whole, first, second = np.ones(10, dtype=bool), families < 4, (families >= 4) & (families < 9)
    assert few_families(np.array([whole, first, second]), families, 2)
    assert not few_families(np.array([whole, first]), families, 4)


# ---- attacks on studies made for them -------------------------------------------------------------------------------


@pytest.fixture
def overview(monkeypatch: pytest.MonkeyPatch) -> None:
    """Views of the overview only: where the counts are."""
    monkeypatch.setattr(release_templates, "PAGES", (release_views_overview,))


def families(first: int, last: int, protocol: str = "home_headcam", visit: str = "v1") -> str:
    """One recording per family; sex, order, camera and income by a rule."""
    lines = []
    for n in range(first, last):
        sex, order, camera = ("female", "male")[n % 2], ("first", "second")[n % 3 == 0], ("old", "new")[n % 3 == 1]
        words = f"{sex} {order} {protocol} feeding {visit} 5 {camera} 2 6.5 {n % 13} 1 {('low', 'high')[n // 2 % 2]} 12"
        lines.append(f"F{n:02} F{n:02}-M mother {words}")
    return "\n".join(lines) + "\n"


STUDIES = {
    "two dropped out": (families(0, 30) + families(2, 30, visit="v2"), release_attacks.whole_less_filter),
    "two came once": (families(0, 30) + families(2, 30, "free_play"), release_attacks.other_recordings),
    "three in the lab": (families(0, 30) + families(30, 33, "lab"), release_attacks.other_recordings),
}


@pytest.mark.parametrize("name", STUDIES)
def test_disc_who_is_missing_is_not_counted(overview, tmp_path: Path, name: str) -> None:
    text, attack = STUDIES[name]
    assert list(attack(made(publish(tmp_path, text), 5))) == []


def test_the_attack_finds_nothing_where_nobody_is_missing(overview, tmp_path: Path) -> None:
    release = made(publish(tmp_path, families(0, 30) + families(0, 30, visit="v2")), 5)
    assert list(release_attacks.whole_less_filter(release)) == []


def whole(release: Release) -> pd.Series:
    return release_attacks.samples(release, "home_headcam")[""]


def test_disc_what_came_since_the_last_release_is_not_counted(overview, tmp_path: Path) -> None:
    """Six new families may be shown, but not that two of them are first-born."""
    before = whole(made(publish(tmp_path, families(0, 30)), 5))
    now = whole(made(publish(tmp_path, families(0, 36), 2), 5))
    assert not (now - before).abs().between(1, 4).any()


def test_disc_a_release_is_compared_with_all_earlier_ones(overview, tmp_path: Path) -> None:
    """30, then 36, then 31 families: the third release is the first and one family more."""
    for number, last in enumerate((30, 36), 1):
        made(publish(tmp_path, families(0, last), number), 5)
    publish(tmp_path, families(0, 31), 3)
    with pytest.raises(ReleaseRefused):
        made(tmp_path, 5)


@pytest.mark.parametrize("second", [8, 10])
def test_disc_the_same_generation_is_not_released_with_another_threshold(overview, tmp_path: Path, second: int) -> None:
    """What one mask hides as a neighbour the other one may show."""
    made(publish(tmp_path, families(0, 30)), 5)
    with pytest.raises(ReleaseRefused):
        made(tmp_path, second)
