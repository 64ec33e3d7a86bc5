"""Exercise: how large may the learning rate of Nesterov's method be?"""

from gdlib.exercises._exercise import number_exercise, wrong_number
from gdlib.optim import nesterov

L, BETA = 10.0, 0.9
STEPS = 300


def _observe(lr):
    """What a run with this learning rate does along the direction of curvature L."""
    if lr <= 0:
        return f"With lr = {lr:g} no step goes downhill: a learning rate is positive."
    y, state = 1.0, nesterov.init(1.0)
    for _ in range(STEPS):
        y, state = nesterov.step(y, L * y, state, lr, BETA)
        if abs(y) > 1e12:
            break
    run = f"With lr = {lr:g}, the steepest coordinate goes from 1 to {y:.2g} within {STEPS} steps: "
    if lr > exercise.reference:
        return run + "that diverges."
    return run + "that is stable. A larger lr is stable too."


exercise = number_exercise(
    "nesterov_limit",
    """
    Nesterov's method, v ← beta · v + g, x ← x − lr · (g + beta · v), with beta = 0.9, on a
    quadratic whose largest curvature is 10.

    What is the largest learning rate at which it does not diverge, from whatever start?
    Predict it before you run anything.
    """,
    2 * (1 + BETA) / ((1 + 2 * BETA) * L),
    chapter="nesterov",
    alternatives=(0.1357143, 3.8 / 28, 1.9 / 14),
    tolerance=3e-3,
    observe=_observe,
    hints=(
        "At the limit the run jumps between y and −y for ever. Put that into the two formulas.",
        "With y alternating, v alternates too: the new v is the old one with its sign turned, so "
        "v = −0.9 · v + 10 · y. That gives v, and −y = y − lr · (10 · y + 0.9 · v) gives lr.",
    ),
    mistakes=(
        wrong_number(
            2 * (1 + BETA) / L,
            "limit of the heavy ball",
            "Is the gradient taken where you stand, or where the velocity leads?",
            "2(1 + beta)/L = 0.38 is the limit of the heavy ball. Nesterov's memory in a direction "
            "is beta · (1 − lr · L), which is negative at such an lr.",
        ),
        wrong_number(
            2 / L,
            "limit of plain descent",
            "Set beta to 0 in your formula, then to 0.9. Does the answer change?",
            "2/L is the limit without momentum. Beyond 1/L each gradient step overshoots, and the "
            "coasting carries the overshoot further, so that less is borne.",
        ),
        wrong_number(
            1 / L,
            "the usual choice",
            "With your lr, does the run diverge as soon as lr is made a little larger?",
            "1/L is the learning rate at which the steepest direction arrives in one step, and "
            "the usual choice. The limit lies above it.",
        ),
        wrong_number(
            2 * (1 + BETA) / (1 + 2 * BETA),
            "curvature left out",
            "Which unit does your number have: that of a learning rate, or none?",
            "1.357 is the limit of lr · L. Divide it by the curvature.",
        ),
        wrong_number(
            (1 + BETA) / ((1 + 2 * BETA) * L),
            "half the limit",
            "Set beta to 0 in your formula. Up to which lr is plain descent stable?",
            "The factor 2 is missing: at beta = 0 your formula gives 1/L, and plain descent bears "
            "2/L.",
        ),
        wrong_number(
            2 / ((1 + 2 * BETA) * L),
            "denominator alone",
            "Your lr · L is below 1. Does a step of gradient descent overshoot there?",
            "2/((1 + 2 beta) L) is too low by the factor 1 + beta. A root reaches −1 where "
            "1 + (1 + 2 beta) s = 0; that is s = 1 − lr · L, and lr · L is 1 − s, not −2 s.",
        ),
        wrong_number(
            2 / ((1 + BETA) * L),
            "limit of the first step",
            "By how much does your second step differ from the first, given the velocity?",
            "You asked that the first step, lr · (1 + beta) · g, lead from y no further than to "
            "−y. From then on the velocity alternates as well and takes some of it back; the "
            "limit is higher.",
        ),
        wrong_number(
            2 * (1 - BETA) / L,
            "limit of the long-run step",
            "Along the steepest direction of a run at its limit, do successive gradients agree "
            "or alternate?",
            "You divided 2/L by the long-run gain 1/(1 − beta). That gain is for gradients that "
            "agree. At the limit they alternate.",
        ),
        wrong_number(
            4 / (3 * L),
            "limit for beta = 1",
            "What does your formula give for beta = 0, and what for 0.9?",
            "4/(3L) is where the limit tends as beta goes to 1. At 0.9 it is a little higher.",
        ),
    ),
    reasoning="Along curvature h, two steps combine into y_{t+1} = (1 + beta) s y_t − beta s "
    "y_{t-1} with s = 1 − lr h. At the limit a root of r² − (1 + beta) s r + beta s is −1, so "
    "1 + (1 + 2 beta) s = 0, which gives lr h = 1 + 1/(1 + 2 beta) = 2(1 + beta)/(1 + 2 beta). "
    "The largest h decides: lr ≤ 3.8/28 ≈ 0.1357, below the 0.2 of plain gradient descent.",
)
