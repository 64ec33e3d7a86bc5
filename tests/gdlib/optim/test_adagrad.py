"""AdaGrad: its step under constant gradients, and its start."""

import numpy as np

from gdlib.optim import adagrad


def test_step_t_under_a_constant_gradient_is_lr_over_root_t():
    x, state = np.zeros(2), adagrad.init(np.zeros(2))
    for t in range(1, 50):
        before = x
        x, state = adagrad.step(x, np.array([3.0, -700.0]), state, lr=0.5, eps=0.0)
        np.testing.assert_allclose(before - x, [0.5 / np.sqrt(t), -0.5 / np.sqrt(t)], rtol=1e-12)


def test_initial_accumulator_shortens_the_first_step():
    x, state = np.zeros(1), adagrad.init(np.zeros(1), initial_accumulator=3.0)
    x, state = adagrad.step(x, np.ones(1), state, lr=1.0, eps=0.0)
    np.testing.assert_allclose(x, [-0.5])
    np.testing.assert_allclose(state.v, [4.0])


def test_eps_stands_outside_the_root():
    x, _ = adagrad.step(np.zeros(1), np.array([4.0]), adagrad.init(np.zeros(1)), lr=1.0, eps=1.0)
    np.testing.assert_allclose(x, [-4 / 5])
