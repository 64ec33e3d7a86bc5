"""Nesterov's method: by hand, and its two forms as one."""

import numpy as np
import pytest

from gdlib.objective import quadratic, rosenbrock
from gdlib.optim import nesterov


def test_two_steps_by_hand():
    x, state = np.array([1.0]), nesterov.init(np.array([1.0]))
    x, state = nesterov.step(x, np.array([2.0]), state, lr=0.1, beta=0.5)
    # v = 2, step 0.1 · (2 + 0.5 · 2)
    assert x[0] == pytest.approx(0.7)
    x, state = nesterov.step(x, np.array([1.0]), state, lr=0.1, beta=0.5)
    # v = 2, step 0.1 · (1 + 0.5 · 2)
    assert x[0] == pytest.approx(0.5)
    assert state.v.tolist() == [2.0]


def both_forms(objective, lrs, beta=0.9):
    """Yield x of ``step`` and of ``look_ahead`` after the change of variable."""
    x = theta = np.array([-1.0, 0.5])
    state = ahead = nesterov.init(x)
    for lr in lrs:
        x, state = nesterov.step(x, objective.gradient(x), state, lr=lr, beta=beta)
        theta, ahead = nesterov.look_ahead(theta, objective.gradient, ahead, lr=lr, beta=beta)
        yield x, theta - lr * beta * ahead.v


@pytest.mark.parametrize("objective", [quadratic, rosenbrock])
def test_look_ahead_form_is_the_same_after_a_change_of_variable(objective):
    for x, theta in both_forms(objective, [5e-4] * 200):
        np.testing.assert_allclose(x, theta, rtol=1e-10)


def test_forms_part_when_lr_changes():
    *_, (x, theta) = both_forms(quadratic, [0.02] * 10 + [0.002] * 5)
    assert np.abs(x - theta).max() > 1e-3
