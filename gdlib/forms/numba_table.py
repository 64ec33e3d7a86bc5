"""Where the tensors of a fused step lie, and the calls of the compiled loops on them."""

import math
import os
import threading

import numpy as np

from gdlib.clip.norm import as_rows, joint_norm, row_norms
from gdlib.clip.parts import Parts
from gdlib.forms.numba_cache import load
from gdlib.forms.numba_source import loop_source, norm_source
from gdlib.forms.split import split_step
from gdlib.rule import state_kinds

PIECE = 1 << 14  # numbers that a thread takes at a time
PARALLEL_FROM = 1 << 17  # numbers from which it pays to wake other threads

# OpenMP must not be used in a process forked from one that has used it, and Numba's own threads
# serve one caller at a time.
_process, one_at_a_time = os.getpid(), threading.Lock()


def may_use_threads():
    """Whether the compiled loops may wake other threads; hold ``one_at_a_time`` while they do."""
    return os.getpid() == _process


class Table:
    """Addresses of x, g and the array state of several tensors of one dtype.

    Arguments: rule; dtype, "float32" or "float64"; sizes, the numbers in each tensor.
    ``addresses`` has a row each for x, g and the array fields of the state.
    """

    def __init__(self, rule, dtype, sizes):
        self.rule, self.dtype, self.total = rule, dtype, sum(sizes)
        self.loop = load(loop_source(rule, dtype))
        itemsize = np.dtype(dtype).itemsize
        self.pieces = np.array(
            [
                (tensor, first * itemsize, min(PIECE, size - first))
                for tensor, size in enumerate(sizes)
                for first in range(0, size, PIECE)
            ],
            dtype=np.int64,
        ).reshape(-1, 3)
        arrays = [kind for kind in state_kinds(rule).values() if kind == "array"]
        self.addresses = np.zeros((2 + len(arrays), len(sizes)), np.int64)
        self.sums = np.empty(len(self.pieces))
        self.scalars = np.ones(len(split_step(rule).scalars) + 2)

    def squares(self, threads=True):
        """The sum of all squared gradients, in float64, whatever the number of threads."""
        module = load(norm_source(self.dtype))
        return self._call(module, "squares", threads, self.addresses, self.pieces, self.sums)

    def update(self, scalars, power=1.0, factor=1.0, threads=True):
        """Take the step with gradients multiplied by ``power`` and ``factor``."""
        self.scalars[:] = (*scalars, power, factor)
        self._call(self.loop, "update", threads, self.addresses, self.pieces, self.scalars)

    def _call(self, module, name, threads, *arguments):
        if threads and self.total >= PARALLEL_FROM and may_use_threads():
            with one_at_a_time:
                return getattr(module, f"{name}_in_parallel")(*arguments)
        return getattr(module, name)(*arguments)


def clip_factors(tables, gradients, max_norm, nonfinite, threads=True):
    """How to scale gradients down to ``max_norm``: (norm, power of two, factor).

    The factor is None where the norm is not finite and nonfinite is "skip"; else that raises
    FloatingPointError. gradients: a function that returns them in a form of ``gdlib.clip``, called
    only for a norm so large or small, or not finite, that it is measured anew by ``gdlib.clip``.
    """
    root = math.sqrt(sum(table.squares(threads) for table in tables))
    if 1e-20 < root < 1e20:
        return root, 1.0, max_norm / root if root > max_norm else 1.0
    parts = Parts(gradients())
    root, scale = joint_norm(row_norms(parts.library, [as_rows(a) for a in parts.arrays], 2), 2)
    if not math.isfinite(root):
        return parts.refuse(nonfinite).norm, 1.0, None
    norm = root * scale
    if root <= max_norm / scale:
        return norm, 1.0, 1.0
    return (norm, 1 / scale, max_norm / root) if scale > 1 else (norm, 1.0, max_norm / norm)
