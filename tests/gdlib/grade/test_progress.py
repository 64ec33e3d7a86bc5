"""Progress outlives the process, survives damage and does without a place to write."""

import json
from pathlib import Path

import pytest

from gdlib.grade import grade, progress


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    file = tmp_path / "state" / "progress.json"
    monkeypatch.setenv("GDLIB_STATE", str(file))
    return file


def fail(value=0.1):
    return progress.record(grade("largest_stable_lr", value))


def test_tries_are_counted_and_each_mistake_for_itself(state):
    assert [fail(), fail(), fail(0.025), fail(0.06), fail(0.07)] == [1, 2, 1, 1, 2]
    assert progress.entry("largest_stable_lr")["tries"] == 5
    assert json.loads(state.read_text())["largest_stable_lr"]["passed"] is False
    assert [p.name for p in state.parent.iterdir()] == ["progress.json"]


def test_the_solution_opens_after_three_tries_or_a_pass():
    name = "largest_stable_lr"
    assert progress.tries_left(name) == 3
    fail()
    assert progress.tries_left(name) == 2
    progress.record(grade(name, ...))
    assert progress.tries_left(name) == 2
    progress.record(grade(name, 0.05))
    assert progress.tries_left(name) == 0
    for _ in range(3):
        progress.record(grade("momentum_limit", 0.2))
    assert progress.tries_left("momentum_limit") == 0


@pytest.mark.parametrize("content", ["{", "[1, 2]", '{"adam_step": 3}', '{"a": {"tries": "x"}}'])
def test_a_damaged_file_is_kept_aside_and_said(state, capsys, content):
    state.parent.mkdir()
    state.write_text(content)
    assert fail() == 1
    assert "damaged" in capsys.readouterr().err
    assert state.with_name("progress.json.damaged").read_text() == content
    assert fail() == 2
    assert capsys.readouterr().err == ""


def test_without_a_place_to_write_it_is_said_once_and_remembered_meanwhile(
    tmp_path, monkeypatch, capsys
):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("GDLIB_STATE", str(tmp_path / "file" / "progress.json"))
    assert [fail(), fail(), fail()] == [1, 2, 3]
    assert capsys.readouterr().err.count("Your progress cannot be") == 1
    assert progress.tries_left("largest_stable_lr") == 0


def test_a_full_disk_leaves_the_old_file_whole(state, monkeypatch, capsys):
    fail()
    before = state.read_text()

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(progress.os, "replace", full)
    assert fail() == 2
    assert "no space left" in capsys.readouterr().err
    assert state.read_text() == before
    assert [p.name for p in state.parent.iterdir()] == ["progress.json"]


def test_the_file_lies_where_the_system_keeps_such_files(monkeypatch):
    monkeypatch.delenv("GDLIB_STATE")
    monkeypatch.setenv("XDG_STATE_HOME", "/somewhere")
    assert progress.path() == Path("/somewhere/gdlib/progress.json")
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", "/home/reader")
    assert progress.path() == Path("/home/reader/.local/state/gdlib/progress.json")
