"""Derivatives of NumPy's elementwise functions and of matmul, which broadcast."""

import numpy as np

from gdlib.autograd.tape import once, primitive
from gdlib.autograd.tensor import DERIVATIVES


def unbroadcast(g, shape):
    """Sum a gradient over the axes along which an operand of this shape was repeated."""
    if g.shape == shape:
        return g
    g = g.sum(tuple(range(g.ndim - len(shape))))
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 and g.shape[i] != 1)
    return g.sum(stretched, keepdims=True) if stretched else g


def _unary(ufunc, derivative):
    """Register y = ufunc(x), given dy/dx as a function of x and y."""

    def operation(x):
        y = ufunc(x)
        return y, lambda g: g * derivative(x, y)

    operation.__name__ = ufunc.__name__
    DERIVATIVES[ufunc] = primitive(operation)


def _binary(ufunc, by_a, by_b):
    """Register y = ufunc(a, b), given gradients as functions of g, a, b and y."""

    def operation(a, b):
        y = ufunc(a, b)
        return (
            y,
            lambda g: unbroadcast(by_a(g, a, b, y), np.shape(a)),
            lambda g: unbroadcast(by_b(g, a, b, y), np.shape(b)),
        )

    operation.__name__ = ufunc.__name__
    DERIVATIVES[ufunc] = primitive(operation)


_unary(np.negative, lambda x, y: -1)
_unary(np.absolute, lambda x, y: np.sign(x))
_unary(np.exp, lambda x, y: y)
_unary(np.expm1, lambda x, y: y + 1)
_unary(np.log, lambda x, y: 1 / x)
_unary(np.log1p, lambda x, y: 1 / (1 + x))
_unary(np.sqrt, lambda x, y: 0.5 / y)
_unary(np.square, lambda x, y: 2 * x)
_unary(np.reciprocal, lambda x, y: -y * y)
_unary(np.sin, lambda x, y: np.cos(x))
_unary(np.cos, lambda x, y: -np.sin(x))
_unary(np.tanh, lambda x, y: 1 - y * y)

_binary(np.add, lambda g, a, b, y: g, lambda g, a, b, y: g)
_binary(np.subtract, lambda g, a, b, y: g, lambda g, a, b, y: -g)
_binary(np.multiply, lambda g, a, b, y: g * b, lambda g, a, b, y: g * a)
# Where a and b are equal each gets half, as in torch: the mean of the one-sided derivatives.
_binary(
    np.maximum,
    lambda g, a, b, y: g * ((a > b) + 0.5 * (a == b)).astype(g.dtype),
    lambda g, a, b, y: g * ((b > a) + 0.5 * (a == b)).astype(g.dtype),
)
_binary(
    np.minimum,
    lambda g, a, b, y: g * ((a < b) + 0.5 * (a == b)).astype(g.dtype),
    lambda g, a, b, y: g * ((b < a) + 0.5 * (a == b)).astype(g.dtype),
)
_binary(
    np.logaddexp,
    lambda g, a, b, y: g * np.exp(a - y),
    lambda g, a, b, y: g * np.exp(b - y),
)


def _divide(a, b):
    y = np.divide(a, b)
    by_a = once(lambda g: g / b)
    return (
        y,
        lambda g: unbroadcast(by_a(g), np.shape(a)),
        lambda g: unbroadcast(-by_a(g) * y, np.shape(b)),
    )


_divide.__name__ = "divide"
DERIVATIVES[np.divide] = primitive(_divide)


def _power_by_exponent(g, a, b, y):
    """g · y · ln a; at a = 0, where y is 0 for every b > 0, the derivative is 0."""
    factor = np.where(np.equal(a, 0) & (y == 0), 0, y * np.log(np.where(np.equal(a, 0), 1, a)))
    return g * factor.astype(g.dtype)


def _power_by_base(g, a, b, y):
    """g · b · a^(b−1), 0 for b = 0, where a^(−1) may be infinite."""
    factor = np.where(np.equal(b, 0), 0, b * np.power(a, np.where(np.equal(b, 0), 1, b - 1)))
    return g * factor.astype(g.dtype)


def _power(a, b):
    y = np.power(a, b)
    if np.ndim(b) == 0 and b == 2:  # the square of the course's formulas, three times faster
        return y, lambda g: g * (2 * a), lambda g: unbroadcast(_power_by_exponent(g, a, b, y), ())
    return (
        y,
        lambda g: unbroadcast(_power_by_base(g, a, b, y), np.shape(a)),
        lambda g: unbroadcast(_power_by_exponent(g, a, b, y), np.shape(b)),
    )


DERIVATIVES[np.power] = primitive(_power)


def _matmul(a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        raise ValueError("matmul needs axes; multiply by a number with *")

    def by_a(g):
        g = np.expand_dims(g, -1) if b.ndim == 1 else g
        g = np.expand_dims(g, -2) if a.ndim == 1 else g
        column = b[:, None] if b.ndim == 1 else b
        ga = g @ column.swapaxes(-1, -2)
        return unbroadcast(ga[..., 0, :] if a.ndim == 1 else ga, a.shape)

    def by_b(g):
        g = np.expand_dims(g, -1) if b.ndim == 1 else g
        g = np.expand_dims(g, -2) if a.ndim == 1 else g
        row = a[None, :] if a.ndim == 1 else a
        gb = row.swapaxes(-1, -2) @ g
        return unbroadcast(gb[..., 0] if b.ndim == 1 else gb, b.shape)

    return a @ b, by_a, by_b


DERIVATIVES[np.matmul] = primitive(_matmul)


def _dot(a, b):
    if max(np.ndim(a), np.ndim(b)) > 2:
        raise ValueError("np.dot of arrays of more than two axes has no derivative here; use @")
    return a @ b if min(np.ndim(a), np.ndim(b)) else a * b


DERIVATIVES[np.dot] = _dot
