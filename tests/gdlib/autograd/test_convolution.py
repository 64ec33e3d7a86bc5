"""Convolution against torch's, against finite differences, and by hand."""

import numpy as np
import pytest
import torch

from gdlib.autograd import Tape, Tensor, convolution
from gdlib.autograd.convolution import conv1d, conv2d, taps
from gdlib.gradient import check_gradient

# shape of x, of the weight, options
CASES = {
    "3×3": ((2, 3, 5, 7), (4, 3, 3, 3), {}),
    "one pixel": ((2, 3, 5, 4), (4, 3, 1, 1), {}),
    "1×1 with a stride": ((2, 3, 5, 6), (4, 3, 1, 1), {"stride": 3}),
    "as large as the image": ((2, 3, 4, 5), (4, 3, 4, 5), {}),
    "a stride that leaves pixels over": ((2, 2, 8, 9), (3, 2, 3, 2), {"stride": (3, 4)}),
    "padding": ((3, 1, 5, 4), (2, 1, 3, 3), {"padding": 1}),
    "unequal padding": ((2, 2, 4, 5), (3, 2, 2, 3), {"padding": (2, 0), "stride": (1, 2)}),
    "more padding than window": ((1, 2, 3, 3), (2, 2, 2, 2), {"padding": 3}),
    "same": ((2, 2, 5, 6), (3, 2, 3, 5), {"padding": "same"}),
    "same with even windows": ((2, 2, 5, 6), (3, 2, 2, 4), {"padding": "same"}),
    "same with holes": ((2, 2, 9, 8), (3, 2, 3, 2), {"padding": "same", "dilation": (2, 3)}),
    "valid": ((2, 2, 5, 6), (3, 2, 3, 5), {"padding": "valid"}),
    "holes": ((2, 2, 9, 8), (3, 2, 3, 2), {"dilation": (2, 3), "stride": 2, "padding": 1}),
    "groups": ((2, 6, 5, 5), (4, 3, 3, 3), {"groups": 2, "padding": 1}),
    "each channel alone": ((2, 3, 5, 4), (6, 1, 3, 2), {"groups": 3, "stride": 2}),
}


def drawn(shape, seed):
    return np.random.default_rng(seed).standard_normal(shape)


def gradients(f, arrays, options, weights):
    tensors = [Tensor(x) for x in arrays]
    with Tape() as tape:
        y = f(*tensors, **options)
        total = (y * weights).sum()
    return y.data, tape.gradient(total, tensors)


def compare(ours, theirs, arrays, options):
    tensors = [torch.tensor(x, requires_grad=True) for x in arrays]
    their_y = theirs(*tensors, **options)
    weights = drawn(their_y.shape, 9)
    (their_y * torch.tensor(weights)).sum().backward()
    y, found = gradients(ours, arrays, options, weights)
    np.testing.assert_allclose(y, their_y.detach().numpy(), rtol=1e-10, atol=1e-10)
    for g, tensor in zip(found, tensors, strict=True):
        np.testing.assert_allclose(g, tensor.grad.numpy(), rtol=1e-10, atol=1e-10)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even")
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_value_and_gradients_agree_with_torch(name, bias):
    shape, weight, options = CASES[name]
    arrays = [drawn(shape, 0), drawn(weight, 1), drawn(weight[0], 2)][: 3 if bias else 2]
    compare(conv2d, torch.nn.functional.conv2d, arrays, options)


@pytest.mark.parametrize("samples", [1, 2, 3, 7])
def test_the_size_of_the_blocks_does_not_matter(monkeypatch, samples):
    x, weight, bias = drawn((7, 2, 5, 6), 0), drawn((3, 2, 3, 3), 1), drawn(3, 2)
    monkeypatch.setattr(convolution, "CACHE", samples * 8 * 2 * 9 * 3 * 4)
    compare(conv2d, torch.nn.functional.conv2d, [x, weight, bias], {})


@pytest.mark.parametrize("name", ["3×3", "holes", "groups"])
def test_gradients_agree_with_finite_differences(name):
    shape, weight, options = CASES[name]
    arrays = [drawn(shape, 0), drawn(weight, 1), drawn(weight[0], 2)]
    weights = drawn(conv2d(*arrays, **options).shape, 9)
    _, found = gradients(conv2d, arrays, options, weights)
    for i, g in enumerate(found):

        def of_one(x, i=i):
            return (conv2d(*arrays[:i], x, *arrays[i + 1 :], **options) * weights).sum()

        assert check_gradient(of_one, lambda _, g=g: g, arrays[i]).error <= 1e-6


