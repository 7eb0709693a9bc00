"""The list of people, the records of permission, and the clips that depend on them."""

import os
import re
import stat
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages import _media, _mode
from pipeline.errors import StudyError
from pipeline.steps import people, permissions
from pipeline.steps.access_log import FILE
from pipeline.steps.people import LOCAL, RANKS, NotAdmitted, Person, Unlisted, admitted, may
from tests.test_media import CONTENT, ask

ISSUER = "https://sign-in.example.org"
LIST = f"""
[[person]]
email = "anna@example.org"
role = "analyst"

[[person]]
issuer = "{ISSUER}"
subject = "77"
role = "viewer"
"""
ANNA = {"is_logged_in": True, "exp": 2_000, "iss": ISSUER, "sub": "1", "email": "ANNA@example.org"}
ANNA |= {"email_verified": True}
VERA = {"is_logged_in": True, "exp": 2_000, "iss": ISSUER, "sub": "77"}


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("DYADSCOPE_HOME", str(tmp_path))
    (tmp_path / "people.toml").write_text(LIST, encoding="utf-8")
    return tmp_path


def test_who_is_on_the_list_has_the_role_of_the_list(home) -> None:
    anna, vera = admitted(ANNA, home, now=1_000), admitted(VERA, home, now=1_000)
    assert (anna.role, vera.role) == ("analyst", "viewer")
    assert "anna" not in anna.who and anna.who != vera.who and len(anna.who) == 16
    assert admitted(ANNA | {"sub": "2"}, home, now=1_000) == anna, "an address is the same person with any subject"


@pytest.mark.parametrize(
    ("claims", "sentence"),
    [
        ({}, "Sign in to see this study."),
        (ANNA | {"is_logged_in": False}, "Sign in to see this study."),
        (ANNA | {"is_logged_in": "yes"}, "Sign in to see this study."),
        (ANNA | {"exp": 1_000}, "Your sign-in has ended. Sign in again."),
        (ANNA | {"exp": None}, "Your sign-in has ended. Sign in again."),
        (ANNA | {"exp": "9999999999"}, "Your sign-in has ended. Sign in again."),
        (ANNA | {"exp": True}, "Your sign-in has ended. Sign in again."),
        (ANNA | {"email_verified": None}, "You are signed in, but you are not on the list of this study. "),
        (ANNA | {"email": "anna@example.org.evil.example"}, "You are signed in, but you are not on the list"),
        (VERA | {"iss": "https://other.example.org"}, "You are signed in, but you are not on the list"),
        (VERA | {"iss": None}, "You are signed in, but you are not on the list"),
        (VERA | {"sub": 77}, "You are signed in, but you are not on the list"),
        (VERA | {"sub": "7"}, "You are signed in, but you are not on the list"),
    ],
)
def test_everybody_else_is_refused_in_words(home, claims: dict, sentence: str) -> None:
    with pytest.raises(NotAdmitted) as refusal:
        admitted(claims, home, now=1_000)
    assert refusal.value.message.startswith(sentence)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[person]]\nemail = "a@b.c"\nrole = "admin"', "people.toml: person 1 role: Input should be"),
        ('[[person]]\nemail = "a@b.c"', "people.toml: person 1 role: Field required."),
        ('[[person]]\nrole = "viewer"', "people.toml: person 1: give either an email, or issuer and subject."),
        ('[[person]]\nsubject = "7"\nrole = "viewer"', "people.toml: person 1: give either an email, or issuer and"),
        (f'[[person]]\nissuer = "{ISSUER}"\nrole = "viewer"', "people.toml: person 1: give either an email, or"),
        ('[[person]]\nemail = "a@b.c"\nrole = "viewer"\nadmin = true', "people.toml: person 1 admin: Extra inputs"),
        ('[[persons]]\nemail = "a@b.c"\nrole = "viewer"', "people.toml: persons: Extra inputs are not permitted."),
        ('person = "all"', "people.toml: person: Input should be a valid list."),
        ("[[person", "people.toml: this file cannot be read."),
    ],
)
def test_a_list_that_cannot_be_read_lets_nobody_in(home, text: str, said: str) -> None:
    (home / "people.toml").write_text(text, encoding="utf-8")
    with pytest.raises(StudyError) as fault:
        people.people(home)
    assert fault.value.message.startswith(said) and "Nobody may enter" in fault.value.message
    assert "a@b.c" not in fault.value.message
    with pytest.raises(Unlisted, match="The list of people cannot be read"):
        admitted(ANNA, home, now=1_000)


