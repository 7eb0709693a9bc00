"""Writes a spec as TOML, to be kept beside a paper and run again with `python -m pipeline fit FILE.toml`."""

from pipeline.catalogue.spec import Spec
from pipeline.readers.scheme_text import quoted


def spec_toml(spec: Spec) -> str:
    """The spec as TOML that `load_spec` reads back unchanged; every option is written, its default too."""
    content = spec.model_dump(mode="json", exclude_none=True)
    plain = {name: value for name, value in content.items() if not _nested(value)}
    lines = [f"{name} = {_value(value)}" for name, value in plain.items()]
    for name, value in content.items():
        if isinstance(value, dict):
            lines += ["", f"[{name}]", *_entries(value)]
    for name, value in content.items():
        if _nested(value) and isinstance(value, list):
            for one in value:
                lines += ["", f"[[{name}]]", *_entries(one)]
    return "\n".join(lines) + "\n"


def _nested(value: object) -> bool:
    """Whether a value is a table, or a list of tables."""
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _entries(table: dict[str, object]) -> list[str]:
    return [f"{name} = {_value(value)}" for name, value in table.items()]


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value) if isinstance(value, int | float) else quoted(str(value))
