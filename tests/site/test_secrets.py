"""No solution stands anywhere in the built site, its sources or the notebooks.

A printed rule is no secret: its exercise stands before it. So where the exercise is a rule, its
reference is a thin adapter over the rule, and what is looked for is the adapter, the other right
answers and the explanations.
"""

import inspect
import json
import re
from html import unescape
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHORTEST = 10  # characters; a body as short as "return x" gives nothing away
LONG_LINE = 30  # characters; a line as long as this does not stand elsewhere by chance


def squeeze(text):
    """Text without white space, so that line breaks and indents hide nothing."""
    return re.sub(r"\s+", "", text)


def unmarked(html):
    """What a browser shows of HTML, so that tags and entities hide nothing."""
    return unescape(re.sub(r"<[^>]*>", "", html))


def body(function):
    """The lines of a function without its signature, docstring and comments."""
    source = inspect.getsource(function)
    if function.__doc__:
        source = re.sub(r'(?s)("""|\'\'\').*?\1', "", source, count=1)
    lines = re.sub(r"(?m)\s*#.*$", "", source).strip().splitlines()
    start = next(i for i, line in enumerate(lines) if line.rstrip().endswith(":")) + 1
    return [line.strip() for line in lines[start:] if line.strip()]


def secrets(exercise):
    """Texts that nobody may read before having tried, as (what it is, text)."""
    yield f"reasoning of {exercise.name}", exercise.reasoning
    for mistake in exercise.mistakes:
        yield f"explanation in {exercise.name}", mistake.explanation
    if exercise.kind != "code":
        yield f"answer of {exercise.name}", f"{exercise.name} = {exercise.reference!r}"
        return
    for function in (exercise.reference, *exercise.alternatives):
        lines = body(function)
        yield f"right answer of {exercise.name}", "".join(lines)
        for line in lines:
            if len(squeeze(line)) >= LONG_LINE:
                yield f"right answer of {exercise.name}: {line}", line


def published(site):
    """Every text that a reader of the site or of a downloaded notebook can find."""
    for path in sorted([*site.rglob("*"), *(ROOT / "chapters").glob("*.ipynb")]):
        if path.suffix == ".ipynb":
            yield path, notebook_text(path)
        elif path.suffix == ".html":
            yield path, unmarked(path.read_text(encoding="utf8"))
        elif path.suffix in {".js", ".md", ".txt"}:
            yield path, path.read_text(encoding="utf8")


def notebook_text(path):
    """Sources and outputs of a notebook as one text."""
    texts = []

    def walk(value):
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, list) and all(isinstance(item, str) for item in value):
            texts.append("".join(value))
        elif isinstance(value, list | dict):
            for item in value.values() if isinstance(value, dict) else value:
                walk(item)

    walk(json.loads(path.read_text(encoding="utf8"))["cells"])
    return "\n".join(texts)


def test_no_solution_is_published(site):
    from gdlib import exercises

    hidden = [secret for name in exercises.names() for secret in secrets(exercises.load(name))]
    hidden = [(what, squeeze(text)) for what, text in hidden]
    hidden = [(what, text) for what, text in hidden if len(text) >= SHORTEST]
    assert len(hidden) > 20, "the exercises have nothing to hide; were they loaded?"
    found = []
    for path, text in published(site):
        text = squeeze(text)
        found += [f"{path.name}: {what}" for what, secret in hidden if secret in text]
    assert found == []


@pytest.mark.parametrize("text", ["v = <span>beta</span> * v\n    + g", "v=beta*v+g"])
def test_a_solution_is_found_however_it_is_broken_into_lines_and_markup(text):
    assert squeeze("v = beta * v + g") in squeeze(unmarked(text))


def test_a_leaked_answer_of_each_exercise_would_be_found():
    from gdlib import exercises

    for name in exercises.names():
        exercise = exercises.load(name)
        texts = [squeeze(text) for _, text in secrets(exercise)]
        if exercise.kind == "code":
            leak = inspect.getsource(exercise.reference)
        else:
            leak = f"{name} = {exercise.reference!r}"
        assert any(len(text) >= SHORTEST and text in squeeze(leak) for text in texts), name
