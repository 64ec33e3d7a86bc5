"""What the normalising layers share: subtract the mean, divide by the standard deviation.

Forward and backward, for NumPy arrays and for torch tensors on any device (``gdlib.nn``).
"""

import numpy as np

from gdlib.ops import sqrt


def standardize(x, eps):
    """x̂ = (x − μ) s with s = 1/√(σ² + ε), for each channel of x.

    x has shape (n, c, m), and a channel's N = n m values lie along the first and the last axis. μ
    is their mean, σ² their biased variance, 1/N Σ (x − μ)². Returns x̂, and μ, σ², s of shape (c,).
    """
    count = x.shape[0] * x.shape[2]
    mean = channel_sum(x) / count
    x_hat = x - mean[:, None]
    var = channel_sum(x_hat, x_hat) / count
    scale = 1 / sqrt(var + eps)
    x_hat *= scale[:, None]
    return x_hat, mean, var, scale


def divide_by_rms(x, eps):
    """x̂ = x s with s = 1/√(mean(x²) + ε), for each channel as in ``standardize``; returns x̂, s."""
    scale = 1 / sqrt(channel_sum(x, x) / (x.shape[0] * x.shape[2]) + eps)
    return x * scale[:, None], scale


def standardize_back(g, x_hat, scale, sums):
    """∂L/∂x = scale · (g − mean(g) − x̂ mean(g x̂)), means over each channel's N values.

    Changing x by dx changes s by −s² mean(x̂ dx), hence

        dx̂ = s (dx − mean(dx)) + (x − μ) ds = s (dx − mean(dx) − x̂ mean(x̂ dx)).

    This linear map is symmetric, so it takes ∂L/∂x̂ back to ∂L/∂x unchanged. Arguments: g, ∂L/∂x̂
    or, where y = γ x̂ with one γ for each channel, ∂L/∂y; scale, s or γ s; sums, ``channel_sums``.
    Where no mean was subtracted (RMS norm) mean(g) has no part: its sum is None.
    """
    count = g.shape[0] * g.shape[2]
    by_g, by_g_x_hat = sums
    gx = x_hat * (-by_g_x_hat / count)[:, None]
    gx += g
    if by_g is not None:
        gx -= (by_g / count)[:, None]
    gx *= scale[:, None]
    return gx


def channel_sums(g, x_hat):
    """Σ g and Σ g x̂ for each channel of arrays of shape (n, c, m): ∂L/∂β and ∂L/∂γ."""
    return channel_sum(g), channel_sum(g, x_hat)


def channel_sum(a, b=None):
    """Σ a, or Σ a b, for each channel of arrays of shape (n, c, m)."""
    if isinstance(a, np.ndarray):
        # einsum multiplies and adds in one pass and is faster than add.reduce over these axes.
        return np.einsum("ncm->c", a) if b is None else np.einsum("ncm,ncm->c", a, b)
    # torch's einsum is a product of matrices: slower here, and autocast and TF32 would round it.
    return (a if b is None else a * b).sum((0, 2))


def channel_affine(x_hat, weight, bias):
    """γ x̂ + β, with γ and β of shape (c,) for an x̂ of shape (n, c, m).

    bias may be None for 0; without a weight there is no bias, and the result is x̂ itself.
    """
    if weight is None:
        return x_hat
    y = x_hat * weight[:, None]
    if bias is not None:
        y += bias[:, None]
    return y
