"""Exercise: by how much a gradient can grow through twenty Jacobians of two kinds."""

import numpy as np

from gdlib.exercises._exercise import number_exercise, wrong_number

U = np.array([[0.0, 2.0], [2.0, 0.0]])
ODD, EVEN = np.diag([0.1, 0.8]) @ U, np.diag([0.4, 0.5]) @ U
STEPS = 20
PAIR = 1.28  # the larger entry of EVEN @ ODD = diag(1.28, 0.2)


def _observe(factor):
    """What the answer would mean for each step."""
    if factor <= 0:
        return f"A norm is multiplied by a positive number, not by {factor:g}."
    return (
        f"A factor of {factor:.3g} over {STEPS} steps is {factor ** (1 / STEPS):.3g} a step. "
        f"That is {'growing' if factor > 1 else 'shrinking'}."
    )


exercise = number_exercise(
    "growth_over_20_steps",
    """
    A tanh RNN of two units has the recurrent weights U = [[0, 2], [2, 0]]. Its inputs are such
    that the slopes tanh′ of the two units are 0.1 and 0.8 at every odd step, 0.4 and 0.5 at every
    even step.

    A gradient arrives at h_20 and is carried back to h_0. By which factor is its norm multiplied
    at most, among all directions that it can have?
    Predict it before you run anything.
    """,
    PAIR ** (STEPS // 2),
    chapter="exploding_gradients",
    alternatives=(
        11.806,
        1.28**10,
        float(np.linalg.norm(np.linalg.matrix_power(EVEN @ ODD, 10), 2)),
    ),
    tolerance=0.005,
    observe=_observe,
    hints=(
        "Write down the Jacobian diag(slopes) U of an odd step and that of an even step. What is "
        "their product?",
        "The product of two steps, even after odd, is diagonal. Ten such pairs multiply each of "
        "its entries ten times.",
    ),
    mistakes=(
        wrong_number(
            (0.32 * 0.8) ** (STEPS / 4),
            "spectral radii multiplied",
            "Do the two Jacobians have the same eigenvectors?",
            "You multiplied the spectral radii, √0.32 and √0.8. A radius says how powers of one "
            "matrix grow. Here two different ones alternate: multiply them first.",
        ),
        wrong_number(
            2.0**STEPS,
            "slopes left out",
            "What has become of the slopes tanh′?",
            "2 is the spectral radius of U. The gradient passes a tanh at each step too, and is "
            "multiplied by its slope.",
        ),
        wrong_number(
            0.9**STEPS,
            "mean slope",
            "Does a gradient that sits in one unit at each step feel the slope of the other?",
            "You took the mean of the slopes, 0.45, times 2. The gradient goes from unit to unit, "
            "and what counts are the slopes that it meets, multiplied.",
        ),
        wrong_number(
            1.6 ** (STEPS // 2),
            "norms multiplied",
            "An odd step enlarges most what sits in one unit. Is that the unit which the even "
            "step enlarges most?",
            "1.6 and 1 are the largest factors of a single odd and a single even step. Their "
            "product is a bound, but no direction has both: what one step enlarges most arrives "
            "where the other does not.",
        ),
        wrong_number(
            1.6**STEPS,
            "largest slope at every step",
            "Does the gradient find the slope 0.8 at every step?",
            "2 · 0.8 is the largest factor of an odd step. At even steps there is no such slope.",
        ),
        wrong_number(
            PAIR**STEPS,
            "a pair counted as one step",
            "How many steps does your 1.28 stand for?",
            "1.28 belongs to two steps, an odd and an even one. In 20 steps there are ten pairs.",
        ),
        wrong_number(
            PAIR,
            "one pair only",
            "How many times does the gradient pass the pair of steps?",
            "1.28 is the factor of two steps. There are 20.",
        ),
        wrong_number(
            0.2 ** (STEPS // 2),
            "the direction that shrinks",
            "Is there a direction that does better?",
            "0.2 is the other entry of the product of two steps. The largest factor is asked for.",
        ),
        wrong_number(
            (PAIR * 0.2) ** (STEPS // 2),
            "the area",
            "Is it a length that your number multiplies, or an area?",
            "You multiplied the determinants. They say how areas change: the product over both "
            "directions, of which one grows and the other shrinks.",
        ),
        wrong_number(
            0.65 ** (STEPS // 2),
            "the mean Jacobian",
            "Does the gradient pass the mean of two matrices, or the one and then the other?",
            "You took the powers of the mean of the two Jacobians, whose radius is √0.65. The "
            "gradient passes their product.",
        ),
    ),
    reasoning="The Jacobians are [[0, 0.2], [1.6, 0]] at odd steps and [[0, 0.8], [1, 0]] at even "
    "ones. Even after odd is diag(0.8 · 1.6, 1 · 0.2) = diag(1.28, 0.2), and ten of these have the "
    "norm 1.28^10 = 11.8; the transposes have the same. Each of the two Jacobians by itself has a "
    "spectral radius below 1 (0.57 and 0.89), and yet the gradient grows.",
)
