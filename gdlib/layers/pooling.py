"""Pooling: one number for each window of a channel, or for the whole of it."""

import numpy as np

from gdlib.autograd import primitive
from gdlib.autograd.convolution import pair, taps
from gdlib.layers.layer import Layer


@primitive
def max_along(x, axis, kernel, stride):
    """The largest element of each window that slides along one axis, as many as fit.

    Gradient: G goes to the first largest element of each window, and adds up where windows overlap.
    """
    places = [(*[slice(None)] * axis, met) for met in taps(x.shape[axis], kernel, stride)]
    y = x[places[0]].copy()
    for place in places[1:]:
        np.maximum(y, x[place], out=y)

    def back(g):
        gx, free = np.zeros_like(x), np.ones(y.shape, bool)
        for place in places:
            hit = x[place] == y
            hit &= free
            free ^= hit
            gx[place] += g * hit
        return gx

    return y, back


@primitive
def mean_along(x, axis, kernel, stride):
    """The mean of each window that slides along one axis, as many as fit."""
    places = [(*[slice(None)] * axis, met) for met in taps(x.shape[axis], kernel, stride)]
    y = x[places[0]].copy()
    for place in places[1:]:
        y += x[place]
    y /= kernel

    def back(g):
        gx, share = np.zeros_like(x), g / kernel
        for place in places:
            gx[place] += share
        return gx

    return y, back


@primitive
def framed(x, padding, value):
    """Images with a frame of one value, padding (height, width) thick."""
    (p, q), (n, channels, height, width) = padding, x.shape
    inside = (..., slice(p, p + height), slice(q, q + width))
    y = np.full((n, channels, height + 2 * p, width + 2 * q), value, x.dtype)
    y[inside] = x
    return y, lambda g: g[inside]


class Pool2d(Layer):
    """What ``MaxPool2d`` and ``AvgPool2d`` share: pooling along the width, then along the height.

    The largest (or mean) of the rows' largest (or means) is that of the window.
    """

    along = None  # pools one axis
    outside = None  # what stands in the padding

    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        self.kernel = pair("kernel_size", kernel_size)
        self.stride = self.kernel if stride is None else pair("stride", stride)
        self.padding = pair("padding", padding, least=0)
        if any(2 * p > k for p, k in zip(self.padding, self.kernel, strict=True)):
            raise ValueError(
                f"padding must be at most half the window, or some windows are all padding; got "
                f"padding {self.padding} for windows {self.kernel}"
            )

    def forward(self, x):
        if x.ndim != 4:
            raise ValueError(
                f"{type(self).__name__} takes images of shape (N, C, H, W), got {x.shape}"
            )
        if any(self.padding):
            x = framed(x, self.padding, self.outside)
        for axis, kernel, stride in zip((3, 2), self.kernel[::-1], self.stride[::-1], strict=True):
            x = self.along(x, axis, kernel, stride)
        return x


class MaxPool2d(Pool2d):
    """The largest element of each window, for x of shape (N, C, H, W); torch's nn.MaxPool2d.

    Arguments: kernel_size; stride, default the window's size, so that windows do not overlap;
    padding with −∞. Each is a whole number, or a pair for height and width. The result is
    (N, C, ⌊(H + 2 pad − kh) / s⌋ + 1, …): what is left over at the end is not seen.
    The gradient of a window goes to its largest element, among equal ones to the first in reading
    order, as in PyTorch. NaN comes through. Unlike in PyTorch, nothing gets a gradient in a window
    with NaN, nor in one of −∞ alone that reaches into the padding.
    Raises ValueError for padding of more than half a window.
    """

    along = staticmethod(max_along)
    outside = -np.inf


class AvgPool2d(Pool2d):
    """The mean of each window, for x of shape (N, C, H, W); torch's nn.AvgPool2d.

    Arguments and shapes as for ``MaxPool2d``; the padding is with zeros, and they count, as is
    PyTorch's default; Keras leaves them out of the mean.
    """

    along = staticmethod(mean_along)
    outside = 0


@primitive
def first_max(x, axes):
    """The largest element over some axes; among equal ones the first gets the gradient."""
    rest = [i for i in range(x.ndim) if i not in axes]
    moved = np.transpose(x, (*rest, *axes))
    flat = moved.reshape(*moved.shape[: len(rest)], -1)
    where = np.expand_dims(np.argmax(flat, axis=-1), -1)

    def back(g):
        gx = np.zeros_like(flat)
        np.put_along_axis(gx, where, np.expand_dims(g, -1), -1)
        return gx.reshape(moved.shape).transpose(np.argsort((*rest, *axes)))

    return np.take_along_axis(flat, where, -1)[..., 0], back


class GlobalPool(Layer):
    """What ``GlobalAvgPool`` and ``GlobalMaxPool`` share: the axes that go."""

    def __init__(self, axes=(2, 3)):
        super().__init__()
        self.axes = (axes,) if isinstance(axes, int) else tuple(axes)

    def _axes(self, x):
        if not all(-x.ndim <= axis < x.ndim for axis in self.axes):
            raise ValueError(
                f"{type(self).__name__}(axes={self.axes}) got x of shape {x.shape}; the axes are "
                "(2, 3) for (N, C, H, W), 1 for (N, T, C), 2 for (N, C, L)"
            )
        return tuple(axis % x.ndim for axis in self.axes)


class GlobalAvgPool(GlobalPool):
    """The mean of each channel: (N, C, H, W) to (N, C); torch's AdaptiveAvgPool2d(1) and Flatten.

    Argument: axes, over which the mean goes: (2, 3) for images, the default; 1 for sequences
    (N, T, C), such as embeddings and recurrent layers give; 2 for (N, C, L), as ``Conv1d`` gives.
    Source: M. Lin, Q. Chen, S. Yan, "Network In Network", ICLR 2014.
    """

    def forward(self, x):
        return np.mean(x, axis=self._axes(x))


class GlobalMaxPool(GlobalPool):
    """The largest element of each channel: (N, C, H, W) to (N, C); argument as ``GlobalAvgPool``.

    Over time it says whether a feature occurs anywhere in the text. Among equal elements the first
    gets the gradient, as in torch's AdaptiveMaxPool2d.
    """

    def forward(self, x):
        return first_max(x, self._axes(x))


class Flatten(Layer):
    """(N, …) to (N, product of the rest), in reading order; torch's nn.Flatten."""

    def forward(self, x):
        return x.reshape(len(x), -1)
