"""Initializers against torch.nn.init: the same bound, standard deviation and gain."""

import math

import numpy as np
import pytest
import torch

from gdlib.activation import elu, leaky_relu, relu, tanh
from gdlib.initializer import (
    constant,
    fans,
    gain,
    glorot_normal,
    glorot_uniform,
    he_normal,
    he_uniform,
    lsuv,
    normal,
    ones,
    orthogonal,
    torch_default,
    uniform,
    zeros,
)
from gdlib.layers import Layer, Linear, Sequential

init = torch.nn.init
LARGE = (300, 200), (40, 30, 5, 7)


def draw(initializer, shape, seed=0):
    return initializer(shape, np.random.default_rng(seed))


def theirs(fill, shape, seed=0):
    torch.manual_seed(seed)
    w = torch.empty(shape, dtype=torch.float64)
    fill(w)
    return w.numpy()


DISTRIBUTIONS = {
    "torch_default": (torch_default, lambda w: init.kaiming_uniform_(w, a=math.sqrt(5))),
    "glorot_uniform": (glorot_uniform(), init.xavier_uniform_),
    "glorot_uniform(5/3)": (glorot_uniform(5 / 3), lambda w: init.xavier_uniform_(w, 5 / 3)),
    "glorot_normal": (glorot_normal(), init.xavier_normal_),
    "he_uniform": (he_uniform(), init.kaiming_uniform_),
    "he_uniform tanh, out": (
        he_uniform("tanh", fan="out"),
        lambda w: init.kaiming_uniform_(w, nonlinearity="tanh", mode="fan_out"),
    ),
    "he_normal": (he_normal(), init.kaiming_normal_),
    "he_normal out": (he_normal(fan="out"), lambda w: init.kaiming_normal_(w, mode="fan_out")),
    "he_normal leaky_relu(0.2)": (
        he_normal(leaky_relu(0.2)),
        lambda w: init.kaiming_normal_(w, a=0.2, nonlinearity="leaky_relu"),
    ),
    "normal": (normal(0.3, mean=2.0), lambda w: init.normal_(w, 2.0, 0.3)),
    "uniform": (uniform(0.4), lambda w: init.uniform_(w, -0.4, 0.4)),
}


@pytest.mark.parametrize("shape", LARGE)
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_draws_are_distributed_as_torchs(name, shape):
    ours, fill = DISTRIBUTIONS[name]
    w, other = draw(ours, shape), theirs(fill, shape)
    assert w.shape == shape
    std = other.std()
    assert w.std() == pytest.approx(std, rel=0.015)
    assert w.mean() == pytest.approx(other.mean(), abs=0.02 * std)
    if "uniform" in name or name == "torch_default":
        assert np.abs(w).max() == pytest.approx(np.abs(other).max(), rel=1e-3)
    else:  # a normal distribution has 4.55 % beyond 2σ
        beyond = np.abs(w - w.mean()) > 2 * w.std()
        assert beyond.mean() == pytest.approx(0.0455, abs=0.004)


def test_bounds_and_standard_deviations_are_torchs_formulas():
    class Scale:  # instead of a generator: gives the scale back that it is asked for
        uniform = staticmethod(lambda low, high, shape: high)
        normal = staticmethod(lambda mean, std, shape: std)

    shape = (8, 6, 3, 5)  # fan in 90, fan out 120
    assert torch_default(shape, Scale) == pytest.approx(1 / math.sqrt(90))
    assert glorot_uniform(2.0)(shape, Scale) == pytest.approx(2 * math.sqrt(6 / 210))
    assert glorot_normal(2.0)(shape, Scale) == pytest.approx(2 * math.sqrt(2 / 210))
    assert he_uniform()(shape, Scale) == pytest.approx(math.sqrt(6 / 90))
    assert he_normal("tanh", fan="out")(shape, Scale) == pytest.approx(5 / 3 / math.sqrt(120))


