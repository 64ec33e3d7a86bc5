"""Exercise: a run of gradient descent that was given Nesterov's momentum and now diverges."""

from functools import partial

from gdlib.descent import descend
from gdlib.exercises._exercise import changed_two, diagnosis_exercise, only, wrong_settings
from gdlib.objective import quadratic
from gdlib.optim import nesterov

GIVEN = {"kappa": 100.0, "x0": (-2.5, 1.2), "lr": 0.018, "beta": 0.9, "steps": 200}
TARGET = 1e-6
LONGEST = 5000  # enough to see where a run is going
PLAIN = 2 / GIVEN["kappa"]  # limits of lr on this bowl, the last two at beta = 0.9
HEAVY_BALL = 2 * 1.9 / GIVEN["kappa"]
LIMIT = 2 * 1.9 / (2.8 * GIVEN["kappa"])
MIDDLE = 0.01  # an lr that arrives: what falls short lies either below it or above


def run(settings):
    """The History of Nesterov's method with these settings."""
    objective = quadratic(kappa=settings["kappa"])
    steps = min(settings["steps"], LONGEST)
    hyper = {"lr": settings["lr"], "beta": settings["beta"]}
    return descend(objective, settings["x0"], nesterov, steps, **hyper)


_only = partial(only, GIVEN)


def _solves(settings):
    history = run(settings)
    return not history.diverged and history.f[-1] <= TARGET


def _lr_in(low, high, settings):
    """Whether lr alone was changed, to something in [low, high) that does not arrive."""
    return (
        _only("lr", settings)
        and low <= settings["lr"] < high
        and (settings["lr"] < 0 or not _solves(settings))
    )


def _beta_is(test, settings):
    return _only("beta", settings) and test(settings["beta"])


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
    "nesterov_upgrade",
    """
    Gradient descent with lr = 0.018 was stable on f(x, y) = (x² + kappa · y²) / 2, but slow. It
    was given Nesterov's momentum, nothing else, to speed it up. Now it diverges.

    Change one of the settings below, and only one, so that it reaches f ≤ 0.000001 on this bowl
    within this budget of steps, which gradient descent cannot.
    """,
    GIVEN,
    comments=(
        "condition number of the bowl",
        "start",
        "learning rate",
        "share of the velocity that is kept",
        "budget of steps",
    ),
    reference={"lr": 1 / 100},
    chapter="nesterov",
    alternatives=tuple({**GIVEN, "lr": lr} for lr in (0.004, 0.008, 0.012, 0.013)),
    solves=_solves,
    observe=_observe,
    hints=(
        "Which coordinate runs away? What was its factor per step before momentum was added?",
        "With beta = 0.9 the limit of lr is not the one of gradient descent. Work it out.",
    ),
    mistakes=(
        changed_two(GIVEN, {"lr": 0.01, "beta": 0.8}),
        _wrong(
            {"kappa": 50.0},
            partial(_only, "kappa"),
            "changed the bowl",
            "Does the run work on the bowl you were given?",
            "The condition number belongs to the task; what you are free to choose is how to "
            "descend.",
        ),
        _wrong(
            {"x0": (1.0, 0.0)},
            partial(_only, "x0"),
            "moved the start",
            "Does the factor by which y grows depend on the start?",
            "y grows by the same factor from any start. Only a start with y exactly 0 hides that.",
        ),
        _wrong(
            {"steps": 2000},
            lambda s: _only("steps", s) and s["steps"] > GIVEN["steps"],
            "more steps",
            "Is f smaller after 20 steps than after 10?",
            "The run moves away from the minimum. More steps take it further.",
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
            {"lr": 0.015},
            partial(_lr_in, LIMIT, PLAIN),
            "stable for gradient descent",
            "Your lr is below 2/L. Of which rule is 2/L the limit?",
            "lr is between Nesterov's limit and that of gradient descent, 0.02, so y still grows. "
            "With beta = 0.9 the limit is 2(1 + beta)/((1 + 2 beta) L), a third lower.",
        ),
        _wrong(
            {"lr": 0.03},
            partial(_lr_in, PLAIN, HEAVY_BALL),
            "stable for the heavy ball",
            "Of which rule is 2(1 + beta)/L the limit?",
            "The heavy ball would bear this lr. Nesterov's rule bears less than gradient descent, "
            "not more: lr has to come down.",
        ),
        _wrong(
            {"lr": 0.05},
            partial(_lr_in, HEAVY_BALL, float("inf")),
            "further up",
            "Does the run diverge sooner or later than with the lr you were given?",
            "No rule of this book with beta = 0.9 bears such an lr on a curvature of 100. It has "
            "to come down.",
        ),
        _wrong(
            {"lr": 0.0135},
            partial(_lr_in, MIDDLE, LIMIT),
            "on the edge",
            "By which factor does y shrink per step, and how many steps are there?",
            "lr is so close to the limit that y hardly shrinks. A little less is much faster.",
        ),
        _wrong(
            {"lr": 0.0003},
            partial(_lr_in, 0.0, MIDDLE),
            "too small to arrive",
            "Which coordinate is left over at the end?",
            "The run is stable, but x crawls and the budget is spent before it arrives. lr can be "
            "larger.",
        ),
        _wrong(
            {"lr": -0.01},
            partial(_lr_in, -float("inf"), 0.0),
            "uphill",
            "Which way does a step with negative lr go?",
            "A negative learning rate climbs. It has to be positive.",
        ),
        _wrong(
            {"beta": 0.0},
            partial(_beta_is, lambda beta: beta == 0),
            "took momentum out",
            "Why was momentum added?",
            "Without momentum the run is stable again and as slow as before: x shrinks by "
            "1 − 0.018 per step, and 200 steps are not enough.",
        ),
        _wrong(
            {"beta": 0.1},
            partial(_beta_is, lambda beta: 0 < beta < GIVEN["beta"]),
            "less memory",
            "Is the run stable with your beta? If so, is it faster than gradient descent?",
            "At lr = 0.018 only beta below 0.125 is stable, and so little memory saves few steps. "
            "The learning rate is what is too large.",
        ),
        _wrong(
            {"beta": 0.99},
            partial(_beta_is, lambda beta: beta < 0 or beta > GIVEN["beta"]),
            "another memory",
            "Does more memory raise or lower the limit of lr in Nesterov's rule?",
            "The limit 2(1 + beta)/((1 + 2 beta) L) falls as beta grows. No beta makes lr = 0.018 "
            "both stable and fast here.",
        ),
    ),
    reasoning="The steepest curvature is 100. Gradient descent bears lr < 0.02; with Nesterov's "
    "momentum at beta = 0.9 the limit is 2(1 + beta)/((1 + 2 beta) · 100) ≈ 0.01357, so 0.018 "
    "diverges. lr = 1/L = 0.01 removes y in one step or two, and x shrinks by about "
    "√(0.9 · 0.99) ≈ 0.944 per step.",
)
