"""Exercise: a run of RMSprop that does not settle, to be repaired by one change."""

from functools import partial

import numpy as np

from gdlib.descent import descend
from gdlib.exercises._exercise import changed, changed_two, diagnosis_exercise, wrong_settings
from gdlib.objective import quadratic
from gdlib.optim import rmsprop

GIVEN = {"lr": 0.1, "decay": 0.0, "rho": 0.9, "eps": 1e-8}
STEPS, LAST, TARGET = 2000, 10, 1e-6
FLOOR = 8 * TARGET / (1 + quadratic.parameters["kappa"])  # lr² that ends at the target, see below


def run(settings):
    """The History of RMSprop with these settings, lr falling as lr / (1 + decay · t)."""

    def falling(t):
        return settings["lr"] / (1 + settings["decay"] * t)

    hyper = {"lr": falling, "rho": settings["rho"], "eps": settings["eps"]}
    return descend(quadratic, quadratic.start, rmsprop, STEPS, **hyper)


def _makes_sense(settings):
    return (
        0 < settings["lr"] <= 1e6
        and settings["decay"] >= 0
        and 0 <= settings["rho"] < 1
        and 0 < settings["eps"] <= 1e12
    )


def _worst(settings):
    """The largest f over the last steps; infinite for a run that diverged."""
    history = run(settings)
    return np.inf if history.diverged else history.f[-LAST:].max()


def _solves(settings):
    return bool(_makes_sense(settings) and _worst(settings) <= TARGET)


def _falls_short(name, test, settings):
    """Whether this setting alone was changed, to a value that the test holds for, in vain."""
    return changed(GIVEN, settings) == {name} and test(settings[name]) and not _solves(settings)


def _stopped_short(settings):
    """Whether the run is still on its way: the flat coordinate has not come down."""
    return _makes_sense(settings) and np.abs(run(settings).x[:, 0]).min() > 0.01


def _decay_short(stopped, settings):
    at_least = partial(_falls_short, "decay", lambda decay: decay >= 0)
    return at_least(settings) and _stopped_short(settings) == stopped


def _eps_short(stopped, settings):
    at_least = partial(_falls_short, "eps", lambda eps: eps > 0)
    return at_least(settings) and (settings["eps"] > 1) == stopped


def _observe(settings):
    """How the run with these settings ends."""
    if not _makes_sense(settings):
        return "There is no descent with such settings."
    history = run(settings)
    x, y = np.abs(history.x[-LAST:]).max(axis=0)
    lowest = history.f.min()
    return (
        f"In the last {LAST} steps your run has |x| up to {x:.2g}, |y| up to {y:.2g} and f up to "
        f"{_worst(settings):.2g}; the target is {TARGET:g}. The lowest f on the way was "
        f"{lowest:.2g}."
    )


_wrong = partial(wrong_settings, GIVEN)

