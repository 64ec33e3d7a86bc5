"""The exercises of the course, one file each.

A file defines ``exercise`` and is called like it, except that ``adam.py`` holds ``adam_step``:
the exercise that asks for a rule bears the rule's stem. Adding an exercise is adding its file.
"""

import difflib
import importlib
import pkgutil

from gdlib.exercises._exercise import CHAPTERS, KINDS, Exercise, Mistake

__all__ = ["CHAPTERS", "KINDS", "Exercise", "Mistake", "load", "names"]


def names():
    """Names of all exercises in the order of the book; in a chapter code, number, diagnosis."""
    exercises = [_exercise_in(stem) for stem in _stems()]
    exercises.sort(key=lambda e: (CHAPTERS.index(e.chapter), KINDS.index(e.kind), e.name))
    return [exercise.name for exercise in exercises]


def load(name):
    """Return the exercise called ``name``, for example ``"adam_step"``.

    Only its own file is imported. Raises ValueError when there is no such exercise.
    """
    stem = name.removesuffix("_step") if isinstance(name, str) else None
    if stem in _stems() and _exercise_in(stem).name == name:
        return _exercise_in(stem)
    known = names()
    near = difflib.get_close_matches(str(name), known, n=1)
    advice = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"
    raise ValueError(f"no exercise is called {name!r}; {advice}")


def _stems():
    return [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]


def _exercise_in(stem):
    return importlib.import_module(f"{__name__}.{stem}").exercise
