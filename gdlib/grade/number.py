"""Judge a number."""

import math

import numpy as np

from gdlib.grade import result as verdict
from gdlib.grade.wording import kind_of, show


def judge(exercise, value):
    """Return the Result of ``value``, see ``gdlib.grade.grade``."""
    if value is None or value is ...:
        return verdict.not_attempted(exercise)
    number = _as_float(value)
    if number is None:
        return verdict.unusable(exercise, f"One number is asked for, got {kind_of(value)}.")
    if not math.isfinite(number):
        return verdict.unusable(exercise, f"A finite number is asked for, got {number}.")
    if _close(exercise, number, exercise.reference):
        return verdict.passed(exercise)
    seen, expected = exercise.observe(number), f"Expected: {show(exercise.reference)}."
    for mistake in exercise.mistakes:
        if _close(exercise, number, mistake.answer):
            return verdict.wrong(exercise, mistake, seen, expected)
    return verdict.off(exercise, seen, expected)


def _as_float(value):
    """The value as a float, or None when it is not one real number."""
    if isinstance(value, bool | np.bool_ | str | bytes) or callable(value):
        return None
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError, RuntimeError):
        return None
    return float(array.item()) if array.size == 1 else None


def _close(exercise, number, target):
    return abs(number - target) <= exercise.tolerance * abs(target)
