"""Writes NOVA / DISCOVER annotations: a folder per recording, a pair of files per subject, group and coder."""

import os
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
import pandas as pd

from pipeline.catalogue.nova_names import ROLES, SCHEMES, in_file_name, in_folder_name
from pipeline.errors import StudyError
from pipeline.writers.study_events import File, StudyEvents, distinct_names, seconds

BACKGROUND = "#FFEEECE1"
PLAIN_COLOUR = "#FF9AA0A6"
STREAM = ["observation_id", "subject", "behaviour_group", "coder_id"]


def write(study: StudyEvents) -> Iterator[File]:
    """`<recording>/<role>.<scheme>.<annotator>.annotation` and the same with ~ (ASCII, DISCRETE); format "nova" reads
    them back, to the millisecond. A modifier is kept in the fifth cell. Every code of the group is a class, so that a
    person can choose among all of them.

    StudyError where two recordings or two coders would have one name, or a label holds a sign NOVA cannot hold.
    """
    names = sorted(study.events["observation_id"].unique())
    folders = {name: in_folder_name(name) for name in names}
    _distinct({f"the recording '{name}'": folder for name, folder in folders.items()}, "recording")
    coders = {str(name): in_file_name(str(name)) for name in sorted(study.events["coder_id"].unique())}
    _distinct({f"the coder '{name}'": word for name, word in coders.items()}, "coder")
    classes: dict[tuple[str, str], dict[str, str]] = {}
    for (name, subject, group, coder), events in study.events.groupby(STREAM, sort=True):
        if (group, subject) not in classes:
            classes[group, subject] = _classes(study, group, subject)
        role, scheme = ROLES.get(subject, subject), SCHEMES.get(group, group)
        head = _head(coder, role, scheme, len(events), classes[group, subject])
        path = f"{folders[name]}/{role}.{scheme}.{coders[coder]}.annotation"
        yield path, head
        yield f"{path}~", _rows(events, list(classes[group, subject]))


def _distinct(named: dict[str, str], what: str) -> None:
    distinct_names({thing: name.casefold() for thing, name in named.items()}, what, "NOVA")


def _classes(study: StudyEvents, group: str, subject: str) -> dict[str, str]:
    """Label -> colour of every code the subject may have, in the order of the scheme, then of those only used."""
    found: dict[str, str] = {}
    if len(study.codes):
        of = study.codes[study.codes["behaviour_group"] == group]
        for code, colour, subjects in of[["code", "colour", "subjects"]].itertuples(index=False, name=None):
            if subject in subjects.split(","):
                found[code] = f"#FF{colour[1:].upper()}"
    here = (study.events["behaviour_group"] == group) & (study.events["subject"] == subject)
    for code in sorted(set(study.events.loc[here, "code"])):
        found.setdefault(code, PLAIN_COLOUR)
    for label in found:
        _refuse_sign(label, "label", group)
    return found


def _refuse_sign(text: str, what: str, group: str) -> None:
    if ";" in text or not text.isprintable() or text != " ".join(text.split()):
        sign = "a ;" if ";" in text else "a sign"
        message = f"NOVA cannot hold the {what} {text!a} of group {group}: it has {sign} that would break its row"
        raise StudyError(f"{message}. Rename it, or export another behaviour group (--group). Nothing was written.")


def _head(annotator: str, role: str, scheme: str, size: int, classes: dict[str, str]) -> str:
    items = [
        f'        <item name={quoteattr(label)} id="{number}" color="{colour}" />'
        for number, (label, colour) in enumerate(classes.items())
    ]
    lines = [
        '<?xml version="1.0" ?>',
        '<annotation ssi-v="3">',
        f'    <info ftype="ASCII" size="{size}" />',
        f"    <meta annotator={quoteattr(annotator)} role={quoteattr(role)} />",
        f'    <scheme name={quoteattr(scheme)} type="DISCRETE" color="{BACKGROUND}">',
        *items,
        "    </scheme>",
        "</annotation>",
    ]
    return "\n".join(lines) + "\n"


def _rows(events: pd.DataFrame, labels: list[str]) -> str:
    """One line per event: from, to (s, three decimals), id, confidence (1 unless the events have their own)."""
    lines = []
    sure = events["confidence"] if "confidence" in events else pd.Series(1.0, index=events.index)
    ordered = events.assign(sure=sure).sort_values(["onset_ms", "offset_ms", "code"], kind="stable")
    for event in ordered.itertuples(index=False):
        cells = [seconds(event.onset_ms), seconds(event.offset_ms), str(labels.index(event.code)), f"{event.sure:.3g}"]
        if event.modifier:
            _refuse_sign(event.modifier, "modifier", event.behaviour_group)
            cells.append(f"modifier={event.modifier}")
        lines.append(";".join(cells))
    return "".join(f"{line}\n" for line in lines)


def write_stream(folder: Path, role: str, name: str, rate: Fraction, dim: int, blocks: Iterable[np.ndarray]) -> Path:
    """`<role>.<name>.stream` and its data file (BINARY, FLOAT, one chunk from 0 s), block by block; returns the head.

    `blocks`: arrays of shape (frames, dim). The head is written last, under another name first: a pair whose head is
    there is whole. StudyError where one of the two is there already.
    """
    head = folder / f"{in_file_name(role)}.{in_folder_name(name)}.stream"
    data, part = head.with_name(head.name + "~"), head.with_name(f".{head.name}.part")
    if head.exists() or data.exists():
        raise StudyError(f"{head.name} is there already. Choose an empty folder. Nothing was written.")
    frames = 0
    try:
        with part.open("wb") as file:
            for block in blocks:
                file.write(np.ascontiguousarray(block, dtype="<f4").reshape(-1, dim).tobytes())
                frames += len(block)
        os.replace(part, data)
        part.write_text(_stream_head(rate, dim, frames), encoding="utf-8", newline="")
        os.replace(part, head)
    finally:
        part.unlink(missing_ok=True)
    return head


def _stream_head(rate: Fraction, dim: int, frames: int) -> str:
    chunk = f'<chunk from="0.000000" to="{float(frames / rate):.6f}" byte="0" num="{frames}"/>'
    info = f'<info ftype="BINARY" sr="{float(rate):.6f}" dim="{dim}" byte="4" type="FLOAT" />'
    return f'<?xml version="1.0" ?>\n<stream ssi-v="2">\n    {info}\n    {chunk}\n</stream>\n'
