import numpy as np
import pytest
import torch

from gdlib.layers import Conv1d, Conv2d
from gdlib.layers.linear import Linear


@pytest.mark.parametrize(
    "options",
    [
        {"kernel_size": 3},
        {"kernel_size": (1, 2), "stride": 2, "padding": (0, 1)},
        {"kernel_size": 3, "padding": "same", "dilation": 2},
        {"kernel_size": 2, "groups": 2, "stride": (2, 3)},
    ],
)
@pytest.mark.parametrize("size", [(5, 7), (8, 5)])
def test_conv2d_agrees_with_torch(compare_with_torch, options, size):
    x = np.random.default_rng(0).normal(size=(3, 2, *size))
    compare_with_torch(Conv2d(2, 4, **options), torch.nn.Conv2d(2, 4, **options), x)
    without = torch.nn.Conv2d(2, 4, **options, bias=False)
    compare_with_torch(Conv2d(2, 4, **options, bias=None), without, x)


@pytest.mark.parametrize("options", [{"kernel_size": 3}, {"kernel_size": 4, "stride": 3}])
def test_conv1d_agrees_with_torch(compare_with_torch, options):
    x = np.random.default_rng(0).normal(size=(3, 2, 8))
    compare_with_torch(Conv1d(2, 4, **options), torch.nn.Conv1d(2, 4, **options), x)


def test_the_default_start_is_torchs_for_the_weight_and_zero_for_the_bias():
    layer = Conv2d(8, 200, 5).initialize(seed=0)
    bound = 1 / np.sqrt(8 * 25)
    assert 0.99 * bound < abs(layer.weight.data).max() <= bound
    theirs = torch.nn.Conv2d(8, 200, 5).weight.detach().numpy()
    assert layer.weight.data.std() == pytest.approx(theirs.std(), rel=0.02)
    assert not layer.bias.data.any()


def test_a_convolution_with_one_pixel_is_a_linear_layer_at_each_pixel():
    conv, linear = Conv2d(3, 4, 1).initialize(seed=0), Linear(3, 4).initialize()
    linear.load_state_dict({n: a.reshape(a.shape[:2]) for n, a in conv.state_dict().items()})
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 6))
    np.testing.assert_allclose(conv(x), np.moveaxis(linear(np.moveaxis(x, 1, -1)), -1, 1))


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="groups must divide the channels, got 3 in, 4 out"):
        Conv2d(3, 4, 3, groups=2)
    with pytest.raises(ValueError, match="kernel_size must be a whole number of at least 1"):
        Conv2d(3, 4, 0)
    with pytest.raises(ValueError, match="kernel_size must be a whole number"):
        Conv1d(3, 4, (3, 3))
    with pytest.raises(TypeError, match=r"bias is an initializer, .* or None for no bias"):
        Conv2d(3, 4, 3, bias=False)
