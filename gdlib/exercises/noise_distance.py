"""Exercise: how far from the minimum does a noisy descent settle?"""

import math

from gdlib.exercises._exercise import number_exercise, wrong_number

CURVATURE, LR, NOISE, BATCH = 2.0, 0.2, 6.0, 9
FACTOR = 1 - LR * CURVATURE
STEP_NOISE = LR * NOISE / math.sqrt(BATCH)  # what a step's noise adds to x
RIGHT = round(STEP_NOISE / math.sqrt(1 - FACTOR**2), 12)


def _observe(distance):
    """Where the mean square stands one step later, if the distance was this."""
    if distance < 0:
        return f"A distance is not negative; you answered {distance:g}."
    after = math.sqrt(FACTOR**2 * distance**2 + STEP_NOISE**2)
    return (
        f"Suppose the root mean square of x is {distance:.4g}. The step multiplies x by "
        f"{FACTOR:g} and adds noise of size {STEP_NOISE:g}; after it the root mean square is "
        f"{after:.4g}."
    )


exercise = number_exercise(
    "noise_distance",
    """
    Mini-batch descent on f(x) = x² with lr = 0.2. The gradient of a single sample is that of f
    plus noise of mean 0 and standard deviation 6, the same everywhere. Each step takes the mean
    of 9 samples, drawn anew. It has run for thousands of steps.

    How far from the minimum is it: what is the root mean square of x? Predict it before you run
    anything.
    """,
    RIGHT,
    chapter="gradient_descent",
    alternatives=(0.5, 0.4 / 0.8, math.sqrt(0.25)),
    tolerance=0.005,
    observe=_observe,
    hints=(
        "A step does two things to the mean square of x. Write both down, and ask when they "
        "cancel.",
        "The noise of a batch is 6/√9. With factor c = 1 − lr · curvature and step noise s, the "
        "mean square solves m = c² m + s². Which curvature has x²?",
    ),
    mistakes=(
        wrong_number(
            0.0,
            "arrives",
            "If x is exactly 0 now, where is it after the next step?",
            "At the minimum the mean gradient is 0 but that of a batch is not, so the next step "
            "leaves again. At constant lr the run does not arrive.",
        ),
        wrong_number(
            RIGHT * math.sqrt(BATCH),
            "batch of one",
            "How large is the noise in the mean of 9 samples?",
            "You used the noise of a single sample, 6. The mean of 9 has 6/√9 = 2.",
        ),
        wrong_number(
            RIGHT / math.sqrt(BATCH),
            "noise divided by b",
            "Do variances of independent samples add, or standard deviations?",
            "You divided the noise by 9. The variance of a mean of 9 is a ninth, so its standard "
            "deviation is a third: 2.",
        ),
        wrong_number(
            RIGHT**2,
            "the mean square",
            "Which unit has your number, that of x or that of x²?",
            "0.25 is the mean of x², and here also the mean of f. Its root is asked for.",
        ),
        wrong_number(
            STEP_NOISE,
            "noise of one step",
            "After the noise of the last step, what is left of that of the step before?",
            "0.4 is what one step adds. Of the noise before, the factor 1 − lr · 2 = 0.6 is left, "
            "of that before it 0.36, and so on: their squares add up.",
        ),
        wrong_number(
            STEP_NOISE / (1 - FACTOR),
            "as if all noise pointed one way",
            "Noise of two steps has independent signs. Do the sizes add, or the squares?",
            "1 is 0.4 · (1 + 0.6 + 0.36 + …), and also 2/2, where slope and noise are equally "
            "large. Noise of one sign throughout would keep x there. Of independent noise the "
            "squares add.",
        ),
        wrong_number(
            math.sqrt(LR * NOISE**2 / (2 * CURVATURE * BATCH)),
            "formula for a small lr",
            "Is lr times curvature small against 2 here?",
            "You dropped the −ηλ from 2 − ηλ. That is right for small learning rates; here ηλ is "
            "0.4 and it costs a tenth.",
        ),
        wrong_number(
            STEP_NOISE / math.sqrt(1 - (1 - LR) ** 2),
            "coefficient taken for curvature",
            "What is the second derivative of x²?",
            "You used the curvature 1. That of x² is 2, so a step multiplies x by 1 − 0.4 = 0.6.",
        ),
        wrong_number(
            NOISE / math.sqrt(BATCH),
            "noise of the gradient",
            "Is your number the size of a gradient's noise, or a distance?",
            "2 is the standard deviation of a batch's gradient. A step multiplies it by lr, and "
            "the noise of many steps adds up.",
        ),
    ),
    reasoning="The curvature of x² is 2, so a step multiplies x by 1 − 0.2 · 2 = 0.6. The mean of "
    "9 samples has noise 6/√9 = 2, of which the step adds 0.2 · 2 = 0.4. The mean square m settles "
    "where m = 0.36 m + 0.16, at m = 0.25. Its root is 0.5.",
)
