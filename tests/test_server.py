"""Settings and headers: read back as the server reads them, and tried on a running server."""

import json
import subprocess
import sys
import tomllib
from http.client import HTTPConnection
from pathlib import Path

import duckdb
import pytest

from pages import _faults, _gate, _routes
from pipeline.errors import StudyError, place
from tests import studies
from tests.serving import BEARER, ROOT, Server, served

SETTINGS = {
    "server.address": "127.0.0.1",
    "server.allowedHosts": ["localhost", "127.0.0.1"],
    "server.headless": True,
    "server.enableCORS": True,
    "server.enableXsrfProtection": True,
    "server.xsrfCookieSameSite": "strict",
    "server.maxUploadSize": 50,
    "server.enableStaticServing": False,
    "server.enableAgentApi": False,
    "server.disconnectedSessionTTL": 30,
    "server.fileWatcherType": "none",
    "server.maxCacheDataSize": "500mb",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "minimal",
    "client.disableDataExport": True,
    "runner.magicEnabled": False,
    "browser.gatherUsageStats": False,
}


@pytest.fixture(scope="module")
def shown_settings() -> dict:
    """What `streamlit config show` prints: the settings as the server reads them."""
    command = [sys.executable, "-m", "streamlit", "config", "show"]
    text = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tomllib.loads(text[text.index("[global]") :])


@pytest.mark.parametrize("name", SETTINGS)
def test_setting(shown_settings: dict, name: str) -> None:
    section, key = name.split(".")
    assert shown_settings[section].get(key) == SETTINGS[name]


def test_a_run_does_not_hold_the_others_up() -> None:
    """`streamlit config show` leaves this one out; a collection after every run took most of the time of a viewer."""
    asked = "from streamlit import config; print(config.get_option('runner.postScriptGC'))"
    said = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.strip() == "False"


def test_both_themes_are_readable() -> None:
    """Text on its background: at least 7 to 1 in both themes; the palette at least 1.9 to 1 on either."""
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
    for look in (theme["light"], theme["dark"]):
        for background in (look["backgroundColor"], look["secondaryBackgroundColor"]):
            assert contrast(look["textColor"], background) >= 7
            assert contrast(look["linkColor"], background) >= 4.5
        for colour in theme["chartCategoricalColors"]:
            assert contrast(colour, look["backgroundColor"]) >= 1.9
    assert len(theme["chartSequentialColors"]) == len(theme["chartDivergingColors"]) == 10


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio of two #rrggbb colours."""
    lights = sorted((luminance(one), luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.fixture(scope="module")
def server(broken_copy, hand_study, tmp_path_factory) -> Server:
    log = tmp_path_factory.mktemp("log") / "server.log"
    with served(hand_study, log, broken_copy / "app.py", broken_copy) as running:
        yield running


def get(server: Server, path: str, host: str = "", method: str = "GET", **headers: str):
    connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request(method, path, headers={"Host": host or f"127.0.0.1:{server.port}"} | BEARER | headers)
    answer = connection.getresponse()
    body = answer.read().decode("utf-8", "replace")
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


@pytest.mark.parametrize("path", ["/", "/data", "/api/ready", "/_stcore/health", "/_stcore/host-config"])
def test_every_answer_carries_the_headers(server: Server, path: str) -> None:
    status, headers, _ = get(server, path)
    assert status == 200
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy and "img-src 'self' data: blob:" in policy
    assert f"connect-src 'self' ws://127.0.0.1:{server.port}" in policy and "http:" not in policy
    assert headers["x-frame-options"] == "DENY" and headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer" and headers["cache-control"] == "no-store"


def test_program_files_may_be_kept_by_the_browser(server: Server) -> None:
    script = get(server, "/")[2].split('src="./')[1].split('"')[0]
    status, headers, _ = get(server, f"/{script}")
    assert status == 200 and headers["cache-control"] != "no-store"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "[::1", "", " "])