@pytest.mark.parametrize("shape", [(3, 4), (5, 2, 3), (5, 2, 3, 4)])
def test_fans_are_torchs(shape):
    assert fans(shape) == init._calculate_fan_in_and_fan_out(torch.empty(shape))


@pytest.mark.parametrize("name", ["linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"])
def test_gains_are_torchs(name):
    assert gain(name) == pytest.approx(init.calculate_gain(name), rel=1e-15)


def test_an_activation_has_the_gain_of_its_name_and_slope():
    assert gain(relu) == math.sqrt(2)
    assert gain(tanh) == 5 / 3
    assert gain(leaky_relu(0.2)) == pytest.approx(init.calculate_gain("leaky_relu", 0.2))


def test_a_gain_that_torch_does_not_know_is_refused():
    for unknown in ("gelu", elu(), "Relu", 1.4):
        with pytest.raises(ValueError, match=r"there is no gain for .* known are linear, sigmoid"):
            gain(unknown)


def test_relus_gain_keeps_the_mean_square_of_a_deep_signal():
    x = np.random.default_rng(1).normal(size=(64, 256))
    net = Sequential(*(s for _ in range(10) for s in (Linear(256, 256, he_normal()), relu)))
    y = net.initialize(seed=0)(x)
    assert np.mean(y**2) == pytest.approx(1, rel=0.5)  # with torch's default: 6^-10


def test_constants():
    assert draw(zeros, (2, 3)).tolist() == [[0] * 3] * 2
    assert draw(ones, (3,)).tolist() == [1] * 3
    assert draw(constant(0.1), (3,)).tolist() == [0.1] * 3


@pytest.mark.parametrize("shape", [(6, 6), (4, 9), (9, 4), (4, 3, 2, 2), (1, 5)])
def test_orthogonal_rows_or_columns_are_orthonormal(shape):
    w = draw(orthogonal(gain=3.0), shape)
    assert w.shape == shape
    flat = w.reshape(shape[0], -1)
    small = min(flat.shape)
    product = flat @ flat.T if len(flat) == small else flat.T @ flat
    np.testing.assert_allclose(product, 9 * np.eye(small), atol=1e-13)
    other = theirs(lambda w: init.orthogonal_(w, gain=3.0), shape).reshape(flat.shape)
    np.testing.assert_allclose(np.linalg.svd(flat)[1], np.linalg.svd(other)[1], rtol=1e-12)


def test_orthogonal_is_uniform_over_rotations_and_reflections():
    rng = np.random.default_rng(0)
    draws = np.array([orthogonal()((3, 3), rng) for _ in range(2000)])
    np.testing.assert_allclose(draws.mean(axis=0), 0, atol=0.05)
    np.testing.assert_allclose((draws**2).mean(axis=0), 1 / 3, atol=0.03)
    assert np.mean(np.linalg.det(draws) > 0) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("initializer", [torch_default, he_normal(), orthogonal(), normal(1.0)])
def test_the_same_seed_draws_the_same_and_another_another(initializer):
    first, again, other = (draw(initializer, (4, 5), seed) for seed in (0, 0, 1))
    assert first.tolist() == again.tolist()
    assert (first != other).any()


def test_layers_take_initializers_and_keep_float32():
    layer = Linear(30, 40, orthogonal(), constant(0.1)).initialize(seed=0, dtype=np.float32)
    assert layer.weight.dtype == np.float32
    w = layer.weight.data
    np.testing.assert_allclose(w.T @ w, np.eye(30), atol=1e-6)
    assert layer.bias.data.tolist() == [np.float32(0.1)] * 40


@pytest.mark.parametrize(
    "initializer", [torch_default, glorot_normal(), he_uniform(), orthogonal()]
)
def test_a_bias_has_no_fan(initializer):
    with pytest.raises(ValueError, match=r"has a fan, got shape \(4,\); start a bias with zeros"):
        draw(initializer, (4,))


