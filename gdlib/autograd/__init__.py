"""Reverse-mode automatic differentiation over NumPy arrays.

Write a computation in NumPy; give it a ``Tensor`` under a ``Tape``; ask the tape for the gradient.
``value_and_gradient(f, x)`` does all three.
"""

from gdlib.autograd import elementwise  # noqa: F401  (fills the table of derivatives)
from gdlib.autograd.arrays import logsumexp
from gdlib.autograd.count import count_operations
from gdlib.autograd.parameters import Parameters
from gdlib.autograd.tape import Tape, jacobian, once, primitive, value_and_gradient
from gdlib.autograd.tensor import DERIVATIVES, Tensor, value_of

__all__ = [
    "DERIVATIVES",
    "Parameters",
    "Tape",
    "Tensor",
    "count_operations",
    "jacobian",
    "logsumexp",
    "once",
    "primitive",
    "value_and_gradient",
    "value_of",
]
