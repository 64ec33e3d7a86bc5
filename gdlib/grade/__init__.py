"""Check a reader's own answer to an exercise, in a notebook or on the command line.

``check(my_function)`` prints what to think about next; ``grade(name, answer)`` returns the verdict
and leaves no trace.
"""

from gdlib.exercises import load
from gdlib.grade import code, diagnosis, number, progress
from gdlib.grade.result import Result

__all__ = ["Result", "check", "grade"]

_JUDGES = {"code": code.judge, "number": number.judge, "diagnosis": diagnosis.judge}
_NOTHING = object()


def grade(name, answer):
    """Judge an answer; print nothing and record nothing.

    name: of the exercise, for example "adam_step".
    answer: a function, a number, or a dict of settings, as the exercise asks.

    Returns a Result: ``.status`` is "passed", "failed" or "not attempted"; ``.mistake`` the name
    of the mistake when the answer behaves like a known one, else None; ``.message`` what to tell
    the learner first, and ``.message_at(level)`` what to tell later.
    Raises ValueError when there is no such exercise.
    """
    exercise = load(name)
    return _JUDGES[exercise.kind](exercise, answer)


def check(answer, value=_NOTHING):
    """Check an answer and print the verdict: ``check(adam_step)`` or ``check("name", value)``.

    A function is checked under its own name; numbers and settings need the exercise's name. Each
    time the same thing goes wrong the message says more: first a question, next an explanation,
    last what was expected. Tries and passes are remembered between sessions.

    An endless loop in your function is not stopped here: interrupt the kernel. The command line,
    ``python -m gdlib grade``, does stop it.
    """
    if value is not _NOTHING:
        name, answer = answer, value
    elif hasattr(answer, "__name__"):
        name = answer.__name__
    else:
        raise TypeError(
            f"check needs a function, or a name and a value: "
            f'check("largest_stable_lr", 0.1); got {answer!r}'
        )
    result = grade(name, answer)
    print(result.message_at(progress.record(result)))
