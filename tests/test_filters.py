"""The filters in the sidebar as a reader meets them: what a link restores, what is shown, what can be cleared."""

import pytest
from streamlit.testing.v1 import AppTest

from pipeline.selection import Selection
from tests.conftest import ROOT

STILL_FACE = "Still face"


@pytest.fixture
def dashboard(hand_study, monkeypatch):
    """A dashboard on the hand study, not yet run; query parameters as keyword arguments."""
    monkeypatch.setenv("DYADSCOPE_HOME", str(hand_study))

    def opened(**parameters: object) -> AppTest:
        app = AppTest.from_file(str(ROOT / "pages" / "_router.py"), default_timeout=30)
        for name, value in parameters.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        return app

    return opened


def numbers(app: AppTest) -> str:
    return app.sidebar.markdown[0].value.replace("  \n", ", ").replace("**", "")


def test_without_filters_everything_of_the_first_kind_of_recording_is_there(dashboard) -> None:
    app = dashboard()
    assert numbers(app) == "5 of 5 families, 6 of 6 dyads, 8 of 8 observations"
    assert app.session_state["selection"] == Selection(protocol="home_headcam")
    assert app.button(key="clear").disabled


def test_a_link_restores_every_kind_of_filter(dashboard) -> None:
    parameters = {"role": "Mother", "score.EPDS": ["3", "12"], "cameras": "Two cameras", "length": "4.5"}
    app = dashboard(**parameters, **{"var.income": "Low"})
    assert numbers(app) == "1 of 5 families, 1 of 6 dyads, 2 of 8 observations"
    said = app.sidebar.markdown[1].value
    assert said == (
        "Only Caregiver: Mother; EPDS (depressive symptoms): 3 to 12; Household income: Low; "
        "Cameras with usable film: Two cameras; Recording length: at least 4.5 minutes."
    )
    assert "1 family, 1 dyad, 2 observations. Only Caregiver: Mother" in " ".join(m.value for m in app.main.markdown)


@pytest.mark.parametrize(
    "parameters",
    [
        {"role": "Nobody"},
        {"role": "'; DROP TABLE observation; --"},
        {"score.EPDS": ["999", "-1"]},
        {"score.EPDS": ["nan", "inf"]},
        {"score.EPDS": ["25", "3"]},
        {"score.EPDS": "x" * 5000},
        {"length": "-1e308"},
        {"double": "maybe"},
        {"protocol": "../../etc"},
        {"recorded": ["__class__", "EPDS; x"]},
        {"no_such_filter": "1"},
    ],
)
def test_what_cannot_be_falls_back_to_everything(dashboard, parameters) -> None:
    assert numbers(dashboard(**parameters)) == "5 of 5 families, 6 of 6 dyads, 8 of 8 observations"


def test_another_kind_of_recording_offers_its_own_filters(dashboard) -> None:
    app = dashboard(protocol=STILL_FACE)
    assert numbers(app) == "2 of 2 families, 2 of 2 dyads, 2 of 2 observations"
    assert not [one for one in app.sidebar.pills if one.key == "role"], "both are mothers: nothing to choose"
    assert app.session_state["selection"] == Selection(protocol="still_face")
    assert any(one.value.startswith(":orange-badge") and "Still face: 2 families" in one.value for one in app.markdown)


def test_missing_values_can_be_chosen_or_left_out(dashboard) -> None:
    app = dashboard()
    app.pills(key="child_sex").set_value(["Not recorded"]).run()
    assert numbers(app).endswith("1 of 8 observations")
    app.pills(key="child_sex").set_value([]).run()
    app.multiselect(key="recorded").set_value(["SAPAS"]).run()
    assert numbers(app).endswith("7 of 8 observations")


def test_a_family_stays_in_the_session_and_out_of_the_link(dashboard) -> None:
    app = dashboard(family="F2")
    assert numbers(app).startswith("5 of 5 families"), "a family in a link is not read"
    app = dashboard()
    app.multiselect(key="family").set_value(["F1", "F2"]).run()
    app.multiselect(key="dyad").set_value(["F1-F"]).run()
    assert numbers(app) == "1 of 5 families, 1 of 6 dyads, 1 of 8 observations"
    assert not dict(app.query_params)
    assert "Only 2 chosen families; 1 chosen dyad." in [one.value for one in app.sidebar.markdown]
    app.switch_page("data.py").run()
    assert numbers(app).startswith("1 of 5 families"), "kept when the page changes"


def test_clearing_takes_every_filter_off_and_out_of_the_link(dashboard) -> None:
    app = dashboard(role="Father", **{"score.EPDS": ["0", "5"]}, double="true", age=["6.5", "7.5"])
    app.multiselect(key="family").set_value(["F1"]).run()
    app.button(key="clear").click().run()
    assert not app.exception
    assert numbers(app) == "5 of 5 families, 6 of 6 dyads, 8 of 8 observations"
    assert not dict(app.query_params) and app.slider(key="age").value == (6.0, 8.0)


def test_a_label_of_the_study_is_not_read_as_markdown(dashboard) -> None:
    label = dashboard().slider(key="var.years").label
    assert label == r"\*\*Years\*\* of \[school\](http\://example.invalid) \:material/bug: (years)"
