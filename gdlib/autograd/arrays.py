"""Derivatives of indexing, reductions, and of functions that move elements about."""

import numpy as np

from gdlib.autograd.elementwise import unbroadcast
from gdlib.autograd.tape import primitive
from gdlib.autograd.tensor import DERIVATIVES


def _register(function):
    """Register a differentiable version under the NumPy function of the same name."""

    def add(operation):
        operation.__name__ = function.__name__
        DERIVATIVES[function] = primitive(operation)
        return operation

    return add


def _basic(index):
    """Whether an index selects a view, in which no element stands twice."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(isinstance(p, int | np.integer | slice) or p is None or p is ... for p in parts)


@primitive
def _getitem(x, index):
    def back(g):
        gx = np.zeros_like(x)
        if _basic(index):
            gx[index] = g
        else:
            np.add.at(gx, index, g)
        return gx

    return x[index], back


DERIVATIVES["getitem"] = _getitem


def _spread(g, x, axis, keepdims):
    """Repeat the gradient of a reduction along the axes that it reduced."""
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, x.shape)


@_register(np.sum)
def _sum(x, axis=None, keepdims=False):
    return (
        np.sum(x, axis=axis, keepdims=keepdims),
        lambda g: _spread(g, x, axis, keepdims),
    )


@_register(np.mean)
def _mean(x, axis=None, keepdims=False):
    y = np.mean(x, axis=axis, keepdims=keepdims)
    return y, lambda g: _spread(g * (np.size(y) / x.size), x, axis, keepdims)


@_register(np.var)
def _var(x, axis=None, ddof=0, keepdims=False):
    n = x.size / np.size(np.sum(x, axis=axis)) - ddof
    centred = x - np.mean(x, axis=axis, keepdims=True)
    return (
        np.sum(centred**2, axis=axis, keepdims=keepdims) / n,
        lambda g: _spread(g, x, axis, keepdims) * centred * (2 / n),
    )


def _extreme(function):
    @_register(function)
    def extreme(x, axis=None, keepdims=False):
        y = function(x, axis=axis, keepdims=True)

        def back(g):
            # Equal largest elements share the gradient, as in torch's amax.
            hit = (x == y).astype(x.dtype)
            return _spread(g, x, axis, keepdims) * (hit / hit.sum(axis, keepdims=True))

        return y if keepdims else function(x, axis=axis), back


_extreme(np.max)
_extreme(np.min)


@_register(np.reshape)
def _reshape(x, shape):
    return np.reshape(x, shape), lambda g: g.reshape(x.shape)


@_register(np.ravel)
def _ravel(x):
    return np.ravel(x), lambda g: g.reshape(x.shape)


@_register(np.transpose)
def _transpose(x, axes=None):
    back = None if axes is None else np.argsort([a % x.ndim for a in axes])
    return np.transpose(x, axes), lambda g: np.transpose(g, back)


@_register(np.swapaxes)
def _swapaxes(x, a, b):
    return np.swapaxes(x, a, b), lambda g: np.swapaxes(g, a, b)


@_register(np.expand_dims)
def _expand_dims(x, axis):
    return np.expand_dims(x, axis), lambda g: g.reshape(x.shape)


@_register(np.squeeze)
def _squeeze(x, axis=None):
    return np.squeeze(x, axis), lambda g: g.reshape(x.shape)


@_register(np.broadcast_to)
def _broadcast_to(x, shape):
    return np.broadcast_to(x, shape), lambda g: unbroadcast(g, x.shape)


@_register(np.where)
def _where(condition, a, b):
    return (
        np.where(condition, a, b),
        lambda g: np.zeros(np.shape(condition)),
        lambda g: unbroadcast(np.where(condition, g, 0), np.shape(a)),
        lambda g: unbroadcast(np.where(condition, 0, g), np.shape(b)),
    )


@_register(np.clip)
def _clip(x, low, high):
    # At a bound the derivative is 1, as in torch.
    return np.clip(x, low, high), lambda g: g * ((x >= low) & (x <= high))


@primitive
def _concatenate(*arrays, axis=0):
    ends = np.cumsum([0, *(a.shape[axis] for a in arrays)])

    def part(i):
        place = (slice(None),) * (axis % arrays[0].ndim) + (slice(ends[i], ends[i + 1]),)
        return lambda g: g[place]

    return np.concatenate(arrays, axis), *(part(i) for i in range(len(arrays)))


@primitive
def _stack(*arrays, axis=0):
    def part(i):
        return lambda g: np.take(g, i, axis)

    return np.stack(arrays, axis), *(part(i) for i in range(len(arrays)))


DERIVATIVES[np.concatenate] = lambda arrays, axis=0: _concatenate(*arrays, axis=axis)
DERIVATIVES[np.stack] = lambda arrays, axis=0: _stack(*arrays, axis=axis)


@primitive
def logsumexp(x, axis=None, keepdims=False):
    """ln Σ e^x along an axis, without overflow: the largest x is taken out first.

    Shapes as for np.sum. A row of −∞ gives −∞ and one with +∞ gives +∞, as in torch.
    """
    top = np.max(x, axis=axis, keepdims=True)
    shift = np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore"):
        y = np.log(np.sum(np.exp(x - shift), axis=axis, keepdims=True)) + shift
    value = y if keepdims else (y.reshape(()) if axis is None else np.squeeze(y, axis))
    return value[()], lambda g: _spread(g, x, axis, keepdims) * np.exp(x - y)
