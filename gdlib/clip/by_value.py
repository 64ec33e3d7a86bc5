"""Clipping by value: each component by itself."""

import math

from gdlib.clip.norm import as_rows, joint_norm, row_norms
from gdlib.clip.parts import Clipped, Parts, check_options


def by_value(gradients, parameters=None, *, limit, nonfinite="raise"):
    """Move each component into [−limit, limit].

        g_i ← max(−limit, min(limit, g_i))

    The direction changes: [100, 1] with limit 1 becomes [1, 1]. Arguments and errors as for
    ``by_global_norm``. In the result, norm is max|g_i| before clipping and rate the share of
    components beyond the limit. Equal to PyTorch's clip_grad_value_ on finite gradients; that
    one turns an infinite component into ±limit, lets NaN through, and sets everything to
    the limit where this is negative.

    Source: T. Mikolov, "Statistical language models based on neural networks", PhD thesis, Brno
    University of Technology, 2012.
    """
    check_options(nonfinite, limit=limit)
    parts = Parts(gradients)
    library = parts.library
    largest, _ = joint_norm(
        row_norms(library, [as_rows(a) for a in parts.arrays], math.inf), math.inf
    )
    if not math.isfinite(largest):
        return Parts(gradients, parameters).refuse(nonfinite)
    arrays = [library.asarray(library.clip(a, -limit, limit)) for a in parts.arrays]
    beyond = sum(int((abs(a) > limit).sum()) for a in parts.arrays)
    size = sum(math.prod(a.shape) for a in parts.arrays)
    return Clipped(parts.joined(arrays), largest, beyond / size)
