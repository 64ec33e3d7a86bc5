"""``python -m gdlib solution NAME`` shows nothing before three tries, then all of it."""

import pytest

from gdlib.cli.arguments import main
from gdlib.exercises import load, names
from gdlib.grade import grade, progress


def solution(name, capsys):
    status = main(["solution", name])
    return status, " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("name", names())
def test_it_is_hidden_until_the_exercise_has_passed(name, capsys):
    exercise = load(name)
    status, text = solution(name, capsys)
    assert status == 1
    assert text.endswith("or after 3 more tries.")
    assert exercise.reasoning[:30] not in text
    progress.record(grade(name, exercise.reference))
    status, text = solution(name, capsys)
    assert status == 0
    assert " ".join(exercise.reasoning.split()) in text


def test_it_opens_after_three_tries(capsys):
    for left in ("3 more tries", "2 more tries", "1 more try"):
        assert left in solution("momentum_limit", capsys)[1]
        progress.record(grade("momentum_limit", 0.2))
    assert "momentum_limit = 0.38" in solution("momentum_limit", capsys)[1]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("adam_step", "m_hat = m / (1 - beta1**t)"),
        ("momentum_step", "v = beta * state.v + g"),
        ("momentum_conversion", 'momentum_conversion["lr"] = 0.05'),
        ("diverging_run", 'diverging_run["lr"] = 0.019802'),
        ("failed_check", 'failed_check["slope"] = (1.0, 0.0, -1.0)'),
    ],
)
def test_it_shows_the_rule_the_book_prints_or_the_one_change(name, line, capsys):
    progress.record(grade(name, load(name).reference))
    text = solution(name, capsys)[1]
    assert line in text
    assert '"""' not in text


def test_an_unknown_name_is_misuse(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["solution", "adam"])
    assert exit_.value.code == 2
    assert "did you mean 'adam_step'" in capsys.readouterr().err


def test_a_terminal_without_unicode_is_no_crash(gdlib_command, monkeypatch):
    progress.record(grade("adam_step", load("adam_step").reference))
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = gdlib_command("solution", "adam_step")
    assert done.returncode == 0, done.stderr
    assert "m is the mean of recent gradients" in done.stdout
