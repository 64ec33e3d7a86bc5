"""RAdam: plain momentum at first, a rectified Adam later."""

import numpy as np

from gdlib.optim import radam


def test_first_steps_are_momentum_with_bias_correction():
    # With beta2 = 0.999 the rectification begins at step 6.
    x, state = np.zeros(1), radam.init(np.zeros(1))
    moves = []
    for _ in range(6):
        before = x
        x, state = radam.step(x, np.array([50.0]), state, lr=1.0)
        moves.append(float((before - x)[0]))
    np.testing.assert_allclose(moves[:5], 50.0, rtol=1e-12)
    assert moves[5] < 1


def test_rectification_tends_to_one():
    x, state = np.zeros(1), radam.init(np.zeros(1))
    for _ in range(20_000):
        before = x
        x, state = radam.step(x, np.ones(1), state, lr=1.0)
    np.testing.assert_allclose(before - x, 1.0, rtol=1e-3)


def test_small_beta2_never_divides_by_zero():
    # rho_inf is 4 at beta2 = 0.6 and below 4 under it: the second moment is never trusted.
    for beta2 in (0.0, 0.5, 0.6):
        x, state = np.zeros(1), radam.init(np.zeros(1))
        for _ in range(20):
            x, state = radam.step(x, np.ones(1), state, lr=1.0, beta2=beta2)
        np.testing.assert_allclose(x, -20.0)
