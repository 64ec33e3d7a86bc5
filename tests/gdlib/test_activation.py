"""Activations against torch, finite differences, and 50-digit arithmetic."""

import subprocess
import sys
import warnings

import mpmath
import numpy as np
import pytest
import torch
from torch.nn import functional

from gdlib import activation
from gdlib.activation import elementwise, elu, leaky_relu, log_softmax, relu, softmax
from gdlib.autograd import Tape, Tensor, jacobian, value_and_gradient
from gdlib.gradient import check_gradient
from gdlib.layers import Linear, Sequential

ELEMENTWISE = {
    "sigmoid": (activation.sigmoid, torch.sigmoid),
    "tanh": (activation.tanh, torch.tanh),
    "relu": (relu, torch.relu),
    "leaky_relu": (leaky_relu(), functional.leaky_relu),
    "leaky_relu(0.2)": (leaky_relu(0.2), lambda x: functional.leaky_relu(x, 0.2)),
    "elu": (elu(), functional.elu),
    "elu(0.5)": (elu(0.5), lambda x: functional.elu(x, 0.5)),
    "gelu": (activation.gelu, functional.gelu),
    "gelu_tanh": (activation.gelu_tanh, lambda x: functional.gelu(x, approximate="tanh")),
    "silu": (activation.silu, functional.silu),
    "softplus": (activation.softplus, lambda x: functional.softplus(x, threshold=1000)),
}
NAMES = pytest.mark.parametrize("name", ELEMENTWISE)
X = np.linspace(-6, 6, 60).reshape(3, 4, 5)  # no element is 0
FAR = np.array([-1e3, -300.0, -100.0, -50.0, 0.0, 50.0, 100.0, 300.0, 1e3])


