"""Exercise: the gradient of a function by central differences."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from gdlib.exercises._exercise import code_exercise, wrong_code
from gdlib.gradient import numerical_gradient


@dataclass(frozen=True)
class _Function:
    """A function to differentiate that shows itself as its formula."""

    formula: str
    value: Callable

    def __call__(self, x):
        return float(self.value(np.asarray(x)))

    def __repr__(self):
        return self.formula


def central_difference(f, x, h):
    """Return the gradient of f at x by central differences.

        g_i = (f(x + h e_i) − f(x − h e_i)) / 2h

        with e_i = 1 in component i and 0 in all others

    f: a function of an array shaped like x; returns a number.
    x: the point, an array of any shape, of floats or of whole numbers.
    h: the step, a positive number.

    Return an array of floats shaped like x. Leave x as it is.
    """
    x = np.asarray(x, dtype=float)
    gradient = np.empty_like(x)
    for i in np.ndindex(x.shape):
        ahead = x.copy()
        behind = x.copy()
        ahead[i] += h
        behind[i] -= h
        gradient[i] = (f(ahead) - f(behind)) / (2 * h)
    return gradient


def _rows_of_the_identity(f, x, h):
    steps = h * np.eye(x.size).reshape(x.size, *x.shape)
    return np.array([(f(x + e) - f(x - e)) / h / 2 for e in steps]).reshape(x.shape)


def _two_one_sided(f, x, h):
    result = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[i] = h
        result[i] = ((f(x + e) - f(x)) / h + (f(x) - f(x - e)) / h) / 2
    return result


def _the_librarys(f, x, h):
    return numerical_gradient(f, x.astype(float), h)


_CUBIC = _Function("x[0]³ x[1] − x[1]²", lambda x: x[0] ** 3 * x[1] - x[1] ** 2)
_THREE = _Function("x[0] x[1] + x[1]² x[2]³", lambda x: x[0] * x[1] + x[1] ** 2 * x[2] ** 3)
_MATRIX = _Function(
    "x[0, 0]² x[1, 1] + x[0, 1]³ − 2 x[1, 0]",
    lambda x: x[0, 0] ** 2 * x[1, 1] + x[0, 1] ** 3 - 2 * x[1, 0],
)

_wrong = partial(wrong_code, central_difference)

exercise = code_exercise(
    central_difference,
    chapter="gradients",
    outputs=("g",),
    alternatives=(_rows_of_the_identity, _two_one_sided, _the_librarys),
    probes=(
        (_CUBIC, np.array([1.0, -2.0]), 0.5),
        (_THREE, np.array([0.1, 0.7, -1.3]), 0.3),
        (_MATRIX, np.array([[0.5, -1.0], [2.0, 3.0]]), 0.2),
        (_CUBIC, np.array([1, 2]), 0.5),
    ),
    hints=(
        "Take a function of two variables and h = 0.5, and work the first component out by hand: "
        "at which two points is f needed?",
        "For each component by itself: move it up by h, move it down by h, leave all others "
        "where they are, and divide the difference of f by the distance of the two points.",
    ),
    mistakes=(
        _wrong(
            "one-sided",
            "On f(x) = x² at x = 0 with h = 0.5, what should the slope be, and what is yours?",
            "You compare f ahead with f at x. Its error is in proportion to h; with the point "
            "behind in the place of x it is in proportion to h².",
            ("f(behind)) / (2 * h)", "f(x)) / h"),
        ),
        _wrong(
            "one-sided, backwards",
            "On f(x) = x² at x = 0 with h = 0.5, what should the slope be, and what is yours?",
            "You compare f at x with f behind. Its error is in proportion to h; with the point "
            "ahead in the place of x it is in proportion to h².",
            ("f(ahead) - f(behind)) / (2 * h)", "f(x) - f(behind)) / h"),
        ),
        _wrong(
            "forgot the 2",
            "How far apart are the two points at which you evaluate f?",
            "The points x + h and x − h are 2h apart, and you divide by h: every slope is twice "
            "too large.",
            ("(2 * h)", "h"),
        ),
        _wrong(
            "one-sided, divided by 2h",
            "How far apart are the two points at which you evaluate f?",
            "From x to x + h it is h, and you divide by 2h. Either divide by h, or better: "
            "evaluate f at x − h as well.",
            ("f(behind)", "f(x)"),
        ),
        _wrong(
            "multiplied by h",
            "In which order does Python work out a / 2 * h?",
            "(…) / 2 * h divides by 2 and multiplies by h. It takes parentheses: (…) / (2 * h).",
            ("/ (2 * h)", "/ 2 * h"),
        ),
        _wrong(
            "not divided",
            "If h is halved, what becomes of the difference of f, and what of the slope?",
            "You return the difference of f itself. The slope is that difference for each unit "
            "of x: divide by the distance of the two points, 2h.",
            (" / (2 * h)", " * 1"),
        ),
        _wrong(
            "turned round",
            "Where f rises with x, which of f(x + h) and f(x − h) is larger? Which sign has your "
            "slope there?",
            "You subtract the value ahead from the value behind, so every sign is turned.",
            ("f(ahead) - f(behind)", "f(behind) - f(ahead)"),
        ),
        _wrong(
            "all components at once",
            "f(x, y) = y does not depend on x. What is your slope along x?",
            "x + h moves every component, so you get the sum of all slopes, in every place. Move "
            "one component at a time.",
            ("ahead[i] += h", "ahead += h"),
            ("behind[i] -= h", "behind -= h"),
        ),
        _wrong(
            "a row at a time",
            "If x is a matrix, what is x[0], and how many numbers does it hold?",
            "len(x) counts the rows of a matrix, and x[0] is a row: all of it moves at once, and "
            "its entries all get the sum of its slopes. Go through every index, for instance "
            "with np.ndindex(x.shape).",
            ("np.ndindex(x.shape)", "range(len(x))"),
        ),
        _wrong(
            "never goes back",
            "When you come to the second component, where does the first one stand?",
            "The step of a component is not taken back, so the later slopes are measured "
            "somewhere else. Start each component from x itself.",
            ("np.asarray(x, dtype=float)", "np.array(x, dtype=float)"),
            ("ahead = x.copy()", "ahead = x"),
        ),
        _wrong(
            "half the step",
            "At which two points do you evaluate f, and at which are you asked to?",
            "You step h/2 to either side and divide by h. That is a central difference too, of "
            "step h/2. Here h is the step to one side.",
            ("+= h", "+= h / 2"),
            ("-= h", "-= h / 2"),
            ("(2 * h)", "h"),
        ),
        _wrong(
            "a step of its own",
            "Does your result depend on h?",
            "Your result is that of a very small step, whatever h is. How the error changes with h "
            "is what the chapter is about: take the h that is given.",
            ("gradient = np.empty_like(x)", "gradient, h = np.empty_like(x), 1e-6"),
        ),
        _wrong(
            "whole numbers stay whole",
            "If x is an array of whole numbers, what is its first component after you add 0.5?",
            "A NumPy array of integers cuts off whatever is put into it: 3 + 0.5 becomes 3, and "
            "3 − 0.5 becomes 2. Turn x into floats first.",
            ("np.asarray(x, dtype=float)", "np.asarray(x)"),
        ),
        _wrong(
            "slopes cut to whole numbers",
            "If x is an array of whole numbers, of which type is np.zeros_like(x)?",
            "The array that receives the slopes has the type of x, and a whole-number array cuts "
            "off the fractions. Make it an array of floats.",
            (
                "x = np.asarray(x, dtype=float)\n    gradient = np.empty_like(x)",
                "gradient = np.empty_like(x)\n    x = np.asarray(x, dtype=float)",
            ),
        ),
        _wrong(
            "step cut to zero",
            "If x is an array of whole numbers, of which type is np.zeros_like(x), and what does "
            "it hold after you put 0.5 into it?",
            "Your step h e_i is an array of whole numbers, in which 0.5 becomes 0: f is "
            "evaluated twice at x. Make it an array of floats.",
            ("x = np.asarray(x, dtype=float)", "own, x = x, np.asarray(x, dtype=float)"),
            ("+= h", "+= np.asarray(h).astype(own.dtype)"),
            ("-= h", "-= np.asarray(h).astype(own.dtype)"),
        ),
    ),
    reasoning="Component i moves up and down by h, all others stay: the difference of f over the "
    "distance 2h is the slope along i. By Taylor's formula the terms in h cancel and what is left "
    "is f'''·h²/6. x is turned into floats, because an array of whole numbers cuts off the step, "
    "and copied, because the caller's x is not ours to move.",
)
