"""The hand study with an attack in every word that comes from the data: a picture on another host, and a script."""

from pathlib import Path

import pandas as pd

from tests import studies

BEACON = "![b](http://evil.example/b.png)"
SCRIPT = "<img src=x onerror=window.__xss=1>"
HOSTILE = f"{BEACON}{SCRIPT}"
WORDS = (
    "activity", "attribution", "behaviour_group", "citation", "code", "coder_id", "description", "dyad_id", "family_id",
    "instrument", "label", "name", "observation_id", "person_id", "infant_id", "caregiver_id", "primary_reason",
    "protocol", "reference", "scheme", "short_title", "title", "unit", "visit", "wave", "birth_order", "camera",
)  # fmt: skip
"""Columns with words of a lab; the same word gets the same attack everywhere, so that rows still belong together."""


def tables() -> dict[str, pd.DataFrame]:
    """The tables of the hand study, attacked."""
    content = {name: frame.copy() for name, frame in studies.tables().items()}
    for name, frame in content.items():
        for column in set(WORDS) & set(frame.columns):
            frame[column] = frame[column].map(attacked, na_action="ignore")
        content[name] = frame
    study, variable = content["study"], content["variable"]
    study["value"] = study["value"].where(~study["key"].isin(["title", "attribution"]), study["value"].map(attacked))
    levels = ["low", "middle", "high"]
    for level in levels:
        variable["levels"] = variable["levels"].str.replace(f'"{level}"', f'"{attacked(level)}"')
    answers = content["observation_variable"]
    answers["text"] = answers["text"].map(attacked, na_action="ignore")
    return content


def attacked(word: object) -> str:
    """A word of the lab, and the attack behind it."""
    return f"{word} {HOSTILE}"


def publish(home: Path) -> Path:
    """The attacked study as the current generation of a study folder."""
    return studies.publish(home, tables())
