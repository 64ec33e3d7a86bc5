"""``python -m gdlib grade DIR``: the table, the JSON, the exit status, the count of tries."""

import json

import pytest

from gdlib.cli.arguments import main
from gdlib.exercises import load, names
from gdlib.grade import progress

ANSWERS = {
    "gradient_descent_step": "def gradient_descent_step(x, g, lr):\n    return x - lr * g",
    "largest_stable_lr": "largest_stable_lr = 0.05",
    "diverging_run": 'diverging_run = {"kappa": 100, "x0": (-2.5, 1.2), "lr": 0.015, "steps": 500}',
    "momentum_step": "def momentum_step(x, g, v, lr, beta):\n"
    "    v = beta * v + g\n    return x - lr * v, v",
    "momentum_limit": "momentum_limit = 0.38",
    "momentum_conversion": 'momentum_conversion = {"lr": 0.05, "momentum": 0.9, "dampening": 0.0}',
    "adam_step": "def adam_step(x, g, m, v, t, lr, beta1, beta2, eps):\n"
    "    m = beta1 * m + (1 - beta1) * g\n    v = beta2 * v + (1 - beta2) * g**2\n"
    "    step = m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps)\n"
    "    return x - lr * step, m, v",
}


def answer(name):
    """A right answer as source: written by hand, or the reference itself."""
    exercise = load(name)
    if exercise.kind == "code":
        own = f"from gdlib.exercises import load\n\n{name} = load({name!r}).reference"
    else:
        own = f"{name} = {exercise.reference!r}"
    return ANSWERS.get(name, own)


def test_all_passed_is_status_0(fill, answers, gdlib_command):
    for name in names():
        fill(name, answer(name))
    done = gdlib_command("grade", answers)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("│ passed ") == len(names())
    assert f"{'■' * len(names())}  {len(names())} of {len(names())} passed" in done.stdout
    assert done.stderr == ""


def test_a_mixed_folder_gets_a_table_messages_json_and_status_1(fill, answers, gdlib_command):
    fill("gradient_descent_step", ANSWERS["gradient_descent_step"].replace("x - lr", "x + lr"))
    fill("momentum_step", "import os; os._exit(0)")
    fill("adam_step", "while True: pass")
    fill("largest_stable_lr", "import nothing_of_this_name")
    fill("diverging_run", load("diverging_run").definition)
    report = answers / "report.json"
    done = gdlib_command("grade", answers, "--timeout", 1.5, "--json", report)
    assert done.returncode == 1
    rows = json.loads(report.read_text())
    assert (rows["passed"], rows["exercises"]) == (0, len(names()))
    verdicts = {row["exercise"]: row["verdict"] for row in rows["verdicts"]}
    assert verdicts == dict.fromkeys(names(), "not attempted") | {
        "gradient_descent_step": "uphill",
        "largest_stable_lr": "import error",
        "momentum_step": "crashed",
        "adam_step": "timed out",
    }
    (uphill,) = (r for r in rows["verdicts"] if r["exercise"] == "gradient_descent_step")
    assert (uphill["status"], uphill["mistake"]) == ("failed", "uphill")
    for name, verdict in verdicts.items():
        (row,) = (r for r in done.stdout.splitlines() if r.startswith(f"│ {name} "))
        assert f"│ {load(name).chapter} " in row
        assert f"│ {verdict} " in row
    assert "adam_step: timed out.\nno verdict after 1.5 s" in done.stdout
    assert "No module named 'nothing_of_this_name'" in done.stdout
    assert "Which way does your step go?" in " ".join(done.stdout.split())
    count = len(names())
    assert f"{'□' * count}  0 of {count} passed, {count - 4} not attempted" in done.stdout


def test_json_on_stdout_stands_alone(fill, answers, capsys):
    fill("largest_stable_lr", ANSWERS["largest_stable_lr"])
    assert main(["grade", str(answers), "--json", "-"]) == 1
    assert json.loads(capsys.readouterr().out)["passed"] == 1


def test_messages_climb_and_tries_are_counted(fill, answers, capsys):
    fill("largest_stable_lr", "largest_stable_lr = 0.1")
    explanation = "so the curvature"
    assert main(["grade", str(answers)]) == 1
    assert explanation not in capsys.readouterr().out
    main(["grade", str(answers)])
    assert explanation in capsys.readouterr().out
    assert progress.tries_left("largest_stable_lr") == 1
    assert progress.entry("adam_step")["tries"] == 0


def test_a_file_that_cannot_be_read_is_no_try_and_a_crash_is_one(fill, answers):
    fill("largest_stable_lr", "largest_stable_lr = 0.05 +")
    fill("momentum_limit", "import os; os._exit(1)")
    main(["grade", str(answers)])
    assert progress.entry("largest_stable_lr")["tries"] == 0
    assert progress.entry("momentum_limit")["tries"] == 1


def test_somebody_elses_folder_leaves_your_progress_alone(fill, answers, state):
    fill("largest_stable_lr", "largest_stable_lr = 0.1")
    main(["grade", str(answers), "--no-progress"])
    assert not state.exists()


def test_a_folder_without_exercises_says_how_to_get_them(tmp_path, capsys):
    assert main(["grade", str(tmp_path)]) == 1
    assert f"python -m gdlib exercises {tmp_path}" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["grade"],
        ["grade", "nowhere"],
        ["grade", ".", "--timeout", "0"],
        ["grade", ".", "--timeout", "soon"],
        ["grade", ".", "--json", "nowhere/report.json"],
        ["solve"],
    ],
)
def test_misuse_is_status_2(arguments, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    assert "usage: python -m gdlib" in capsys.readouterr().err
