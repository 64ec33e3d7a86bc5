"""The forms in which gradients come and go, and the refusal of what is not finite."""

import math
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np


class Clipped(NamedTuple):
    """What a clipping function returns.

    gradients: new arrays in the form given, or None where a gradient was not finite.
    norm: before clipping, what was held against the threshold; see each function.
    rate: the share of what was held against it that was above it, from 0 to 1.
    nonfinite: the name of the first gradient that is not finite, or None.
    """

    gradients: Any
    norm: Any
    rate: float
    nonfinite: str | None = None

    @property
    def skipped(self):
        """Whether there are no gradients, and parameters and state should stay as they are."""
        return self.gradients is None


class Parts:
    """Gradients as a list of arrays with a name each, and the way back to the form given.

    Arguments: gradients, an array, a list, a mapping, or a flat vector laid out like that of
    ``parameters``; kind, what messages call them. Raises TypeError for what is no array of floats,
    ValueError for no gradients at all and for a vector of another length.
    """

    def __init__(self, gradients, parameters=None, kind="gradient"):
        self.form, self.kind = gradients, kind
        self.flat = hasattr(parameters, "vector") and is_array(gradients)
        if self.flat:
            found = _split(gradients, parameters, kind)
        elif isinstance(gradients, Mapping):
            found = gradients
        elif isinstance(gradients, list | tuple):
            found = {f"{kind} {i}": g for i, g in enumerate(gradients)}
        else:
            found = {f"the {kind}": gradients}
        self.named = self.flat or isinstance(gradients, Mapping)
        self.names, arrays = [*found], [*found.values()]
        for name, array in found.items():
            _check(array, self.called(name))
        if not arrays:
            raise ValueError(f"there is no {kind}; nothing can be clipped")
        self.library = _library_of(arrays)
        self.arrays = arrays if self.library is np else [a.detach() for a in arrays]

    def called(self, name):
        """How a message calls one of them."""
        return f"the {self.kind} of {name}" if self.named else name

    def joined(self, arrays):
        """Clipped arrays in the form of the gradients given."""
        if self.flat:
            return self.library.concatenate([a.reshape(-1) for a in arrays])
        return self.listed(arrays)

    def listed(self, values):
        """A value for each array: by name for a mapping or a flat vector, a list for a list."""
        if self.named:
            return dict(zip(self.names, values, strict=True))
        return list(values) if isinstance(self.form, list | tuple) else values[0]

    def refuse(self, nonfinite):
        """Raise, naming the first array that is not finite, or return a result that names it."""
        isnan, isinf = self.library.isnan, self.library.isinf
        counts = [(int(isnan(a).sum()), int(isinf(a).sum())) for a in self.arrays]
        first = next(i for i, count in enumerate(counts) if any(count))
        name, (nan, infinite) = self.names[first], counts[first]
        if nonfinite == "raise":
            size = math.prod(self.arrays[first].shape)
            raise FloatingPointError(
                f"{self.called(name)} has {nan} NaN and {infinite} infinite of {size} numbers, "
                "and scaling would spoil all others; lower lr, or pass nonfinite='skip' and leave "
                "such a step out"
            )
        norm = math.nan if any(nan for nan, _ in counts) else math.inf
        return Clipped(None, norm, 0.0, name)


def is_array(x):
    """Whether this is an array of NumPy or a tensor of torch."""
    torch = sys.modules.get("torch")
    return isinstance(x, np.ndarray) or (torch is not None and isinstance(x, torch.Tensor))


def check_options(nonfinite, **thresholds):
    """Raise ValueError for a threshold that is not positive and for an unknown ``nonfinite``."""
    for name, value in thresholds.items():
        if not value > 0:
            raise ValueError(f"{name} must be positive, got {value}")
    if nonfinite not in ("raise", "skip"):
        raise ValueError(f"nonfinite must be 'raise' or 'skip', got {nonfinite!r}")


def _split(vector, parameters, kind):
    if tuple(vector.shape) != parameters.vector.shape:
        raise ValueError(
            f"the {kind} must have the shape of the parameters' vector, "
            f"{parameters.vector.shape}, got {tuple(vector.shape)}"
        )
    return parameters.split(vector)


def _library_of(arrays):
    ours = [isinstance(a, np.ndarray) for a in arrays]
    if any(ours) and not all(ours):
        raise TypeError("NumPy arrays and torch tensors are mixed; pass one kind")
    return np if all(ours) else sys.modules["torch"]


def _check(array, called):
    if not is_array(array):
        raise TypeError(
            f"{called} must be an array or a torch tensor, got {type(array).__name__}; a list "
            "holds one array for each parameter"
        )
    floating = (
        array.dtype.kind == "f" if isinstance(array, np.ndarray) else array.is_floating_point()
    )
    if not floating:
        raise TypeError(f"{called} must hold floating-point numbers, got {array.dtype}")
    if not math.prod(array.shape):
        raise ValueError(f"{called} has shape {tuple(array.shape)}, no number at all; leave it out")
