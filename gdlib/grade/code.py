"""Judge a function: run it on the probes and compare with the reference and its mistakes."""

import dis
import inspect

import numpy as np

from gdlib.grade import result as verdict
from gdlib.grade.outcome import AnswerError, distance, run
from gdlib.grade.wording import assignments


def judge(exercise, function):
    """Return the Result of ``function``, see ``gdlib.grade.grade``."""
    if function is None or function is ... or _is_stub(function):
        return verdict.not_attempted(exercise)
    complaint = _complaint_about_signature(exercise, function)
    if complaint:
        return verdict.unusable(exercise, complaint)
    want = run(exercise, exercise.reference)
    try:
        got = run(exercise, function)
        if not distance(got, want) <= exercise.tolerance:
            return _failed(exercise, got, want)
        if not distance(run(exercise, function), want) <= exercise.tolerance:
            return verdict.unusable(exercise, *_MEMORY, mistake="remembers the last call")
    except NotImplementedError:
        return verdict.not_attempted(exercise)
    except AnswerError as error:
        return verdict.unusable(exercise, *error.parts, mistake=error.mistake)
    return verdict.passed(exercise)


_MEMORY = (
    "Called twice with the same arguments, does your function return the same thing twice?",
    "Your function keeps something between calls. All it may know comes in through its arguments.",
)


def _is_stub(function):
    """Whether the function has a docstring at most, like the stub."""

    code = getattr(function, "__code__", None)
    if code is None:
        return False
    does = [(i.opname, i.argval) for i in dis.get_instructions(code) if i.opname not in _IDLE]
    return all(name in _RETURNS and value is None for name, value in does)


_IDLE = {"RESUME", "NOP"}
_RETURNS = {"LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"}


def _complaint_about_signature(exercise, function):
    wanted = list(inspect.signature(exercise.reference).parameters)
    form = f"{exercise.name}({', '.join(wanted)})"
    if not callable(function):
        return f"A function is asked for, {form}; got {function!r:.60}."
    try:
        signature = inspect.signature(function)
    except ValueError:  # a builtin without a signature: calling it will tell
        return None
    own = list(signature.parameters)
    if sorted(own) == sorted(wanted) and own != wanted:
        return f"The arguments stand in another order: {form} is asked for, yours is {signature}."
    try:
        signature.bind(*wanted)
    except TypeError:
        return f"The arguments differ: {form} is asked for, yours takes {signature}."
    return None


def _failed(exercise, got, want):
    """The verdict on a function that is wrong: its mistake, and the first probe that shows it."""
    same = [
        [distance([(a,)], [(b,)]) <= exercise.tolerance for a, b in zip(*pair, strict=True)]
        for pair in zip(got, want, strict=True)
    ]
    first = next(i for i, outputs in enumerate(same) if not all(outputs))
    names = list(inspect.signature(exercise.reference).parameters)
    right = [name for name, ok in zip(exercise.outputs, same[first], strict=True) if ok]
    seen = (
        f"For {assignments(names, exercise.probes[first])}\n"
        f"  yours gives {_where_different(exercise, got[first], same[first])}"
    )
    if right:
        seen += f"; {' and '.join(right)} {'is' if len(right) == 1 else 'are'} right"
    expected = f"Expected: {_where_different(exercise, want[first], same[first])}."
    mistake = _mistake_like(exercise, got)
    if mistake is None:
        return verdict.off(exercise, f"{seen}.", expected)
    return verdict.wrong(exercise, mistake, f"{seen}.", expected)


def _where_different(exercise, values, same):
    named = zip(exercise.outputs, values, same, strict=True)
    return assignments(*zip(*((n, v) for n, v, ok in named if not ok), strict=True))


def _mistake_like(exercise, got):
    """The mistake that behaves like ``got``, or None; no two mistakes behave alike."""
    for mistake in exercise.mistakes:
        returned = zip(exercise.probes, got, strict=True)
        if all(_agree(exercise, mistake.answer, probe, mine) for probe, mine in returned):
            return mistake
    return None


def _agree(exercise, function, probe, got):
    """Whether a function of ours returns ``got`` on the probe."""
    with np.errstate(all="ignore"):
        returned = function(*probe)
    returned = returned if len(exercise.outputs) > 1 else (returned,)
    return distance([got], [returned]) <= exercise.tolerance
