"""Exercise: settings of Nadam in Keras, moved to PyTorch."""

from functools import partial

import numpy as np

from gdlib.descent import descend
from gdlib.dialects import DIALECTS
from gdlib.exercises._exercise import changed_two, diagnosis_exercise, only, wrong_settings
from gdlib.objective import rosenbrock
from gdlib.optim import nadam

GIVEN = {"lr": 0.01, "beta1": 0.9, "beta2": 0.999, "eps": 1e-7, "momentum_decay": 0.004}
STEPS = 60
SAME = 1e-6  # largest difference between two equal paths, relative to their size
SHOWN = (1, 20, 60)


def tuned_path():
    """The path in Keras: lr = 0.01 and the defaults of Keras; shape (61, 2)."""
    settings = {name: GIVEN[name] for name in ("lr", "beta1", "beta2", "eps")}
    return descend(rosenbrock, rosenbrock.start, DIALECTS["keras"]["nadam"], STEPS, **settings).x


def moved_path(settings):
    """The path of ``torch.optim.NAdam``, which is our rule, with these settings; shape (61, 2)."""
    return descend(rosenbrock, rosenbrock.start, nadam, STEPS, **settings).x


def _usable(settings):
    betas = (settings["beta1"], settings["beta2"])
    return settings["lr"] >= 0 and settings["eps"] >= 0 and all(0 <= b < 1 for b in betas)


def _solves(settings):
    if not _usable(settings):
        return False
    target, path = tuned_path(), moved_path(settings)
    return len(path) == len(target) and bool(
        np.abs(path - target).max() <= SAME * np.abs(target).max()
    )


_only = partial(only, GIVEN)


def _decay(test, settings):
    return _only("momentum_decay", settings) and test(settings["momentum_decay"])


def _other_decay(low, high, settings):
    """Whether momentum_decay alone was changed, to a wrong value in (low, high)."""
    return (
        _only("momentum_decay", settings)
        and low < settings["momentum_decay"] < high
        and not np.isclose(settings["momentum_decay"], (0.96, 250.0), rtol=1e-3).any()
        and not _solves(settings)
    )


def _observe(settings):
    """How far the two paths are apart, early and late."""
    if not _usable(settings):
        return "torch.optim.NAdam refuses such settings."
    with np.errstate(all="ignore"):
        target, path = tuned_path(), moved_path(settings)
    last = len(path) - 1
    apart = ", ".join(f"{np.abs(path[k] - target[k]).max():.2g}" for k in SHOWN if k <= last)
    steps = ", ".join(str(k) for k in SHOWN if k <= last)
    return f"After {steps} steps your path is {apart} away from the one in Keras."


_wrong = partial(wrong_settings, GIVEN)

exercise = diagnosis_exercise(
    "nadam_moved",
    """
    A run was made with keras.optimizers.Nadam(learning_rate=0.01), the rest at the defaults of
    Keras: beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7. It was moved to torch.optim.NAdam with the
    settings below, and now it walks another path on Rosenbrock's function.

    Change one of them, and only one, so that every step is again what it was.
    """,
    GIVEN,
    comments=(
        "learning rate, as in Keras",
        "share of the mean that is kept, as in Keras",
        "share of the mean square that is kept, as in Keras",
        "as in Keras",
        "PyTorch's default; not a setting in Keras",
    ),
    reference={"momentum_decay": 1.0},
    chapter="nadam",
    alternatives=tuple({**GIVEN, "momentum_decay": d} for d in (1, 0.004 * 250, 1 + 1e-9)),
    solves=_solves,
    observe=_observe,
    hints=(
        "The first steps of the two paths differ already. Which momentum does each use there?",
        "Print both formulas, and compare the exponents of 0.96.",
    ),
    mistakes=(
        changed_two(GIVEN, {"momentum_decay": 1.0, "eps": 1e-8}),
        _wrong(
            {"momentum_decay": 0.0},
            partial(_decay, lambda d: d == 0),
            "schedule stopped",
            "With momentum_decay = 0, what is μ at step 1? And at step 1000?",
            "0.96^0 is 1 at every step, so μ stays at beta1 / 2 for ever. In Keras it rises to "
            "beta1 within a hundred steps.",
        ),
        _wrong(
            {"momentum_decay": 0.96},
            partial(_decay, lambda d: np.isclose(d, 0.96, rtol=1e-3)),
            "the base for the exponent",
            "In 0.96^(t · momentum_decay), which of the numbers is already there?",
            "0.96 is the base, and both frameworks have it. momentum_decay multiplies t in the "
            "exponent.",
        ),
        _wrong(
            {"momentum_decay": 250.0},
            partial(_decay, lambda d: np.isclose(d, 250, rtol=1e-3)),
            "the ratio for the value",
            "Keras' schedule is 250 times as fast as 0.004. How fast is that?",
            "250 is how many times as fast the schedule has to be, not how fast: 250 · 0.004.",
        ),
        _wrong(
            {"momentum_decay": 0.1},
            partial(_other_decay, 0, 1),
            "warms up too slowly",
            "After how many steps has your momentum reached 0.99 · beta1? And in Keras?",
            "In Keras the exponent of 0.96 is t itself. Yours is smaller, so the present gradient "
            "keeps too large a share.",
        ),
        _wrong(
            {"momentum_decay": 4.0},
            partial(_other_decay, 1, np.inf),
            "warms up too fast",
            "What is the exponent of 0.96 in Keras, at step t?",
            "In Keras the exponent of 0.96 is t itself. Yours is larger: the momentum is near "
            "beta1 after a few steps, in Keras it takes a hundred.",
        ),
        _wrong(
            {"momentum_decay": -1.0},
            partial(_decay, lambda d: d < 0),
            "momentum cools down",
            "With a negative exponent, does 0.96^(…) rise or fall?",
            "With a negative momentum_decay μ falls from beta1 / 2 and becomes negative. "
            "torch.optim.NAdam refuses it.",
        ),
        _wrong(
            {"eps": 1e-8},
            partial(_only, "eps"),
            "changed eps",
            "How large are the gradients of this run, beside eps?",
            "eps is Keras' already, and against gradients of this size neither value can be seen. "
            "It was right to carry it over; leave it.",
        ),
        _wrong(
            {"lr": 0.009},
            partial(_only, "lr"),
            "changed the learning rate",
            "Do the steps of the two runs differ by one factor, the same at all steps?",
            "Another lr makes all steps longer or shorter by one factor. Here the share of the "
            "present gradient in each step differs, and it differs more as the run goes on.",
        ),
        _wrong(
            {"beta1": 0.95},
            partial(_only, "beta1"),
            "changed beta1",
            "Is beta1 used in one place of the rule only?",
            "beta1 sets the memory of m as well as the height of the schedule, and both "
            "frameworks mean the same by it. What differs is how fast the schedule rises.",
        ),
        _wrong(
            {"beta2": 0.99},
            partial(_only, "beta2"),
            "changed beta2",
            "Do the two frameworks differ in v?",
            "v is computed alike in both, and with the same beta2. The difference is in the "
            "numerator.",
        ),
    ),
    reasoning="Keras' momentum is beta1 · (1 − 0.5 · 0.96^t), PyTorch's is beta1 · (1 − 0.5 · "
    "0.96^(t · momentum_decay)). At momentum_decay = 1 the two are one algorithm, and the paths "
    "agree to the last digits. PyTorch's default 0.004 warms up 250 times as slowly: after 60 "
    "steps its μ is 0.454, that of Keras 0.861.",
)
