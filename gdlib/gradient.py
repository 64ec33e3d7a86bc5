"""Numerical derivatives by central differences, and the check of a gradient against them."""

from typing import NamedTuple

import numpy as np


class GradientCheck(NamedTuple):
    """The worst disagreement that a gradient check found."""

    error: float  # relative error there
    index: tuple[int, ...]  # the component of x
    analytic: float  # what the gradient function says there
    numeric: float  # what the central difference says there


def difference_steps(x):
    """Steps h = ε^(1/3) · max(1, |x|), one for each component of x; ε of x's dtype.

    The error of a central difference is about h² (truncation) plus ε/h (rounding); their sum is
    least near h = ε^(1/3), 6e-6 in float64 and 5e-3 in float32.
    """
    return np.cbrt(np.finfo(x.dtype).eps) * np.maximum(1, np.abs(x))


def numerical_gradient(f, x, h=None):
    """Central differences (f(x + h e_i) − f(x − h e_i)) / 2h for each component of x.

    Arguments: f, from an array shaped like x to a number; x, floats of any shape; h, the step,
    a number or an array shaped like x (default: ``difference_steps(x)``).
    Raises TypeError for x that is not floating point.
    """
    return _differences(f, x, h)[0]


def numerical_hessian(gradient, x):
    """Central differences of a gradient, made symmetric: the matrix of second derivatives.

    Arguments: gradient, from an array of shape (d,) to one of that shape; x, floats, shape (d,).
    Returns an array of shape (d, d).
    """
    x = np.asarray(x, dtype=float)
    rows = [numerical_gradient(lambda v, i=i: gradient(v)[i], x) for i in range(x.size)]
    return (np.array(rows) + np.transpose(rows)) / 2


def check_gradient(f, gradient, x, h=None):
    """Compare ``gradient(x)`` with central differences of ``f`` and return the worst component.

    The error is |a − n| / max(|a|, |n|, floor). The floor, a million times the rounding noise of
    the difference itself, keeps a component that is zero up to rounding from raising an alarm.
    In float64 a right gradient of a smooth function stays below about 1e-6.

    Raises ValueError when the gradient's shape is not x's.
    """
    numeric, noise = _differences(f, x, h)
    analytic = np.asarray(gradient(x))
    if analytic.shape != numeric.shape:
        raise ValueError(f"the gradient must have x's shape {numeric.shape}, got {analytic.shape}")
    scale = np.maximum(np.maximum(np.abs(analytic), np.abs(numeric)), 1e6 * noise)
    difference = np.abs(analytic - numeric)
    error = np.divide(difference, scale, out=np.zeros_like(difference), where=difference > 0)
    error = np.where(np.isnan(difference), np.inf, error)
    index = tuple(int(i) for i in np.unravel_index(np.argmax(error), error.shape))
    return GradientCheck(float(error[index]), index, float(analytic[index]), float(numeric[index]))


def _differences(f, x, h):
    """Return central differences and the rounding noise ε·|f|/h of each."""
    x = np.asarray(x)
    if not np.issubdtype(x.dtype, np.floating):
        raise TypeError(f"x must be floating point, got dtype {x.dtype}; pass x.astype(float)")
    h = np.broadcast_to(difference_steps(x) if h is None else np.asarray(h, x.dtype), x.shape)
    gradient, noise = np.empty_like(x), np.empty_like(x)
    for index in np.ndindex(x.shape):
        ahead, behind = x.copy(), x.copy()
        ahead[index] += h[index]
        behind[index] -= h[index]
        above, below = float(f(ahead)), float(f(behind))
        width = ahead[index] - behind[index]
        gradient[index] = (above - below) / width
        noise[index] = np.finfo(x.dtype).eps * max(abs(above), abs(below)) / width
    return gradient, noise
