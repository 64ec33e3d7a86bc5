"""A compiled sweep ends where descend's broadcasting ends."""

import warnings

import numpy as np
import pytest

from gdlib.descent import descend
from gdlib.forms import numba_sweep
from gdlib.forms.fallback import warn_once
from gdlib.forms.numba_sweep import sweep
from gdlib.forms.numba_sweep_source import BLOCK
from gdlib.objective import kinked, plateau, quadratic, rosenbrock, saddle
from gdlib.optim import adagrad, adam, lamb, momentum, nadam, rprop

RUNS = 2 * BLOCK + 5  # the last block is not full
LR = np.geomspace(1e-4, 2.0, RUNS)
BETA = np.linspace(0, 0.95, RUNS)


class Opaque:
    """An objective of which there is only what descend needs."""

    name = "opaque"

    def value(self, x):
        return np.log(np.cosh(x)).sum(-1)

    def gradient(self, x):
        return np.tanh(x)


def both(objective, rule, steps, x0=None, **hyper):
    x0 = objective.start if x0 is None else x0
    ours = sweep(objective, x0, rule, steps, path=True, **hyper)
    return ours, descend(objective, x0, rule, steps, **hyper)


@pytest.mark.parametrize(
    ("objective", "rule", "hyper"),
    [
        (rosenbrock, momentum, {"lr": LR}),  # many diverge
        (quadratic(kappa=30), rprop, {"lr": LR, "eta_plus": 1.1}),
        (kinked, adagrad, {"lr": LR, "initial_accumulator": 10 * BETA}),
        (plateau, momentum, {"beta": BETA, "lr": lambda t: 2.0 / (1 + t)}),
    ],
    ids=lambda value: getattr(value, "name", getattr(value, "__name__", ""))[-12:],
)
def test_it_equals_descend_in_every_bit(objective, rule, hyper):
    ours, theirs = both(objective, rule, 60, **hyper)
    np.testing.assert_array_equal(ours.x, theirs.x[-1])
    np.testing.assert_array_equal(ours.path, theirs.f)
    for name in ("diverged", "stopped_at", "stopped_value"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name), err_msg=name)
    if rule is momentum and objective is rosenbrock:
        assert 10 < ours.diverged.sum() < RUNS - 10


def test_scalars_that_differ_between_runs_are_computed_for_each():
    # beta1 enters 1 − beta1^t and the running product of the momenta.
    ours, theirs = both(rosenbrock, nadam, 60, lr=LR / 100, beta1=BETA)
    np.testing.assert_allclose(ours.x, theirs.x[-1], rtol=1e-9)
    np.testing.assert_allclose(ours.path, theirs.f, rtol=1e-7)


def test_starts_may_differ_and_threads_change_nothing(monkeypatch):
    starts = np.random.default_rng(0).normal(size=(RUNS, 2))
    results = []
    for first in (1, 1 << 60):
        monkeypatch.setattr(numba_sweep, "PARALLEL_FROM", first)
        ours, theirs = both(saddle, adam, 20, x0=starts)
        np.testing.assert_array_equal(ours.x, theirs.x[-1])
        results.append(ours.path)
    np.testing.assert_array_equal(*results)


def test_one_run_is_a_sweep_of_one_and_the_path_is_optional():
    ours = sweep(quadratic, quadratic.start, momentum, 9, lr=0.05)
    theirs = descend(quadratic, quadratic.start, momentum, 9, lr=0.05)
    np.testing.assert_array_equal(ours.x, theirs.x[-1:])
    np.testing.assert_array_equal(ours.f, theirs.f[-1:])
    assert ours.path is None


def test_what_cannot_be_compiled_goes_through_descend_and_says_so_once():
    warn_once.cache_clear()
    told = "momentum on opaque goes through descend: .*Opaque, whose source cannot be read"
    with pytest.warns(UserWarning, match=told):
        ours = sweep(Opaque(), np.ones(2), momentum, 5, lr=[0.1, 0.2])
    theirs = descend(Opaque(), np.ones(2), momentum, 5, lr=[0.1, 0.2])
    np.testing.assert_array_equal(ours.x, theirs.x[-1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sweep(Opaque(), np.ones(2), momentum, 5, lr=[0.1, 0.2])
    with pytest.warns(UserWarning, match="lamb has no fused form: its norm is over all"):
        sweep(rosenbrock, rosenbrock.start, lamb, 5)


def test_arguments_are_checked_as_by_descend():
    with pytest.raises(TypeError, match="adam has no hyperparameter 'beta'"):
        sweep(rosenbrock, rosenbrock.start, adam, 5, beta=0.9)
    with pytest.raises(ValueError, match="all swept arguments must have one length"):
        sweep(rosenbrock, rosenbrock.start, adam, 5, lr=[0.1, 0.2], beta1=[0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match="must be finite at the start"):
        sweep(rosenbrock, [[1e13, 1.0]], adam, 5)
