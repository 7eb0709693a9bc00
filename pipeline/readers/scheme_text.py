"""Writes a coding scheme as TOML, to be read and corrected by a person."""

import json

from pipeline.catalogue.class_map import ClassMap
from pipeline.catalogue.scheme import SUBJECTS, BehaviourGroup, Code, Scheme


def scheme_toml(scheme: Scheme) -> str:
    """The scheme as TOML that `load_scheme` reads back unchanged."""
    lines = [f"name = {quoted(scheme.name)}", f"title = {quoted(scheme.title)}"]
    if scheme.source:
        lines.append(f"source = {quoted(scheme.source)}")
    if scheme.subjects:
        lines += ["", "[subjects]", *(f"{quoted(label)} = {quoted(ours)}" for label, ours in scheme.subjects.items())]
    for group in scheme.groups:
        lines += _group(group)
    for name, class_map in scheme.class_maps.items():
        lines += _class_map(name, class_map)
    return "\n".join(lines) + "\n"


def _group(group: BehaviourGroup) -> list[str]:
    lines = ["", "[[groups]]", f"name = {quoted(group.name)}", f"title = {quoted(group.title)}"]
    lines += [f"exclusive = {_flag(group.exclusive)}", f"exhaustive = {_flag(group.exhaustive)}"]
    if group.subjects != SUBJECTS:
        lines.append(f"subjects = [{', '.join(map(quoted, group.subjects))}]")
    if group.reference is not None:
        lines.append(f"reference = {quoted(group.reference)}")
    if group.modifier_in_state:
        lines.append("modifier_in_state = true")
    if group.one_camera_modifier is not None:
        lines.append(f"one_camera_modifier = {quoted(group.one_camera_modifier)}")
    return [*lines, "codes = [", *(f"    {_code(code)}," for code in group.codes), "]"]


def _class_map(name: str, class_map: ClassMap) -> list[str]:
    merge = ", ".join(f"{quoted(code)} = {quoted(of)}" for code, of in class_map.merge.items())
    lines = ["", f"[class_maps.{quoted(name)}]", f"title = {quoted(class_map.title)}"]
    lines += [f"group = {quoted(class_map.group)}", f"merge = {{ {merge} }}"]
    return [*lines, f"drop = [{', '.join(map(quoted, class_map.drop))}]"]


def _code(code: Code) -> str:
    parts = [f"label = {quoted(code.label)}"]
    if code.kind != "state":
        parts.append(f"kind = {quoted(code.kind)}")
    parts.append(f"colour = {quoted(code.colour)}")
    if code.subjects:
        parts.append(f"subjects = [{', '.join(map(quoted, code.subjects))}]")
    if code.unobservable:
        parts.append("unobservable = true")
    if code.description:
        parts.append(f"description = {quoted(code.description)}")
    return f"{{ {', '.join(parts)} }}"


def _flag(value: bool) -> str:
    return "true" if value else "false"


def quoted(text: str) -> str:
    """A TOML basic string (JSON's escapes are TOML's, except for DEL)."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
