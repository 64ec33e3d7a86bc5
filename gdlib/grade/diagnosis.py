"""Judge a repair: settings of which one may differ from those given."""

import numpy as np

from gdlib.exercises._exercise import changed
from gdlib.grade import result as verdict
from gdlib.grade.wording import kind_of, show


def judge(exercise, settings):
    """Return the Result of ``settings``, see ``gdlib.grade.grade``."""
    if settings is None or settings is ...:
        return verdict.not_attempted(exercise)
    complaint = _complaint(exercise, settings)
    if complaint:
        return verdict.unusable(exercise, complaint)
    if not changed(exercise.given, settings):
        return verdict.not_attempted(exercise)
    expected = f"Expected, for instance: {_differences(exercise)}."
    mistake = next((m for m in exercise.mistakes if m.applies(settings)), None)
    if mistake is not None:
        return verdict.wrong(exercise, mistake, exercise.observe(settings), expected)
    if exercise.solves(settings):
        return verdict.passed(exercise)
    return verdict.off(exercise, exercise.observe(settings), expected)


def _complaint(exercise, settings):
    given = exercise.given
    if not isinstance(settings, dict):
        return f"A dict of settings is asked for, got {kind_of(settings)}."
    missing, extra = set(given) - set(settings), set(settings) - set(given)
    if missing or extra:
        return f"The settings are {', '.join(given)}; got {', '.join(map(str, settings))}."
    for key, value in settings.items():
        wanted = np.asarray(given[key])
        try:
            got = np.asarray(value)
        except ValueError:
            got = np.asarray(None)
        number = got.dtype.kind in "iu" or (got.dtype.kind == "f" and wanted.dtype.kind == "f")
        if not number or got.shape != wanted.shape or not np.isfinite(got).all():
            what = {"f": "number", "i": "whole number"}[wanted.dtype.kind]
            what = f"{wanted.size} numbers" if wanted.ndim else f"a {what}"
            return f"{key} must be {what}, such as {given[key]}; got {kind_of(value)}."
    return None


def _differences(exercise):
    names = sorted(changed(exercise.given, exercise.reference))
    return ", ".join(f"{name} = {show(exercise.reference[name])}" for name in names)
