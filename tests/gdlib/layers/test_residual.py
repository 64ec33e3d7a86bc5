import numpy as np
import pytest
import torch

from gdlib.activation import relu
from gdlib.autograd import jacobian
from gdlib.layers import DenseConnection, Linear, Residual, Sequential


class TorchResidual(torch.nn.Module):
    def __init__(self, inner, shortcut=None):
        super().__init__()
        self.inner, self.shortcut = inner, shortcut

    def forward(self, x):
        return (x if self.shortcut is None else self.shortcut(x)) + self.inner(x)


class TorchDense(torch.nn.Module):
    def __init__(self, inner, axis=1):
        super().__init__()
        self.inner, self.axis = inner, axis

    def forward(self, x):
        return torch.cat([x, self.inner(x)], self.axis)


X = np.random.default_rng(0).normal(size=(5, 3))


def test_a_residual_connection_agrees_with_torch(compare_with_torch):
    compare_with_torch(
        Residual(Sequential(Linear(3, 4), relu, Linear(4, 3))),
        TorchResidual(
            torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 3))
        ),
        X,
    )


def test_a_shortcut_with_parameters_agrees_with_torch(compare_with_torch):
    compare_with_torch(
        Residual(Linear(3, 4), shortcut=Linear(3, 4)),
        TorchResidual(torch.nn.Linear(3, 4), torch.nn.Linear(3, 4)),
        X,
    )


@pytest.mark.parametrize(("axis", "shape"), [(1, (5, 3)), (-1, (2, 4, 3))])
def test_a_dense_block_agrees_with_torch(compare_with_torch, axis, shape):
    compare_with_torch(
        Sequential(DenseConnection(Linear(3, 2), axis), DenseConnection(Linear(5, 1), axis)),
        torch.nn.Sequential(
            TorchDense(torch.nn.Linear(3, 2), axis), TorchDense(torch.nn.Linear(5, 1), axis)
        ),
        np.random.default_rng(0).normal(size=shape),
    )


def test_the_jacobian_is_the_identity_plus_the_inner_one():
    block = Residual(Linear(3, 3)).initialize(seed=0)
    expected = np.eye(3) + block.inner.weight.data
    np.testing.assert_allclose(jacobian(block, X[0]), expected, rtol=1e-14)


def test_a_dead_inner_layer_lets_the_gradient_through():
    block = Residual(Sequential(Linear(3, 3), relu)).initialize(seed=0)
    block.theta[-3:] = -100
    np.testing.assert_array_equal(jacobian(block, X[0]), np.eye(3))


def test_plain_functions_have_no_parameters():
    block = Sequential(Residual(relu, shortcut=np.exp), DenseConnection(np.tanh)).initialize()
    assert block.theta.size == 0
    np.testing.assert_allclose(block(X)[:, :3], np.exp(X) + np.maximum(X, 0))


def test_float32_stays_float32():
    block = Sequential(Residual(Linear(3, 3)), DenseConnection(Linear(3, 2)))
    assert block.initialize(dtype=np.float32)(X.astype(np.float32)).dtype == np.float32


def test_shapes_that_do_not_add_are_refused():
    with pytest.raises(ValueError, match=r"gives shape \(5, 4\) and the shortcut \(5, 3\)"):
        Residual(Linear(3, 4)).initialize()(X)
    # (5, 1) would broadcast, which is not meant.
    with pytest.raises(ValueError, match="give a shortcut"):
        Residual(Linear(3, 1)).initialize()(X)


def test_shapes_that_do_not_concatenate_are_refused():
    with pytest.raises(ValueError, match="must match exactly"):
        DenseConnection(lambda x: x[:2]).initialize()(X)
