"""The face model: which file it is, where it is looked for, and what is said when it is not there."""

import hashlib
import os
from pathlib import Path

from pipeline.errors import UserError

NAME = "face_landmarker.task"
SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
"""Of Google's face landmarker, float16, version 1: no other file is used."""
FOLDER_VARIABLE = "DYADSCOPE_MODELS"
GET = "python -m pipeline models get face"


class ModelMissing(UserError):
    """A model file is not there or is another one."""


def model_folders(home: Path) -> list[Path]:
    """Where models are looked for, in order: the folder named by DYADSCOPE_MODELS, the study folder, here."""
    named = os.environ.get(FOLDER_VARIABLE)
    return ([Path(named)] if named else []) + [home / "models", Path("models")]


def face_model(home: Path) -> Path:
    """The face model, its content checked; ModelMissing names the command that gets it."""
    found = next((folder / NAME for folder in model_folders(home) if (folder / NAME).is_file()), None)
    if found is None:
        raise ModelMissing(f"The face model is not on this computer. Get it once with: {GET}")
    if sha256(found) != SHA256:
        raise ModelMissing(f"{NAME}: this is not the face model (its checksum differs). Replace it with: {GET}")
    return found


def sha256(path: Path) -> str:
    """Checksum of a file's content."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
