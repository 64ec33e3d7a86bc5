"""Exercise: a gradient check that alarms although the gradient is right."""

from functools import partial

import numpy as np

from gdlib.exercises._exercise import changed_two, diagnosis_exercise, only, wrong_settings
from gdlib.gradient import numerical_gradient
from gdlib.objective import rosenbrock

GIVEN = {"x": (-1.2, 1.0), "precision": 32, "h": 1e-6, "tolerance": 1e-3}
OFFSET = 1000
DTYPES = {16: np.float16, 32: np.float32, 64: np.float64}
WRONG_BY = 0.01


def errors(settings):
    """The largest relative error that the check sees, of the right gradient and of four wrong ones.

    The wrong ones have one component 1 % too large or too small. NaN counts as infinite.
    """
    x = np.array(settings["x"], DTYPES[settings["precision"]])
    with np.errstate(all="ignore"):
        numeric = numerical_gradient(lambda x: OFFSET + rosenbrock.value(x), x, settings["h"])
        right = rosenbrock.gradient(x)
        wrong = right + WRONG_BY * right * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]], x.dtype)
        found = [_largest(gradient, numeric) for gradient in (right, *wrong)]
    return found[0], found[1:]


def _largest(analytic, numeric):
    scale = np.maximum(np.abs(analytic), np.abs(numeric))
    error = np.abs(analytic - numeric).astype(float) / scale
    return float(np.where(np.isnan(error), np.inf, error).max())


def _known(settings):
    return settings["precision"] in DTYPES


def _solves(settings):
    if not _known(settings) or settings["h"] <= 0:
        return False
    right, wrong = errors(settings)
    return right <= settings["tolerance"] < min(wrong)


_only = partial(only, GIVEN)


def _is(name, test, settings):
    return _only(name, settings) and test(settings[name])


def _h_fails(low, high, settings):
    return _is("h", lambda h: low < h <= high, settings) and not _solves(settings)


def _observe(settings):
    """What the check with these settings says of the right gradient and of the wrong ones."""
    if not _known(settings) or settings["h"] <= 0:
        return "There is no check with such settings."
    right, wrong = errors(settings)
    verdict = "passes" if right <= settings["tolerance"] else "alarms"
    caught = sum(error > settings["tolerance"] for error in wrong)
    return (
        f"On the right gradient your check finds an error of {right:.2g} and {verdict}; of the "
        f"four wrong ones it catches {caught}."
    )


_wrong = partial(wrong_settings, GIVEN)

exercise = diagnosis_exercise(
    "false_alarm",
    """
    A colleague checks the gradient of

        f(x, y) = 1000 + (1 − x)² + 100 (y − x²)²

    by central differences, with the settings below. The check passes if |a − n| / max(|a|, |n|),
    the relative difference of formula and central difference, is at most the tolerance in both
    components. The gradient is right, and yet the check alarms.

    Change one of the settings, and only one, so that the check passes this gradient at this
    point, and still alarms when either component of it is 1 % too large or too small.
    """,
    GIVEN,
    comments=(
        "where the gradient is checked",
        "bits of a number: 16, 32 or 64",
        "step of the central difference",
        "largest relative difference that passes",
    ),
    reference={"precision": 64},
    chapter="gradients",
    alternatives=tuple({**GIVEN, "h": h} for h in (0.003, 0.005, 0.01)),
    solves=_solves,
    observe=_observe,
    hints=(
        "How large is f here, how far apart are two neighbouring float32 numbers of that size, "
        "and by how much does f change between x − h and x + h?",
        "The rounding of f, divided by h, has to be small beside the slope. There are two ways: "
        "less rounding, or a larger h.",
    ),
    mistakes=(
        changed_two(GIVEN, {"precision": 64, "tolerance": 1e-5}),
        _wrong(
            {"x": (1.0, 2.0)},
            partial(_only, "x"),
            "moved the point",
            "Is the gradient now checked where it was to be checked?",
            "The point belongs to the task. It is no kink, and what is wrong with the "
            "check is wrong everywhere that f is about 1000.",
        ),
        _wrong(
            {"precision": 16},
            partial(_is, "precision", lambda bits: bits == 16),
            "fewer digits",
            "How far apart are two neighbouring float16 numbers near 1000?",
            "In float16, numbers near 1000 are half a unit apart or more: f does not change at "
            "all over so small a step. More digits are needed, not fewer.",
        ),
        _wrong(
            {"precision": 128},
            partial(_is, "precision", lambda bits: bits not in DTYPES),
            "no such precision",
            "Which numbers of bits can the setting have?",
            "The check runs in float16, float32 or float64.",
        ),
        _wrong(
            {"h": 1e-8},
            partial(_h_fails, 0, GIVEN["h"]),
            "smaller step",
            "By how much does f change between x − h and x + h? How does that compare with its "
            "rounding?",
            "The error comes from the rounding of f divided by h, and grows as h shrinks. A step "
            "that is too small is the trouble.",
        ),
        _wrong(
            {"h": 1e-5},
            partial(_h_fails, GIVEN["h"], 5e-3),
            "still too small",
            "By how much does f change between x − h and x + h? How does that compare with its "
            "rounding?",
            "The right way, and not far enough: in float32 a value of 1024 is rounded by up to "
            "6e-5, and divided by your h that is still too much beside the slopes.",
        ),
        _wrong(
            {"h": 0.3},
            partial(_h_fails, 5e-3, np.inf),
            "too large",
            "How much does the slope along x change between x − h and x + h?",
            "Rounding no longer matters, but the curve does: Taylor's third term leaves an error "
            "of 400 |x| h² in the slope along x. A smaller h is needed.",
        ),
        _wrong(
            {"h": 0.0},
            partial(_is, "h", lambda h: h <= 0),
            "step not positive",
            "Which two points does your step compare?",
            "A step is positive. With h = 0 both points are the same and the slope is 0/0.",
        ),
        _wrong(
            {"tolerance": 1.0},
            partial(_is, "tolerance", lambda tolerance: tolerance > GIVEN["tolerance"]),
            "raised the tolerance",
            "Does your check still notice a component that is 1 % off?",
            "The differences themselves are wrong by far more than 1 %. A tolerance that lets them "
            "pass lets wrong gradients pass as well. Make the differences better.",
        ),
        _wrong(
            {"tolerance": 1e-5},
            partial(_is, "tolerance", lambda tolerance: tolerance <= GIVEN["tolerance"]),
            "lowered the tolerance",
            "The right gradient is above the tolerance. Does it help to lower it?",
            "A lower tolerance alarms more easily, and the check alarms already.",
        ),
    ),
    reasoning="f is about 1024, where float32 numbers lie 1.2e-4 apart. Between x − h and x + h f "
    "changes by 2e-6 times a slope of 216 or 88: a few of those gaps at most. So the difference is "
    "mostly rounding. In float64 the gaps are 2e-13 and the check works as it stands. In float32 "
    "it works with a larger step, from about 0.001 to 0.02: below that the rounding is too large, "
    "above it the curve, which leaves an error of 400 |x| h² in the slope along x. Loosening the "
    "tolerance silences the check and blinds it.",
)
