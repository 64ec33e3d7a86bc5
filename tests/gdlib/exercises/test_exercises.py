"""What holds for every exercise: its grader passes what is right and names what is wrong."""

import builtins
import io
import json
import pkgutil
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import gdlib
from gdlib import exercises
from gdlib.exercises import CHAPTERS, KINDS, load, names
from gdlib.grade import check, grade
from gdlib.grade.outcome import distance, run

CHAPTER_FOLDER = Path(gdlib.__file__).parents[1] / "chapters"
ALL = [load(name) for name in names()]
MISTAKES = [(e, m) for e in ALL for m in e.mistakes]
RIGHT = [(e, answer) for e in ALL for answer in (e.reference, *e.alternatives)]
every_exercise = pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.name)
every_mistake = pytest.mark.parametrize(
    ("exercise", "mistake"), MISTAKES, ids=[f"{e.name}-{m.name}" for e, m in MISTAKES]
)


def outcome(exercise, answer):
    """What an answer does, as something whose distance from another can be measured."""
    if exercise.kind == "code":
        with np.errstate(all="ignore"):
            return run(exercise, answer)
    return [(np.atleast_1d(float(answer)),)]


def execute_stub(exercise):
    """What the stub cell prints."""
    out = io.StringIO()
    with redirect_stdout(out):
        exec(exercise.stub, {"check": check})
    return out.getvalue()


def test_exercises_come_in_the_order_of_the_book():
    order = [(CHAPTERS.index(e.chapter), KINDS.index(e.kind)) for e in ALL]
    assert order == sorted(order)
    assert {e.kind for e in ALL if e.chapter == "gradient_descent"} == set(KINDS)
    assert {e.kind for e in ALL if e.chapter == "momentum"} == set(KINDS)


def test_a_file_is_called_like_its_exercise_or_like_its_rule():
    stems = {m.name for m in pkgutil.iter_modules(exercises.__path__) if m.name[0] != "_"}
    assert stems == {e.name.removesuffix("_step") for e in ALL}


def test_loading_one_exercise_imports_no_other():
    script = (
        "import sys; from gdlib.exercises import load; load('momentum_limit');"
        "print([m for m in sys.modules if m.startswith('gdlib.exercises.') and '_e' not in m])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "['gdlib.exercises.momentum_limit']"


def test_an_unknown_name_is_refused_with_a_suggestion():
    with pytest.raises(ValueError, match="did you mean 'adam_step'"):
        load("adamstep")
    with pytest.raises(ValueError, match="there are: central_difference, "):
        load("poetry")
    with pytest.raises(ValueError, match="no exercise is called 7"):
        load(7)


@pytest.mark.parametrize(
    ("exercise", "answer"), RIGHT, ids=[f"{e.name}-{i}" for i, (e, _) in enumerate(RIGHT)]
)
def test_right_answers_pass(exercise, answer):
    result = grade(exercise.name, answer)
    assert (result.status, result.mistake) == ("passed", None), result.message_at(3)


@every_mistake
def test_each_mistake_is_named_as_itself(exercise, mistake):
    result = grade(exercise.name, mistake.answer)
    assert (result.status, result.mistake) == ("failed", mistake.name)
    first, later = result.message, result.message_at(2)
    assert "?" in mistake.question
    flat = " ".join(first.split())
    assert mistake.question in flat
    assert mistake.explanation not in flat
    assert "Expected" not in later
    assert "Expected" in result.message_at(3)


@every_exercise
def test_untouched_stub_is_not_attempted_and_leaves_no_trace(exercise, tmp_path, monkeypatch):
    monkeypatch.setenv("GDLIB_STATE", str(tmp_path / "progress.json"))
    assert execute_stub(exercise) == f"{exercise.name}: not attempted yet.\n"
    assert list(tmp_path.iterdir()) == []


@every_exercise
def test_the_chapter_holds_the_stub_as_one_cell(exercise):
    notebook = CHAPTER_FOLDER / f"{exercise.chapter}.ipynb"
    if not notebook.exists():
        pytest.skip(f"the chapter {exercise.chapter} is not written yet")
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert code.count(exercise.stub) == 1


@every_exercise
def test_stub_is_the_same_each_time_and_gives_nothing_away(exercise):
    assert exercise.stub == load(exercise.name).stub
    assert exercise.stub.endswith(exercise.call)
    assert len(max(exercise.stub.splitlines(), key=len)) <= 100
    assert vars(builtins).keys() & {exercise.name} == set()
    if exercise.kind == "code":
        assert exercise.task in "\n".join(
            line.removeprefix("    ") for line in exercise.stub.splitlines()
        ).replace('"""', "")


@pytest.mark.parametrize(
    "exercise", [e for e in ALL if e.kind != "diagnosis"], ids=lambda e: e.name
)
def test_mistakes_lie_far_from_what_is_right_and_from_each_other(exercise):
    right = [outcome(exercise, a) for a in (exercise.reference, *exercise.alternatives)]
    noise = max(distance(answer, right[0]) for answer in right)
    wrong = {m.name: outcome(exercise, m.answer) for m in exercise.mistakes}
    assert len(wrong) == len(exercise.mistakes), "two mistakes bear the same name"
    least = max(1000 * noise, 3 * exercise.tolerance)
    if exercise.kind == "code":
        least = max(least, 1000 * exercise.tolerance)
    for name, one in wrong.items():
        assert distance(one, right[0]) >= least, name
        for other_name, other in wrong.items():
            if name != other_name:
                assert distance(one, other) >= least, (name, other_name)


@pytest.mark.parametrize(
    "exercise", [e for e in ALL if e.kind == "diagnosis"], ids=lambda e: e.name
)
def test_each_wrong_repair_is_exactly_one_mistake_and_no_right_one_is(exercise):
    for mistake in exercise.mistakes:
        applying = [m.name for m in exercise.mistakes if m.applies(mistake.answer)]
        assert applying == [mistake.name]
    for answer in (exercise.reference, *exercise.alternatives):
        assert exercise.solves(answer)
        assert not any(m.applies(answer) for m in exercise.mistakes)
    assert not exercise.solves(exercise.given)


@every_exercise
def test_what_is_said_is_complete(exercise):
    texts = [exercise.reasoning, *exercise.hints, exercise.task]
    texts += [t for m in exercise.mistakes for t in (m.question, m.explanation)]
    for text in texts:
        assert text.strip()
        assert not text.endswith(" ")
        assert "!" not in text
        assert "simply" not in text.lower()
    assert len(exercise.hints) == 2
    assert len(exercise.mistakes) >= 8


@every_exercise
def test_an_exercise_of_another_chapter_or_kind_is_refused(exercise):
    with pytest.raises(ValueError, match="chapter must be one of"):
        replace(exercise, chapter="poetry")
    with pytest.raises(ValueError, match="kind must be one of"):
        replace(exercise, kind="essay")
