"""What the normalising layers share: subtract the mean, divide by the standard deviation."""

import numpy as np


def standardize(x, eps):
    """x̂ = (x − μ) s with s = 1/√(σ² + ε), for each channel of x.

    x has shape (n, c, m), and a channel's N = n m values lie along the first and the last axis. μ
    is their mean, σ² their biased variance, 1/N Σ (x − μ)². Returns x̂, and μ, σ², s of shape (c,).
    """
    count = x.shape[0] * x.shape[2]
    mean = np.einsum("ncm->c", x) / count
    x_hat = x - mean[:, None]
    var = np.einsum("ncm,ncm->c", x_hat, x_hat) / count
    scale = 1 / np.sqrt(var + eps)
    x_hat *= scale[:, None]
    return x_hat, mean, var, scale


def standardize_back(g, x_hat, scale, sums):
    """∂L/∂x = scale · (g − mean(g) − x̂ mean(g x̂)), means over each channel's N values.

    Changing x by dx changes s by −s² mean(x̂ dx), hence

        dx̂ = s (dx − mean(dx)) + (x − μ) ds = s (dx − mean(dx) − x̂ mean(x̂ dx)).

    This linear map is symmetric, so it takes ∂L/∂x̂ back to ∂L/∂x unchanged. Arguments: g, ∂L/∂x̂
    or, where y = γ x̂ with one γ for each channel, ∂L/∂y; scale, s or γ s; sums, ``channel_sums``.
    """
    count = g.shape[0] * g.shape[2]
    by_g, by_g_x_hat = sums
    gx = x_hat * (by_g_x_hat / count)[:, None]
    gx += (by_g / count)[:, None]
    np.subtract(g, gx, out=gx)
    gx *= scale[:, None]
    return gx


def channel_sums(g, x_hat):
    """Σ g and Σ g x̂ for each channel of arrays of shape (n, c, m): ∂L/∂β and ∂L/∂γ."""
    # einsum multiplies and adds in one pass and is faster than add.reduce over these axes.
    return np.einsum("ncm->c", g), np.einsum("ncm,ncm->c", g, x_hat)


def channel_affine(x_hat, weight, bias):
    """γ x̂ + β, with γ and β of shape (c,) for an x̂ of shape (n, c, m); None, None for x̂ itself."""
    if weight is None:
        return x_hat
    y = x_hat * weight[:, None]
    y += bias[:, None]
    return y
