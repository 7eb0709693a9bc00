"""A report as data: what it is called and, in order, views of pages, fits and paragraphs; kept in `reports/<name>.json`
of the study folder.
"""

import json
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from pipeline.catalogue.spec import Spec
from pipeline.catalogue.toml_file import Strict, check
from pipeline.errors import UserError, did_you_mean, listed
from pipeline.plain_words import plain
from pipeline.selection import Selection, Value
from pipeline.steps.whole_file import write_whole

FOLDER = "reports"
NAME = r"^[a-z0-9][a-z0-9_-]*$"
MOST_ITEMS = 60
MOST_LETTERS = 200
NOT_KEPT = "the report was not kept, {}. Check the study folder."


class ReportRefused(UserError):
    """A report that is not there, cannot be read, or cannot be kept as it is."""


class Chosen(Strict):
    """A selection of recordings (see `pipeline.selection.Selection`) and what it says in words."""

    protocol: str | None = None
    choices: tuple[tuple[str, tuple[Value, ...]], ...] = ()
    ranges: tuple[tuple[str, float | None, float | None], ...] = ()
    complete: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    dyads: tuple[str, ...] = ()
    words: str = ""

    @property
    def selection(self) -> Selection:
        """The selection itself."""
        return Selection(**{name: getattr(self, name) for name in type(self).model_fields if name != "words"})

    @property
    def said(self) -> str:
        """In words, whatever was given."""
        return self.words or (f"{plain(self.protocol)}, no filter" if self.protocol else "all recordings, no filter")


def chosen(selection: Selection, words: str = "") -> Chosen:
    """A selection as a report keeps it."""
    from pipeline.steps.stored_fits import selection_json

    return Chosen.model_validate(selection_json(selection) | {"words": words})


class ViewItem(Strict):
    """A view of a page: `view` as `pipeline.steps.report_views` names it. Figure and table can be left out."""

    kind: Literal["view"] = "view"
    view: str
    chosen: Chosen = Chosen()
    title: str = ""
    figure: bool = True
    table: bool = True


class FitItem(Strict):
    """A fit: the whole question, so that it can be fitted again; `run` is the stored fit it was taken from."""

    kind: Literal["fit"] = "fit"
    spec: Spec
    chosen: Chosen = Chosen()
    engine: str = "quick"
    seed: int = 1
    run: str = ""
    title: str = ""
    figure: bool = True
    table: bool = True


class TextItem(Strict):
    """A paragraph of one's own, under a heading or none."""

    kind: Literal["text"] = "text"
    title: str = ""
    text: str = ""


Item = Annotated[ViewItem | FitItem | TextItem, Field(discriminator="kind")]


class ReportSpec(Strict):
    """What a report holds. `methods`: whether it ends with the methods of what is in it."""

    name: str = Field(pattern=NAME, max_length=60)
    title: str = Field(default="Report", max_length=MOST_LETTERS)
    authors: str = Field(default="", max_length=MOST_LETTERS)
    methods: bool = True
    items: tuple[Item, ...] = Field(default=(), max_length=MOST_ITEMS)


def name_of(title: str) -> str:
    """A title as a name of a file: 'Results, May 2026' -> 'results-may-2026'."""
    return re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-")[:60].strip("-") or "report"


def names(home: Path) -> list[str]:
    """Saved reports of a study folder."""
    folder = home / FOLDER
    found = (file.stem for file in folder.glob("*.json") if re.fullmatch(NAME[1:-1], file.stem))
    return sorted(found) if folder.is_dir() else []


def load(home: Path, name: str) -> ReportSpec:
    """A saved report; ReportRefused says which there are, or what is wrong with its file."""
    known = names(home)
    if name not in known:
        text = f"'{name}' is no saved report.{did_you_mean(name, known)} "
        raise ReportRefused(text + (f"Saved reports: {listed(known)}." if known else "None is saved yet."), value=name)
    try:
        content = json.loads((home / FOLDER / f"{name}.json").read_text(encoding="utf-8"))
        return checked(dict(content), f"{name}.json")
    except (OSError, ValueError, TypeError):
        text = f"{name}.json: this report cannot be read. Put the file back from a backup, or make the report again."
        raise ReportRefused(text, file=f"{name}.json") from None


def plain_data(spec: ReportSpec) -> dict[str, object]:
    """A report as plain data without what is as usual; `checked` makes it whole again."""
    items = [{"kind": one.kind} | one.model_dump(mode="json", exclude_defaults=True) for one in spec.items]
    about = spec.model_dump(mode="json", exclude_defaults=True, exclude={"items"})
    return {"name": spec.name} | about | {"items": items}


def checked(content: dict, name: str) -> ReportSpec:
    """A report from plain data; ReportRefused says what is wrong."""
    return check(content, ReportSpec, name, ReportRefused)


def save(home: Path, spec: ReportSpec) -> Path:
    """Keeps a report whole under its name, in place of an older one; StudyError when the disk is full."""
    folder = home / FOLDER
    folder.mkdir(exist_ok=True, mode=0o700)
    file = folder / f"{spec.name}.json"
    write_whole(file, json.dumps(plain_data(spec), ensure_ascii=False, indent=1) + "\n", NOT_KEPT)
    file.chmod(0o600)
    return file


def remove(home: Path, name: str) -> None:
    """Takes a saved report away, with what was kept of its builds."""
    for folder in (home / FOLDER, home / FOLDER / "built"):
        (folder / f"{name}.json").unlink(missing_ok=True)
