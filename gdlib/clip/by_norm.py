"""Clipping by norm: the direction stays, the length is bounded."""

import math

import numpy as np

from gdlib.clip.norm import as_rows, check_order, joint_norm, row_norms, times
from gdlib.clip.parts import Clipped, Parts, check_options


def by_global_norm(gradients, parameters=None, *, max_norm, order=2, nonfinite="raise"):
    """Scale all gradients by one factor, so that together they have at most norm max_norm.

        g ← g · min(1, max_norm / ‖g‖),    g all gradients as one vector

    Arguments
    ---------
    gradients: see the package; none is changed.
    parameters: the Parameters of a flat vector, which name the tensor in an error.
    max_norm: the largest norm that may remain, above 0; inf only measures.
    order: 1 for Σ|g|, 2 for √Σg², inf for max|g|.
    nonfinite: "raise", or "skip" for a result without gradients.

    Returns Clipped; norm is a number (inf if it exceeds the largest float64), rate 0.0 or 1.0.
    PyTorch's clip_grad_norm_ multiplies by min(1, max_norm / (‖g‖ + 1e-6)) instead. So it shrinks
    by 1e-6 / ‖g‖ more than asked for, also what is exactly at the threshold, which only matters
    for thresholds that are themselves as small.
    Raises FloatingPointError for a gradient that is not finite, ValueError for a threshold that is
    not positive, TypeError for what is no array.

    Source: R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural
    networks", ICML 2013.
    """
    check_options(nonfinite, max_norm=max_norm)
    check_order(order)
    parts = Parts(gradients)
    root, scale = _joint_norm(parts, order)
    if not math.isfinite(root):
        return Parts(gradients, parameters).refuse(nonfinite)
    above = root > max_norm / scale
    factor, scale_of = np.array([[max_norm / root], [scale]] if above else [[1.0], [1.0]])
    arrays = [times(parts.library, a, factor, scale_of) for a in parts.arrays]
    return Clipped(parts.joined(arrays), root * scale, float(above))


def by_norm(gradients, parameters=None, *, max_norm, order=2, nonfinite="raise"):
    """Scale each gradient by a factor of its own, so that none has a norm above max_norm.

        g_k ← g_k · min(1, max_norm / ‖g_k‖)    for each tensor k

    The gradient as a whole changes its direction. Keras' clipnorm does this, and its
    global_clipnorm what ``by_global_norm`` does. Arguments and errors as there; a flat vector is
    divided by its ``parameters``. In the result, norm is a number for one array, a list for a
    list, and a dict from names for a mapping or a flat vector; rate is the share of tensors that
    were clipped.
    """
    check_options(nonfinite, max_norm=max_norm)
    check_order(order)
    parts = Parts(gradients, parameters)
    norms = row_norms(parts.library, [as_rows(a) for a in parts.arrays], order)
    return clip_rows(parts, norms, [max_norm] * len(norms), nonfinite, np.ndarray.item)


def global_norm(gradients, order=2):
    """The norm of all gradients as one vector, without clipping; NaN or inf where they are."""
    check_order(order)
    root, scale = _joint_norm(Parts(gradients), order)
    return root * scale


def clip_rows(parts, norms, limits, nonfinite, listed):
    """Scale each row of each gradient down to its limit.

    norms: (root, scale) of the rows of each gradient; limits: a number or an array (r,) for each;
    listed: from the norms of a gradient's rows to what the result says of it.
    """
    if not all(np.isfinite(root).all() for root, _ in norms):
        return parts.refuse(nonfinite)
    arrays, lengths, above = [], [], []
    with np.errstate(over="ignore"):  # a norm beyond the largest float64 is reported as inf
        for array, (root, scale), limit in zip(parts.arrays, norms, limits, strict=True):
            over = root > limit / scale
            factor = np.divide(limit, root, out=np.ones_like(root), where=over)
            arrays.append(times(parts.library, array, factor, np.where(over, scale, 1)))
            lengths.append(listed(root * scale))
            above.append(over)
    rate = float(np.mean(np.concatenate(above)))
    return Clipped(parts.joined(arrays), parts.listed(lengths), rate)


def _joint_norm(parts, order):
    return joint_norm(row_norms(parts.library, [as_rows(a) for a in parts.arrays], order), order)
