"""Reads a TOML file into a checked model, and turns what is wrong into one sentence."""

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.errors import UserError, did_you_mean, file_name, listed

Model = TypeVar("Model", bound=BaseModel)


PATTERNS = {
    r"^[a-z0-9][a-z0-9_-]*$": "small letters, digits, - and _ only",
    r"^[a-z][a-z0-9_]*$": "small letters, digits and _ only, a letter first",
    r"^#[0-9a-fA-F]{6}$": "a colour such as #5B8DB8",
}
"""What the patterns of names and colours ask for."""


class Strict(BaseModel):
    """Base of everything read from TOML: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def load_toml(path: Path, model: type[Model], error: type[UserError]) -> Model:
    """The file as `model`; raises `error` with file, key and choices when it cannot be."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise error(f"{file_name(path)}: there is no such file.", file=file_name(path)) from None
    except OSError as fault:
        text = f"{file_name(path)}: the file cannot be opened ({fault.strerror}). Check that it is a file you may read."
        raise error(text, file=file_name(path)) from None
    except UnicodeDecodeError:
        text = f"{file_name(path)}: the file is not UTF-8. Save it as UTF-8 and run again."
        raise error(text, file=file_name(path)) from None
    except RecursionError:
        text = f"{file_name(path)}: this is nested too deeply. Correct that place and run again."
        raise error(text, file=file_name(path)) from None
    except tomllib.TOMLDecodeError as fault:
        text = f"{file_name(path)}: this is not valid TOML ({fault}). Correct that place and run again."
        raise error(text, file=file_name(path)) from None
    return check(content, model, file_name(path), error)


def check(content: dict, model: type[Model], name: str, error: type[UserError]) -> Model:
    """`content` as `model`; the first fault becomes the sentence."""
    try:
        return model.model_validate(content)
    except ValidationError as faults:
        fault = faults.errors()[0]
        raise error(f"{name}: {_sentence(fault, model)}", file=name, column=_place(fault)) from None


def _place(fault: dict) -> str:
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in fault["loc"])


def _sentence(fault: dict, model: type[BaseModel]) -> str:
    place = _place(fault)
    if fault["type"] == "extra_forbidden":
        choices = _known_keys(model, fault["loc"])
        wrong = str(fault["loc"][-1])
        return f"'{place}' is not a known key.{did_you_mean(wrong, choices)} Choose one of: {listed(choices)}."
    if fault["type"] == "missing":
        return f"'{place}' is missing. Add it."
    if (words := _in_words(fault)) is not None:
        return f"'{place}': '{fault['input']}' {words}."
    message = fault["msg"].removeprefix("Value error, ").rstrip(".")
    return f"'{place}': {message[:1].lower() + message[1:]}." if place else f"{message}."


def _in_words(fault: dict) -> str | None:
    """What is wrong with a value, in plain words, for the faults people make most."""
    if fault["type"] == "string_pattern_mismatch":
        return f"is not allowed here; write {PATTERNS.get(fault['ctx']['pattern'], 'it in another way')}"
    if fault["type"] == "literal_error":
        choices = fault["ctx"]["expected"].replace("'", "").replace(" or ", ", ")
        return f"is not known here. Choose one of: {choices}"
    if fault["type"].startswith(("int_", "float_")):
        return "is not a whole number" if fault["type"].startswith("int_") else "is not a number"
    return None


def _known_keys(model: type[BaseModel], location: tuple) -> set[str]:
    """Keys allowed where the unknown one stands, found by walking the model along the location."""
    current: type | None = model
    for part in location[:-1]:
        if isinstance(part, int) or current is None:
            continue
        field = current.model_fields.get(part) if issubclass(current, BaseModel) else None
        current = _inner_model(field.annotation) if field else current
    return set(current.model_fields) if current else set()


def _inner_model(annotation: object) -> type[BaseModel] | None:
    """The model inside list[...], dict[..., ...] or X | None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if (found := _inner_model(argument)) is not None:
            return found
    return None
