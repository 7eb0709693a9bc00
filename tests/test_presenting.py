"""The presenting instance: pages of the release, one view and one filter at a time; nothing else is opened."""

import ast
import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from streamlit import user_info
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from pages import _access, _mode, _routes
from pages.parts import presented, presented_choices, store
from pages.parts.presented_table import in_words, printed
from pipeline.errors import StudyError
from pipeline.steps import open_study
from pipeline.steps.access_log import FILE
from pipeline.steps.caption import rests_on
from pipeline.steps.open_release import Release, ReleasedView, current_release, open_release
from pipeline.steps.people import RANKS
from pipeline.steps.release import SYMBOL, ReleasedFrame, ReleaseSpec, release
from pipeline.steps.release_study import make_release
from tests import release_parts
from tests.opening import ROUTER
from tests.release_parts import CANARY, CANARY_SCORE
from tests.serving import TOKEN
from tests.test_access_pages import claims, seen
from tests.test_architecture import tree

FAMILIES = 30


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """Thirty families by a rule, the first of them the canary, released at a threshold of 5."""
    folder = release_parts.publish(tmp_path_factory.mktemp("presented"), release_parts.text_of(FAMILIES))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DYADSCOPE_HOME", str(folder))
        make_release(folder, 5)
    return folder


@pytest.fixture(scope="module")
def released(home) -> Release:
    return open_release(current_release(home))


@pytest.fixture
def presenting(home, monkeypatch) -> Path:
    """A presenting program on that study; opening a generation fails the test."""
    monkeypatch.setenv("DYADSCOPE_HOME", str(home))
    monkeypatch.setattr(_mode, "_fixed", ["presenting"])
    monkeypatch.setattr(open_study, "open_generation", None)
    (home / FILE).unlink(missing_ok=True)
    return home


