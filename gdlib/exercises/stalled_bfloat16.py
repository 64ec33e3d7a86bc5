"""Exercise: a training in bfloat16 whose flat direction never moves."""

from functools import lru_cache, partial

import numpy as np

from gdlib.exercises._exercise import changed_two, diagnosis_exercise, only, wrong_settings

GIVEN = {"weight_bits": 8, "gradient_bits": 8, "kept_bits": 8, "lr": 0.5, "steps": 1000}
START, END, CURVATURE = np.array([1.0, 1.0]), np.array([1.5, 1.5]), np.array([1.0, 0.01])
TARGET, LONGEST = 2e-5, 5000


def rounded(x, bits):
    """Numbers of so many significant bits, rounded to the nearest, ties to even."""
    fraction, exponent = np.frexp(x)
    bits = min(max(int(bits), 1), 53)
    return np.ldexp(np.round(np.ldexp(fraction, bits)), exponent - bits)


def run(settings):
    """The loss at the end, and the weights of the net there; None where they are not finite."""
    bits = [int(settings[n]) for n in ("weight_bits", "gradient_bits", "kept_bits")]
    return _run(*bits, float(settings["lr"]), min(max(int(settings["steps"]), 0), LONGEST))


@lru_cache(maxsize=256)
def _run(weight_bits, gradient_bits, kept_bits, lr, steps):
    kept = rounded(START, kept_bits)
    with np.errstate(all="ignore"):
        for _ in range(steps):
            g = rounded(CURVATURE * (rounded(kept, weight_bits) - END), gradient_bits)
            kept = rounded(kept - lr * g, kept_bits)
        weights = rounded(kept, weight_bits)
        loss = 0.5 * CURVATURE @ (weights - END) ** 2
    return (float(loss), weights) if np.isfinite(loss) else None


def _solves(settings):
    found = run(settings)
    return found is not None and found[0] <= TARGET


_only = partial(only, GIVEN)


def _in_vain(name, test, settings):
    return _only(name, settings) and test(settings[name]) and not _solves(settings)


def _observe(settings):
    """Where the weights end, and the loss there."""
    found = run(settings)
    if found is None:
        return "With these settings the weights grow beyond all bounds."
    loss, weights = found
    return f"The weights end at {weights[0]:.4g} and {weights[1]:.4g}, the loss at {loss:.2g}."


_wrong = partial(wrong_settings, GIVEN)

exercise = diagnosis_exercise(
    "stalled_bfloat16",
    """
    Two weights of a net start at 1 and belong at 1.5. The loss is

        ((x1 − 1.5)² + 0.01 (x2 − 1.5)²) / 2

    flat in x2, and gradient descent minimizes it. Steps are added to the weights that are kept;
    the net computes with a rounded copy of these. Below stands how many significant bits each
    kind of number has: 8 are bfloat16, 11 float16, 24 float32, 53 float64. After 1000 steps the
    loss is still 0.00125, and x2 has not moved at all.

    Change one of the settings, and only one, so that the loss ends at 0.00002 or less.
    """,
    GIVEN,
    comments=(
        "of the weights that the net computes with",
        "of the gradients",
        "of the weights that steps are added to",
        "learning rate",
        "budget of steps",
    ),
    reference={"kept_bits": 24},
    chapter="gpu",
    alternatives=tuple({**GIVEN, "kept_bits": bits} for bits in (16, 32, 53)),
    solves=_solves,
    observe=_observe,
    hints=(
        "How long is the first step of x2, and how far is the next bfloat16 number above 1?",
        "The step is there, and it is rounded away where it is added. Which numbers is it added "
        "to?",
    ),
    mistakes=(
        changed_two(GIVEN, {"kept_bits": 24, "lr": 1.0}),
        _wrong(
            {"weight_bits": 24},
            partial(_in_vain, "weight_bits", lambda bits: bits > GIVEN["weight_bits"]),
            "finer weights for the net",
            "To which numbers is the step added, and how many bits have they?",
            "The net may compute as finely as you like: the step is still added to numbers of 8 "
            "bits, and lost there.",
        ),
        _wrong(
            {"weight_bits": 4},
            partial(_in_vain, "weight_bits", lambda bits: bits < GIVEN["weight_bits"]),
            "coarser weights for the net",
            "Are numbers with fewer bits closer together, or farther apart?",
            "Fewer bits lie farther apart. What is lost is lost for want of bits.",
        ),
        _wrong(
            {"gradient_bits": 24},
            partial(_in_vain, "gradient_bits", lambda bits: bits != GIVEN["gradient_bits"]),
            "other gradients",
            "How large is the gradient of x2, in bfloat16 and in float32?",
            "The gradient of x2 is 0.005, and bfloat16 holds that to three digits. It is not the "
            "gradient that is lost, but its sum with a weight near 1.",
        ),
        _wrong(
            {"kept_bits": 11},
            partial(_in_vain, "kept_bits", lambda bits: bits > GIVEN["kept_bits"]),
            "bits, but too few",
            "x2 moves now. At which distance from 1.5 does a step become shorter than half the "
            "distance of two neighbours?",
            "The right way, and not far enough: steps shrink on the way to the minimum, and soon "
            "they are rounded away again.",
        ),
        _wrong(
            {"kept_bits": 6},
            partial(_in_vain, "kept_bits", lambda bits: bits < GIVEN["kept_bits"]),
            "fewer bits",
            "Are numbers with fewer bits closer together, or farther apart?",
            "Fewer bits lie farther apart, and even longer steps are lost.",
        ),
        _wrong(
            {"lr": 1.5},
            partial(_in_vain, "lr", lambda lr: lr > GIVEN["lr"]),
            "raised the learning rate",
            "How large may lr be before x1 diverges? And at which distance from 1.5 does x2 stop "
            "with that one?",
            "A larger lr makes longer steps, and x2 moves for a while. But steps shrink with the "
            "distance, so it stops at the distance where lr · 0.01 · distance is half a gap, and "
            "from lr = 2 on x1 diverges. No lr reaches the target.",
        ),
        _wrong(
            {"lr": 0.1},
            partial(_in_vain, "lr", lambda lr: lr < GIVEN["lr"]),
            "lowered the learning rate",
            "x2 does not move because its steps are too short. What does a smaller lr do to them?",
            "A smaller lr makes the steps shorter still. Now x1 is lost earlier as well.",
        ),
        _wrong(
            {"steps": 5000},
            partial(_in_vain, "steps", lambda steps: steps > GIVEN["steps"]),
            "more steps",
            "What is 1 + 0.0025 in bfloat16? And if you add 0.0025 once more?",
            "Each step is lost by itself: the weight is 1 after the first, and after the "
            "millionth.",
        ),
        _wrong(
            {"steps": 100},
            partial(_in_vain, "steps", lambda steps: steps < GIVEN["steps"]),
            "fewer steps",
            "The run stands still. What do fewer steps change?",
            "The run is at a standstill already, and fewer steps end it earlier.",
        ),
    ),
    reasoning="The first step of x2 is 0.5 · 0.01 · 0.5 = 0.0025. Above 1 bfloat16 numbers are "
    "1/128 = 0.0078 apart, and what is less than half of that is rounded away: 1 + 0.0025 is 1. "
    "Kept in float32, where the gap is 1.2e-7, the steps add up. That is the master copy. The net "
    "may still compute with 8 bits: they are enough to hold 1.5.",
)
