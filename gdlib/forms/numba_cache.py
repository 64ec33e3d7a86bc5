"""Printed loops as modules in files, so that what Numba compiles of them is kept on disk.

They lie in ``$GDLIB_CACHE`` if that is set, else where the system keeps what can be made again.
Without a place to write, everything works, and is compiled anew in each process.
"""

import hashlib
import importlib.util
import os
import sys
import tempfile
from functools import cache
from pathlib import Path


def require_numba():
    """Raise ImportError, saying what to install, where Numba is missing."""
    try:
        import numba  # noqa: F401
    except ImportError as error:
        raise ImportError(
            'the Numba form needs Numba, which is not installed; pip install "gdlib[fast]"'
        ) from error


def path():
    """The folder of the printed modules."""
    if os.environ.get("GDLIB_CACHE"):
        return Path(os.environ["GDLIB_CACHE"])
    if os.name == "nt":
        folder = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    else:
        folder = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(folder) / "gdlib" / "numba"


@cache
def load(text):
    """The module with this source; equal sources share one file and what is compiled of it."""
    require_numba()
    # Numba does not see that what a kept loop calls has changed.
    called = Path(__file__).with_name("numba_ops.py").read_bytes()
    name = f"gdlib_{hashlib.sha256(text.encode() + called).hexdigest()[:24]}"
    try:
        file = _write(path(), name, text)
    except (OSError, RuntimeError):  # a folder that cannot be written; no home at all
        file = _write(_temporary(), name, text)
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # Numba looks there for the globals of what it has kept
    spec.loader.exec_module(module)
    return module


def _write(folder, name, text):
    """The file in the folder, written whole or not at all."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    # Numba keeps its files in this folder, and fails where it may not.
    (folder / "__pycache__").mkdir(exist_ok=True)
    if not os.access(folder / "__pycache__", os.W_OK):
        raise PermissionError(f"{folder} cannot be written")
    file = folder / f"{name}.py"
    if not (file.exists() and file.read_text(encoding="utf-8") == text):
        with tempfile.NamedTemporaryFile(
            "w", dir=folder, prefix=f".{name}", delete=False, encoding="utf-8"
        ) as temporary:
            temporary.write(text)
        os.replace(temporary.name, file)
    return file


@cache
def _temporary():
    return tempfile.mkdtemp(prefix="gdlib-numba-")
