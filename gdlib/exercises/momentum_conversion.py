"""Exercise: settings tuned for one form of momentum, moved to another."""

from functools import partial

import numpy as np

from gdlib.descent import descend
from gdlib.exercises._exercise import changed_two, diagnosis_exercise, only, wrong_settings
from gdlib.objective import quadratic
from gdlib.optim import momentum
from gdlib.variant import variant

GIVEN = {"lr": 0.5, "momentum": 0.9, "dampening": 0.0}
L = quadratic.parameters["kappa"]
STEPS = 60
SAME = 1e-6  # largest difference between two equal paths, relative to their size
FIRST = 3  # steps shown


def tuned_path():
    """The path that was tuned: the averaging form, lr = 0.5, beta = 0.9; shape (61, 2)."""
    averaging = variant(momentum, ("+ g", "+ (1 - beta) * g"), name="averaging")
    history = descend(quadratic, quadratic.start, averaging, STEPS, lr=0.5, beta=0.9)
    return history.x


def moved_path(settings):
    """The path of ``torch.optim.SGD`` with these settings; shape (61, 2).

    PyTorch damps every gradient but the first: the first velocity is the gradient itself.
    """
    x, v = np.array(quadratic.start), None
    path = [x]
    with np.errstate(all="ignore"):
        for _ in range(STEPS):
            g = quadratic.gradient(x)
            fresh = (1 - settings["dampening"]) * g
            v = g if v is None else settings["momentum"] * v + fresh
            x = x - settings["lr"] * v
            path.append(x)
    return np.array(path)


def _solves(settings):
    target = tuned_path()
    return bool(np.abs(moved_path(settings) - target).max() <= SAME * np.abs(target).max())


_only = partial(only, GIVEN)


def _lr_near(value, settings):
    return _only("lr", settings) and np.isclose(settings["lr"], value, rtol=1e-3)


def _momentum_is(test, settings):
    return _only("momentum", settings) and test(settings["momentum"])


def _other_lr(low, high, settings):
    """Whether lr alone was changed, to something in [low, high) that no other mistake names."""
    named = (5.0, 0.45)
    return (
        _only("lr", settings)
        and low <= settings["lr"] < high
        and not any(_lr_near(value, settings) for value in named)
        and not _solves(settings)
    )


def _observe(settings):
    """The first steps of both paths along y."""
    tuned = ", ".join(f"{y:.3g}" for y in tuned_path()[: FIRST + 1, 1])
    moved = ", ".join(f"{y:.3g}" for y in moved_path(settings)[: FIRST + 1, 1])
    return f"y went {tuned} … in the tuned run; with your settings it goes {moved} …"


_wrong = partial(wrong_settings, GIVEN)

exercise = diagnosis_exercise(
    "momentum_conversion",
    """
    A run was tuned with the averaging form of momentum,

        v ← 0.9 · v + 0.1 · g        x ← x − 0.5 · v

    and moved to torch.optim.SGD with the settings below. Now it diverges.

    Change one of them, and only one, so that every step is again what it was. (Both runs start
    with v = 0 on f(x, y) = (x² + 10 y²) / 2; the exact gradient is used.)
    """,
    GIVEN,
    comments=("learning rate", "share of the velocity that is kept", "PyTorch's default"),
    reference={"lr": 0.5 * (1 - 0.9)},
    chapter="momentum",
    alternatives=tuple({**GIVEN, "lr": lr} for lr in (0.05, 0.5 / 10, 0.5 - 0.5 * 0.9)),
    solves=_solves,
    observe=_observe,
    hints=(
        "Compare the first step of the two runs: how long is each, in units of g?",
        "PyTorch adds whole gradients to the velocity, the averaging form adds 0.1 of each.",
    ),
    mistakes=(
        changed_two(GIVEN, {"lr": 0.05, "momentum": 0.5}),
        _wrong(
            {"lr": 5.0},
            partial(_lr_near, 5.0),
            "converted the other way",
            "Whose velocity is longer under a constant gradient, the average or the sum?",
            "You divided lr by 1 − beta. PyTorch's velocity is already 1 / (1 − beta) = 10 times "
            "as long as the average, so lr has to be ten times smaller, not larger.",
        ),
        _wrong(
            {"lr": 0.45},
            partial(_lr_near, 0.45),
            "multiplied by beta",
            "How long is the first step of each run, in units of g?",
            "You multiplied lr by beta. The first steps are 0.5 · 0.1 · g in the tuned run and "
            "lr · g here, so the factor is 1 − beta.",
        ),
        _wrong(
            {"lr": 0.7},
            partial(_other_lr, 2 * (1 + 0.9) / L, np.inf),
            "still above the limit",
            "What is the largest stable lr of the heavy ball with beta = 0.9 on a curvature of 10?",
            "lr is above 2(1 + beta)/L = 0.38, so the run still diverges. And stability is not "
            "all that is asked: the steps have to be the same.",
        ),
        _wrong(
            {"lr": 0.2},
            partial(_other_lr, 1e-300, 2 * (1 + 0.9) / L),
            "stable, but another path",
            "How long is the first step of each run, in units of g?",
            "The run converges now, on another path than the one that was tuned. Equal steps need "
            "lr · v to be equal, and one velocity is 1 / (1 − beta) times the other.",
        ),
        _wrong(
            {"lr": -0.5},
            partial(_other_lr, -np.inf, 1e-300),
            "not downhill",
            "Which way does a step go when lr is negative, and how far when it is 0?",
            "Without a positive lr no step goes downhill.",
        ),
        _wrong(
            {"momentum": 0.0},
            partial(_momentum_is, lambda beta: beta == 0),
            "dropped momentum",
            "How does the tuned run move where g = 0 and v is not?",
            "Without momentum this is plain gradient descent, with lr = 0.5 above its limit 2/L = "
            "0.2. The tuned run had momentum; keep it.",
        ),
        _wrong(
            {"momentum": 0.99},
            partial(_momentum_is, lambda beta: beta != 0),
            "changed the memory",
            "How fast does an old gradient fade in the tuned run? And in yours?",
            "momentum says how fast old gradients fade, and both forms mean the same by it. What "
            "differs is the weight of the fresh gradient, a matter of scale.",
        ),
        _wrong(
            {"dampening": 0.9},
            partial(_only, "dampening"),
            "dampening",
            "How long is the very first step with dampening, in units of g?",
            "dampening = 0.9 weights gradients by 0.1 from the second step on; in PyTorch the "
            "first velocity is the whole gradient, so the first step is ten times too long and "
            "the path differs. Scale lr instead.",
        ),
    ),
    reasoning="Let u be the average and v the sum: u ← 0.9 u + 0.1 g, v ← 0.9 v + g, both from 0. "
    "Then u = 0.1 v at every step, so 0.5 · u = (0.5 · 0.1) · v: the same path with lr = 0.5 · "
    "(1 − 0.9) = 0.05. At equal lr the heavy ball takes steps ten times as long, and 0.5 is above "
    "its limit 2(1 + beta)/L = 0.38.",
)