def opened(page: str = "", **query: str) -> AppTest:
    """A page of the release, as a link opens it; '' is the first."""
    app = AppTest.from_file(str(ROUTER), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    if page:
        app._page_hash = calc_hash(page)
    app.run()
    assert not app.exception, [one.message for one in app.exception]
    return app


def lists(app: AppTest) -> dict[str, list[str]]:
    return {one.label: list(one.options) for one in app.selectbox}


def test_every_page_of_a_release_declares_that_a_viewer_may_see_it() -> None:
    """The table of the presenting router, read without running it."""
    table = next(
        ast.literal_eval(node.value)
        for node in tree("pages._presenting").body
        if isinstance(node, ast.Assign) and node.targets[0].id == "PAGES"
    )
    assert {role for *_, role in table} == {"viewer"} and "viewer" in RANKS
    assert [name for name, *_ in table][-1] == "clips"


def test_the_first_view_says_what_it_is_about_and_to_whom_it_applies(presenting, released) -> None:
    app = opened()
    view = released.of_page("overview")[0]
    assert [one.value for one in app.title] == [view.title] and view.filter == ""
    text = seen(app)
    assert f"Home headcam, about {FAMILIES} families." in text and "Research use only" in text
    assert "No count of fewer than 5 families." in "".join(one.value for one in app.sidebar.caption)
    assert lists(app)["Families"][0] == "All families" and len(lists(app)["Families"]) > 3


def test_masked_cells_show_one_symbol_and_their_note(presenting, released) -> None:
    """Every cell on the screen is a cell of the released frame or the symbol."""
    tables = [one for one in released.of_page("overview") if one.chart == "table"]
    view = next(one for one in tables if released.released(one.id).masked)
    app = opened(view=view.id)
    (table,) = app.table
    hidden = released.released(view.id).hidden
    assert (table.value == SYMBOL.replace("[", "\\[").replace("]", "\\]")).to_numpy().sum() == hidden.to_numpy().sum()
    assert "not shown, because a count of 1 to 4 families" in seen(app)


def test_another_filter_is_another_view_of_the_list(presenting, released) -> None:
    """One filter at a time: choosing one leads to its view, and its name stands in the address."""
    app = opened()
    (families,) = [one for one in app.selectbox if one.label == "Families"]
    view = next(one for one in released.of_page("overview") if one.filter and one.title == "Who took part")
    families.set_value(view.id).run()
    assert app.query_params["view"] in ([view.id], view.id)
    assert f"{view.families} families, only" in seen(app)
    (families,) = [one for one in app.selectbox if one.label == "Families"]
    assert families.value == view.id


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [one for one in app.button if one.label == label]
    return button.click().run()


def test_next_walks_through_every_title_and_on_to_the_next_page(presenting, released) -> None:
    """What is on the screen is what the link says; Previous leads back."""
    app = opened()
    walked = [app.title[0].value]
    titles = list(dict.fromkeys(one.title for one in released.of_page("overview")))
    while len(walked) <= len(titles):
        walked.append(press(app, "Next").title[0].value)
    assert walked == [*titles, released.of_page("durations")[0].title] and len(titles) >= 3
    assert press(app, "Previous").title[0].value == titles[-1]


@pytest.mark.parametrize("asked", ["nonsense", "durations_home_headcam_gaze'; DROP TABLE view", CANARY])
def test_a_view_that_is_not_on_the_list_is_the_first_one(presenting, released, asked: str) -> None:
    app = opened(view=asked)
    assert app.title[0].value == released.views[0].title and asked not in seen(app)


def test_every_view_of_every_page_opens_and_none_holds_a_family(presenting, released) -> None:
    """Ids and the exact score of the planted family are nowhere on any page."""
    for page in released.pages:
        views = released.of_page(page)
        for view in [*views[:2], *views[-2:]]:
            app = opened(page, view=view.id)
            text = seen(app) + json.dumps([str(one.proto) for one in app.main]) + str(lists(app))
            assert view.title in text
            for word in (CANARY, str(CANARY_SCORE), "F001", "F029", "-M-c"):
                assert word not in text, (view.id, word)


def test_without_a_release_there_is_one_page_that_says_so(presenting, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("DYADSCOPE_HOME", str(tmp_path))
    app = opened("durations")
    assert [one.value for one in app.title] == ["Nothing is released yet"]
    assert "pipeline release --threshold 5" in app.code[0].value and not app.table


def test_a_damaged_release_is_a_sentence(presenting, tmp_path, monkeypatch) -> None:
    shutil.copytree(presenting / "released", tmp_path / "released")
    current_release(tmp_path).file.write_bytes(b"no database")
    monkeypatch.setenv("DYADSCOPE_HOME", str(tmp_path))
    (told,) = [one.value for one in opened().error]
    assert "this file is damaged, or not a release" in told


def test_no_generation_is_opened(presenting) -> None:
    """The guard itself: asked for a generation, a presenting program refuses in words."""
    with pytest.raises(StudyError, match="does not open the data"):
        store._reader.__wrapped__(store.Key(1, "gen.duckdb", "0", "presenting"))


def test_what_was_looked_at_is_a_line_without_values(presenting, released) -> None:
    view = released.of_page("durations")[0]
    opened("durations", view=view.id).run()
    (line,) = [json.loads(line) for line in (presenting / FILE).read_text(encoding="utf-8").splitlines()]
    assert (line["what"], line["page"], line["name"]) == ("view", "durations", view.id[:80])
    assert (line["mode"], line["generation"]) == ("presenting", 1) and "families" not in line


def test_scripts_that_wait_are_told_the_released_generation(presenting) -> None:
    assert json.loads(_routes.ready(None).body)["generation"] == 1
    shutil.move(presenting / "released", presenting / "away")
    try:
        assert json.loads(_routes.ready(None).body)["generation"] is None
    finally:
        shutil.move(presenting / "away", presenting / "released")


def test_what_is_taken_away_says_of_how_many_families_it_is(presenting, released, monkeypatch) -> None:
    """The caption's n is the one above the view, rounded."""
    monkeypatch.setattr(presented.store_release, "release", lambda: released)
    view = next(one for one in released.views if one.filter)
    said = rests_on(presented._basis(view))
    assert f"Selected: Home headcam, {view.families} families. Only {view.filter}. Synthetic data." in said
    assert view.families.startswith("about ")


# ---- clips ----------------------------------------------------------------------------------------------------------


def permit(home: Path, until: date) -> None:
    """A permission record of one clip that lies in the study folder."""
    (home / "blocks.webm").write_bytes(b"film")
    (home / "permissions.toml").write_text(
        f'[[permission]]\ndyad = "{CANARY}-M"\nclip = "blocks.webm"\ntitle = "Playing with blocks"\n'
        f'consent = "the mother of {CANARY}"\ngiven = {date.today() - timedelta(days=9)}\nuntil = {until}\n',
        encoding="utf-8",
    )


@pytest.fixture
def permitted(presenting):
    yield presenting
    for name in ("permissions.toml", "blocks.webm"):
        (presenting / name).unlink(missing_ok=True)


def test_a_clip_is_shown_with_its_permission_and_not_after_it(permitted) -> None:
    """Who was filmed and who consented stay with the owner."""
    permit(permitted, date.today())
    app = opened("clips")
    text = seen(app) + str([one.proto for one in app.main])
    assert "Playing with blocks" in text and "/film/" in text and CANARY not in text and "the mother" not in text
    permit(permitted, date.today() - timedelta(days=1))
    app = opened("clips")
    assert "/film/" not in str([one.proto for one in app.main])
    assert app.title[0].value == "Who took part"


def test_a_clip_without_its_file_is_a_sentence(permitted) -> None:
    permit(permitted, date.today())
    (permitted / "blocks.webm").unlink()
    assert "This clip is not there." in opened("clips").info[0].value


def test_a_viewer_of_a_shared_server_sees_the_pages_and_a_stranger_none(presenting, monkeypatch) -> None:
    (presenting / "people.toml").write_text('[[person]]\nemail = "viewer@example.org"\nrole = "viewer"\n', "utf-8")
    monkeypatch.setattr(_access, "door", lambda: _access.Door(TOKEN, True, True))
    monkeypatch.setattr(user_info, "_get_user_info", lambda: claims("viewer@example.org"))
    assert f"{FAMILIES} families" in seen(opened())
    monkeypatch.setattr(user_info, "_get_user_info", lambda: claims("eve@example.org"))
    for page in ("overview", "durations", "clips"):
        text = seen(opened(page))
        assert "you are not on the list" in text and "families" not in text
    (presenting / "people.toml").unlink()


# ---- the choices ----------------------------------------------------------------------------------------------------


def view(id: str, protocol: str, title: str, filter: str = "") -> ReleasedView:
    options: dict[str, object] = {"protocol": protocol}
    return ReleasedView(id, "p", title, "", "table", options, ReleaseSpec(), filter, "9", "", "", "")


VIEWS = (
    view("a", "home", "Face"), view("a1", "home", "Face", "Role: father"), view("b", "home", "Gaze"),
    view("b1", "home", "Gaze", "Role: father"), view("b2", "home", "Gaze", "Visit: 2"), view("c", "home", "Voice"),
    view("d", "play", "Gaze"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("here", "titles", "filters", "kinds"),
    [
        ("a", "a b c", "a a1", "a d"),
        ("a1", "a1 b1 c", "a a1", "a1 d"),  # Voice has no fathers: all families
        ("b2", "a b2 c", "b b1 b2", "b2 d"),
        ("d", "d", "d", "b d"),  # Gaze of the other kind of recording
    ],
)
def test_each_list_leads_to_the_nearest_view(here: str, titles: str, filters: str, kinds: str) -> None:
    at = next(one for one in VIEWS if one.id == here)
    assert [one.id for one in presented_choices.titles(VIEWS, at)] == titles.split()
    assert [one.id for one in presented_choices.filters(VIEWS, at)] == filters.split()
    assert [one.id for one in presented_choices.kinds(VIEWS, at)] == kinds.split()
    assert at in presented_choices.sequence(VIEWS, at)


def test_a_table_in_words_says_once_what_repeats() -> None:
    frame = pd.DataFrame({"of": ["Sex", "Sex", "Role"], "level": ["*a*", "b", "c"], "n": [12.0, 3.0, -5.5]})
    spec = ReleaseSpec(labels=("of", "level"), counts=("n",))
    text = in_words(release(frame, spec, "presenting")).frame
    assert text["of"].tolist() == ["Sex", "", "Role"] and text["level"].tolist()[0] == "\\*a\\*"
    assert isinstance(in_words(release(frame, spec, "presenting")), ReleasedFrame)
    assert text["n"].tolist()[:2] == ["12", "\\[c\\]"] and text["n"].tolist()[2] != "-5.5"


def test_a_table_for_a_paper_has_the_digits_that_are_shown_and_what_stands_below_the_view() -> None:
    frame = pd.DataFrame({"of": ["Look", "Smile"], "mean": [20.0, 1.1], "n": [45.0, 3.0]})
    spec = ReleaseSpec(labels=("of",), counts=("n",), statistics=(("mean", "n"),))
    table = printed(release(frame, spec, "presenting"), "What [c] means.", "Title", ("Basis.",))
    assert table.rows[0] == ("Look", "20", "45") and table.rows[1] == ("Smile", SYMBOL, SYMBOL)
    assert table.notes == ("Basis.", "What [c] means.")
