"""Exercise: a backward pass written by hand, and what a gradient check says of it."""

from functools import partial

import numpy as np

from gdlib.exercises._exercise import changed_two, diagnosis_exercise, only, wrong_settings
from gdlib.gradient import numerical_gradient
from gdlib.loss import softmax_cross_entropy

GIVEN = {
    "divisor": 12,
    "penalty": 0.01,
    "slope": (0.0, 1.0, -1.0),
    "h": 1e-5,
    "tolerance": 1e-6,
}
RIGHT = (1.0, 0.0, -1.0)
SAMPLES, FEATURES, HIDDEN, CLASSES = 12, 5, 6, 3
PENALTY = 0.01  # what the loss has

_rng = np.random.default_rng(0)
X = _rng.standard_normal((SAMPLES, FEATURES))
LABELS = _rng.integers(0, CLASSES, SAMPLES)
START = {
    "W1": 0.5 * _rng.standard_normal((HIDDEN, FEATURES)),
    "b1": 0.5 * _rng.standard_normal(HIDDEN),
    "W2": 0.5 * _rng.standard_normal((CLASSES, HIDDEN)),
    "b2": 0.5 * _rng.standard_normal(CLASSES),
}


def loss(W1, b1, W2, b2):
    """Cross-entropy of a network with one layer of tanh units, and a penalty on its weights."""
    h = np.tanh(X @ W1.T + b1)
    penalty = np.sum(W1 * W1) + np.sum(W2 * W2)
    return softmax_cross_entropy(h @ W2.T + b2, LABELS) + PENALTY * penalty / 2


def by_hand(W1, b1, W2, b2, divisor, penalty, slope):
    """The gradients of the loss by W1, b1, W2 and b2."""
    # forward
    h = np.tanh(X @ W1.T + b1)
    p = np.exp(h @ W2.T + b2)
    p /= p.sum(axis=1, keepdims=True)
    # backward
    dz2 = (p - np.eye(CLASSES)[LABELS]) / divisor
    dW2 = dz2.T @ h + penalty * W2
    db2 = dz2.sum(axis=0)
    dh = dz2 @ W2
    dz1 = dh * (slope[0] + slope[1] * h + slope[2] * h**2)
    dW1 = dz1.T @ X + penalty * W1
    db1 = dz1.sum(axis=0)
    return dW1, db1, dW2, db2


def errors(settings):
    """The largest difference from central differences in each part, relative to its largest entry.

    NaN counts as infinite.
    """
    names = ("divisor", "penalty", "slope")
    found = {}
    with np.errstate(all="ignore"):
        gradients = by_hand(**START, **{name: settings[name] for name in names})
        for name, a in zip(START, gradients, strict=True):
            n = numerical_gradient(
                lambda w, name=name: loss(**{**START, name: w}), START[name], settings["h"]
            )
            error = np.abs(a - n).max() / max(np.abs(a).max(), np.abs(n).max())
            found[name] = float(error) if np.isfinite(error) else np.inf
    return found


def _solves(settings):
    if settings["h"] <= 0 or settings["divisor"] == 0:
        return False
    return max(errors(settings).values()) <= settings["tolerance"] <= GIVEN["tolerance"]


_only = partial(only, GIVEN)


def _slope_is(values, settings):
    return _only("slope", settings) and tuple(map(float, settings["slope"])) == values


_KNOWN = (
    (1.0, 0.0, 0.0),
    (1.0, 0.0, 1.0),
    (-1.0, 0.0, 1.0),
    (1.0, -1.0, 0.0),
    (0.0, 0.0, 0.0),
    (0.0, -1.0, 1.0),
)


def _another_slope(settings):
    known = any(_slope_is(values, settings) for values in _KNOWN)
    return _only("slope", settings) and not known and not _solves(settings)


def _observe(settings):
    """What the check with these settings finds in each part."""
    if settings["h"] <= 0 or settings["divisor"] == 0:
        return "There is no check with such settings."
    found = errors(settings)
    parts = ", ".join(f"{name} {error:.1g}" for name, error in found.items())
    verdict = "passes" if max(found.values()) <= settings["tolerance"] else "alarms"
    return f"Your check {verdict}. It finds the errors {parts}."


_wrong = partial(wrong_settings, GIVEN)
_WHERE = "In which parts is the error large, in which is it small, and where do these parts meet?"
_TANH = "How steep is tanh where it is 0, and how steep where it is nearly 1?"

