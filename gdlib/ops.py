"""The handful of functions that a rule or an objective may call.

Each looks at *all* its arguments: a torch tensor among them makes it torch's function, a NumPy
array NumPy's, and plain Python numbers give a plain Python number back. So scalar state stays
scalar, float32 stays float32, and one source runs on either library. What NumPy's functions take
counts as an array, so that the tensors of ``gdlib.autograd`` go through.
"""

import math
import sys

import numpy as np

__all__ = [
    "Array",
    "cos",
    "exp",
    "maximum",
    "minimum",
    "norm",
    "pi",
    "sign",
    "sin",
    "sqrt",
    "where",
    "zeros_like",
]

# The annotations of a rule's State: Array is shaped like x; float and int are scalars.
Array = np.ndarray

pi = math.pi


def _library(*arguments):
    """Return torch, numpy or math, whichever the arguments ask for."""
    torch = sys.modules.get("torch")
    if torch is not None and any(isinstance(a, torch.Tensor) for a in arguments):
        return torch
    if any(isinstance(a, np.generic) or hasattr(a, "__array_ufunc__") for a in arguments):
        return np
    return math


def sqrt(a):
    """Square root; NaN for a negative array element, ValueError for a negative Python number."""
    return _library(a).sqrt(a)


def exp(a):
    """Exponential function."""
    return _library(a).exp(a)


def sin(a):
    """Sine of an angle in radians."""
    return _library(a).sin(a)


def cos(a):
    """Cosine of an angle in radians."""
    return _library(a).cos(a)


def sign(a):
    """−1, 0 or 1: sign(0) is 0, as in NumPy and torch."""
    library = _library(a)
    return (a > 0) - (a < 0) if library is math else library.sign(a)


def _extreme(a, b, name):
    library = _library(a, b)
    if library is math:
        return math.nan if a != a or b != b else {"minimum": min, "maximum": max}[name](a, b)
    if library is np:
        return getattr(np, name)(a, b)
    return getattr(library, name)(*_tensors(library, a, b))


def _tensors(torch, *arguments):
    """Turn the numbers among the arguments into tensors like the first tensor."""
    like = next(a for a in arguments if isinstance(a, torch.Tensor))
    return [a if isinstance(a, torch.Tensor) else like.new_tensor(a) for a in arguments]


def minimum(a, b):
    """Elementwise minimum; a NaN in either wins."""
    return _extreme(a, b, "minimum")


def maximum(a, b):
    """Elementwise maximum; a NaN in either wins."""
    return _extreme(a, b, "maximum")


def where(condition, a, b):
    """``a`` where the condition holds, else ``b``; the condition may be a plain bool."""
    if isinstance(condition, bool):
        return a if condition else b
    return _library(condition, a, b).where(condition, a, b)


def zeros_like(a):
    """Zeros of the shape, dtype and device of ``a``; 0.0 for a number."""
    library = _library(a)
    return 0.0 if library is math else library.zeros_like(a)


def norm(a):
    """Euclidean norm √Σa² over *all* elements, as a 0-d array or tensor; |a| for a number."""
    library = _library(a)
    return abs(a) if library is math else library.sqrt((a * a).sum())
