"""Schemes as rows: the groups and codes a study uses, and their numbers for the row rules."""

from pathlib import Path

import duckdb
import pandas as pd

from db import stage
from pipeline.catalogue.manifest import Manifest
from pipeline.catalogue.scheme import BehaviourGroup, Code, Scheme, load_scheme, scheme_path
from pipeline.errors import ManifestError
from pipeline.steps.coded import entry_scheme

OF_TRACKS = "smiles"
"""Scheme of the phases that are measured on face tracks."""

CodeNumbers = dict[tuple[str, str, str], int]
"""(scheme, behaviour group, code) -> number of the code in this import."""


def schemes(manifest: Manifest, folder: Path) -> list[Scheme]:
    """The schemes a manifest uses; ManifestError when two of them share a name or a group's name."""
    found: dict[str, Scheme] = {}
    used = [entry_scheme(manifest, entry, folder) for entry in manifest.coded]
    measured = [load_scheme(scheme_path(OF_TRACKS))] if manifest.tracks else []
    for scheme in (*used, *measured):
        if found.setdefault(scheme.name, scheme) != scheme:
            raise ManifestError(f"two different schemes are both named '{scheme.name}'. Rename one.")
    _check_group_names(list(found.values()))
    return list(found.values())


def _check_group_names(found: list[Scheme]) -> None:
    """A behaviour group's name means one thing in a study."""
    owners: dict[str, str] = {}
    for scheme in found:
        for group in scheme.groups:
            owner = owners.setdefault(group.name, scheme.name)
            if owner != scheme.name:
                both = f"schemes {owner} and {scheme.name} both have a group '{group.name}'"
                raise ManifestError(f"{both}. Rename one of the two groups.")


def one_camera(manifest: Manifest, folder: Path) -> list[tuple[str, str]]:
    """Groups with the modifier that marks footage of a single camera."""
    groups = [group for scheme in schemes(manifest, folder) for group in scheme.groups]
    return [(group.name, group.one_camera_modifier) for group in groups if group.one_camera_modifier]


def store(connection: duckdb.DuckDBPyConnection, manifest: Manifest, folder: Path) -> CodeNumbers:
    """Inserts groups and codes into the build and the staging tables; returns the number of each code."""
    groups, codes, staged = [], [], []
    for scheme in schemes(manifest, folder):
        for position, group in enumerate(scheme.groups):
            for code in group.codes:
                codes.append(_code_row(scheme, group, code))
                staged.append(_staged_row(scheme, group, code, len(staged), len(groups)))
            groups.append(_group_row(scheme, group, position))
    stage.insert(connection, "behaviour_group", pd.DataFrame(groups))
    stage.insert(connection, "code", pd.DataFrame(codes))
    stage.add(connection, "code", pd.DataFrame(staged))
    return {(row["scheme"], row["behaviour_group"], row["code"]): row["code_no"] for row in staged}


def _group_row(scheme: Scheme, group: BehaviourGroup, position: int) -> dict[str, object]:
    row = group.model_dump(include={"title", "exclusive", "exhaustive", "reference"})
    return {"scheme": scheme.name, "behaviour_group": group.name, "position": position, **row}


def _code_row(scheme: Scheme, group: BehaviourGroup, code: Code) -> dict[str, object]:
    row = code.model_dump(include={"kind", "unobservable", "colour"})
    place = {"scheme": scheme.name, "behaviour_group": group.name, "code": code.label}
    words = {"subjects": ",".join(group.subjects_of(code)), "description": code.description or None}
    return {**place, "position": group.codes.index(code), **row, **words}


def _staged_row(scheme: Scheme, group: BehaviourGroup, code: Code, number: int, group_number: int) -> dict[str, object]:
    place = {"scheme": scheme.name, "behaviour_group": group.name, "code": code.label}
    kind = code.model_dump(include={"kind", "unobservable"}) | group.model_dump(include={"exclusive", "exhaustive"})
    return {"code_no": number, "group_no": group_number, **place, **kind}
