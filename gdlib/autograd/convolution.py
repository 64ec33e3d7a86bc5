"""Convolution of images, as one operation."""

import numpy as np

from gdlib.autograd.tape import primitive

CACHE = 1 << 20  # bytes: about the second-level cache of a core


@primitive
def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Slide each filter over the image; the result is its inner product with every window.

    y[n, o, p, q] = b[o] + Σ_{c,i,j} W[o, c, i, j] x[n, c, s p + d i − pad, s q + d j − pad]

    Shapes: x (N, C, H, W), weight (C_out, C / groups, kh, kw), bias (C_out,) or None; the result is
    (N, C_out, ⌊(H + 2 pad − d (kh − 1) − 1) / s⌋ + 1, …). Stride s, padding and dilation d are
    whole numbers, or pairs for height and width; padding is with zeros and may also be "valid",
    none, or "same", a result as large as x (stride 1 only; an odd zero goes to the end). With
    groups, channels and filters fall into so many parts, and a filter sees its own part only.
    Names and defaults are those of torch.nn.functional.conv2d.

    Every window becomes a column of a matrix, so that the convolution is a product of matrices. The
    columns are made for a few samples at a time, as many as the cache holds: all at once take
    kh · kw times the memory of x, and more time. With G = ∂L/∂y: ∂L/∂W = Σ_n G columnsᵀ,
    ∂L/∂b = Σ G, and ∂L/∂x adds Wᵀ G up over the windows that a pixel is in.

    Raises ValueError for shapes that do not fit, and where the filter is larger than the image.
    Source: K. Chellapilla, S. Puri, P. Simard, "High Performance Convolutional Neural Networks for
    Document Processing", IWFHR 2006 (the columns).
    """
    n, channels, height, width = _images(x, weight, groups)
    n_out, _, kh, kw = weight.shape
    stride, dilation = pair("stride", stride), pair("dilation", dilation)
    (top, bottom), (left, right) = _frame(padding, (kh, kw), stride, dilation)
    tall, wide = height + top + bottom, width + left + right
    along_height = taps(tall, kh, stride[0], dilation[0])
    along_width = taps(wide, kw, stride[1], dilation[1])
    rows, columns = count(along_height[0]), count(along_width[0])
    filters = weight.reshape(groups, n_out // groups, -1)
    dtype = np.result_type(x, weight)
    size = max(1, CACHE // (channels * kh * kw * rows * columns * dtype.itemsize))
    blocks = [slice(start, min(start + size, n)) for start in range(0, n, size)]

    def unfolded():
        """The blocks of samples, each with its columns (samples, groups, c · kh · kw, windows)."""
        for block in blocks:
            m = block.stop - block.start
            framed = np.zeros((m, channels, tall, wide), dtype)
            framed[:, :, top : top + height, left : left + width] = x[block]
            strips = np.empty((m, channels, kw, tall, columns), dtype)
            for j, met in enumerate(along_width):
                strips[:, :, j] = framed[..., met]
            seen = np.empty((m, channels, kh, kw, rows, columns), dtype)
            for i, met in enumerate(along_height):
                seen[:, :, i] = strips[..., met, :]
            yield block, seen.reshape(m, groups, -1, rows * columns)

    y = np.empty((n, groups, n_out // groups, rows * columns), dtype)
    for block, part in unfolded():
        np.matmul(filters, part, out=y[block])
        if bias is not None:
            y[block] += bias.reshape(groups, -1, 1)

    def by_x(g):
        g, transposed = g.reshape(y.shape), np.ascontiguousarray(filters.swapaxes(1, 2))
        gx = np.empty_like(x)
        for block in blocks:  # the steps of unfolded(), transposed, in reverse order
            m = block.stop - block.start
            part = (transposed @ g[block]).reshape(m, channels, kh, kw, rows, columns)
            strips = np.zeros((m, channels, kw, tall, columns), dtype)
            for i, met in enumerate(along_height):
                strips[..., met, :] += part[:, :, i]
            framed = np.zeros((m, channels, tall, wide), dtype)
            for j, met in enumerate(along_width):
                framed[..., met] += strips[:, :, j]
            gx[block] = framed[:, :, top : top + height, left : left + width]
        return gx

    def by_weight(g):
        g = g.reshape(y.shape).swapaxes(2, 3)
        transposed = np.zeros_like(filters.swapaxes(1, 2))
        for block, part in unfolded():
            transposed += np.add.reduce(part @ g[block])
        return transposed.swapaxes(1, 2).reshape(weight.shape)

    def by_bias(g):
        return np.add.reduce(g).sum((1, 2))

    return y.reshape(n, n_out, rows, columns), by_x, by_weight, by_bias


def taps(length, kernel, stride, dilation=1):
    """For each place of a window that slides along an axis, the slice of what stands there.

    So x[taps(len(x), k, s)[i]] are the i-th elements of all windows. Raises ValueError for a window
    longer than the axis.
    """
    extent = dilation * (kernel - 1) + 1
    if extent > length:
        raise ValueError(
            f"a window of length {extent} does not fit into an axis of length {length}, its "
            "padding included"
        )
    last = (length - extent) // stride * stride
    return [slice(i, i + last + 1, stride) for i in range(0, extent, dilation)]


def count(met):
    """How many elements a slice of ``taps`` has: one for each window."""
    return len(range(met.start, met.stop, met.step))


def pair(name, value, least=1):
    """A whole number, or two of them for height and width, as a pair."""
    two = tuple(value) if isinstance(value, tuple | list) else (value, value)
    if len(two) != 2 or not all(isinstance(k, int | np.integer) and k >= least for k in two):
        raise ValueError(
            f"{name} must be a whole number of at least {least}, or a pair of them for height "
            f"and width, got {value!r}"
        )
    return two


def _frame(padding, kernel, stride, dilation):
    """Padding as ((top, bottom), (left, right))."""
    if padding == "valid":
        padding = 0
    if padding != "same":
        return [(p, p) for p in pair("padding", padding, least=0)]
    if stride != (1, 1):
        raise ValueError(f'padding "same" goes with stride 1 only, got stride {stride}')
    total = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    return [(t // 2, t - t // 2) for t in total]


def _images(x, weight, groups):
    """The shape of x, once it is known to fit the filters."""
    n_out, n_in = len(weight), weight.shape[1] * groups
    if x.ndim != 4 or x.shape[1] != n_in:
        raise ValueError(
            f"these filters take images of shape (N, {n_in}, H, W), got {x.shape}; add an axis "
            "for a single image or a single channel"
        )
    if n_out % groups:
        raise ValueError(f"{n_out} filters do not fall into {groups} equal groups")
    return x.shape


def conv1d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """``conv2d`` of images of height 1.

    Shapes: x (N, C, L), weight (C_out, C / groups, k), bias (C_out,) or None; the result is
    (N, C_out, ⌊(L + 2 pad − d (k − 1) − 1) / s⌋ + 1). Stride, padding and dilation are whole
    numbers; padding may be "valid" or "same", as in ``conv2d``. Raises ValueError likewise.
    """
    if x.ndim != 3:
        raise ValueError(f"a convolution along one axis takes x of shape (N, C, L), got {x.shape}")
    if not isinstance(padding, str):
        padding = (0, padding)
    x, weight = np.expand_dims(x, 2), np.expand_dims(weight, 2)
    y = conv2d(x, weight, bias, (1, stride), padding, (1, dilation), groups)
    return np.squeeze(y, 2)