exercise = diagnosis_exercise(
    "restless_run",
    """
    RMSprop descends f(x, y) = (x² + 10 y²) / 2 from (−2.5, 1.2) for 2000 steps, with the settings
    below. At step t, counting from 0, the learning rate is lr / (1 + decay · t). The run comes
    down, and then does not settle.

    Change one of the settings, and only one, so that f ≤ 0.000001 at each of the last ten steps.
    """,
    GIVEN,
    comments=(
        "learning rate at the start",
        "how fast the learning rate falls; 0: it is constant",
        "share of the mean that is kept",
        "added to the root",
    ),
    reference={"decay": 0.1},
    chapter="rmsprop",
    alternatives=(
        *({**GIVEN, "decay": decay} for decay in (0.07, 0.2, 0.3)),
        *({**GIVEN, "eps": eps} for eps in (0.6, 1.0, 5.0)),
        {**GIVEN, "rho": 0.999},
    ),
    solves=_solves,
    observe=_observe,
    hints=(
        "How long is a step at the end of the run, and which settings decide it?",
        "A learning rate small enough to end below the target is too small to get there in 2000 "
        "steps. One learning rate is not enough.",
    ),
    mistakes=(
        changed_two(GIVEN, {"lr": 0.05, "decay": 0.1}),
        _wrong(
            {"lr": 0.2},
            partial(_falls_short, "lr", lambda lr: lr > GIVEN["lr"]),
            "larger lr",
            "At the end |x| and |y| have one size. How does it change with lr?",
            "The run hovers at half a step from the minimum, so a larger lr ends further away.",
        ),
        _wrong(
            {"lr": 0.01},
            partial(_falls_short, "lr", lambda lr: FLOOR**0.5 < lr < GIVEN["lr"]),
            "smaller, still hovering",
            "How large is f where |x| = |y| = lr / 2?",
            "The run still hovers at lr / 2, where f = lr² (1 + 10) / 8. For the target lr would "
            "have to be below 0.00086. How far do 2000 such steps reach?",
        ),
        _wrong(
            {"lr": 0.0005},
            partial(_falls_short, "lr", lambda lr: 0 < lr <= FLOOR**0.5),
            "too short to arrive",
            "How far do 2000 steps of length lr reach?",
            "Where it ends your lr would be small enough, but the way is 2.5 long and your steps "
            "do not cover it. Long steps are needed at the start and short ones at the end.",
        ),
        _wrong(
            {"lr": -0.1},
            partial(_falls_short, "lr", lambda lr: lr <= 0),
            "not downhill",
            "Which way does a step go when lr is negative, and how far when it is 0?",
            "Without a positive lr no step goes downhill.",
        ),
        _wrong(
            {"decay": 0.01},
            partial(_decay_short, False),
            "falls too slowly",
            "What is lr / (1 + decay · t) at the last step, and how large is f at half of that "
            "distance?",
            "The run follows the learning rate down, at half its size, but at step 2000 that is "
            "still too large. Let it fall faster.",
        ),
        _wrong(
            {"decay": 2.0},
            partial(_decay_short, True),
            "falls too fast",
            "How long is the way that all your steps together can cover?",
            "The learning rate has shrunk before the run arrived: together the steps cover about "
            "lr · ln(1 + 2000 · decay) / decay, and the way is 2.5. Let it fall more slowly.",
        ),
        _wrong(
            {"decay": -0.0004},
            partial(_falls_short, "decay", lambda decay: decay < 0),
            "learning rate grows",
            "With your decay, is the learning rate at the end smaller or larger than at the start?",
            "A negative decay makes the learning rate grow, and the run ends further away.",
        ),
        _wrong(
            {"rho": 0.5},
            partial(_falls_short, "rho", lambda rho: 0 <= rho < 1),
            "another memory, same distance",
            "When all squares in the mean have become equal, does it matter how fast it forgets?",
            "rho decides how soon the run forgets the large gradients of its start, not where it "
            "ends: at lr / 2 from the minimum. Yours has forgotten within 2000 steps, or nearly.",
        ),
        _wrong(
            {"rho": 1.0},
            partial(_falls_short, "rho", lambda rho: not 0 <= rho < 1),
            "rho out of range",
            "What weight does the newest square get with your rho?",
            "rho is a share: at least 0 and below 1. At 1 no gradient ever enters the mean, which "
            "stays 0.",
        ),
        _wrong(
            {"eps": 0.01},
            partial(_eps_short, False),
            "eps too small to matter",
            "How large is √v at the end? Which of the two decides the denominator, √v or eps?",
            "Beside √v your eps does not count for enough. A run can settle where eps holds the "
            "denominator up, so that lr / eps is below 2/L, as for gradient descent.",
        ),
        _wrong(
            {"eps": 100.0},
            partial(_eps_short, True),
            "eps too large",
            "Where eps is all of the denominator, which learning rate has which rule?",
            "With eps that large the rule is gradient descent with the learning rate lr / eps: it "
            "settles, but 2000 steps are too few for it to arrive.",
        ),
        _wrong(
            {"eps": -1.0},
            partial(_falls_short, "eps", lambda eps: eps <= 0),
            "eps not positive",
            "Which sign has your denominator when the gradients are small?",
            "eps keeps the denominator away from zero and has to be positive.",
        ),
    ),
    reasoning="At constant lr each coordinate ends at ± lr / 2, whatever its curvature, so that f "
    "ends at lr² (1 + 10) / 8 = 0.014. Below 1e-6 that asks for lr < 0.00086, and 2000 such steps "
    "do not cover the way of 2.5. So lr has to fall: 0.1 / (1 + 0.1 t) is long enough at the start "
    "and 5e-4 at the end. Two other changes do it too. An eps above lr · L / 2 = 0.5 turns the end "
    "of the run into gradient descent with lr / eps. And rho = 0.999 remembers the large gradients "
    "of the start beyond step 2000; that only puts off the day.",
)
