"""Adaptive gradient clipping: each unit's gradient in proportion to its weights."""

import numpy as np

from gdlib.clip.by_norm import clip_rows
from gdlib.clip.norm import as_rows, row_norms
from gdlib.clip.parts import Parts, check_options


def adaptive(gradients, parameters, *, clipping=0.01, eps=1e-3, nonfinite="raise"):
    """Bound the norm of each unit's gradient by a share of the norm of its weights (AGC).

        g_i ← g_i · min(1, clipping · max(‖w_i‖, eps) / ‖g_i‖)    for each unit i

    A unit is an index of the first axis: the weights that lead to one output of a linear layer,
    or to one channel of a convolution. Of a vector (a bias, a gain) all components are one unit.

    Arguments
    ---------
    gradients: see the package; none is changed.
    parameters: the weights in the same form, or the Parameters of a flat vector.
    clipping: the largest share, λ in the paper (default: its 0.01, for batches of 4096;
        smaller batches bear larger ones).
    eps: the norm that weights count as at least, so that a unit that starts at 0 can move.
    nonfinite: "raise", or "skip" for a result without gradients.

    Returns Clipped; norm holds the norms of the units, one array for each gradient, and rate is
    the share of units clipped. The paper leaves the last linear layer unclipped; so pass the
    gradients of the other layers. Raises as ``by_global_norm`` does, FloatingPointError for
    weights that are not finite too, and ValueError for shapes that differ.

    Source: A. Brock, S. De, S. L. Smith and K. Simonyan, "High-performance large-scale image
    recognition without normalization", ICML 2021.
    """
    check_options(nonfinite, clipping=clipping, eps=eps)
    parts = Parts(gradients, parameters)
    weights = Parts(parameters.vector if parts.flat else parameters, parameters, "parameter")
    shapes = [[tuple(a.shape) for a in each.arrays] for each in (parts, weights)]
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"gradients and parameters must have the same shapes, got {shapes[0]} and {shapes[1]}"
        )
    if parts.named and parts.names != weights.names:
        raise ValueError(f"the gradients are of {parts.names}, the parameters {weights.names}")
    limits = []
    for root, scale in _unit_norms(weights):
        if not np.isfinite(root).all():
            weights.refuse("raise")
        limits.append(clipping * np.maximum(root * scale, eps))
    return clip_rows(parts, _unit_norms(parts), limits, nonfinite, np.asarray)


def _unit_norms(parts):
    return row_norms(parts.library, [as_rows(a, units=True) for a in parts.arrays], 2)
