"""AdaMax by hand."""

import numpy as np

from gdlib.optim import adamax


def test_two_steps_by_hand():
    x, state = np.zeros(1), adamax.init(np.zeros(1))
    x, state = adamax.step(x, np.array([4.0]), state, lr=1.0, beta1=0.5, beta2=0.9, eps=0.0)
    np.testing.assert_allclose(x, [-1.0])
    x, state = adamax.step(x, np.array([1.0]), state, lr=1.0, beta1=0.5, beta2=0.9, eps=0.0)
    # m = 0.5 · 2 + 0.5 = 1.5, corrected by 0.75; u = max(0.9 · 4, 1).
    np.testing.assert_allclose(x, [-1 - 2 / 3.6])
    np.testing.assert_allclose(state.u, [3.6])
