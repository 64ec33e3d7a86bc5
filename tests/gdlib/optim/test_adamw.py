"""AdamW: the decay is apart from the moments."""

import numpy as np

from gdlib.optim import adam, adamw


def test_without_decay_it_is_adam():
    x = np.array([1.0, -2.0])
    rng = np.random.default_rng(0)
    y, a, b = x, adam.init(x), adamw.init(x)
    for g in rng.standard_normal((30, 2)):
        x, a = adam.step(x, g, a)
        y, b = adamw.step(y, g, b, weight_decay=0.0)
    np.testing.assert_allclose(x, y, rtol=1e-14)


def test_without_gradient_x_shrinks_by_the_same_share_whatever_its_size():
    x, state = np.array([1e-6, 1e6]), adamw.init(np.zeros(2))
    for _ in range(10):
        x, state = adamw.step(x, np.zeros(2), state, lr=0.1, weight_decay=0.5)
    np.testing.assert_allclose(x, np.array([1e-6, 1e6]) * 0.95**10, rtol=1e-12)
