"""Gradient clipping: by value, by norm, by global norm, and adaptive.

    clipped = clip.by_global_norm(g, max_norm=1.0)
    clipped.gradients, clipped.norm        # new arrays; the norm before clipping

Gradients are one array, a list, a mapping from names, or the flat vector of a network together
with its Parameters; NumPy or torch. For ``fit`` fix the threshold:

    fit(…, clip=functools.partial(clip.by_global_norm, max_norm=1.0))

A gradient that is not finite is never scaled. In PyTorch and optax one infinite number makes the
norm infinite and the factor 0: itself it becomes NaN, and all others silently 0. Here it raises
FloatingPointError, which names the tensor; with nonfinite="skip" the result has no gradients, so
that the caller leaves this step out and counts it.
"""

from gdlib.clip.adaptive import adaptive
from gdlib.clip.by_norm import by_global_norm, by_norm, global_norm
from gdlib.clip.by_value import by_value
from gdlib.clip.in_place import in_place
from gdlib.clip.parts import Clipped

__all__ = [
    "Clipped",
    "adaptive",
    "by_global_norm",
    "by_norm",
    "by_value",
    "global_norm",
    "in_place",
]
