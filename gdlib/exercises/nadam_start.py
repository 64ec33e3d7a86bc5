"""Exercise: how long is the first step of Nadam with constant momentum?"""

from gdlib.dialects import DIALECTS
from gdlib.exercises._exercise import number_exercise, wrong_number

BETA = 0.8
RULE = DIALECTS["optax"]["nadam"]


def first_step(beta1=BETA, g=1.0):
    """Length of the first step in units of lr, by running the rule."""
    x, _ = RULE.step(0.0, g, RULE.init(0.0), lr=1.0, beta1=beta1, eps=1e-12)
    return abs(x)


def _observe(number):
    """What the number says of the first step beside Adam's."""
    if number <= 0:
        return f"A first step of {number:g} · lr goes nowhere, or uphill: a length is positive."
    if abs(number - 1) < 1e-6:
        return "You predict a first step as long as Adam's, which is exactly lr."
    than = "longer" if number > 1 else "shorter"
    return f"You predict a first step of {number:g} · lr, {than} than Adam's, which is exactly lr."


exercise = number_exercise(
    "nadam_start",
    """
    Nadam with constant momentum, beta1 = 0.8,

        m̂_t = beta1 · m_t / (1 − beta1^(t+1)) + (1 − beta1) · g_t / (1 − beta1^t)

    and with Adam's denominator, starts from m = v = 0; eps is negligible.

    How long is its very first step, in units of lr? Predict it before you run anything.
    """,
    1 + BETA / (1 + BETA),
    chapter="nadam",
    alternatives=(13 / 9, 1.444444, 2.6 / 1.8),
    tolerance=2e-4,
    observe=_observe,
    hints=(
        "At the first step √v̂ is |g|, so only m̂ counts. What is m_1, in units of g?",
        "m_1 is 0.2 · g. Put it and t = 1 into the two terms; the second of them is g.",
    ),
    mistakes=(
        wrong_number(
            1.0,
            "Adam's first step",
            "Adam divides (0.8 · 0 + 0.2 · g) by 0.2. Which mean takes the place of the 0 here?",
            "1 is Adam's first step, whose old mean is zero. The look-ahead puts the new mean in "
            "its place, and that is not zero.",
        ),
        wrong_number(
            1 + BETA,
            "m corrected with one power too few",
            "To which power is beta1 raised in the divisor of m?",
            "1.8 divides m_1 by 1 − beta1. The look-ahead belongs to the next step, so the power "
            "is t + 1: 0.8 · 0.2 / (1 − 0.8²).",
        ),
        wrong_number(
            (1 - BETA) * (1 + BETA),
            "no correction",
            "Which share of the gradient is in m_1? What are the two divisors for?",
            "0.36 is 0.8 · 0.2 + 0.2, both terms as they are. Dividing them by 0.36 and by 0.2 "
            "makes up for the zero at which m starts.",
        ),
        wrong_number(
            BETA * (1 - BETA) + 1,
            "m not corrected",
            "By what is the first term divided at t = 1?",
            "1.16 corrects the gradient's term and leaves m's as it is. Divide 0.8 · 0.2 by "
            "1 − 0.8² = 0.36.",
        ),
        wrong_number(
            BETA / (1 + BETA),
            "look-ahead alone",
            "What is the second term of the formula at t = 1?",
            "0.444 is the first term. The present gradient adds 0.2 · g / 0.2 = g.",
        ),
        wrong_number(
            BETA / (1 + BETA) + (1 - BETA),
            "gradient not corrected",
            "By what is the second term divided at t = 1?",
            "0.644 corrects m's term and leaves the gradient's as it is. Divide 0.2 by "
            "1 − 0.8 = 0.2.",
        ),
        wrong_number(
            1 + 0.9 / 1.9,
            "with beta1 = 0.9",
            "Which beta1 is given here?",
            "1.474 is the first step at the usual beta1 = 0.9. Here beta1 is 0.8.",
        ),
        wrong_number(
            1 + 1 / (1 + BETA),
            "weight of m forgotten",
            "With which factor does m enter the blend?",
            "1.556 takes the corrected m whole. Its weight is beta1 = 0.8.",
        ),
        wrong_number(
            1 + BETA * (1 - BETA) / (1 - BETA**3),
            "one power too many",
            "What is t at the very first step?",
            "1.328 divides m_1 by 1 − 0.8³. t counts from 1, so the divisor is 1 − 0.8².",
        ),
        wrong_number(
            1 / (1 - BETA),
            "sum of all weights",
            "Is m a mean of gradients, or their sum?",
            "5 is 1/(1 − beta1), what a sum of gradients grows to in the heavy ball. m is a mean, "
            "and this is the first step.",
        ),
    ),
    reasoning="From m = 0 the first mean is m_1 = 0.2 · g. The two terms are 0.8 · 0.2 · g / "
    "(1 − 0.64) = 0.444 · g and 0.2 · g / 0.2 = g; with √v̂ = |g| the step is 1.444 · lr long. In "
    "general 1 + beta1 / (1 + beta1): the gradient counts once as itself and once more through "
    "the momentum that it has just made.",
)
