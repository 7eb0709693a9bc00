"""The formats Dyadscope reads: a new one is one line here and one reader."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from pipeline.catalogue.manifest import Coded
from pipeline.errors import CatalogueError, did_you_mean, listed
from pipeline.readers.reading import Reading

Read = Callable[[Path, Coded, Path], Reading]

TABLES = (".csv", ".txt", ".tsv", ".xlsx", ".gz")


@dataclass(frozen=True)
class Format:
    """Where a reader lives, the endings its files have, and its name on screen.

    `beside`: what is added to the name of a file for the second one that belongs to it. `any_case`: the tool spells
    codes in capitals of its own. `names_coder`: every file says who coded it. `one_subject`: each person has files of
    their own, so two files may code one behaviour group of a recording.
    """

    module: str
    endings: tuple[str, ...]
    title: str
    beside: str = ""
    any_case: bool = False
    names_coder: bool = False
    one_subject: bool = False


FORMATS = {
    "observer_event_log": Format("pipeline.readers.observer", TABLES, "Observer XT event log"),
    "observer_sampled": Format("pipeline.readers.observer_sampled", TABLES, "Observer XT sampled export"),
    "boris_events": Format("pipeline.readers.boris_events", TABLES, "BORIS events"),
    "boris_aggregated": Format("pipeline.readers.boris_aggregated", TABLES, "BORIS aggregated events"),
    "boris_project": Format("pipeline.readers.boris_project", (".boris", ".gz"), "BORIS project"),
    "elan": Format("pipeline.readers.elan", (".eaf",), "ELAN annotations"),
    "datavyu": Format("pipeline.readers.datavyu", (".opf",), "Datavyu project"),
    "datavyu_csv": Format("pipeline.readers.datavyu_csv", TABLES, "Datavyu cells as a table"),
    "interact_csv": Format("pipeline.readers.interact", TABLES, "Mangold INTERACT events"),
    "nova": Format(
        "pipeline.readers.nova_annotation",
        (".annotation",),
        "NOVA annotations",
        beside="~",
        any_case=True,
        names_coder=True,
        one_subject=True,
    ),
    "observer_text": Format("pipeline.readers.observer_text", (".odf", ".txt"), "Observer text"),
    "long_csv": Format("pipeline.readers.long_csv", TABLES, "Long table of events"),
}


def format_of(name: str) -> Format:
    """The format of that name; CatalogueError names the choices."""
    if name not in FORMATS:
        known = tuple(FORMATS)
        text = f"'{name}' is not a known format.{did_you_mean(name, known)} Choose one of: {listed(known)}."
        raise CatalogueError(text, value=name)
    return FORMATS[name]


def read_coded(path: Path, entry: Coded, scratch: Path) -> Reading:
    """One coded file by the reader its manifest entry names; `scratch` is an existing folder for unpacked copies."""
    reader: Read = import_module(format_of(entry.format).module).read
    return reader(path, entry, scratch)
