"""Exercise: how large may the learning rate of the heavy ball be?"""

from gdlib.exercises._exercise import number_exercise, wrong_number
from gdlib.optim import momentum

L, BETA = 10.0, 0.9
STEPS = 300


def _observe(lr):
    """What a run with this learning rate does along the direction of curvature L."""
    if lr <= 0:
        return f"With lr = {lr:g} no step goes downhill: a learning rate is positive."
    y, state = 1.0, momentum.init(1.0)
    for _ in range(STEPS):
        y, state = momentum.step(y, L * y, state, lr, BETA)
        if abs(y) > 1e12:
            break
    run = f"With lr = {lr:g}, the steepest coordinate goes from 1 to {y:.2g} within {STEPS} steps: "
    if lr > 2 * (1 + BETA) / L:
        return run + "that diverges."
    return run + "that is stable. A larger lr is stable too."


exercise = number_exercise(
    "momentum_limit",
    """
    The heavy ball, v ← beta · v + g, x ← x − lr · v, with beta = 0.9, on a quadratic whose
    largest curvature is 10.

    What is the largest learning rate at which it does not diverge, from whatever start?
    Predict it before you run anything.
    """,
    2 * (1 + BETA) / L,
    chapter="momentum",
    alternatives=(0.38, 3.8 / 10, 0.2 * 1.9),
    tolerance=2e-4,
    observe=_observe,
    hints=(
        "At the limit the ball jumps between y and −y for ever. Put that into the two formulas.",
        "With y alternating, v alternates too: −v = 0.9 · v + 10 · y gives v, and "
        "−y = y − lr · (−v) then gives lr.",
    ),
    mistakes=(
        wrong_number(
            2 / L,
            "limit of plain descent",
            "Set beta to 0 in your formula, then to 0.9. Does the answer change?",
            "2/L is the limit without momentum. Velocity damps the jumping from side to side, so "
            "that the heavy ball bears almost twice as much.",
        ),
        wrong_number(
            2 * (1 + BETA) / ((1 - BETA) * L),
            "limit of the averaging form",
            "Is your velocity a sum of gradients, or an average? And is L in your formula?",
            "3.8 is the limit of v ← beta · v + (1 − beta) · g, whose velocity is 1 − beta times "
            "as long. (It is also 2(1 + beta), with the curvature left out.) The velocity here "
            "adds whole gradients.",
        ),
        wrong_number(
            2 * (1 - BETA) / L,
            "limit of the long-run step",
            "Along the steepest direction of a run at its limit, do successive gradients agree "
            "or alternate?",
            "You divided 2/L by the long-run gain 1/(1 − beta). That gain is for gradients that "
            "agree. At the limit they alternate, and then velocity damps: the gain is "
            "1/(1 + beta).",
        ),
        wrong_number(
            2 * (1 + BETA) / ((1 + 2 * BETA) * L),
            "Nesterov's limit",
            "Is the gradient taken at x, or at a point further along v?",
            "2(1 + beta)/((1 + 2 beta) L) ≈ 0.136 is the limit of Nesterov's rule. The heavy ball "
            "takes its gradient where it stands.",
        ),
        wrong_number(
            2 / ((1 - BETA) * L),
            "averaging form, damping forgotten",
            "At the limit y alternates. What does beta do to a velocity that alternates?",
            "You multiplied 2/L by 1/(1 − beta). A velocity that alternates is damped by "
            "1/(1 + beta) instead, and so the limit grows by 1 + beta.",
        ),
        wrong_number(
            (1 + BETA) / L,
            "half the limit",
            "With your lr, does the run diverge as soon as lr is made a little larger?",
            "The factor 2 is missing: at beta = 0 your formula gives 1/L, and plain descent "
            "bears 2/L.",
        ),
        wrong_number(
            1 / L,
            "half the limit of plain descent",
            "Set beta to 0. Up to which lr is plain descent stable?",
            "1/L is half of what plain descent bears, 2/L; momentum raises that limit further.",
        ),
        wrong_number(
            (1 + BETA**0.5) ** 2 / L,
            "where swinging turns into jumping",
            "At your lr the two roots of z² − (1 + beta − lr · L) z + beta coincide. How large "
            "are they?",
            "(1 + √beta)²/L ≈ 0.3797 is where the roots become real; there they are −√beta, "
            "still inside the unit circle. The limit, a root of −1, comes just after.",
        ),
    ),
    reasoning="Along curvature h, two steps combine into y_{t+1} = (1 + beta − lr h) y_t − "
    "beta y_{t-1}. The roots of z² − (1 + beta − lr h) z + beta lie inside the unit circle while "
    "0 < lr h < 2(1 + beta); at the upper end one root is −1. The largest h decides: "
    "lr ≤ 2(1 + beta)/L = 3.8/10 = 0.38.",
)
