"""Layer and RMS norm: over the last axes of each example."""

import numpy as np
import pytest
import torch

from gdlib.autograd import Tape, Tensor
from gdlib.gradient import check_gradient
from gdlib.layers import LayerNorm, RMSNorm
from gdlib.layers.layer_norm import layer_norm
from gdlib.layers.rms_norm import rms_norm

# shape of x, axes of the norm
CASES = [((5, 3), 3), ((3,), 3), ((2, 4, 7), 7), ((2, 4, 7), (4, 7)), ((2, 3, 4, 5), (3, 4, 5))]


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


@pytest.mark.parametrize(("shape", "axes"), CASES)
@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("eps", [1e-5, 0.5])
def test_layer_norm_agrees_with_torch(compare_with_torch, shape, axes, affine, eps):
    theirs = torch.nn.LayerNorm(axes, eps=eps, elementwise_affine=affine)
    x = 2 + 3 * np.random.default_rng(0).normal(size=shape)
    compare_with_torch(LayerNorm(axes, eps, affine), with_random_state(theirs), x)


@pytest.mark.parametrize(("shape", "axes"), CASES)
@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("eps", [None, 0.5])
def test_rms_norm_agrees_with_torch(compare_with_torch, shape, axes, affine, eps):
    theirs = torch.nn.RMSNorm(axes, eps=eps, elementwise_affine=affine)
    x = 2 + 3 * np.random.default_rng(0).normal(size=shape)
    compare_with_torch(RMSNorm(axes, eps, affine), with_random_state(theirs), x)


@pytest.mark.parametrize("norm", [layer_norm, rms_norm])
@pytest.mark.parametrize("shape", [(5, 3), (2, 4, 3)])
def test_gradients_agree_with_finite_differences(norm, shape):
    rng = np.random.default_rng(0)
    inputs = [rng.standard_normal(shape), *rng.standard_normal((2, 3))]
    inputs = inputs if norm is layer_norm else inputs[:2]
    v = rng.standard_normal(shape)

    def f(*inputs):
        return (norm(*inputs, (3,), 1e-3) * v).sum()

    tensors = [Tensor(x) for x in inputs]
    with Tape() as tape:
        y = f(*tensors)
    for i, g in enumerate(tape.gradient(y, tensors)):

        def of_one(z, i=i):
            return f(*inputs[:i], z, *inputs[i + 1 :])

        assert check_gradient(of_one, lambda _, g=g: g, inputs[i]).error <= 1e-6


def test_values_by_hand():
    x = np.array([[1.0, 3.0]])
    np.testing.assert_allclose(LayerNorm(2, eps=3).initialize()(x), [[-0.5, 0.5]])
    np.testing.assert_allclose(RMSNorm(2, eps=4).initialize()(x), x / 3)


@pytest.mark.parametrize("seed", range(5))
def test_scale_and_shift_of_the_input_do_not_matter_up_to_eps(seed):
    rng = np.random.default_rng(seed)
    x, v = rng.standard_normal((2, 4, 6))
    scale, shift = 10 ** rng.uniform(-1, 3), rng.uniform(-100, 100)
    for layer, moved in (
        (LayerNorm(6, eps=1e-12), scale * x + shift),
        (RMSNorm(6, eps=1e-12), scale * x),
    ):
        y, (g, *_) = gradients(layer.initialize(), x, v)
        y_moved, (g_moved, *_) = gradients(layer, moved, v)
        np.testing.assert_allclose(y_moved, y, atol=1e-8)
        np.testing.assert_allclose(scale * g_moved, g, atol=1e-8)
        # The loss does not change along x, nor, for layer norm, along a shift.
        np.testing.assert_allclose((g * x).sum(1), 0, atol=1e-10)
        if isinstance(layer, LayerNorm):
            np.testing.assert_allclose(g.sum(1), 0, atol=1e-13)


@pytest.mark.parametrize("layer", [LayerNorm(3), RMSNorm(3)])
@pytest.mark.parametrize("value", [0.0, 1.0, -1e8])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_constant_inputs_have_finite_gradients(layer, value, dtype):
    layer.initialize(dtype=dtype)
    y, found = gradients(layer, np.full((2, 3), value, dtype), np.array([1, 2, 4], dtype))
    np.testing.assert_allclose(y, np.sign(value) * isinstance(layer, RMSNorm), rtol=1e-6)
    for g in found:
        assert np.isfinite(g).all()


def test_a_zero_input_of_rms_norm_is_divided_by_the_root_of_the_spacing_at_one():
    for dtype in (np.float32, np.float64):
        layer = RMSNorm(3).initialize(dtype=dtype)
        _, (g, _) = gradients(layer, np.zeros(3, dtype), np.ones(3, dtype))
        np.testing.assert_allclose(g, 1 / np.sqrt(np.finfo(dtype).eps), rtol=1e-6)


def test_a_large_mean_costs_few_digits():
    y = LayerNorm(6, eps=0).initialize()(1e8 + np.arange(6.0))
    np.testing.assert_allclose(y, (np.arange(6) - 2.5) / np.sqrt(35 / 12), rtol=1e-12)


@pytest.mark.parametrize("layer", [LayerNorm, RMSNorm])
def test_float32_stays_float32_and_close_to_float64(layer):
    x, v = np.random.default_rng(0).standard_normal((2, 5, 3))
    y, found = gradients(
        layer(3).initialize(dtype=np.float32), x.astype(np.float32), v.astype(np.float32)
    )
    y_double, found_double = gradients(layer(3).initialize(), x, v)
    for array, double in zip((y, *found), (y_double, *found_double), strict=True):
        assert array.dtype == np.float32
        np.testing.assert_allclose(array, double, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("layer", [LayerNorm, RMSNorm])
def test_other_last_axes_are_refused(layer):
    with pytest.raises(ValueError, match=r"of \(3\) takes x of shape \(…, 3\), got \(3, 4\)"):
        layer(3).initialize()(np.ones((3, 4)))
    with pytest.raises(ValueError, match=r"of \(4, 3\) takes x of shape \(…, 4, 3\), got \(3,\)"):
        layer((4, 3)).initialize()(np.ones(3))
