"""Show the reference of an exercise and why it is right.

It is shown once you have passed the exercise or tried it three times.
"""

import ast
import importlib
import inspect
import textwrap

from rich.console import Console
from rich.syntax import Syntax

from gdlib.exercises import load
from gdlib.exercises._exercise import changed
from gdlib.grade import progress


def show(name):
    """Print the solution, or how many tries are left; return the exit status."""
    exercise = load(name)
    left = progress.tries_left(name)
    if left:
        print(
            f"{name}: the solution is shown once you have passed, or after "
            f"{left} more {'try' if left == 1 else 'tries'}."
        )
        return 1
    console = Console()
    for title, source in sources(exercise):
        console.print(f"{title}\n", style="bold")
        code = textwrap.indent(source.strip(), "    ")
        console.print(Syntax("", "python").highlight(code), soft_wrap=True)
    console.print("Why\n", style="bold")
    console.print(textwrap.indent(textwrap.fill(exercise.reasoning, 75), "    "), highlight=False)
    return 0


def sources(exercise):
    """The solution as (title, source) pairs."""
    if exercise.kind == "number":
        yield "Solution", f"{exercise.name} = {exercise.reference:.6g}"
    elif exercise.kind == "diagnosis":
        for key in sorted(changed(exercise.given, exercise.reference)):
            value = exercise.reference[key]
            text = f"{value:.6g}" if isinstance(value, float) else repr(value)
            yield "Solution, for instance", f'{exercise.name}["{key}"] = {text}'
    else:
        yield "Solution", _without_docstring(exercise.reference)
        if exercise.is_rule:
            stem = exercise.name.removesuffix("_step")
            rule = importlib.import_module(f"gdlib.optim.{stem}")
            yield f"where {stem}.step is the rule of the book", _without_docstring(rule.step)


def _without_docstring(function):
    """The source of a function; its docstring is the task, which the learner has."""
    source = inspect.getsource(function)
    docstring = ast.parse(source).body[0].body[0]
    lines = source.splitlines()
    del lines[docstring.lineno - 1 : docstring.end_lineno]
    return "\n".join(lines)
