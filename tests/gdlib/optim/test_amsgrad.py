"""AMSGrad: the scale never falls."""

import numpy as np

from gdlib.optim import adam, amsgrad


def test_equals_adam_while_the_moment_grows():
    x = y = np.zeros(1)
    a, b = adam.init(x), amsgrad.init(x)
    for g in np.linspace(1, 2, 20):
        x, a = adam.step(x, np.array([g]), a)
        y, b = amsgrad.step(y, np.array([g]), b)
    np.testing.assert_allclose(x, y, rtol=1e-12)


def test_large_gradient_is_never_forgotten():
    x, state = np.zeros(1), amsgrad.init(np.zeros(1))
    for g in [100.0] + [1.0] * 500:
        x, state = amsgrad.step(x, np.array([g]), state, beta2=0.9)
    np.testing.assert_allclose(state.u, [0.1 * 100**2])
    np.testing.assert_allclose(state.v, [1.0], rtol=1e-6)
