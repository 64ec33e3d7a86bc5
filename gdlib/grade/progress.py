"""How often each exercise was tried and whether it has passed, kept between sessions.

One JSON file for each user, written atomically. It lies at ``$GDLIB_STATE`` if that is set, else
in the folder where the system keeps such files. Without a place to write, everything works, and
is forgotten at the end of the process.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

TRIES_BEFORE_SOLUTION = 3
_EMPTY = {"tries": 0, "passed": False, "seen": {}}
_memory = {}  # what could not be written, by path
_told = set()  # paths about which the user has been told


def path():
    """Where the progress is kept."""
    if os.environ.get("GDLIB_STATE"):
        return Path(os.environ["GDLIB_STATE"])
    if os.name == "nt":
        folder = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    else:
        folder = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(folder) / "gdlib" / "progress.json"


def record(result):
    """Count a try; return how often this exercise has gone wrong in this very way, from 1.

    Looking at an untouched stub is no try.
    """
    if result.status == "not attempted":
        return 1
    everything = _read()
    entry = everything.setdefault(result.exercise, {**_EMPTY, "seen": {}})
    entry["tries"] += 1
    times = 1
    if result.status == "passed":
        entry["passed"] = True
        entry["seen"] = {}
    else:
        key = result.mistake or ""
        times = entry["seen"].get(key, 0) + 1
        entry["seen"][key] = times
    _write(everything)
    return times


def entry(name):
    """Tries and passes of one exercise: a dict with "tries", "passed" and "seen"."""
    return _read().get(name, _EMPTY)


def tries_left(name):
    """Tries until the solution may be seen; 0 if it may be seen now."""
    now = entry(name)
    return 0 if now["passed"] else max(0, TRIES_BEFORE_SOLUTION - now["tries"])


def _read():
    file = path()
    if file in _memory:
        return _memory[file]
    try:
        everything = json.loads(file.read_text(encoding="utf-8"))
        for item in everything.values():
            valid = isinstance(item["tries"], int) and isinstance(item["passed"], bool)
            if not valid or not all(isinstance(n, int) for n in item["seen"].values()):
                raise ValueError(f"unexpected entry {item}")
    except FileNotFoundError:
        return {}
    except OSError as error:
        _tell(file, f"Your progress cannot be read ({error}); it is not kept this time.")
        return _memory.setdefault(file, {})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return _set_aside(file, error)
    return everything


def _set_aside(file, error):
    """Keep a damaged file under another name and start afresh."""
    aside = file.with_name(file.name + ".damaged")
    try:
        file.replace(aside)
    except OSError:
        _tell(file, f"Your progress file {file} is damaged ({error}); it is not used.")
        return _memory.setdefault(file, {})
    _tell(aside, f"Your progress file was damaged ({error}). It starts afresh; kept as {aside}.")
    return {}


def _write(everything):
    file = path()
    if file in _memory:
        return
    temporary = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=file.name, suffix=".new")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(everything, stream, indent=1)
        os.replace(temporary, file)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        _memory[file] = everything
        _tell(file, f"Your progress cannot be written ({error}); it lasts until you quit.")


def _tell(file, text):
    """Say it once, on stderr."""
    if file not in _told:
        _told.add(file)
        print(text, file=sys.stderr)
