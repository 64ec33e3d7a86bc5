"""Exercise: how long is AdaGrad's hundredth step under a constant gradient?"""

import math

from gdlib.exercises._exercise import number_exercise, wrong_number
from gdlib.optim import adagrad

G, LR, T = 3.0, 0.1, 100


def _lengths():
    """The lengths of the first T steps."""
    x, state = 0.0, adagrad.init(0.0)
    lengths = []
    for _ in range(T):
        before = x
        x, state = adagrad.step(x, G, state, LR)
        lengths.append(before - x)
    return lengths


def _observe(value):
    """Which step of the run is as long as that, or how it lies to all of them."""
    lengths = _lengths()
    if value >= lengths[0] * 1.001:
        return f"A step of {value:.4g} is longer than any of the run; its first is the longest."
    if value <= lengths[-1]:
        return f"After {T} steps the run has not made a step as short as {value:.4g} yet."
    nth = min(range(T), key=lambda i: abs(lengths[i] - value)) + 1
    return f"The step whose length comes closest to {value:.4g} is step {nth}, not step {T}."


exercise = number_exercise(
    "step_100_length",
    """
    AdaGrad with lr = 0.1, its sum starting at 0 and eps next to 0. The gradient is 3 at every
    step.

    How far does x move in step 100? Predict it before you run anything.
    """,
    LR / math.sqrt(T),
    chapter="adagrad",
    alternatives=(0.01, 0.3 / 30, 0.1 * 3 / math.sqrt(900)),
    tolerance=0.003,
    observe=_observe,
    hints=(
        "Write down v after 100 steps: a sum of how many numbers, each how large?",
        "v = 100 · 3². Take its root, and divide lr · 3 by it.",
    ),
    mistakes=(
        wrong_number(
            LR,
            "length of the first step",
            "Does the sum v stay as it was after the first step?",
            "0.1 is the first step: lr, whatever the gradient. With every further gradient the "
            "sum grows and the steps become shorter.",
        ),
        wrong_number(
            LR / T,
            "root forgotten",
            "What is √v after 100 steps: 3 times 100, or something less?",
            "You let the step fall like 1/t. v is 100 · 9 and the step divides by its root, "
            "3 · 10, so it falls like 1/√t.",
        ),
        wrong_number(
            LR / (G * math.sqrt(T)),
            "gradient only in the denominator",
            "The gradient stands in the denominator. Where else?",
            "lr / √v is the learning rate that this parameter has by then. The step is that times "
            "the gradient, and the 3 cancels.",
        ),
        wrong_number(
            LR * G / math.sqrt(T),
            "gradient only in the numerator",
            "What does each gradient add to v: 1, or its square?",
            "You divide lr · 3 by √100. The sum holds 3² for every step, so √v is 30 and the 3 "
            "cancels.",
        ),
        wrong_number(
            LR * G,
            "plain gradient descent",
            "Which part of your number knows that 100 gradients have come in?",
            "lr · g = 0.3 is a step of gradient descent. AdaGrad divides it by √v = 30.",
        ),
        wrong_number(
            LR * G / (G**2 * T),
            "divided by v",
            "In which unit is your denominator: that of g, or of g²?",
            "You divide by the sum of squares, 900. AdaGrad divides by its root, 30.",
        ),
        wrong_number(
            LR * G / math.sqrt(G * T),
            "sizes in the sum",
            "What does each gradient add to v: its size, or its square?",
            "You took √300, the root of a sum of sizes. The sum holds squares: √900 = 30.",
        ),
        wrong_number(
            LR * sum(1 / math.sqrt(t) for t in range(1, T + 1)),
            "the whole way",
            "Is the length of one step asked for, or how far x has come after all of them?",
            "After 100 steps x has moved by lr · (1 + 1/√2 + … + 1/√100), about 1.86. Step 100 "
            "alone is asked for.",
        ),
        wrong_number(
            math.sqrt(G**2 * T),
            "the denominator",
            "What is still to be divided by your number?",
            "30 is √v after 100 steps. The step is lr · 3 divided by it.",
        ),
    ),
    reasoning="After 100 steps v = 100 · 3² = 900 and √v = 30. The step is lr · g / √v = "
    "0.1 · 3 / 30 = 0.01, that is lr / √100: the size of the gradient cancels, and only its "
    "number of appearances is left.",
)
