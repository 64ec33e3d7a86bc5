"""Exercise: a run of AdaGrad that all but stands still since the loss became a mean."""

from functools import partial

import numpy as np

from gdlib.descent import descend
from gdlib.exercises._exercise import changed, changed_two, diagnosis_exercise, wrong_settings
from gdlib.objective import quadratic
from gdlib.optim import adagrad

GIVEN = {"lr": 0.5, "lr_decay": 0.0, "initial_accumulator_value": 0.1, "eps": 1e-10, "steps": 100}
SAMPLES = 10_000
MEAN = 1e-3  # the mean loss is this times the quadratic
SAME = 1e-3  # largest difference between two equal paths, relative to their size
LONGEST = 2000


class _Scaled:
    """The quadratic, multiplied."""

    name = "scaled quadratic"

    def __init__(self, scale):
        self.scale = scale

    def value(self, x):
        return self.scale * quadratic.value(x)

    def gradient(self, x):
        return self.scale * quadratic.gradient(x)


def path(settings, scale):
    """The path of ``torch.optim.Adagrad`` with these settings; shape (steps + 1, 2)."""
    lr, decay = settings["lr"], settings["lr_decay"]
    history = descend(
        _Scaled(scale),
        quadratic.start,
        adagrad,
        min(settings["steps"], LONGEST),
        lr=lambda t: lr / (1 + decay * t),
        eps=settings["eps"],
        initial_accumulator=settings["initial_accumulator_value"],
    )
    return history.x


def tuned_path():
    """The path while the loss was a sum over the samples; shape (101, 2)."""
    return path(GIVEN, MEAN * SAMPLES)


def _makes_sense(settings):
    return min(settings.values()) >= 0 and settings["steps"] >= 1


def _solves(settings):
    if not _makes_sense(settings):
        return False
    tuned, mine = tuned_path(), path(settings, MEAN)
    if mine.shape != tuned.shape:
        return False
    return bool(np.abs(mine - tuned).max() <= SAME * np.abs(tuned).max())


def _only(name, test, settings):
    return changed(GIVEN, settings) == {name} and test(settings[name])


def _other_accumulator(test, settings):
    return _only("initial_accumulator_value", test, settings) and not _solves(settings)


def _observe(settings):
    """Where the run ends."""
    if not _makes_sense(settings):
        return "torch.optim.Adagrad refuses such settings."
    x, y = path(settings, MEAN)[-1]
    want_x, want_y = tuned_path()[-1]
    return (
        f"Your run ends at x = {x:.2g}, y = {y:.2g}; the tuned one ended at x = {want_x:.2g}, "
        f"y = {want_y:.2g}."
    )


_wrong = partial(wrong_settings, GIVEN)

exercise = diagnosis_exercise(
    "stalled_adagrad",
    """
    A run of torch.optim.Adagrad was tuned with the settings below. Its loss was a sum over
    10,000 samples, f(x, y) = 10 · (x² + 10 y²) / 2, the start (−2.5, 1.2). Then the loss became
    the mean over the samples, a factor of 10,000 smaller. Since then the run all but stands
    still.

    Change one of the settings, and only one, so that the run on the mean walks the path of the
    tuned run again.
    """,
    GIVEN,
    comments=(
        "learning rate",
        "PyTorch's default: lr stays as it is",
        "where v starts, as in Keras",
        "PyTorch's default",
        "budget of steps",
    ),
    reference={"initial_accumulator_value": 0.0},
    chapter="adagrad",
    alternatives=tuple(
        {**GIVEN, "initial_accumulator_value": value} for value in (1e-9, 1e-10, 1e-12)
    ),
    solves=_solves,
    observe=_observe,
    hints=(
        "AdaGrad divides g by √v, and both shrink with the loss. Which of the settings does not?",
        "How large is g² at the start, with the sum and with the mean? Compare each with where v "
        "starts.",
    ),
    mistakes=(
        changed_two(GIVEN, {"lr": 5.0, "initial_accumulator_value": 0.0}),
        _wrong(
            {"lr": 5000.0},
            partial(_only, "lr", lambda lr: lr > GIVEN["lr"]),
            "made up for it with lr",
            "How do the steps of your run change from the first to the hundredth? And those of "
            "the tuned run?",
            "While v stays near 0.1 the run is gradient descent with lr / √0.1: no lr makes it "
            "scale each coordinate by its own past. And at the next change of the loss you would "
            "have to tune again.",
        ),
        _wrong(
            {"lr": 0.05},
            partial(_only, "lr", lambda lr: 0 <= lr < GIVEN["lr"]),
            "shorter steps",
            "Are the steps of the stalled run too long or too short?",
            "The run hardly moves, and you made its steps shorter still.",
        ),
        _wrong(
            {"steps": 1000},
            partial(_only, "steps", lambda steps: steps > GIVEN["steps"]),
            "more steps",
            "How far does one step go, and how far did it go in the tuned run?",
            "The first step of the tuned run is lr long, that of this run is about a hundredth "
            "of lr. More steps do not make it the same path.",
        ),
        _wrong(
            {"steps": 10},
            partial(_only, "steps", lambda steps: 1 <= steps < GIVEN["steps"]),
            "fewer steps",
            "Is the run nearer to the minimum after 10 steps than after 100?",
            "The run is too slow, and you stop it earlier.",
        ),
        _wrong(
            {"eps": 0.0},
            partial(_only, "eps", lambda eps: 0 <= eps < GIVEN["eps"]),
            "eps lowered",
            "Which is larger at the start: |g|, or eps?",
            "The gradients of the mean are about 1e-2 and 2.5e-3, eps is 1e-10 and outside the "
            "root: it plays no part here.",
        ),
        _wrong(
            {"eps": 1e-3},
            partial(_only, "eps", lambda eps: eps > GIVEN["eps"]),
            "eps raised",
            "Does a larger denominator make the steps longer or shorter?",
            "eps is added to the denominator, which is too large already.",
        ),
        _wrong(
            {"lr_decay": 0.01},
            partial(_only, "lr_decay", lambda decay: decay > 0),
            "decay switched on",
            "Does lr_decay make the steps longer or shorter?",
            "lr_decay shrinks the steps further, beyond what the sum does.",
        ),
        _wrong(
            {"initial_accumulator_value": 1e-3},
            partial(_other_accumulator, lambda v: 0 <= v < GIVEN["initial_accumulator_value"]),
            "accumulator still too large",
            "How large is the square of the smaller of the two gradients at the start?",
            "You found the setting, but the sum still starts above g², which is 6e-6 along x. "
            "The path comes back when the start of the sum is small against that.",
        ),
        _wrong(
            {"initial_accumulator_value": 1.0},
            partial(_other_accumulator, lambda v: v > GIVEN["initial_accumulator_value"]),
            "accumulator raised",
            "Does a larger sum make the steps longer or shorter?",
            "The step divides by the root of the sum. A sum that starts larger shortens every "
            "step.",
        ),
        _wrong(
            {"lr": -0.5},
            lambda s: len(changed(GIVEN, s)) == 1 and not _makes_sense(s),
            "below zero",
            "Would torch.optim.Adagrad take this?",
            "None of the settings may be negative, and a run has at least one step.",
        ),
    ),
    reasoning="AdaGrad does not feel the scale of the loss as long as everything in the "
    "denominator scales with g. The start of the sum does not: 0.1 is nothing beside g² = 625 of "
    "the summed loss, and it is 16,000 times g² of the mean. With the sum starting at 0, "
    "PyTorch's default, both losses give the same path.",
)
