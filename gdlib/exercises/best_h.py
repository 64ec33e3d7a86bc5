"""Exercise: the best step of a forward difference when values of f are noisy."""

import numpy as np

from gdlib.exercises._exercise import number_exercise, wrong_number

CURVATURE, NOISE = 8.0, 0.0002
EPS = np.finfo(float).eps


def bound(h):
    """The largest error of the forward difference: of truncation plus of noise."""
    return CURVATURE * h / 2 + 2 * NOISE / h


def _observe(h):
    """The two parts of the error at this h."""
    if h <= 0:
        return f"With h = {h:g} there is no point ahead: h is positive."
    truncation, noise = CURVATURE * h / 2, 2 * NOISE / h
    return (
        f"With h = {h:.3g} the curve may add {truncation:.2g} to the error and the noise "
        f"{noise:.2g}: {bound(h):.2g} together. It can be less."
    )


exercise = number_exercise(
    "best_h",
    """
    A simulator returns f(x) with an error of at most 0.0002, up or down, at each call. Its second
    derivative is at most 8 in absolute value. You estimate the slope by a forward difference,

        (f(x + h) − f(x)) / h

    At which h is the bound on the error of that slope smallest?
    Predict it before you run anything.
    """,
    2 * (NOISE / CURVATURE) ** 0.5,
    chapter="gradients",
    alternatives=(0.01, (4 * 0.0002 / 8) ** 0.5),
    tolerance=0.005,
    observe=_observe,
    hints=(
        "Write the error as a sum: a part that grows with h and a part that shrinks with it.",
        "Taylor's formula gives at most M h/2 for the first part, with M = 8. For the second: how "
        "far off can the difference of two values be, and what is it divided by?",
    ),
    mistakes=(
        wrong_number(
            (2 * NOISE / CURVATURE) ** 0.5,
            "a factor of two short",
            "How far off is f(x + h) − f(x) when both values are off? And how large is the first "
            "term that Taylor's formula leaves over?",
            "You either counted the noise of one value where two are subtracted, or forgot the "
            "1/2 of Taylor's second term. The bound is 8 h/2 + 2 · 0.0002/h.",
        ),
        wrong_number(
            (NOISE / CURVATURE) ** 0.5,
            "the factors left out",
            "How far off is f(x + h) − f(x) when both values are off? And how large is the first "
            "term that Taylor's formula leaves over?",
            "√(noise/curvature) has the right form. The factors are missing: the bound is "
            "8 h/2 + 2 · 0.0002/h, and its smallest value is at 2 √(0.0002/8).",
        ),
        wrong_number(
            NOISE**0.5,
            "the curvature left out",
            "If f were four times as curved, would your h be the same?",
            "√0.0002 is the rule of thumb for a second derivative of the order of 1. Here it is "
            "8: the curve bends more, and h has to be smaller.",
        ),
        wrong_number(
            2 * NOISE**0.5,
            "the curvature left out, the noise counted twice",
            "If f were four times as curved, would your h be the same?",
            "2 √0.0002 would be right for a second derivative of 1. Here it is 8: the curve "
            "bends more, and h has to be smaller.",
        ),
        wrong_number(
            bound(2 * (NOISE / CURVATURE) ** 0.5),
            "the error, not the step",
            "Which unit does your number have: that of x, or that of a slope?",
            "0.08 is the smallest error, 2 √(0.0002 · 8). The question is at which h it is "
            "reached.",
        ),
        wrong_number(
            EPS**0.5,
            "the step for exact values",
            "With your h, how large is 2 · 0.0002/h?",
            "1.5e-8 is right for values that carry only the rounding of float64. These carry "
            "noise of 0.0002, and divided by so small an h it drowns the slope.",
        ),
        wrong_number(
            EPS ** (1 / 3),
            "the step of a central difference of exact values",
            "With your h, how large is 2 · 0.0002/h?",
            "6e-6 is right for central differences of values that carry only the rounding of "
            "float64. These carry noise of 0.0002.",
        ),
        wrong_number(
            NOISE,
            "as small as the noise",
            "With your h, how large is 2 · 0.0002/h?",
            "With h equal to the noise, the noise puts an error of up to 2 into the slope.",
        ),
        wrong_number(
            4 * NOISE / CURVATURE,
            "forgot the root",
            "Where is the derivative of 4 h + 0.0004/h zero?",
            "The derivative is 4 − 0.0004/h², so that 0.0001 is h². The step is its root.",
        ),
    ),
    reasoning="Taylor's second term leaves at most 8 h/2 = 4 h. Each value is off by at most "
    "0.0002, their difference by 0.0004, the slope by 0.0004/h. The sum 4 h + 0.0004/h is smallest "
    "where both parts are equal: h² = 0.0001, h = 0.01. The error there is up to 0.08, and no h "
    "does better. With δ for the noise and M for the curvature: h = 2 √(δ/M), error 2 √(δ M).",
)