exercise = diagnosis_exercise(
    "failed_check",
    """
    A network has one hidden layer of tanh units, a softmax at its end, and as its loss the mean
    cross-entropy of 12 samples plus ½ · 0.01 · (ΣW1² + ΣW2²). Its gradient was written by hand:

        dz2 = (p − t) / divisor
        dW2 = dz2ᵀ h + penalty · W2,    db2 = Σ dz2
        dh  = dz2 W2
        dz1 = dh · (slope[0] + slope[1] h + slope[2] h²)
        dW1 = dz1ᵀ x + penalty · W1,    db1 = Σ dz1

    with h the hidden units' outputs, p the softmax, t the right class as zeros and a one. The check
    passes a part if its error is at most the tolerance. With the settings below it passes W2 and
    b2, and alarms at W1 and at b1.

    Change one of the settings, and only one, so that the check passes all four, and would still
    alarm at any mistake that it finds now.
    """,
    GIVEN,
    comments=(
        "what p − t is divided by",
        "factor of the weights in their own gradient",
        "a unit's slope, by powers of its output",
        "step of the central difference",
        "largest relative error that passes",
    ),
    reference={"slope": RIGHT},
    chapter="backpropagation",
    alternatives=({**GIVEN, "slope": [1, 0, -1]},),
    solves=_solves,
    observe=_observe,
    hints=(
        "The walk goes from the loss through dz2 to W2 and b2, and on through dh to dz1, W1 and "
        "b1. Up to where is it right?",
        "Of what lies between dh and dz1, only the slope of the hidden units is left. Write the "
        "derivative of tanh as a function of h = tanh(z).",
    ),
    mistakes=(
        changed_two(GIVEN, {"slope": RIGHT, "tolerance": 1e-5}),
        _wrong(
            {"divisor": 1},
            partial(_only, "divisor"),
            "changed the divisor",
            _WHERE,
            "W2 and b2 were right, and both come from dz2: so dz2 was right, and with it the "
            "divisor. Now nothing is.",
        ),
        _wrong(
            {"penalty": 0.0},
            partial(_only, "penalty"),
            "changed the penalty",
            _WHERE,
            "The penalty acts on W1 and on W2, and W2 was right. And b1, which has no penalty, is "
            "as wrong as W1.",
        ),
        _wrong(
            {"tolerance": 1.0},
            partial(_only, "tolerance"),
            "changed the tolerance",
            "Which mistakes does the check still find with your tolerance?",
            "The gradients of W1 and b1 are wrong by much more than rounding. Another tolerance "
            "changes what the check says, not what it measures.",
        ),
        _wrong(
            {"h": 1e-7},
            partial(_only, "h"),
            "changed the step",
            "If the step of the difference were wrong, which parts would alarm?",
            "The same step is right for W2 and b2. The check measures well: what it measures is "
            "wrong.",
        ),
        _wrong(
            {"slope": (1.0, 0.0, 0.0)},
            partial(_slope_is, (1.0, 0.0, 0.0)),
            "no slope at all",
            _TANH,
            "The right place. A slope of 1 everywhere is that of a linear unit; tanh flattens "
            "where its output nears 1 or −1.",
        ),
        _wrong(
            {"slope": (1.0, 0.0, 1.0)},
            partial(_slope_is, (1.0, 0.0, 1.0)),
            "steeper where it is flat",
            _TANH,
            "The right place and a wrong sign: 1 + h² is largest where tanh is flat.",
        ),
        _wrong(
            {"slope": (-1.0, 0.0, 1.0)},
            partial(_slope_is, (-1.0, 0.0, 1.0)),
            "falls instead of rising",
            "Does tanh rise or fall?",
            "The right place. h² − 1 is negative everywhere, and tanh rises everywhere.",
        ),
        _wrong(
            {"slope": (1.0, -1.0, 0.0)},
            partial(_slope_is, (1.0, -1.0, 0.0)),
            "not squared",
            "How steep is tanh where it is nearly −1?",
            "The right place. 1 − h is 2 where h is −1, and tanh is as flat there as at +1.",
        ),
        _wrong(
            {"slope": (0.0, 0.0, 0.0)},
            partial(_slope_is, (0.0, 0.0, 0.0)),
            "nothing passes",
            _TANH,
            "A slope of 0 lets nothing through to W1 and b1. tanh is steepest where it is 0.",
        ),
        _wrong(
            {"slope": (0.0, -1.0, 1.0)},
            partial(_slope_is, (0.0, -1.0, 1.0)),
            "the other sign",
            _TANH,
            "The right place. But your slope is 0 where h is 0, and tanh is steepest there. "
            "Which function has the slope h (1 − h)?",
        ),
        _wrong(
            {"slope": (0.5, 0.0, -0.5)},
            _another_slope,
            "another slope",
            _TANH,
            "The right place. The slope of tanh is 1 where h is 0, and 0 where h is 1 or −1.",
        ),
    ),
    reasoning="W2 and b2 are right, so everything down to dz2 is right, and so is dz2 W2 if W2 is. "
    "W1 and b1 are both wrong, and both come from dz1. Between them stands the slope of the hidden "
    "units. h (1 − h) is the slope of the sigmoid, by its output; that of tanh is 1 − h². Such a "
    "slip happens when an activation is exchanged and its derivative is forgotten.",
)
