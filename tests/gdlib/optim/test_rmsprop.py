"""RMSprop: its first step, its long-run step, its memory."""

import numpy as np
import pytest

from gdlib.optim import rmsprop


def displacements(gradients, **hyper):
    x, state, xs = np.zeros(1), rmsprop.init(np.zeros(1)), [0.0]
    for g in gradients:
        x, state = rmsprop.step(x, np.array([g]), state, lr=1.0, eps=0.0, **hyper)
        xs.append(float(x[0]))
    return -np.diff(xs)


@pytest.mark.parametrize(("rho", "first"), [(0.9, 3.1623), (0.99, 10.0)])
def test_first_step_is_lr_over_root_one_minus_rho(rho, first):
    assert displacements([5.0], rho=rho)[0] == pytest.approx(first, rel=1e-4)


def test_steps_tend_to_lr_whatever_the_gradient():
    assert displacements([1e-5] * 200, rho=0.9)[-1] == pytest.approx(1, rel=1e-6)


def test_mean_of_squares_by_hand():
    _, state = rmsprop.step(np.zeros(1), np.array([2.0]), rmsprop.State(np.array([3.0])), rho=0.75)
    assert state.v.tolist() == [0.75 * 3 + 0.25 * 4]
