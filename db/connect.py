"""Opens a study's databases: published generations read-only and locked down, build files for the importer."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

SCHEMA_VERSION = "4"
READER_CONFIG = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "lock_configuration": "true",
    "threads": "2",
    "memory_limit": "1GB",
}


class PointerDamaged(Exception):
    """CURRENT.json cannot be read as a pointer to a generation."""


@dataclass(frozen=True)
class Current:
    """The generation that readers open: its number, file, checksum and when it was published (ISO, UTC)."""

    number: int
    file: Path
    sha256: str
    published_at: str


def home() -> Path:
    """The study folder: DYADSCOPE_HOME, default ./study."""
    return Path(os.environ.get("DYADSCOPE_HOME", "study")).resolve()


def current(folder: Path) -> Current | None:
    """The current generation of a study folder, or None when nothing was published yet; PointerDamaged otherwise."""
    pointer = folder / "published" / "CURRENT.json"
    try:
        content = json.loads(pointer.read_text(encoding="utf-8"))
        return Current(content["gen"], pointer.parent / content["file"], content["sha256"], content["published_at"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise PointerDamaged from None


def open_reader(file: Path) -> duckdb.DuckDBPyConnection:
    """A published generation, read-only; no file or network access from SQL, no change of settings.

    Every caller works on its own `.cursor()`; the handle itself is never closed while readers may use it.
    """
    return duckdb.connect(str(file), read_only=True, config=READER_CONFIG)