def test_a_foreign_host_is_refused(server: Server, host: str) -> None:
    if host:
        status, _, body = get(server, "/", host)
        assert status in (400, 403) and "<html" not in body
    else:
        assert not _gate.known_host(host)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8501", "LOCALHOST:1"])
def test_our_own_names_are_known(host: str) -> None:
    assert _gate.known_host(host)


WEBSOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def test_a_websocket_opens_only_from_this_page(server: Server) -> None:
    ours, port = f"http://127.0.0.1:{server.port}", server.port
    assert get(server, "/_stcore/stream", "evil.example", Origin="http://evil.example", **WEBSOCKET)[0] == 403
    assert get(server, "/_stcore/stream", Origin="http://evil.example", **WEBSOCKET)[0] == 403
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/_stcore/stream", headers={"Origin": ours, **WEBSOCKET, **BEARER})
    assert connection.getresponse().status == 101
    connection.close()


def test_an_upload_without_a_token_is_refused(server: Server) -> None:
    assert get(server, "/_stcore/upload_file/some/file", method="PUT")[0] in (400, 403)


def test_an_upload_needs_the_key_the_token_of_this_site_and_a_session(server: Server) -> None:
    """No page takes files; Streamlit's own address for them is closed to strangers, to other sites, and to nobody's
    session."""
    place = "/_stcore/upload_file/nobody/file"
    assert get(server, place, method="PUT", Authorization="")[0] == 403
    headers = get(server, "/_stcore/health")[1]
    known = headers["set-cookie"].split(";")[0]
    said = {"Cookie": known, "X-Xsrftoken": known.split("=", 1)[1]}
    assert get(server, place, method="PUT", **said)[0] == 400
    assert get(server, place, method="PUT", **(said | {"X-Xsrftoken": "of another site"}))[0] == 403


def test_it_listens_on_this_computer_only(server: Server) -> None:
    listening = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    places = [line.split()[1] for line in listening if line.split()[3] == "0A"]
    mine = [place for place in places if int(place.split(":")[1], 16) == server.port]
    assert mine and all(place.startswith("0100007F:") for place in mine)


def test_ready_tells_generation_and_router(server: Server) -> None:
    status, _, body = get(server, "/api/ready")
    assert (status, json.loads(body)) == (200, {"ready": True, "generation": 1, "router": "ok", "fault": ""})


def test_the_long_name_of_the_first_page_leads_to_it(server: Server) -> None:
    status, headers, _ = get(server, "/overview?role=Father&score.EPDS=3")
    assert status in (302, 307) and headers["location"] == "/?role=Father&score.EPDS=3"


def test_ready_says_when_the_study_is_damaged(tmp_path, monkeypatch) -> None:
    (studies.publish(tmp_path) / "published" / "CURRENT.json").write_text("{", encoding="utf-8")
    monkeypatch.setenv("DYADSCOPE_HOME", str(tmp_path))
    answer = _routes.ready(None)
    assert answer.status_code == 503
    assert json.loads(answer.body)["fault"].startswith("CURRENT.json: this file is damaged.")


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (StudyError("gen-000001.duckdb: this file is missing."), "gen-000001.duckdb: this file is missing."),
        (duckdb.IOException(f"checksum of {studies.CANARY} does not match"), "The data file is damaged."),
        (ValueError(studies.CANARY), "Something went wrong here (reference "),
        (duckdb.BinderException(studies.CANARY), "Something went wrong here (reference "),
    ],
)
def test_a_fault_is_told_in_words(fault: Exception, sentence: str, monkeypatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(_faults.st, "error", told.append)
    assert _faults.tell(fault) is True
    assert len(told) == 1 and told[0].startswith(sentence) and studies.CANARY not in told[0]


def test_a_reference_is_the_place_and_never_the_value() -> None:
    def fail(value: str) -> Exception:
        try:
            raise KeyError(value)
        except KeyError as fault:
            return fault

    first, second = fail(studies.CANARY), fail("another")
    assert _faults.reference(first) == _faults.reference(second) and len(_faults.reference(first)) == 6
    assert studies.CANARY not in place(first) and place(first).startswith("test_server.py, line")
