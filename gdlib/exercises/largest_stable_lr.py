"""Exercise: how large may the learning rate be on this bowl?"""

from gdlib.exercises._exercise import number_exercise, wrong_number
from gdlib.optim import gradient_descent

L, MU = 40.0, 2.0
STEPS = 100


def _observe(lr):
    """What a run with this learning rate does along y."""
    if lr <= 0:
        return f"With lr = {lr:g} no step goes downhill: a learning rate is positive."
    y = 1.0
    for _ in range(STEPS):
        y, _ = gradient_descent.step(y, L * y, gradient_descent.State(), lr)
    run = f"With lr = {lr:g}, {STEPS} steps take y from 1 to {y:.2g}: "
    if lr > 2 / L:
        return run + "that diverges."
    return run + "that is stable. A larger lr is stable too."


exercise = number_exercise(
    "largest_stable_lr",
    """
    Gradient descent on f(x, y) = x² + 20 y².

    What is the largest learning rate at which it does not diverge, from whatever start?
    Predict it before you run anything.
    """,
    2 / L,
    chapter="gradient_descent",
    alternatives=(0.05, 1 / 20, 2 / (2 * 20)),
    tolerance=0.005,
    observe=_observe,
    hints=(
        "Each step multiplies x by one number and y by another. Write both down.",
        "A coordinate with second derivative h is multiplied by 1 − lr · h. The run is stable "
        "while none of these factors is larger than 1 in absolute value.",
    ),
    mistakes=(
        wrong_number(
            2 / 20,
            "coefficient taken for curvature",
            "What is the derivative of 20 y², and what is the derivative of that?",
            "You used 20, the coefficient of y². The gradient along y is 40 y, so the curvature "
            "is 40.",
        ),
        wrong_number(
            1 / L,
            "half the limit",
            "At lr = 1/40, what is y after one step? Is there room for more?",
            "1/L takes y to 0 in one step. Beyond it y changes sign at each step and still "
            "shrinks, until the factor 1 − lr · L reaches −1.",
        ),
        wrong_number(
            2 / (L + MU),
            "fastest, not largest",
            "By which factors do x and y shrink at each step with your lr? Are they at their "
            "limit?",
            "2/(L + μ) = 2/42 balances the two factors and converges fastest. The question is "
            "where divergence starts, and there the flat direction plays no part.",
        ),
        wrong_number(
            2 / MU,
            "limit of the flat direction",
            "With your lr, what does one step do to y = 1?",
            "You took the smaller curvature, 2. It would allow lr = 1, but the steeper direction "
            "diverges long before.",
        ),
        wrong_number(
            1 / MU,
            "one step along the flat direction",
            "With your lr, what does one step do to y = 1?",
            "lr = 1/2 takes x to 0 in one step and multiplies y by −19. The steeper direction "
            "sets the limit.",
        ),
        wrong_number(
            2 / (1 + 20),
            "coefficients added",
            "What does the curvature along x have to do with the factor by which y changes?",
            "You used 1 + 20. The coordinates do not mix: each has its own limit, 2 over its own "
            "curvature, and the smaller limit counts.",
        ),
        wrong_number(
            L,
            "the curvature itself",
            "Which unit does your number have: that of a curvature, or of its inverse?",
            "40 is the largest curvature, L. The limit is 2/L.",
        ),
        wrong_number(
            L / MU,
            "the condition number",
            "Which unit does your number have: that of a learning rate, or none?",
            "20 is the condition number L/μ (and the coefficient of y²). It decides how many "
            "steps are needed; the limit of lr is 2/L.",
        ),
    ),
    reasoning="The Hessian is diag(2, 40). A step multiplies x by 1 − 2 lr and y by 1 − 40 lr. "
    "|1 − 40 lr| ≤ 1 holds while lr ≤ 2/40 = 0.05, |1 − 2 lr| ≤ 1 while lr ≤ 1. The steepest "
    "direction sets the limit, 2/L; at the limit itself y jumps between two values for ever.",
)
