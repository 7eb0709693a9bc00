"""Who may use a shared dashboard: the list `people.toml` in the study folder, and what a sign-in must carry."""

import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from db.connect import home as study_home
from pipeline.errors import StudyError, UserError
from pipeline.steps.access_log import digest

Role = Literal["viewer", "analyst"]
RANKS: dict[Role, int] = {"viewer": 0, "analyst": 1}
"""A viewer sees what is meant for presenting; an analyst sees everything."""
FILE = "people.toml"
UNREADABLE = "The list of people cannot be read. Nobody may enter until whoever looks after Dyadscope has corrected it."


class NotAdmitted(UserError):
    """Someone who may not enter: not signed in, not any more, or not on the list."""


class Unlisted(NotAdmitted):
    """Signed in, and not on the list."""


@dataclass(frozen=True)
class Person:
    """Who is looking: 'local' or a digest, and the role."""

    who: str
    role: Role


LOCAL = Person("local", "analyst")
"""Whoever holds the launch token: the person who started the program."""


class Listed(BaseModel):
    """One person of the list: a verified e-mail address, or issuer and subject of the identity provider."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    role: Role
    email: str = ""
    issuer: str = ""
    subject: str = ""

    @model_validator(mode="after")
    def _named(self) -> "Listed":
        if bool(self.email) == bool(self.subject) or bool(self.subject) != bool(self.issuer):
            raise ValueError("give either an email, or issuer and subject")
        return self

    @property
    def name(self) -> str:
        """What the digest in the access log is made of."""
        return self.email.casefold() or f"{self.issuer} {self.subject}"

    def is_of(self, claims: Mapping[str, object]) -> bool:
        """Whether the provider vouches for this person: an address counts only where it is verified."""
        if self.email:
            said = claims.get("email")
            return claims.get("email_verified") is True and isinstance(said, str) and said.casefold() == self.name
        return (claims.get("iss"), claims.get("sub")) == (self.issuer, self.subject)


class _List(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    person: list[Listed] = []


def may(role: Role, needed: Role) -> bool:
    """Whether a role is enough for what needs `needed`."""
    return RANKS[role] >= RANKS[needed]


def people(home: Path) -> tuple[Listed, ...]:
    """The list; empty where there is none; StudyError where it cannot be used as written (it names no person)."""
    try:
        content = tomllib.loads((home / FILE).read_text(encoding="utf-8"))
        return tuple(_List.model_validate(content).person)
    except FileNotFoundError:
        return ()
    except ValidationError as fault:
        raise StudyError(f"{FILE}: {_where(fault)}. Nobody may enter until it is corrected.", file=FILE) from None
    except (OSError, ValueError):
        raise StudyError(f"{FILE}: this file cannot be read. Nobody may enter until it is corrected.") from None


def _where(fault: ValidationError) -> str:
    first = fault.errors(include_input=False, include_url=False)[0]
    place = [part + 1 if isinstance(part, int) else part for part in first["loc"]]
    return f"{' '.join(map(str, place)) or 'the file'}: {first['msg'].removeprefix('Value error, ')}"


def admitted(claims: Mapping[str, object], home: Path | None = None, now: float | None = None) -> Person:
    """The person whose claims these are; NotAdmitted in words for anyone who is not signed in, not in time, not listed.

    `claims` come from a sign-in whose signature was checked: `is_logged_in`, `iss`, `sub`, `exp`, `email`, ...
    """
    home = home or study_home()
    if claims.get("is_logged_in") is not True:
        raise NotAdmitted("Sign in to see this study.")
    until = claims.get("exp")
    if isinstance(until, bool) or not isinstance(until, int | float) or until <= (now or time.time()):
        raise NotAdmitted("Your sign-in has ended. Sign in again.")
    try:
        found = [one for one in people(home) if one.is_of(claims)]
    except StudyError:
        raise Unlisted(UNREADABLE) from None
    if not found:
        raise Unlisted(
            "You are signed in, but you are not on the list of this study. "
            "Ask whoever looks after Dyadscope to add you."
        )
    best = max(found, key=lambda one: RANKS[one.role])
    return Person(digest(home, best.name), best.role)


def listed_here(home: Path | None = None) -> str:
    """One sentence for the terminal: how many people may enter, or why nobody may."""
    try:
        found = people(home or study_home())
    except StudyError as fault:
        return fault.message
    if not found:
        return f"{FILE}: there is no list of people in the study folder. Nobody may enter until there is one."
    counts = [(sum(one.role == role for one in found), role) for role in ("analyst", "viewer")]
    words = [f"{number} {role}" if number == 1 else f"{number} {role}s" for number, role in counts]
    return f"{FILE}: {' and '.join(words)} may enter."
