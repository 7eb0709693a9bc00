"""JSON with exact numbers and true line numbers: a list knows in which line of the file it stands."""

import json
from bisect import bisect_right
from json import decoder, scanner
from pathlib import Path
from typing import Any

from pipeline.errors import UnreadableFile, file_name

LARGEST_BYTES = 200_000_000


class PlacedList(list):
    """A JSON list that remembers the position (character) where it begins."""

    position = 0


class Number(str):
    """A JSON number as it is written: never a binary float."""


class _Decoder(json.JSONDecoder):
    """The standard decoder with its Python scanner, so that lists can note where they begin."""

    def __init__(self) -> None:
        super().__init__(parse_float=Number, parse_int=Number, parse_constant=Number)
        self.parse_array = self._array
        self.scan_once = scanner.py_make_scanner(self)

    def _array(self, state: tuple[str, int], scan_once: Any) -> tuple[PlacedList, int]:
        values, end = decoder.JSONArray(state, scan_once)
        placed = PlacedList(values)
        placed.position = state[1]
        return placed, end


class Lines:
    """Turns a position in a text into a line number."""

    def __init__(self, text: str):
        self._starts = [0]
        position = text.find("\n")
        while position >= 0:
            self._starts.append(position + 1)
            position = text.find("\n", position + 1)

    def at(self, placed: object) -> int:
        """Line (1 = first) where a list of the document begins."""
        return bisect_right(self._starts, getattr(placed, "position", 0))


def read_json(path: Path) -> tuple[Any, Lines]:
    """The document and its line finder; UnreadableFile when it is not JSON, too deep or above 200 MB."""
    name = file_name(path)
    if path.stat().st_size > LARGEST_BYTES:
        text = f"{name}: the project is larger than {LARGEST_BYTES // 1_000_000} MB. Split it, or export its events."
        raise UnreadableFile(text, file=name)
    try:
        text = path.read_text(encoding="utf-8-sig")
        return _Decoder().decode(text), Lines(text)
    except UnicodeDecodeError:
        raise UnreadableFile(f"{name}: the file is not UTF-8. Save the project again.", file=name) from None
    except json.JSONDecodeError as fault:
        where = f"{name}, line {fault.lineno}: the file is not valid JSON ({fault.msg})"
        raise UnreadableFile(f"{where}. Save the project again.", file=name, line=fault.lineno) from None
    except RecursionError:
        text = f"{name}: the file is nested too deeply to be a project. Choose the .boris file of the project."
        raise UnreadableFile(text, file=name) from None
