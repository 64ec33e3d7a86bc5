"""Exercise: Adam resumed from a checkpoint that forgot the step count."""

from gdlib.exercises._exercise import number_exercise, wrong_number

BETA1, BETA2 = 0.9, 0.95


def _observe(length):
    """The beta2 at which the first step would have this length."""
    if length <= 0:
        return "The gradient is what it was before the stop: the step goes the same way, not back."
    beta2 = 1 - ((1 - BETA1) * length) ** 2
    if beta2 <= 0:
        return f"With beta1 = {BETA1} no beta2 gives a first step of {length:g} lr."
    return f"With beta1 = {BETA1}, a first step of {length:g} lr is what beta2 = {beta2:.4g} gives."


exercise = number_exercise(
    "adam_restart",
    """
    Adam with beta1 = 0.9 and beta2 = 0.95 has seen the same gradient for so long that every step
    is one lr long. The run is stopped and resumed from a checkpoint that holds m and v, but not
    the step count: t starts again at 1. The gradient is the same as before.

    How long is the first step after the restart, in units of lr? (Take eps as 0.)
    """,
    (1 - BETA2) ** 0.5 / (1 - BETA1),
    chapter="adam",
    alternatives=(2.236, 5**0.5, 0.05**0.5 / 0.1),
    tolerance=0.005,
    observe=_observe,
    hints=(
        "Before the stop m = g and v = g². What are they after one more step with the same g?",
        "m and v stay as they are, and need no correction. Yet m is divided by 1 − beta1 and v by "
        "1 − beta2, as at a first step.",
    ),
    mistakes=(
        wrong_number(
            (1 - BETA1) / (1 - BETA2) ** 0.5,
            "the start without correction",
            "After the restart, are m and v too small, or are they what they should be?",
            "(1 − beta1)/√(1 − beta2) is the first step of a run that starts with m = v = 0 and "
            "has no correction. Here m and v are full and are corrected nevertheless: the "
            "fraction is the other way up.",
        ),
        wrong_number(
            1.0,
            "nothing happens",
            "By what is m divided at t = 1, and by what √v?",
            "The two corrections do not cancel: m is divided by 1 − beta1 = 0.1, √v by "
            "√(1 − beta2). A first step is one lr long only while m and v have just started "
            "from zero.",
        ),
        wrong_number(
            (1 - BETA2) / (1 - BETA1),
            "root forgotten",
            "Is the step divided by v̂, or by its root?",
            "You compared the two corrections as they are. v̂ stands under a root, and so does "
            "its correction.",
        ),
        wrong_number(
            (1 - BETA1) / (1 - BETA2),
            "root forgotten, upside down",
            "If m alone were corrected, would the step become longer or shorter?",
            "Correcting m makes the step longer, by 1/(1 − beta1); correcting v makes it "
            "shorter. And v̂ stands under a root.",
        ),
        wrong_number(
            1 / (1 - BETA1),
            "v not corrected",
            "What does the correction do to v at t = 1?",
            "10 is what the correction of m does. That of v makes the denominator larger too, "
            "by 1/√(1 − beta2).",
        ),
        wrong_number(
            (1 - BETA2) ** 0.5,
            "m not corrected",
            "What does the correction do to m at t = 1?",
            "√(1 − beta2) is what the correction of v does. That of m makes the numerator ten "
            "times as large.",
        ),
        wrong_number(
            (1 - BETA2**2) ** 0.5 / (1 - BETA1**2),
            "the second step",
            "Which t does the first step after the restart have?",
            "You took t = 2. The count is increased before it is used: the first step has t = 1.",
        ),
        wrong_number(
            (1 - 0.999) ** 0.5 / (1 - 0.9),
            "the default betas",
            "Which beta2 does this run have?",
            "You took beta2 = 0.999. This run has 0.95, and with it a restart errs to the other "
            "side.",
        ),
        wrong_number(
            BETA2**0.5 / BETA1,
            "beta in place of 1 − beta",
            "At t = 1, is the divisor beta1, or 1 − beta1?",
            "The corrections divide by 1 − beta1^t and 1 − beta2^t, which at t = 1 are 0.1 and "
            "0.05.",
        ),
    ),
    reasoning="After many equal gradients m = g and v = g², and one more changes neither. At t = 1 "
    "the correction divides m by 1 − beta1 = 0.1 and v by 1 − beta2 = 0.05, so the step is "
    "lr · √0.05/0.1 ≈ 2.236 lr. It is the inverse of the first step without correction, because "
    "there a correction is missing that is one too many here.",
)
