"""The Jacobians of an RNN along a sequence."""

import numpy as np
import pytest

from gdlib.autograd import jacobian
from gdlib.layers import RNN


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
def test_jacobians_agree_with_those_of_each_step_and_of_all(nonlinearity):
    rng = np.random.default_rng(0)
    net = RNN(2, 4, nonlinearity).initialize(seed=0)
    x, start = rng.standard_normal((6, 2)), rng.standard_normal(4)
    found = net.jacobians(x, start)
    assert found.shape == (6, 4, 4)
    h, product = start, np.eye(4)
    for x_t, matrix in zip(x, found, strict=True):

        def step(before, x_t=x_t):
            return net(x_t[None, None], before[None])[0, 0]

        np.testing.assert_allclose(matrix, jacobian(step, h), rtol=1e-12, atol=1e-15)
        h, product = step(h), matrix @ product
    whole = jacobian(lambda start: net(x[None], start[None])[0, -1], start)
    np.testing.assert_allclose(product, whole, rtol=1e-10, atol=1e-14)


def test_without_a_state_the_sequence_starts_at_zero():
    net = RNN(2, 4).initialize(seed=0)
    x = np.random.default_rng(0).standard_normal((3, 2))
    np.testing.assert_array_equal(net.jacobians(x), net.jacobians(x, np.zeros(4)))


def test_at_zero_tanh_is_the_identity_and_the_jacobian_the_weight():
    net = RNN(2, 4).initialize(seed=0)
    net.bias_ih_l0.data[:] = net.bias_hh_l0.data[:] = 0
    weight = net.weight_hh_l0.data
    np.testing.assert_array_equal(net.jacobians(np.zeros((3, 2))), [weight] * 3)