def test_a_filter_slides_without_being_turned_round():
    x = np.arange(9.0).reshape(1, 1, 3, 3)
    difference = np.array([[[[0.0, 1.0], [-1.0, 0.0]]]])
    assert conv2d(x, difference)[0, 0].tolist() == [[1 - 3, 2 - 4], [4 - 6, 5 - 7]]


def test_the_gradient_counts_in_how_many_windows_a_pixel_is():
    x = Tensor(np.zeros((1, 1, 3, 4)))
    with Tape() as tape:
        y = conv2d(x, np.ones((1, 1, 2, 2))).sum()
    assert tape.gradient(y, x)[0, 0].tolist() == [[1, 2, 2, 1], [2, 4, 4, 2], [1, 2, 2, 1]]


def test_float32_stays_float32_and_arrays_stay_arrays():
    arrays = [drawn((2, 2, 5, 5), 0), drawn((3, 2, 3, 3), 1), drawn(3, 2)]
    arrays = [a.astype(np.float32) for a in arrays]
    y, found = gradients(conv2d, arrays, {}, np.float32(1))
    assert {y.dtype, *(g.dtype for g in found)} == {np.dtype(np.float32)}
    assert type(conv2d(*arrays)) is np.ndarray


def test_whole_numbers_as_pixels_are_taken_as_numbers():
    pixels = np.arange(18).reshape(1, 2, 3, 3)
    weight = drawn((3, 2, 2, 2), 1)
    np.testing.assert_array_equal(conv2d(pixels, weight), conv2d(pixels.astype(float), weight))


@pytest.mark.parametrize(
    ("shape", "weight", "options"),
    [
        ((2, 3, 7), (4, 3, 3), {}),
        ((2, 3, 8), (4, 3, 3), {"stride": 3, "padding": 1}),
        ((2, 4, 9), (6, 2, 2), {"dilation": 3, "groups": 2}),
        ((2, 3, 7), (4, 3, 5), {"padding": "same"}),
    ],
)
def test_along_one_axis_value_and_gradients_agree_with_torch(shape, weight, options):
    arrays = [drawn(shape, 0), drawn(weight, 1), drawn(weight[0], 2)]
    compare(conv1d, torch.nn.functional.conv1d, arrays, options)


def test_taps_are_the_elements_of_all_windows():
    x = np.arange(8)
    assert [x[met].tolist() for met in taps(8, 2, 3)] == [[0, 3, 6], [1, 4, 7]]
    assert [x[met].tolist() for met in taps(8, 3, 2, dilation=2)] == [[0, 2], [2, 4], [4, 6]]


# What is refused.


@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        ((2, 5, 5), {}, r"take images of shape \(N, 2, H, W\), got \(2, 5, 5\)"),
        ((1, 3, 5, 5), {}, r"take images of shape \(N, 2, H, W\), got \(1, 3, 5, 5\)"),
        ((1, 2, 2, 5), {}, "window of length 3 does not fit into an axis of length 2"),
        ((1, 2, 5, 5), {"dilation": 3}, "window of length 7 does not fit into an axis of length 5"),
        ((1, 2, 5, 5), {"stride": 0}, "stride must be a whole number of at least 1, .* got 0"),
        ((1, 2, 5, 5), {"stride": 1.5}, "stride must be a whole number"),
        ((1, 2, 5, 5), {"padding": -1}, "padding must be a whole number of at least 0"),
        ((1, 2, 5, 5), {"padding": (1, 1, 1, 1)}, "padding must be a whole number"),
        ((1, 2, 5, 5), {"padding": "full"}, "padding must be .* got 'full'"),
        ((1, 2, 5, 5), {"padding": "same", "stride": 2}, "same.* goes with stride 1 only"),
        ((1, 4, 5, 5), {"groups": 2}, "3 filters do not fall into 2 equal groups"),
    ],
)
def test_what_does_not_fit_is_refused(shape, options, message):
    with pytest.raises(ValueError, match=message):
        conv2d(np.ones(shape), np.ones((3, 2, 3, 3)), **options)


def test_images_are_refused_where_sequences_belong():
    with pytest.raises(ValueError, match=r"takes x of shape \(N, C, L\), got \(1, 2, 5, 5\)"):
        conv1d(np.ones((1, 2, 5, 5)), np.ones((3, 2, 3)))
