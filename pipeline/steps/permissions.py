"""Which clip of which family may be shown to others: the records in `permissions.toml` of the study folder."""

import tomllib
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from db.connect import home as study_home
from pipeline.errors import StudyError, UserError
from pipeline.steps.access_log import digest

FILE = "permissions.toml"
NONE = (
    "This clip is not shown: there is no permission record for it. "
    "Whoever looks after Dyadscope can add one to permissions.toml."
)


class NotPermitted(UserError):
    """A clip without a permission that holds today."""


class Permission(BaseModel):
    """One record: which clip of which dyad, what an audience reads above it, who consented, from when to when.

    `until` is the last day. `dyad` and `consent` are for the owner and never leave the program.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    dyad: str = Field(min_length=1)
    clip: str = Field(min_length=1)
    title: str = Field(min_length=1)
    consent: str = Field(min_length=1)
    given: date
    until: date


class _Records(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    permission: list[Permission] = []


def permissions(home: Path | None = None) -> tuple[Permission, ...]:
    """All records; none where there is no file; StudyError where one cannot be used (it names no dyad and no clip)."""
    try:
        content = tomllib.loads(((home or study_home()) / FILE).read_text(encoding="utf-8"))
        return tuple(_Records.model_validate(content).permission)
    except FileNotFoundError:
        return ()
    except ValidationError as fault:
        first = fault.errors(include_input=False, include_url=False)[0]
        place = " ".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
        raise StudyError(f"{FILE}: {place}: {first['msg']}. No clip is shown until it is corrected.") from None
    except (OSError, ValueError):
        raise StudyError(f"{FILE}: this file cannot be read. No clip is shown until it is corrected.") from None


def holding(home: Path | None = None, today: date | None = None) -> tuple[Permission, ...]:
    """The records that hold today: what a presenting instance may offer."""
    day = today or date.today()
    return tuple(one for one in permissions(home) if one.given <= day <= one.until)


def check(one: Permission, home: Path | None = None, today: date | None = None) -> None:
    """Returns when this very record is still in the file and holds today; NotPermitted in words otherwise."""
    if one not in permissions(home):
        raise NotPermitted(NONE)
    day = today or date.today()
    if day > one.until:
        raise NotPermitted(f"This clip is not shown any more: the permission ended on {_day(one.until)}.")
    if day < one.given:
        raise NotPermitted(f"This clip is not shown yet: the permission begins on {_day(one.given)}.")


def clip_file(one: Permission, home: Path | None = None) -> Path:
    """Where the clip lies: below the study folder unless the record says a whole path."""
    return (home or study_home()) / one.clip


def clip_digest(one: Permission, home: Path | None = None) -> str:
    """What stands for the clip in the access log."""
    return digest(home or study_home(), f"{one.dyad} {one.clip}")


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
