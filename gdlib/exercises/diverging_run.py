"""Exercise: a run of gradient descent that diverges, to be repaired by one change."""

from functools import partial

from gdlib.descent import descend
from gdlib.exercises._exercise import changed_two, diagnosis_exercise, only, wrong_settings
from gdlib.objective import quadratic
from gdlib.optim import gradient_descent

GIVEN = {"kappa": 100.0, "x0": (-2.5, 1.2), "lr": 0.025, "steps": 500}
TARGET = 1e-3
LONGEST = 5000  # enough to see where a run is going


def run(settings):
    """The History of gradient descent with these settings."""
    objective = quadratic(kappa=settings["kappa"])
    steps = min(settings["steps"], LONGEST)
    return descend(objective, settings["x0"], gradient_descent, steps, lr=settings["lr"])


_only = partial(only, GIVEN)


def _solves(settings):
    history = run(settings)
    return not history.diverged and history.f[-1] <= TARGET


def _lr_is(test, settings):
    return _only("lr", settings) and test(settings["lr"])


def _falls_short(settings):
    return 0 <= settings["lr"] <= 2 / GIVEN["kappa"] and not _solves(settings)


def _on_the_edge(settings):
    at_least = 2 / (1 + GIVEN["kappa"])
    return _only("lr", settings) and settings["lr"] > at_least and _falls_short(settings)


def _too_small(settings):
    at_most = 2 / (1 + GIVEN["kappa"])
    return _only("lr", settings) and settings["lr"] <= at_most and _falls_short(settings)


def _observe(settings):
    """How the run with these settings ends."""
    if settings["lr"] < 0 or settings["kappa"] <= 0 or settings["steps"] < 1:
        return "There is no descent with such settings."
    history = run(settings)
    if history.diverged:
        return f"Your run diverges: it is out of bounds at step {history.stopped_at}."
    x, y = history.x[-1]
    return (
        f"Your run ends at x = {x:.2g}, y = {y:.2g} with f = {history.f[-1]:.2g}; "
        f"the target is f ≤ {TARGET:g}."
    )


_wrong = partial(wrong_settings, GIVEN)

exercise = diagnosis_exercise(
    "diverging_run",
    """
    Gradient descent on f(x, y) = (x² + kappa · y²) / 2 diverges with the settings below.

    Change one of them, and only one, so that it reaches f ≤ 0.001 on this bowl, within this
    budget of steps, from wherever it starts.
    """,
    GIVEN,
    comments=(
        "condition number of the bowl",
        "start",
        "learning rate",
        "budget of steps",
    ),
    reference={"lr": 2 / 101},
    chapter="gradient_descent",
    alternatives=tuple({**GIVEN, "lr": lr} for lr in (0.009, 0.01, 0.015, 0.0198)),
    solves=_solves,
    observe=_observe,
    hints=(
        "Which coordinate runs away, and by which factor at each step?",
        "The steepest direction sets a limit for lr, and the flat one needs lr to be large.",
    ),
    mistakes=(
        changed_two(GIVEN, {"lr": 0.01, "steps": 1000}),
        _wrong(
            {"kappa": 10.0},
            partial(_only, "kappa"),
            "changed the bowl",
            "Does the run work on the bowl you were given?",
            "You made the problem easier. The condition number belongs to the task; what you are "
            "free to choose is how to descend.",
        ),
        _wrong(
            {"x0": (1.0, 0.0)},
            partial(_only, "x0"),
            "moved the start",
            "By which factor does each step multiply y? Does the factor depend on the start?",
            "Every step multiplies y by 1 − lr · kappa = −1.5, from any start. Only a start with "
            "y exactly 0 hides that.",
        ),
        _wrong(
            {"steps": 5000},
            lambda s: _only("steps", s) and s["steps"] > GIVEN["steps"],
            "more steps",
            "Is f smaller after 20 steps than after 10?",
            "The run moves away from the minimum, by a factor at each step. More steps take it "
            "further.",
        ),
        _wrong(
            {"steps": 10},
            lambda s: _only("steps", s) and s["steps"] < GIVEN["steps"],
            "stopped earlier",
            "Is f at the end below the target, or below where it started?",
            "Stopping hides the divergence and does not reach the target. Each step goes the "
            "wrong length; that has to change.",
        ),
        _wrong(
            {"lr": 0.022},
            partial(_lr_is, lambda lr: lr > 2 / GIVEN["kappa"]),
            "still above the limit",
            "By which factor does your step multiply y? Is it between −1 and 1?",
            "lr is still above 2/L = 2/kappa, so y grows at every step. It has to be below.",
        ),
        _wrong(
            {"lr": 0.02},
            _on_the_edge,
            "on the edge",
            "By which factor does your step multiply y? How many steps does that take?",
            "lr is so close to 2/kappa that y only changes sign and hardly shrinks. A little less "
            "is much faster.",
        ),
        _wrong(
            {"lr": 0.0025},
            _too_small,
            "too small to arrive",
            "Which coordinate is left over at the end, and by which factor does it shrink?",
            "The run is stable, but the flat direction shrinks by 1 − lr at each step, and the "
            "budget is spent before it arrives. lr can be larger: the limit is 2/kappa.",
        ),
        _wrong(
            {"lr": -0.01},
            partial(_lr_is, lambda lr: lr < 0),
            "uphill",
            "Which way does a step with negative lr go?",
            "A negative learning rate climbs. It has to be positive, and below 2/kappa.",
        ),
    ),
    reasoning="A step multiplies x by 1 − lr and y by 1 − kappa · lr. With kappa = 100 and "
    "lr = 0.025 the second is −1.5, so y diverges from any start. Stability asks for lr < 2/kappa "
    "= 0.02; arriving within 500 steps asks for lr of at least about 0.008, because of x. "
    "2/(L + μ) = 2/101 makes the two factors equal in size and is the fastest choice.",
)
