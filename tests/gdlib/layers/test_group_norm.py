"""Group and instance norm: over groups of channels of each example."""

import numpy as np
import pytest
import torch

from gdlib.autograd import Tape, Tensor
from gdlib.gradient import check_gradient
from gdlib.layers import GroupNorm, InstanceNorm, LayerNorm
from gdlib.layers.group_norm import group_norm

SHAPES = [(5, 6), (2, 6, 7), (3, 6, 5, 4), (1, 6, 1, 3)]


def with_random_state(theirs):
    rng = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for p in theirs.parameters():
            p.copy_(torch.randn(p.shape, generator=rng))
    return theirs


def gradients(layer, x, v):
    x = Tensor(x)
    with Tape() as tape:
        y = layer(x)
        total = (y * v).sum()
    return y.data, tape.gradient(total, [x, *layer.parameters.values()])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("groups", [1, 2, 3, 6])
@pytest.mark.parametrize("affine", [True, False])
def test_group_norm_agrees_with_torch(compare_with_torch, shape, groups, affine):
    theirs = torch.nn.GroupNorm(groups, 6, affine=affine)
    x = 2 + 3 * np.random.default_rng(0).normal(size=shape)
    compare_with_torch(GroupNorm(groups, 6, affine=affine), with_random_state(theirs), x)


@pytest.mark.parametrize("shape", SHAPES[1:])
@pytest.mark.parametrize("affine", [True, False])
def test_instance_norm_agrees_with_torch(compare_with_torch, shape, affine):
    torchs = torch.nn.InstanceNorm1d if len(shape) == 3 else torch.nn.InstanceNorm2d
    theirs = with_random_state(torchs(6, eps=0.3, affine=affine))
    x = 2 + 3 * np.random.default_rng(0).normal(size=shape)
    compare_with_torch(InstanceNorm(6, eps=0.3, affine=affine), theirs, x)


def test_gradients_agree_with_finite_differences():
    rng = np.random.default_rng(0)
    inputs = [rng.standard_normal((2, 6, 3)), *rng.standard_normal((2, 6))]
    v = rng.standard_normal((2, 6, 3))

    def f(*inputs):
        return (group_norm(*inputs, 2) * v).sum()

    tensors = [Tensor(x) for x in inputs]
    with Tape() as tape:
        y = f(*tensors)
    for i, g in enumerate(tape.gradient(y, tensors)):

        def of_one(z, i=i):
            return f(*inputs[:i], z, *inputs[i + 1 :])

        assert check_gradient(of_one, lambda _, g=g: g, inputs[i]).error <= 1e-6


def test_one_group_is_a_layer_norm_over_all_but_the_examples():
    x = np.random.default_rng(0).standard_normal((3, 4, 5))
    np.testing.assert_allclose(
        GroupNorm(1, 4).initialize()(x), LayerNorm((4, 5)).initialize()(x), rtol=1e-12
    )


@pytest.mark.parametrize("seed", range(3))
def test_each_group_of_each_example_may_be_scaled_and_shifted(seed):
    rng = np.random.default_rng(seed)
    x, v = rng.standard_normal((2, 3, 2, 2, 5))
    scale, shift = 10 ** rng.uniform(-1, 3, (3, 2, 1, 1)), rng.uniform(-9, 9, (3, 2, 1, 1))
    layer = GroupNorm(2, 4, eps=1e-12).initialize()
    y, (g, *_) = gradients(layer, x.reshape(3, 4, 5), v.reshape(3, 4, 5))
    y_moved, (g_moved, *_) = gradients(
        layer, (scale * x + shift).reshape(3, 4, 5), v.reshape(3, 4, 5)
    )
    np.testing.assert_allclose(y_moved, y, atol=1e-8)
    g, g_moved = g.reshape(x.shape), g_moved.reshape(x.shape)
    np.testing.assert_allclose(scale * g_moved, g, atol=1e-8)
    np.testing.assert_allclose(g.sum((2, 3)), 0, atol=1e-13)


@pytest.mark.parametrize("value", [0.0, 1.0, -1e8])
def test_constant_inputs_have_finite_gradients(value):
    layer = GroupNorm(2, 4).initialize()
    y, found = gradients(layer, np.full((2, 4, 3), value), np.arange(24.0).reshape(2, 4, 3))
    assert not y.any()
    assert all(np.isfinite(g).all() for g in found)


def test_float32_stays_float32_and_close_to_float64():
    x, v = np.random.default_rng(0).standard_normal((2, 3, 4, 5))
    single = GroupNorm(2, 4).initialize(dtype=np.float32)
    y, found = gradients(single, x.astype(np.float32), v.astype(np.float32))
    y_double, found_double = gradients(GroupNorm(2, 4).initialize(), x, v)
    for array, double in zip((y, *found), (y_double, *found_double), strict=True):
        assert array.dtype == np.float32
        np.testing.assert_allclose(array, double, rtol=1e-4, atol=1e-5)


def test_wrong_groups_and_shapes_are_refused():
    with pytest.raises(ValueError, match="4 groups do not divide 6 channels"):
        GroupNorm(4, 6)
    with pytest.raises(ValueError, match=r"GroupNorm takes x of shape \(N, 6, …\), got \(2, 5\)"):
        GroupNorm(2, 6).initialize()(np.ones((2, 5)))
    with pytest.raises(ValueError, match="more than one value per channel and example"):
        InstanceNorm(6).initialize()(np.ones((2, 6, 1)))
