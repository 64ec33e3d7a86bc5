"""A learner's folder, a progress file of its own, and the command line as a learner runs it."""

import os
import subprocess
import sys

import pytest

from gdlib.cli import files
from gdlib.exercises import load


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    file = tmp_path / "progress.json"
    monkeypatch.setenv("GDLIB_STATE", str(file))
    return file


@pytest.fixture
def folder(tmp_path, capsys):
    """A folder of untouched exercises."""
    files.write(tmp_path / "exercises")
    capsys.readouterr()
    return tmp_path / "exercises"


@pytest.fixture
def answers(tmp_path):
    """A folder that holds only what ``fill`` writes; each file costs a process."""
    folder = tmp_path / "answers"
    folder.mkdir()
    return folder


@pytest.fixture
def fill(answers):
    """Write the file of an exercise with the given text in the place of its stub."""

    def write(name, text):
        filled = files.content(load(name)).replace(load(name).definition, text)
        (answers / f"{name}.py").write_text(filled, encoding="utf-8")

    return write


@pytest.fixture
def gdlib_command():
    """``python -m gdlib …`` in a process of its own."""

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "gdlib", *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "COLUMNS": "100"},
        )

    return run
