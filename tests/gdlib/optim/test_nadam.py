"""Nadam: its momentum schedule and its look-ahead."""

import numpy as np

from gdlib.optim import nadam


def test_first_step_by_hand():
    hyper = {"lr": 1.0, "beta1": 0.9, "beta2": 0.999, "eps": 0.0, "momentum_decay": 1.0}
    x, state = nadam.step(np.zeros(1), np.array([2.0]), nadam.init(np.zeros(1)), **hyper)
    mu, mu_next = 0.9 * (1 - 0.5 * 0.96), 0.9 * (1 - 0.5 * 0.96**2)
    # The denominator is |g| = 2, the mean 0.2.
    expected = (2 + mu_next / (1 - mu * mu_next) * 0.2) / 2
    np.testing.assert_allclose(-x, expected, rtol=1e-12)
    assert state.mu_product == mu
    assert state.t == 1


def test_product_of_momenta():
    x, state = np.zeros(1), nadam.init(np.zeros(1))
    for _ in range(5):
        x, state = nadam.step(x, np.ones(1), state)
    momenta = 0.9 * (1 - 0.5 * 0.96 ** (np.arange(1, 6) * 4e-3))
    np.testing.assert_allclose(state.mu_product, momenta.prod(), rtol=1e-12)
