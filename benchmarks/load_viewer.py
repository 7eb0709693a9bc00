"""A viewer without a screen: speaks to a running dashboard as a browser does, over its WebSocket.

It asks for pages and sets widgets it was sent, waits until the script has finished, looks again where a page says so
(fragments that run every few seconds), and writes down every error a reader would have seen.
"""

import asyncio
import time
from contextlib import suppress
from urllib.parse import parse_qs, urlencode

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from benchmarks.load_widgets import Setting, Widget, state_of, widget_of

PATIENCE_S = 60.0
"""A run of the script that takes longer than this is an error."""
SOCKET = "/_stcore/stream"


class Viewer:
    """One tab of a browser. `address`: such as http://127.0.0.1:8501; `token`: the launch token."""

    def __init__(self, address: str, token: str) -> None:
        self.address, self.token = address, token
        self.pages: dict[str, str] = {}
        """Name in the address of every page in the menu -> its hash."""
        self.page = ""
        """Name of the page that is shown."""
        self.title = ""
        self.words: list[str] = []
        """Texts of the page and its sidebar, from top to bottom as they came."""
        self.query = ""
        self.widgets: dict[str, Widget] = {}
        self.set_to: dict[str, Setting] = {}
        self.errors: list[str] = []
        self.looks = 0
        """How often a fragment ran again by itself."""
        self._main, self._hash, self._began = "", "", False
        self._answer: asyncio.Future[None] | None = None
        self._looking: dict[str, asyncio.Task] = {}
        self._socket = self._ear = None

    async def open(self, page: str = "") -> float:
        """Opens the dashboard at a page; seconds until its script has finished."""
        begun = time.perf_counter()
        self._socket = await connect(
            f"{self.address.replace('http', 'ws', 1)}{SOCKET}", subprotocols=["streamlit"], origin=self.address,
            additional_headers={"Authorization": f"Bearer {self.token}"}, max_size=None, proxy=None, ping_interval=None,
        )  # fmt: skip
        self._ear = asyncio.create_task(self._listen())
        await self._ask(BackMsg(rerun_script={"page_name": page, "query_string": self.query}))
        self._check_page(page)
        return time.perf_counter() - begun

    async def go(self, page: str) -> float:
        """Follows a link of the menu; seconds until the page's script has finished."""
        self.set_to = {id: one for id, one in self.set_to.items() if id in self.widgets and self.widgets[id].shared}
        self._hash = self.pages[page]
        seconds = await self._ask(self._rerun())
        self._check_page(page)
        return seconds

    async def set(self, widget: Widget, setting: Setting) -> float:
        """Sets a widget or presses a button; seconds until the script has finished."""
        if widget.button:
            message = self._rerun()
            message.rerun_script.widget_states.widgets.append(state_of(widget.id, setting))
            return await self._ask(message)
        self.set_to[widget.id] = setting
        if widget.parameter:
            self._into_link(widget, setting)
        return await self._ask(self._rerun())

    async def close(self) -> None:
        """Closes the tab."""
        self._stop_looking()
        if self._ear is not None:
            self._ear.cancel()
            with suppress(asyncio.CancelledError):
                await self._ear
            await self._socket.close()
        self.widgets, self.set_to, self._ear = {}, {}, None

    def _rerun(self, fragment: str = "") -> BackMsg:
        states = [state_of(id, setting) for id, setting in self.set_to.items() if id in self.widgets]
        return BackMsg(
            rerun_script={
                "query_string": self.query, "page_script_hash": self._hash, "widget_states": {"widgets": states},
                "fragment_id": fragment, "is_auto_rerun": bool(fragment),
            }
        )  # fmt: skip

    async def _ask(self, message: BackMsg) -> float:
        """Seconds from sending until the whole script has finished; one that never does is an error."""
        begun = time.perf_counter()
        self._answer, self._began = asyncio.get_running_loop().create_future(), False
        try:
            await self._socket.send(message.SerializeToString())
            await asyncio.wait_for(self._answer, PATIENCE_S)
        except TimeoutError:
            self.errors.append(f"{self.page}: no answer within {PATIENCE_S:g} s")
        except ConnectionClosed:
            self.errors.append(f"{self.page}: disconnected")
        finally:
            self._answer = None
        return time.perf_counter() - begun

    def _check_page(self, asked: str) -> None:
        if asked and asked != self.page:
            self.errors.append(f"asked for {asked}, got {self.page or 'nothing'}")

    def _into_link(self, widget: Widget, setting: Setting) -> None:
        """A browser puts what was set into the address, and takes out what is as it was."""
        link = parse_qs(self.query, keep_blank_values=True)
        link.pop(widget.parameter, None)
        if setting != widget.default:
            value = setting[1]
            link[widget.parameter] = [str(one) for one in (value if isinstance(value, tuple) else (value,))]
        self.query = urlencode(link, doseq=True)

    async def _listen(self) -> None:
        with suppress(ConnectionClosed):
            async for data in self._socket:
                self._hear(ForwardMsg.FromString(data))
        self.errors.append(f"{self.page}: disconnected")
        self._finish()

    def _finish(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(None)

    def _hear(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._session(message)
        elif kind == "delta":
            self._delta(message)
        elif kind == "navigation":
            self.pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
            self._hash = message.navigation.page_script_hash
            self.page = next((name for name, hash in self.pages.items() if hash == self._hash), "")
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "auto_rerun":
            asked = message.auto_rerun
            self._look_again(asked.fragment_id, asked.interval)
        elif kind == "page_not_found":
            self.errors.append(f"page not found: {message.page_not_found.page_name}")
        elif kind == "script_finished":
            self._finished(message.script_finished)

    def _session(self, message: ForwardMsg) -> None:
        if message.metadata.run.fragment_ids:
            return
        self._main, self._began = message.new_session.main_script_hash, True
        self.widgets, self.title, self.words = {}, "", []
        self._stop_looking()

    def _delta(self, message: ForwardMsg) -> None:
        delta = message.delta
        if delta.WhichOneof("type") != "new_element":
            return
        element, kind = delta.new_element, delta.new_element.WhichOneof("type")
        if kind == "exception":
            self.errors.append(f"{self.page}: {element.exception.type} {element.exception.message}")
        elif kind == "alert" and element.alert.format == Alert.ERROR:
            self.errors.append(f"{self.page}: {element.alert.body}")
        elif kind == "heading" and element.heading.tag == "h1":
            self.title = element.heading.body
        elif kind == "markdown":
            self.words.append(element.markdown.body)
        elif not delta.fragment_id:  # what stands in a fragment runs alone, and is only looked at here
            self._widget(element, message.metadata.active_script_hash == self._main)

    def _widget(self, element, shared: bool) -> None:
        found = widget_of(element, shared)
        if found is not None:
            self.widgets[found.id] = found
            if getattr(getattr(element, element.WhichOneof("type")), "set_value", False):
                self.set_to.pop(found.id, None)  # the script set it: what was sent before is over

    def _finished(self, status: int) -> None:
        if status == ForwardMsg.FINISHED_SUCCESSFULLY and self._began:
            self._finish()
        elif status == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self.errors.append(f"{self.page}: does not compile")
            self._finish()

    def _look_again(self, fragment: str, every_s: float) -> None:
        async def look() -> None:
            while True:
                await asyncio.sleep(every_s)
                if self._answer is None:
                    self.looks += 1
                    await self._socket.send(self._rerun(fragment).SerializeToString())

        if fragment not in self._looking:
            self._looking[fragment] = asyncio.create_task(look())

    def _stop_looking(self) -> None:
        for task in self._looking.values():
            task.cancel()
        self._looking = {}
