"""Setting samples aside."""

import numpy as np


def split(x, y, fraction=0.2, seed=0):
    """Divide samples at random into two parts that share none.

    Arguments: x and y, arrays of the same length n; fraction, the share of the second part, which
    gets round(fraction · n) samples; seed of the draw.
    Returns ((x, y) to keep, (x, y) set aside): copies, both in random order.
    Raises ValueError where a part would be empty or the lengths differ.
    """
    n = len(x)
    if len(y) != n:
        raise ValueError(f"x and y must be of one length, got {n} and {len(y)}")
    aside = round(fraction * n)
    if not 0 < aside < n:
        raise ValueError(
            f"fraction must leave samples in both parts, got {fraction} of {n} samples"
        )
    order = np.random.default_rng(seed).permutation(n)
    keep, aside = order[aside:], order[:aside]
    return (x[keep], y[keep]), (x[aside], y[aside])