def test_wrong_settings_are_refused_before_anything_is_drawn():
    with pytest.raises(ValueError, match=r"fan must be .* got 'fan_in'"):
        he_normal(fan="fan_in")
    with pytest.raises(ValueError, match="no gain for 'gelu'"):
        he_uniform("gelu")
    with pytest.raises(ValueError, match="std must not be negative, got -1"):
        normal(-1)
    with pytest.raises(ValueError, match="bound must not be negative, got -1"):
        uniform(-1)


# LSUV.


def deep(activation=tanh, depth=8, bias=zeros):
    steps = [s for _ in range(depth) for s in (Linear(30, 30, orthogonal(), bias), activation)]
    return Sequential(*steps).initialize(seed=0)


X = np.random.default_rng(2).normal(size=(200, 30)) * 5


@pytest.mark.parametrize("activation", [tanh, relu, elu()])
def test_after_lsuv_every_linear_layer_gives_variance_1(activation):
    net = deep(activation)
    assert lsuv(net, X) is net
    np.testing.assert_allclose([np.var(y) for y in net.outputs(X)[::2]], 1, atol=0.01)
    w = net[4].weight.data
    np.testing.assert_allclose(w.T @ w, np.eye(30) * (w.T @ w)[0, 0], atol=1e-12)


def test_lsuv_is_the_division_by_the_standard_deviation():
    net = Sequential(Linear(30, 20), relu, Linear(20, 10)).initialize(seed=0)
    first, second = net[0].weight.data.copy(), net[2].weight.data.copy()
    lsuv(net, X)
    first /= np.std(X @ first.T)
    second /= np.std(np.maximum(X @ first.T, 0) @ second.T)
    np.testing.assert_allclose(net[0].weight.data, first, rtol=1e-12)
    np.testing.assert_allclose(net[2].weight.data, second, rtol=1e-12)


def test_lsuv_repeats_where_biases_are_in_the_way_and_leaves_them():
    net = deep(bias=normal(0.3))
    biases = [step.bias.data.copy() for step in net.steps[::2]]
    lsuv(net, X, tolerance=1e-6, trials=100)
    np.testing.assert_allclose([np.var(y) for y in net.outputs(X)[::2]], 1, atol=1e-6)
    assert all((b == step.bias.data).all() for b, step in zip(biases, net.steps[::2], strict=True))


def test_lsuv_reaches_layers_wherever_they_stand_and_leaves_no_trace():
    class Skip(Layer):
        def __init__(self, inner):
            super().__init__()
            self.inner = inner
            self.layers = {"inner": inner}

        def forward(self, x):
            return x + self.inner(x)

    inside = Linear(30, 30)
    net = Sequential(Linear(30, 30), Skip(Sequential(relu, inside)), Linear(30, 2))
    net.initialize(seed=0, dtype=np.float32)
    x = X.astype(np.float32)
    lsuv(net, x)
    h = net[0](x)
    variances = [np.var(h), np.var(inside(relu(h))), np.var(net(x))]
    np.testing.assert_allclose(variances, 1, atol=0.01)
    assert "forward" not in vars(inside)


def test_lsuv_says_where_no_scale_helps():
    net = deep()
    net[4].weight.data[...] = 0
    with pytest.raises(ValueError, match=r"the layer of 4\.weight has variance 0, which no scale"):
        lsuv(net, X)
    assert "forward" not in vars(net[4])
    net = deep(bias=normal(3.0))
    with pytest.raises(ValueError, match=r"after 10 divisions of 0\.weight .* variance 6"):
        lsuv(net, X)


def test_lsuv_refuses_what_it_cannot_scale():
    class Two(Layer):
        def __init__(self):
            super().__init__()
            self.declare("weight_ih", (3, 3), zeros)
            self.declare("weight_hh", (3, 3), zeros)

    with pytest.raises(TypeError, match="but Two has weight_ih, weight_hh"):
        lsuv(Sequential(Two()).initialize(), X)
    with pytest.raises(RuntimeError, match=r"call initialize\(seed=0\) first"):
        lsuv(Sequential(Linear(30, 2)), X)
