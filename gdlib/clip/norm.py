"""Norms that neither lose digits nor overflow, and scaling by them.

Sums run in float64 over a chunk at a time, so 25 million float32 numbers are right to many digits
without a float64 copy of them all. A norm is kept as (root, scale), root · scale being the norm.
The scale is 1 unless the norm is below 1e-20 or above 1e20: then it is the power of two just below
the largest |g|, by which g is divided first, without rounding, so that no square is too large or
too small for float64.

A matrix of shape (r, c) has r norms, one for each row: a whole array is one row, and for the norms
of units each index of the first axis is one. Roots and scales are float64 NumPy arrays of shape
(r,), for torch too; its device is waited for once, whatever the number of tensors.
"""

import math

import numpy as np

# Numbers summed at a time: on a CPU so few that they stay in its cache.
CHUNK_CPU, CHUNK_GPU = 1 << 14, 1 << 22


def check_order(order):
    """Raise ValueError for another norm than L1, L2 and L∞."""
    if order not in (1, 2, math.inf):
        raise ValueError(f"order must be 1, 2 or inf, got {order}")


def as_rows(array, units=False):
    """The array as a matrix: one row, or with ``units`` one for each index of its first axis."""
    return array.reshape(len(array) if units and array.ndim > 1 else 1, -1)


def row_norms(library, matrices, order):
    """(root, scale) of the rows of each matrix; the root is NaN or inf where a number is."""
    ones = [np.ones(len(m)) for m in matrices]
    if order == math.inf:
        return list(
            zip(_on_host(library, [_peaks(library, m) for m in matrices]), ones, strict=True)
        )
    sums = _on_host(library, [_sums(library, m, order) for m in matrices])
    found = []
    for m, total, scale in zip(matrices, sums, ones, strict=True):
        root = total if order == 1 else np.sqrt(total)
        if not ((root > 1e-20) & (root < 1e20)).all():
            scale = _power_below(_on_host(library, [_peaks(library, m)])[0])
            [total] = _on_host(library, [_sums(library, m, order, scale)])
            root = total if order == 1 else np.sqrt(total)
        found.append((root, scale))
    return found


def joint_norm(norms, order):
    """(root, scale) of all rows as one vector, two floats."""
    scale = max(s.max() for _, s in norms)
    each = np.concatenate([root * (s / scale) for root, s in norms])
    return float(np.linalg.norm(each, order)), float(scale)


def times(library, array, factor, scale):
    """array / scale · factor, row by row, in the array's dtype; a new array."""
    if (factor == 1).all() and (scale == 1).all():
        return library.asarray(array, copy=True)
    shape = (len(factor),) + (1,) * (array.ndim - 1) if array.ndim else ()
    work = library.promote_types(array.dtype, library.float32)
    factor, scale = (
        library.asarray(a.reshape(shape), dtype=work, device=array.device) for a in (factor, scale)
    )
    return library.asarray(array / scale * factor, dtype=array.dtype)


def _sums(library, m, order, scale=None):
    """Σ|z| or Σz² of each row, z being the row divided by its scale."""
    if scale is not None:
        scale = library.asarray(scale[:, None], device=m.device)
    chunk = CHUNK_CPU if str(m.device) == "cpu" else CHUNK_GPU
    width, total = max(1, chunk // len(m)), 0
    with np.errstate(over="ignore"):
        for first in range(0, m.shape[1], width):
            z = library.asarray(m[:, first : first + width], dtype=library.float64)
            z = z if scale is None else z / scale
            total = total + (abs(z) if order == 1 else z * z).sum(1)
    return total


def _peaks(library, m):
    """The largest |g| of each row, NaN where one is NaN, without an array of |g|."""
    return library.maximum(library.amax(m, 1), -library.amin(m, 1))


def _power_below(peak):
    """The power of two at or just below each number; the smallest of all for 0."""
    exponents = np.frexp(np.where(np.isfinite(peak), peak, 1))[1] - 1
    return np.ldexp(1.0, np.where(peak == 0, -1074, exponents))


def _on_host(library, vectors):
    """Vectors as float64 NumPy arrays, moved from the device in one transfer."""
    if library is np:
        return [v.astype(np.float64, copy=False) for v in vectors]
    together = library.cat([v.double().to(vectors[0].device) for v in vectors])
    return np.split(together.cpu().numpy(), np.cumsum([len(v) for v in vectors])[:-1])
