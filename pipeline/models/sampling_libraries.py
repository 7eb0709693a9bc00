"""The libraries of written-out models, loaded when first asked for, and the folder that keeps compiled models.

They load without a home that can be written to, without a C compiler, and with any name of the folder.
"""

import atexit
import os
import shutil
import tempfile
import warnings
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace

COMPILED = "DYADSCOPE_COMPILED"
"""Folder that keeps compiled models between programs; see `compiled_folder`."""
ARVIZ_WARNING = r"(?s).*ArviZ is undergoing a major refactor"


def libraries() -> SimpleNamespace:
    """pymc as `pm`, pytensor.tensor as `pt`, nutpie and arviz as `az`, loaded now; compiled models are kept on disk."""
    if "PYTENSOR_FLAGS" not in os.environ:
        place = str(compiled_folder()).replace("\\", "\\\\").replace('"', '\\"')
        os.environ["PYTENSOR_FLAGS"] = f'base_compiledir="{place}",cxx='
    az = arviz()
    import nutpie
    import pymc
    import pytensor.tensor

    return SimpleNamespace(pm=pymc, pt=pytensor.tensor, nutpie=nutpie, az=az)


def arviz() -> ModuleType:
    """ArviZ without its notice of changes to come. It notes the day of that notice at home, and does not load where
    there is no home to write to, or where another program notes it in the same moment: then it notes it elsewhere.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=ARVIZ_WARNING, category=FutureWarning)
        try:
            return import_module("arviz")
        except OSError:
            import platformdirs

            usual = platformdirs.user_cache_dir
            with tempfile.TemporaryDirectory() as folder:
                platformdirs.user_cache_dir = lambda *_: folder
                try:
                    return import_module("arviz")
                finally:
                    platformdirs.user_cache_dir = usual


def compiled_folder() -> Path:
    """Where compiled models are kept: the folder of `COMPILED`, else a hidden one at home, else a temporary one, which
    serves this program alone. The first that can be written to: PyTensor does not start without one.
    """
    for place in (os.environ.get(COMPILED), os.path.expanduser("~/.pytensor")):
        if place and writable(folder := Path(place).absolute()):
            return folder
    found = tempfile.mkdtemp(prefix="dyadscope-compiled-")
    atexit.register(shutil.rmtree, found, ignore_errors=True)
    return Path(found)


def writable(folder: Path) -> bool:
    """Whether files can be made in the folder, which is made where it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
