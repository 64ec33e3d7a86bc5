"""Exercise: a run of Adam that stands still since its loss is measured in other units."""

from functools import partial

import numpy as np

from gdlib.exercises._exercise import changed_two, diagnosis_exercise, only, wrong_settings
from gdlib.objective import quadratic
from gdlib.optim import adam

GIVEN = {"unit": 1e-12, "lr": 0.1, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "steps": 200}
BEFORE = {**GIVEN, "unit": 1.0}
SAME = 1e-3  # largest difference between two equal paths, in units of x
SHOWN = 10  # the step that is told
LONGEST = 2000


def path(settings):
    """The points that Adam visits on ``unit`` · (x² + 10 y²) / 2; shape (steps + 1, 2)."""
    x = np.array(quadratic.start)
    state, points = adam.init(x), [x]
    # NumPy numbers overflow to inf, where powers of Python's raise.
    hyper = {name: np.float64(settings[name]) for name in ("lr", "beta1", "beta2", "eps")}
    with np.errstate(all="ignore"):
        for _ in range(min(max(settings["steps"], 1), LONGEST)):
            x, state = adam.step(x, settings["unit"] * quadratic.gradient(x), state, **hyper)
            points.append(x)
    return np.array(points)


def _solves(settings):
    before, now = path(BEFORE), path(settings)
    return before.shape == now.shape and bool(np.abs(now - before).max() <= SAME)


_only = partial(only, GIVEN)


def _is(name, test, settings):
    return _only(name, settings) and test(settings[name])


def _eps_is(test, settings):
    return _is("eps", lambda eps: eps > 0 and test(eps), settings)


def _lowered_too_little(settings):
    return _eps_is(lambda eps: eps < GIVEN["eps"], settings) and not _solves(settings)


def _observe(settings):
    """Where both runs stand after a few steps."""
    before, now = (path(s)[: SHOWN + 1][-1] for s in (BEFORE, settings))
    old, new = (f"x = {p[0]:.4g}, y = {p[1]:.4g}" for p in (before, now))
    return f"After {SHOWN} steps the run in joules stood at {old}; yours stands at {new}."


_wrong = partial(wrong_settings, GIVEN)

exercise = diagnosis_exercise(
    "adam_units",
    """
    Adam descended f(x, y) = (x² + 10 y²) / 2, an energy in joules, within 200 steps. Then the
    energy was recorded in terajoules: the same f, times 1e-12. Now the run hardly moves.

    The units stay. Change one of the other settings, and only one, so that the run walks the
    path it walked before, to within 0.001 at every one of the 200 steps.
    """,
    GIVEN,
    comments=(
        "terajoules in a joule; was 1.0",
        "learning rate",
        "share of the mean gradient that is kept",
        "share of the mean squared gradient that is kept",
        "PyTorch's default",
        "budget of steps",
    ),
    reference={"eps": 1e-20},
    chapter="adam",
    alternatives=tuple({**GIVEN, "eps": eps} for eps in (1e-16, 1e-18, 1e-25, 1e-30)),
    solves=_solves,
    observe=_observe,
    hints=(
        "How long is the first step, in units of lr? Put the first gradient into the formula.",
        "Which of the settings has a unit that depends on the unit of the loss?",
    ),
    mistakes=(
        changed_two(GIVEN, {"eps": 1e-20, "lr": 0.2}),
        _wrong(
            {"unit": 1.0},
            partial(_only, "unit"),
            "changed the units",
            "Adam is said not to care for the scale of a loss. What in its formula does?",
            "The energy is recorded in terajoules; that belongs to the task. One of Adam's own "
            "settings was chosen for the old unit.",
        ),
        _wrong(
            {"lr": 100.0},
            partial(_is, "lr", lambda lr: lr > GIVEN["lr"]),
            "raised the learning rate",
            "Do all coordinates need the same factor, at every step? What does eps do to the "
            "ratio of their steps?",
            "While √v̂ is far below eps, the step is lr · m̂/eps: plain momentum, with long steps "
            "where it is steep. A larger lr makes it move, on another path. Free the denominator "
            "of eps instead.",
        ),
        _wrong(
            {"lr": 0.01},
            partial(_is, "lr", lambda lr: lr <= GIVEN["lr"]),
            "lowered the learning rate",
            "The run hardly moves. Which way does a smaller lr change that?",
            "Steps are too short already, and lr multiplies them.",
        ),
        _wrong(
            {"eps": 1e-4},
            partial(_eps_is, lambda eps: eps > GIVEN["eps"]),
            "raised eps",
            "On which side of the fraction does eps stand?",
            "eps stands in the denominator: a larger one makes the steps shorter still.",
        ),
        _wrong(
            {"eps": 1e-14},
            _lowered_too_little,
            "lowered eps too little",
            "How large is √v̂ now, near the start and near the end? And your eps?",
            "The gradients are 1e-12 times what they were, and fade further as the run arrives. "
            "Your eps still counts beside them. Scale it like the gradients.",
        ),
        _wrong(
            {"eps": 0.0},
            partial(_is, "eps", lambda eps: eps <= 0),
            "no eps",
            "What does a coordinate compute whose gradient has been zero so far?",
            "Without a positive eps such a coordinate computes 0/0, or flips its sign. eps may be "
            "as small as you like, but positive.",
        ),
        _wrong(
            {"beta1": 0.0},
            partial(_only, "beta1"),
            "changed beta1",
            "Does the ratio of m̂ to g depend on the unit of the loss?",
            "m̂ scales with the gradient whatever beta1 is; it is not what keeps the steps short.",
        ),
        _wrong(
            {"beta2": 0.9},
            partial(_only, "beta2"),
            "changed beta2",
            "Does the ratio of √v̂ to |g| depend on the unit of the loss?",
            "√v̂ scales with the gradient whatever beta2 is; it is not what keeps the steps short.",
        ),
        _wrong(
            {"steps": 2000},
            partial(_only, "steps"),
            "changed the number of steps",
            "How far does one step go, and how far did it go before?",
            "The steps are thousands of times too short; their number is not the matter, "
            "and the path is to be the old one step by step.",
        ),
    ),
    reasoning="Multiply the loss by c, and m̂ and √v̂ are multiplied by c: their quotient stays. "
    "eps does not: it has the unit of a gradient. Gradients were about 1 with eps = 1e-8; now they "
    "are about 1e-12, far below eps, and the step is lr · m̂/eps, thousands of times too short. "
    "eps = 1e-8 · 1e-12 = 1e-20 gives the old path exactly; anything a good deal smaller than the "
    "gradients does as well. In float32 beware: squares below 1e-45 are zero.",
)
