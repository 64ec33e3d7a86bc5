"""Lion: every step has length lr, in the direction of an interpolated sign."""

import numpy as np

from gdlib.optim import lion


def test_two_steps_by_hand():
    x, state = np.zeros(2), lion.init(np.zeros(2))
    x, state = lion.step(x, np.array([3.0, -1e-9]), state, lr=0.5, beta1=0.5, beta2=0.75)
    assert x.tolist() == [-0.5, 0.5]
    assert state.m.tolist() == [0.75, -0.25e-9]
    # c = 0.5 · 0.75 − 0.5 · 0.5 > 0: the sign is the mean's, not the gradient's.
    x, state = lion.step(x, np.array([-0.5, 0.0]), state, lr=0.5, beta1=0.5, beta2=0.75)
    assert x.tolist() == [-1.0, 1.0]


def test_zero_gradient_on_zero_mean_moves_nothing_but_the_decay():
    x, _ = lion.step(np.array([2.0]), np.zeros(1), lion.init(np.zeros(1)), lr=0.1, weight_decay=1.0)
    np.testing.assert_allclose(x, [1.8])
