"""``python -m gdlib exercises DIR`` writes files that stand alone and keeps what was changed."""

import subprocess
import sys
from pathlib import Path

import pytest

import gdlib
from gdlib.cli.arguments import main
from gdlib.exercises import load, names

ROOT = Path(gdlib.__file__).parents[1]


def test_one_file_for_each_exercise_with_its_task(folder):
    assert sorted(p.name for p in folder.iterdir()) == sorted(f"{n}.py" for n in names())
    for name in names():
        text = (folder / f"{name}.py").read_text(encoding="utf-8")
        assert load(name).definition in text
        assert load(name).task.splitlines()[0] in text


def test_files_pass_the_house_linter(folder):
    for command in (["check", "--no-cache"], ["format", "--check", "--no-cache"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--config", ROOT / "pyproject.toml", folder],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout


def test_a_file_checks_itself_when_it_is_run(folder):
    done = subprocess.run([sys.executable, folder / "adam_step.py"], capture_output=True, text=True)
    assert done.stdout == "adam_step: not attempted yet.\n"
    assert done.stderr == ""


def test_what_a_learner_has_written_is_kept_unless_forced(folder, capsys):
    mine = folder / "adam_step.py"
    untouched = mine.read_bytes()
    mine.write_text("# mine\n")
    assert main(["exercises", str(folder)]) == 0
    out = capsys.readouterr().out
    assert f"kept, yours    {mine}" in out
    assert f"there already  {folder / 'momentum_step.py'}" in out
    assert "--force" in out
    assert mine.read_text() == "# mine\n"
    assert main(["exercises", str(folder), "--force"]) == 0
    assert f"overwritten    {mine}" in capsys.readouterr().out
    assert mine.read_bytes() == untouched


def test_a_missing_file_is_written_again(folder, capsys):
    (folder / "adam_step.py").unlink()
    main(["exercises", str(folder)])
    assert f"written        {folder / 'adam_step.py'}" in capsys.readouterr().out


def test_a_place_that_is_no_folder_is_a_usage_error(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(SystemExit) as exit_:
            main(["exercises", str(place)])
        assert exit_.value.code == 2
        assert str(tmp_path / "file") in capsys.readouterr().err