def test_without_a_list_nobody_enters_and_the_terminal_says_so(home) -> None:
    assert people.listed_here(home) == "people.toml: 1 analyst and 1 viewer may enter."
    (home / "people.toml").unlink()
    with pytest.raises(Unlisted):
        admitted(ANNA, home, now=1_000)
    assert people.listed_here(home).startswith("people.toml: there is no list of people")


@given(st.sampled_from(list(RANKS)), st.sampled_from(list(RANKS)))
def test_an_analyst_may_all_and_a_viewer_only_what_is_for_viewers(role, needed) -> None:
    assert may(role, needed) == (role == "analyst" or needed == "viewer")


# ---- clips and their permissions ------------------------------------------------------------------------------------

RECORD = """
[[permission]]
dyad = "D012"
clip = "clips/play.webm"
title = "Playing with blocks"
consent = "the mother, in writing"
given = 2026-05-03
until = 2026-06-30
"""


@pytest.fixture
def clip(home) -> Path:
    """A clip with a permission from 3 May to 30 June 2026."""
    (home / "clips").mkdir()
    (home / "clips" / "play.webm").write_bytes(CONTENT)
    (home / "permissions.toml").write_text(RECORD, encoding="utf-8")
    return home / "clips" / "play.webm"


def on(monkeypatch, day: date) -> None:
    """Makes it that day."""

    class Calendar(date):
        @classmethod
        def today(cls) -> date:
            return day

    monkeypatch.setattr(permissions, "date", Calendar)


@pytest.mark.parametrize(
    ("day", "status", "said"),
    [
        (date(2026, 5, 2), 403, "This clip is not shown yet: the permission begins on 3 May 2026."),
        (date(2026, 5, 3), 200, ""),
        (date(2026, 6, 30), 200, ""),
        (date(2026, 7, 1), 403, "This clip is not shown any more: the permission ended on 30 June 2026."),
    ],
)
def test_a_clip_is_shown_from_its_first_to_its_last_day(clip, monkeypatch, day: date, status: int, said: str) -> None:
    monkeypatch.setattr(_mode, "_fixed", ["presenting"])
    (record,) = permissions.permissions()
    on(monkeypatch, day)
    found, _, body = ask(_media.clip_address(record), person=Person("ab", "viewer"))
    assert (found, body) == (status, CONTENT if status == 200 else said.encode())
    assert permissions.holding() == ((record,) if status == 200 else ())


def test_a_clip_whose_record_was_taken_back_is_not_shown_any_more(clip, home, monkeypatch) -> None:
    """The link was handed out while the permission held; it is asked again with every request."""
    monkeypatch.setattr(_mode, "_fixed", ["presenting"])
    on(monkeypatch, date(2026, 6, 1))
    link = _media.clip_address(permissions.permissions()[0])
    assert ask(link)[0] == 200
    for changed in (RECORD.replace("2026-06-30", "2026-05-20"), RECORD.replace("D012", "D013"), ""):
        (home / "permissions.toml").write_text(changed, encoding="utf-8")
        status, _, body = ask(link)
        assert (status, body) == (403, permissions.NONE.encode())
    (home / "permissions.toml").write_text("[[permission", encoding="utf-8")
    assert ask(link)[0] == 403


def test_when_presenting_a_video_without_a_record_is_not_shown(clip, monkeypatch) -> None:
    link = _media.address(1, "O12", "room", clip)
    assert ask(link)[0] == 200
    monkeypatch.setattr(_mode, "_fixed", ["presenting"])
    assert ask(link)[::2] == (403, permissions.NONE.encode())