@NAMES
def test_value_and_gradient_agree_with_torch(name):
    f, theirs = ELEMENTWISE[name]
    x = torch.tensor(X, requires_grad=True)
    y = theirs(x)
    y.sum().backward()
    np.testing.assert_allclose(f(X), y.detach().numpy(), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(f.derivative(X), x.grad.numpy(), rtol=1e-10, atol=1e-12)


@NAMES
def test_the_tape_applies_the_derivative_and_finite_differences_agree(name):
    f, _ = ELEMENTWISE[name]
    x = X / 2
    weights = np.cos(x)
    g = value_and_gradient(lambda x: (f(x) * weights).sum(), x)[1]
    np.testing.assert_allclose(g, f.derivative(x) * weights, rtol=1e-14)
    assert check_gradient(lambda x: (f(x) * weights).sum(), lambda x: g, x).error <= 1e-6


@NAMES
def test_the_derivative_at_zero_is_torchs(name):
    f, theirs = ELEMENTWISE[name]
    x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    theirs(x).sum().backward()
    assert f.derivative(np.zeros(1))[0] == pytest.approx(x.grad.item(), rel=1e-15)
    assert value_and_gradient(lambda x: f(x).sum(), [0.0])[1] == pytest.approx(x.grad.item())


def exact(name, x):
    """Value and derivative by 50-digit arithmetic, the derivative by differences in it."""
    with mpmath.workdps(50):
        c, cubic = mpmath.sqrt(2 / mpmath.pi), mpmath.mpf(0.044715)

        def sigmoid(x):
            return 1 / (1 + mpmath.exp(-x))

        f = {
            "sigmoid": sigmoid,
            "tanh": mpmath.tanh,
            "relu": lambda x: max(x, 0),
            "leaky_relu": lambda x: x if x > 0 else mpmath.mpf(0.01) * x,
            "leaky_relu(0.2)": lambda x: x if x > 0 else mpmath.mpf(0.2) * x,
            "elu": lambda x: x if x > 0 else mpmath.expm1(x),
            "elu(0.5)": lambda x: x if x > 0 else mpmath.expm1(x) / 2,
            "gelu": lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
            "gelu_tanh": lambda x: x * sigmoid(2 * c * (x + cubic * x**3)),
            "silu": lambda x: x * sigmoid(x),
            "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
        }[name]
        x = mpmath.mpf(float(x))
        h = mpmath.mpf(10) ** -20
        with mpmath.workdps(500):  # e^{-1000} beside 1
            return float(f(x)), float((f(x + h) - f(x - h)) / (2 * h))


@NAMES
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_values_and_derivatives_are_right_far_out_and_silent(name, dtype):
    f, _ = ELEMENTWISE[name]
    x = np.concatenate([FAR, [-20.0, -9.0, 9.0, 20.0, 37.5]]).astype(dtype)
    x = x[x != 0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y, dy = f(x), f.derivative(x)
        with Tape() as tape:
            t = Tensor(x)
            total = f(t).sum()
        tape.gradient(total, t)
    assert y.dtype == dy.dtype == dtype
    expected, derivative = np.transpose([exact(name, v) for v in x])
    # relative in both tails, down to the smallest normal number
    info = np.finfo(dtype)
    rtol = 1e-5 if dtype == np.float32 else 1e-12
    np.testing.assert_allclose(y, expected, rtol=rtol, atol=2000 * info.tiny)
    np.testing.assert_allclose(dy, derivative, rtol=rtol, atol=2000 * info.tiny)


@NAMES
def test_float32_stays_float32_and_shapes_stay(name):
    f, _ = ELEMENTWISE[name]
    for shape in [(), (0,), (7,), (2, 3, 4)]:
        x = np.ones(shape, np.float32)
        with Tape() as tape:
            t = Tensor(x)
            total = f(t).sum()
        assert total.dtype == tape.gradient(total, t).dtype == np.float32
        assert np.shape(f(x)) == np.shape(f.derivative(x)) == shape


def test_activations_know_their_names_and_parameters():
    assert activation.sigmoid.name == activation.sigmoid.__name__ == "sigmoid"
    assert relu.name == "relu"
    assert (leaky_relu(0.2).name, leaky_relu(0.2).slope) == ("leaky_relu", 0.2)
    assert (elu(2).name, elu(2).alpha) == ("elu", 2.0)
    assert repr(Sequential(relu, leaky_relu(), elu(2))) == (
        "Sequential(relu, leaky_relu(0.01), elu(2))"
    )


def test_a_network_holds_activations_between_its_layers():
    net = Sequential(Linear(3, 4), elu(), Linear(4, 2), softmax).initialize(seed=0)
    np.testing.assert_allclose(net(np.ones((5, 3))).sum(axis=1), 1)


@pytest.mark.parametrize("maker", [leaky_relu, elu])
def test_a_maker_put_where_the_activation_belongs_says_so(maker):
    net = Sequential(Linear(3, 4), maker).initialize()
    with pytest.raises(TypeError, match=rf"got ndarray: write {maker.__name__}\(\) in a network"):
        net(np.ones((5, 3)))


def test_an_activation_of_ones_own():
    @elementwise(lambda x: 3 * x**2)
    def cube(x):
        """Its text stays."""
        return x**3

    assert (cube.name, cube.__doc__) == ("cube", "Its text stays.")
    assert value_and_gradient(lambda x: cube(x).sum(), [2.0])[1] == pytest.approx([12.0])


def test_gelu_needs_scipy_only_when_used():
    script = (
        "import sys, numpy as np, gdlib.activation as a; a.gelu_tanh(np.ones(1)); "
        "assert 'scipy' not in sys.modules; a.gelu(np.ones(1)); assert 'scipy' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_gelus_tanh_form_is_within_half_a_thousandth():
    x = np.linspace(-10, 10, 20001)
    worst = np.abs(activation.gelu(x) - activation.gelu_tanh(x)).max()
    assert 4e-4 < worst < 5e-4


ROWS = {"softmax": (softmax, torch.softmax), "log_softmax": (log_softmax, torch.log_softmax)}


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize(("shape", "axis"), [((5,), -1), ((3, 4), -1), ((3, 4, 2), 1)])
def test_softmax_agrees_with_torch_along_any_axis(name, shape, axis):
    f, theirs = ROWS[name]
    rng = np.random.default_rng(0)
    x, weights = rng.normal(size=(2, *shape)) * 3
    t = torch.tensor(x, requires_grad=True)
    y = theirs(t, axis)
    (y * torch.tensor(weights)).sum().backward()
    np.testing.assert_allclose(f(x, axis=axis), y.detach().numpy(), rtol=1e-12)

    def total(x):
        return (f(x, axis=axis) * weights).sum()

    g = value_and_gradient(total, x)[1]
    np.testing.assert_allclose(g, t.grad.numpy(), rtol=1e-10, atol=1e-12)
    assert check_gradient(total, lambda x: g, x).error <= 1e-6


def test_the_jacobian_of_softmax_is_diag_p_minus_p_p():
    x = np.array([0.3, -1.0, 2.0])
    p = softmax(x)
    np.testing.assert_allclose(jacobian(softmax, x), np.diag(p) - np.outer(p, p), atol=1e-15)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_softmax_of_extreme_rows_is_right_and_silent(dtype):
    x = np.array([[1e3, 0, -1e3], [-1e3, -1e3, -1e3], [0, -np.inf, 0]], dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        p = softmax(x)
        with np.errstate(divide="raise"):
            log_p = log_softmax(x)
    assert p.dtype == log_p.dtype == dtype
    np.testing.assert_allclose(p, [[1, 0, 0], [1 / 3] * 3, [0.5, 0, 0.5]], rtol=1e-6)
    half, third = np.log(0.5), np.log(1 / 3)
    np.testing.assert_allclose(
        log_p, [[0, -1e3, -2e3], [third] * 3, [half, -np.inf, half]], rtol=1e-6
    )
