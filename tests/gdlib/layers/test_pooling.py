import numpy as np
import pytest
import torch

from gdlib.autograd import Tape, Tensor
from gdlib.gradient import check_gradient
from gdlib.layers import AvgPool2d, Flatten, GlobalAvgPool, GlobalMaxPool, MaxPool2d

WINDOWS = [
    {"kernel_size": 2},
    {"kernel_size": 1},
    {"kernel_size": 1, "stride": 2},
    {"kernel_size": 3, "stride": 2},
    {"kernel_size": 3, "stride": 1, "padding": 1},
    {"kernel_size": (2, 3), "stride": (3, 1), "padding": (1, 0)},
    {"kernel_size": (3, 2), "padding": 1},
]


def normals(*shape):
    return np.random.default_rng(0).normal(size=shape)


@pytest.mark.parametrize("options", WINDOWS)
@pytest.mark.parametrize("size", [(7, 5), (6, 8)])
def test_pooling_agrees_with_torch(compare_with_torch, options, size):
    x = normals(2, 3, *size)
    compare_with_torch(MaxPool2d(**options), torch.nn.MaxPool2d(**options), x)
    compare_with_torch(AvgPool2d(**options), torch.nn.AvgPool2d(**options), x)


@pytest.mark.parametrize("options", WINDOWS)
@pytest.mark.parametrize("values", [1, 2, 4])
def test_a_tie_sends_the_gradient_where_torch_sends_it(compare_with_torch, options, values):
    x = np.random.default_rng(0).integers(values, size=(4, 3, 7, 8)).astype(float)
    compare_with_torch(MaxPool2d(**options), torch.nn.MaxPool2d(**options), x)


def test_among_equal_elements_the_first_in_reading_order_gets_the_gradient():
    x = Tensor(np.array([[[[0.0, 1.0], [1.0, 0.0]]]]))
    with Tape() as tape:
        y = MaxPool2d(2)(x).sum()
    assert tape.gradient(y, x)[0, 0].tolist() == [[0, 1], [0, 0]]


@pytest.mark.parametrize("layer", [MaxPool2d(3, stride=2, padding=1), AvgPool2d(3, stride=2)])
def test_gradients_agree_with_finite_differences(layer):
    x = normals(2, 2, 5, 7)
    v = np.random.default_rng(1).normal(size=layer(x).shape)
    tensor = Tensor(x)
    with Tape() as tape:
        total = (layer(tensor) * v).sum()
    g = tape.gradient(total, tensor)
    assert check_gradient(lambda x: (layer(x) * v).sum(), lambda _: g, x).error <= 1e-6


@pytest.mark.parametrize(
    ("axes", "shape", "mean", "largest"),
    [
        ((2, 3), (2, 3, 5, 4), torch.nn.AdaptiveAvgPool2d(1), torch.nn.AdaptiveMaxPool2d(1)),
        (2, (2, 3, 7), torch.nn.AdaptiveAvgPool1d(1), torch.nn.AdaptiveMaxPool1d(1)),
        (-1, (2, 3, 1), torch.nn.AdaptiveAvgPool1d(1), torch.nn.AdaptiveMaxPool1d(1)),
    ],
)
@pytest.mark.parametrize("ties", [False, True])
def test_global_pooling_agrees_with_torch(compare_with_torch, axes, shape, mean, largest, ties):
    x = np.random.default_rng(0).integers(2, size=shape).astype(float) if ties else normals(*shape)
    for ours, theirs in ((GlobalAvgPool(axes), mean), (GlobalMaxPool(axes), largest)):
        compare_with_torch(ours, torch.nn.Sequential(theirs, torch.nn.Flatten()), x)


def test_pooling_over_time_takes_sequences_as_embeddings_give_them():
    x = normals(2, 7, 3)
    assert GlobalMaxPool(1)(x).tolist() == x.max(1).tolist()
    np.testing.assert_allclose(GlobalAvgPool(1)(x), x.mean(1))
    tensor = Tensor(x)
    with Tape() as tape:
        y = GlobalMaxPool(1)(tensor).sum()
    np.testing.assert_array_equal(tape.gradient(y, tensor), x == x.max(1, keepdims=True))


def test_flatten_agrees_with_torch(compare_with_torch):
    for shape in [(2, 3, 4, 5), (3, 4)]:
        compare_with_torch(Flatten(), torch.nn.Flatten(), normals(*shape))


@pytest.mark.parametrize(
    "layer",
    [MaxPool2d(3, 2, 1), AvgPool2d(3, 2, 1), GlobalAvgPool(), GlobalMaxPool(), Flatten()],
)
def test_float32_stays_float32_and_arrays_stay_arrays(layer):
    x = Tensor(normals(2, 3, 5, 5).astype(np.float32))
    with Tape() as tape:
        y = layer(x)
        total = y.sum()
    assert y.dtype == tape.gradient(total, x).dtype == np.float32
    assert type(layer(x.data)) is np.ndarray


def test_not_a_number_comes_through():
    x = np.zeros((1, 1, 2, 4))
    x[0, 0, 1, 2] = np.nan
    np.testing.assert_array_equal(MaxPool2d(2)(x), [[[[0, np.nan]]]])


def test_what_does_not_fit_is_refused():
    x = np.ones((1, 1, 4, 4))
    with pytest.raises(ValueError, match="padding must be at most half the window"):
        MaxPool2d(3, padding=2)
    with pytest.raises(ValueError, match="window of length 5 does not fit into an axis of length"):
        AvgPool2d(5)(x)
    with pytest.raises(ValueError, match=r"MaxPool2d takes images .*, got \(4, 4\)"):
        MaxPool2d(2)(x[0, 0])
    with pytest.raises(ValueError, match="kernel_size must be a whole number of at least 1"):
        MaxPool2d(0)
    with pytest.raises(ValueError, match=r"got x of shape \(4, 4\); the axes are \(2, 3\) for"):
        GlobalMaxPool()(x[0, 0])
