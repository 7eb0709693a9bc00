"""What must go with a hidden number: shares that make up 100 %, changes between two means, the same families twice."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from pipeline.selection import Selection
from pipeline.steps.release import ReleaseSpec
from pipeline.steps.release_complements import complete
from pipeline.steps.release_mask import View
from pipeline.steps.release_profile import Profile
from pipeline.steps.release_views import Answer, Data, Part, Template

RULES = Profile(5, rounded=True)
NAMES = ("mean", "low", "high")
MEANS = ReleaseSpec(
    labels=("name", "episode"), counts=("families",), statistics=tuple((one, "families") for one in NAMES)
)
CHANGES = ReleaseSpec(
    labels=("name", "first", "second"), counts=("families",), statistics=tuple((one, "families") for one in NAMES)
)
DATA: Data = SimpleNamespace(families=np.arange(30), threshold=5)
"""Thirty recordings of thirty families."""


def template(key: str, spec: ReleaseSpec, **more: object) -> Template:
    return Template(key, "engagement", "still_face", key, "", "table", spec, lambda _: None, {}, **more)


def behind(*families: range | list[int]) -> np.ndarray:
    """Rows x 1 x recordings."""
    return np.array([[np.isin(np.arange(30), list(one))] for one in families])


def view(one: Template, rows: list[tuple], *families: range | list[int]) -> View:
    """A view whose rows stand on these families; counts under the threshold are hidden."""
    frame = pd.DataFrame(rows, columns=list(one.spec.labels))
    frame["families"] = [float(len(list(some))) for some in families]
    answer = Answer(frame.assign(**dict.fromkeys(NAMES, 50.0)), behind(*families))
    made = View(one.key, one, Part(Selection()), answer, np.ones(30, dtype=bool), np.array([]))
    made.hidden = RULES.small(made.counts)
    return made


def shares(*families: range | list[int]) -> View:
    """Codes a, b, c, ... of one episode, that make up 100 %."""
    return view(
        template("means", MEANS, adds=("episode",)), [("abcdef"[n], "play") for n in range(len(families))], *families
    )


def test_one_hidden_share_takes_the_next_smallest_with_it() -> None:
    """a 70 %, b 25 %, c hidden: c would be 5 %. With b silent as well, b and c together are 30 %."""
    found = shares(range(20), range(9), [1, 2, 3])
    complete([found], DATA, RULES)
    assert found.silent.tolist() == [False, True, False] and found.hidden[:, 0].tolist() == [False, False, True]


def test_two_hidden_shares_of_the_same_few_families_take_a_third() -> None:
    """c and d are both of families 1 to 4: together they would still be a number of four families."""
    found = shares(range(20), range(9), [1, 2, 3], [2, 3, 4])
    complete([found], DATA, RULES)
    assert found.silent.tolist() == [False, True, False, False]
    enough = shares(range(20), range(9), [1, 2, 3], [20, 21, 22])
    complete([enough], DATA, RULES)
    assert not enough.silent.any()


def test_nothing_goes_where_nothing_is_hidden() -> None:
    found = shares(range(20), range(9), range(5))
    complete([found], DATA, RULES)
    assert not found.silent.any()


def test_a_share_that_was_taken_out_counts_as_hidden() -> None:
    """The row of c is gone: without b it would be what a and b leave."""
    found = shares(range(20), range(9), range(6))
    found.keep(np.array([0, 1]))
    complete([found], DATA, RULES)
    assert found.silent.tolist() == [False, True]


def test_a_mean_that_two_families_make_up_counts_as_hidden() -> None:
    found = shares(range(20), range(9), range(6))
    found.answer = Answer(found.answer.frame, found.answer.behind, np.array([0.2, 0.3, 0.95]))
    complete([found], DATA, RULES)
    assert found.silent.tolist() == [False, True, False]


def test_a_change_goes_with_either_of_its_means() -> None:
    """Play 45 %, still face hidden, change -44: the still face would be 1 %."""
    means = view(
        template("means", MEANS), [("a", "play"), ("a", "still"), ("b", "play"), ("b", "still")],
        range(10), [1, 2], range(10), range(8),
    )  # fmt: skip
    changes = view(
        template("changes", CHANGES, between="means"), [("a", "play", "still"), ("b", "play", "still")],
        range(10), range(10),
    )  # fmt: skip
    complete([means, changes], DATA, RULES)
    assert changes.silent.tolist() == [True, False] and not means.silent.any()


@pytest.mark.parametrize("same", [True, False])
def test_families_hidden_in_one_table_are_hidden_in_every_one(monkeypatch, same: bool) -> None:
    """First-born of fathers (hidden as a complement there) are fathers of first-born here."""
    spec = ReleaseSpec(labels=("characteristic", "level"), counts=("families",), margins=(("characteristic",),))
    ours, theirs = (template(key, spec, table=True) for key in ("ours", "theirs"))
    one = view(ours, [("order", "first"), ("order", "later")], range(8), range(8, 20))
    one.hidden[0, 0] = True
    other = view(theirs, [("role", "father"), ("role", "mother")], range(8) if same else range(7), range(8, 30))
    monkeypatch.setattr("pipeline.steps.release_complements.protect", lambda *_: None)
    complete([one, other], DATA, RULES)
    assert other.hidden[:, 0].tolist() == [same, False]