@pytest.mark.parametrize(
    ("person", "status"), [(None, 403), (Person("ab", "viewer"), 403), (Person("ab", "analyst"), 200), (LOCAL, 200)]
)
def test_videos_are_for_analysts(clip, person: Person | None, status: int) -> None:
    assert ask(_media.address(1, "O12", "room", clip), person=person)[0] == status


def test_each_showing_leaves_one_line_without_ids(clip, home) -> None:
    link = _media.address(3, "O12", "room", clip)
    for _ in range(3):
        ask(link, range="bytes=0-99")
    ask(link, person=Person("ab", "analyst"))
    ask(link, person=None)
    written = (home / FILE).read_text(encoding="utf-8")
    lines = written.splitlines()
    assert len(lines) == 2 and all('"what": "film"' in line and '"generation": 3' in line for line in lines)
    assert "O12" not in written and "webm" not in written and str(home) not in written
    assert stat.S_IMODE(os.stat(home / FILE).st_mode) == 0o600


def test_on_a_shared_server_what_leaves_no_line_is_not_shown(clip, home) -> None:
    link = _media.address(1, "O12", "room", clip)
    (home / FILE).mkdir()
    assert ask(link, person=Person("ab", "analyst"))[::2] == (
        503,
        b"Not shown, because the access log cannot be written.",
    )
    assert ask(link, person=LOCAL)[0] == 200


@pytest.mark.parametrize("field", ["dyad", "clip", "title", "consent", "given", "until"])
def test_a_record_says_everything_or_no_clip_is_shown(clip, home, field: str) -> None:
    lines = [line for line in RECORD.splitlines() if not line.startswith(field)]
    (home / "permissions.toml").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(StudyError) as fault:
        permissions.permissions(home)
    expected = f"permissions.toml: permission 1 {field}: Field required. No clip is shown until it is corrected."
    assert fault.value.message == expected


def test_a_title_or_a_file_name_never_stands_in_a_link(clip) -> None:
    link = _media.clip_address(permissions.permissions()[0])
    assert not any(word in link for word in ("D012", "play", "blocks", "mother"))


# ---- the examples of the manual -------------------------------------------------------------------------------------

MANUAL = (Path(__file__).parents[1] / "docs" / "deployment.md").read_text(encoding="utf-8")


def example(language: str, start: str) -> str:
    """The example of the manual in a language that begins with these words."""
    return next(text for text in re.findall(rf"```{language}\n(.*?)```", MANUAL, re.DOTALL) if text.startswith(start))


def test_the_lists_of_the_manual_can_be_read(tmp_path) -> None:
    (tmp_path / people.FILE).write_text(example("toml", "[[person]]"), encoding="utf-8")
    (tmp_path / permissions.FILE).write_text(example("toml", "[[permission]]"), encoding="utf-8")
    assert [one.role for one in people.people(tmp_path)] == ["analyst", "viewer"]
    (record,) = permissions.permissions(tmp_path)
    assert (record.title, record.until) == ("Playing with blocks", date(2027, 5, 2))


def test_the_settings_of_the_manual_are_whole() -> None:
    secrets = tomllib.loads(example("toml", "[auth]"))["auth"]
    assert set(secrets) == {"redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url"}
    assert secrets["redirect_uri"].endswith("/oauth2callback")
    proxy, service = example("nginx", "server"), example("ini", "[Unit]")
    for line in ("Host $host", "X-Forwarded-Proto $scheme", "Upgrade $http_upgrade", 'Connection "upgrade"'):
        assert f"proxy_set_header {line};" in proxy
    for word in ("STREAMLIT_SERVER_ALLOWED_HOSTS", "DYADSCOPE_HOME", "UMask=0077", "-m streamlit run app.py"):
        assert word in service


def test_the_manual_promises_disk_encryption_and_says_what_it_does_not() -> None:
    told = MANUAL.split("## Encryption")[1].split("## What is promised")[0]
    assert "Encrypt the disk" in told and "does not encrypt its" in told
    assert "- Encryption inside the database." in MANUAL.split("## What is not promised")[1]
