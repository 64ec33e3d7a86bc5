"""Adadelta by hand."""

import numpy as np

from gdlib.optim import adadelta


def test_two_steps_by_hand():
    x, state = np.zeros(1), adadelta.init(np.zeros(1))
    x, state = adadelta.step(x, np.array([2.0]), state, lr=10.0, rho=0.5, eps=1.0)
    # v = 2, d = √1 / √3 · 2, a = 0.5 · d²: lr scales the step and not the record.
    first = 2 / np.sqrt(3)
    np.testing.assert_allclose(x, [-10 * first])
    np.testing.assert_allclose(state.a, [first**2 / 2])
    x, state = adadelta.step(x, np.array([2.0]), state, lr=10.0, rho=0.5, eps=1.0)
    second = np.sqrt(first**2 / 2 + 1) / np.sqrt(3 + 1) * 2
    np.testing.assert_allclose(x, [-10 * (first + second)])
