"""Centered RMSprop: the denominator is a standard deviation."""

import numpy as np

from gdlib.optim import rmsprop_centered


def test_one_step_by_hand():
    state = rmsprop_centered.State(np.array([1.0]), np.array([5.0]))
    x, state = rmsprop_centered.step(np.zeros(1), np.array([3.0]), state, lr=1.0, rho=0.5, eps=0.25)
    # m = 2, v = 7, v − m² = 3
    np.testing.assert_allclose(x, -3 / (np.sqrt(3) + 0.25))
    assert state.m.tolist() == [2.0]
    assert state.v.tolist() == [7.0]


def test_rounding_below_zero_gives_no_nan():
    # v − m² of a constant gradient tends to zero; in float32 rounding puts some below it.
    g = np.linspace(0.1, 1, 1000, dtype=np.float32)
    x, state = np.zeros_like(g), rmsprop_centered.init(g)
    for _ in range(300):
        x, state = rmsprop_centered.step(x, g, state, rho=0.9, eps=1e-3)
    assert (state.v - state.m**2 < 0).any()
    assert np.isfinite(x).all()
