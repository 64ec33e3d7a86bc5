"""Exercise: how much of the gradient is left below twenty ReLU layers as PyTorch starts them?"""

import math

from gdlib.exercises._exercise import number_exercise, wrong_number

LAYERS = 20
FACTOR = 1 / 6  # of the mean square, for each layer: variance of a weight times n, times 1/2


def _observe(value):
    """What a number says about one layer."""
    if value <= 0:
        return f"A root mean square is positive; yours is {value:g}."
    each = value ** (1 / LAYERS)
    text = f"{LAYERS} equal factors whose product is {value:.2g} are {each:.3g} each"
    return f"{text}, and {each**2:.3g} in the mean square."


exercise = number_exercise(
    "default_relu_factor",
    """
    A net has 20 hidden layers of n ReLU units each. All weights are drawn from the uniform
    distribution between −1/√n and 1/√n, PyTorch's default.

    The root mean square of the gradient just above these layers is 1. How large is it just below
    them? Take n as large. Predict it before you run anything.
    """,
    FACTOR ** (LAYERS / 2),
    chapter="vanishing_gradients",
    alternatives=(6.0**-10, math.exp(-LAYERS / 2 * math.log(6))),
    tolerance=0.02,
    observe=_observe,
    hints=(
        "What is the variance of a number drawn evenly between −a and a?",
        "For each layer the mean square is multiplied by n times the variance of a weight, times "
        "the mean square of the slope of ReLU.",
    ),
    mistakes=(
        wrong_number(
            FACTOR**LAYERS,
            "mean square, not its root",
            "Which unit does your number have: that of the gradient, or that of its square?",
            "(1/6)^20 is what becomes of the mean square. Its root was asked for.",
        ),
        wrong_number(
            (1 / 3) ** (LAYERS / 2),
            "ReLU forgotten",
            "Which share of the units lets no gradient through?",
            "n times the variance of a weight is 1/3; that is a linear layer. ReLU has slope 0 at "
            "half of its units, which halves the mean square once more.",
        ),
        wrong_number(
            (1 / 2) ** (LAYERS / 2),
            "bound taken for the standard deviation",
            "Most numbers between −a and a are smaller than a. How large is their root mean "
            "square?",
            "You took 1/√n, the bound, for the standard deviation. That of a uniform distribution "
            "is the bound over √3.",
        ),
        wrong_number(
            (1 / 24) ** (LAYERS / 2),
            "width taken for the bound",
            "The variance (b − a)²/12 of a uniform distribution: what is b − a here?",
            "The interval is 2/√n wide, so that the variance is 4/(12n) = 1/(3n). You took it to "
            "be 1/√n wide.",
        ),
        wrong_number(
            (1 / 12) ** (LAYERS / 2),
            "half taken for a quarter",
            "The slope of ReLU is 1 at half of the units. What is the mean of its square?",
            "You halved the root mean square in each layer. The mean square is halved: the squares "
            "of 0 and 1 are 0 and 1.",
        ),
        wrong_number(
            1.0,
            "taken for He's",
            "For which variance of the weights does ReLU keep the mean square? Which one is it "
            "here?",
            "With variance 2/n the gradient would be kept. The default has 1/(3n), a sixth of it.",
        ),
        wrong_number(
            FACTOR ** ((LAYERS - 1) / 2),
            "one layer too few",
            "Through how many weight matrices does the gradient pass?",
            "From above 20 layers to below them it passes 20 matrices and 20 activations. You "
            "counted 19.",
        ),
        wrong_number(
            FACTOR**0.5,
            "one layer only",
            "Through how many layers does the gradient pass?",
            "√(1/6) = 0.41 is the factor of one layer.",
        ),
        wrong_number(
            FACTOR ** (-LAYERS / 2),
            "upside down",
            "Is the gradient below larger or smaller than above, when each layer multiplies it by "
            "less than 1?",
            "Your number is one over the answer: it says how much smaller it has become.",
        ),
        wrong_number(
            0.25**LAYERS,
            "the bound of the sigmoid",
            "Which activation has a slope of at most 1/4?",
            "1/4 is the largest slope of the sigmoid. That of ReLU is 0 or 1.",
        ),
    ),
    reasoning="A uniform number between −a and a has variance a²/3, here 1/(3n). Going back "
    "through W multiplies the mean square by n/(3n) = 1/3, the slopes of ReLU, 0 or 1 with equal "
    "chance, by 1/2: together 1/6 for each layer. Its root to the power of 20 is 6^(−10) = "
    "1.65e-8.",
)
