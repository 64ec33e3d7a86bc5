"""The normalisations as differentiable functions of torch, from one derivation."""

import torch
from torch.autograd.function import once_differentiable

from gdlib.layers.standardize import (
    channel_affine,
    channel_sum,
    divide_by_rms,
    standardize,
    standardize_back,
)


class Normalization(torch.autograd.Function):
    """y = γ x̂ + β, with x̂ = (x − μ)/√(σ² + ε) or, not centred, x / √(mean(x²) + ε).

    All normalisations are this function; they differ in which values share a mean and which share
    a γ. x has shape (n, c, m), with γ and β of shape (c,), or None for 1 and 0. ``over`` is another
    shape for x, also of three axes, in whose middle axis each index has a μ and a σ² of its own:

        batch norm    x (N, C, L)       over the same
        layer, RMS    x (rows, D, 1)    over (1, rows, D)
        group norm    x (N, C, L)       over (1, N · groups, C / groups · L)

    Returns y, and μ and σ² as constants (None where not centred). Gradients, with H = γ G,
    s = 1/√(σ² + ε) and the means over the values of one μ (derived at ``standardize_back``):

        ∂L/∂β = Σ G,   ∂L/∂γ = Σ G x̂,   ∂L/∂x = s (H − mean(H) − x̂ mean(H x̂));

    without mean(H) where not centred. Computed in float32 for half types. Cannot be differentiated
    twice: torch then raises RuntimeError.
    """

    @staticmethod
    def forward(ctx, x, weight, bias, over, eps, centred=True):
        wide = x.to(working_dtype(x, weight, bias)).reshape(over)
        if centred:
            x_hat, mean, var, s = standardize(wide, eps)
            ctx.mark_non_differentiable(mean, var)
        else:
            (x_hat, s), mean, var = divide_by_rms(wide, eps), None, None
        ctx.save_for_backward(x_hat, s, weight)
        ctx.centred = centred
        ctx.set_materialize_grads(False)  # no zeros for the constants μ and σ²
        y = channel_affine(x_hat.reshape(x.shape), weight, bias)
        # Without γ, y is x̂: the caller gets a copy, which ReLU(inplace=True) may overwrite.
        return y.to(x.dtype, copy=weight is None), mean, var

    @staticmethod
    @once_differentiable
    def backward(ctx, g, _mean, _var):
        if g is None:  # an undefined gradient is 0
            return (None,) * 6
        x_hat, s, weight = ctx.saved_tensors
        by_x, *by_affine = ctx.needs_input_grad[:3]
        g, gx, gb, gw = g.to(x_hat.dtype), None, None, None

        def sums(g, x_hat):
            return (channel_sum(g) if ctx.centred else None), channel_sum(g, x_hat)

        together = x_hat.shape == g.shape  # one γ to each μ: one pair of sums serves all gradients
        if any(by_affine) or together:
            gb, gw = sums(g, x_hat.reshape(g.shape))
        if by_x:
            if together:
                scale = s if weight is None else weight * s
                gx = standardize_back(g, x_hat, scale, (gb, gw))
            else:
                h = g if weight is None else g * weight[:, None]
                h = h.reshape(x_hat.shape)
                gx = standardize_back(h, x_hat, s, sums(h, x_hat)).reshape(g.shape)
        gw, gb = (g if asked else None for g, asked in zip((gw, gb), by_affine, strict=True))
        return gx, gw, gb, None, None, None


class GivenStatistics(torch.autograd.Function):
    """y = γ (x − μ)/√(σ² + ε) + β with given μ and σ²: batch norm in evaluation.

    Shapes: x (N, C, L), the others (C,); γ and β may be None for 1 and 0. μ and σ² are constants,
    so ∂L/∂x = γ G/√(σ² + ε). Half types and differentiating twice as for ``Normalization``.
    """

    @staticmethod
    def forward(ctx, x, weight, bias, mean, var, eps):
        dtype = working_dtype(x, weight, bias, mean, var)
        mean, s = mean.to(dtype), (var.to(dtype) + eps).rsqrt()
        scale = s if weight is None else weight * s
        ctx.save_for_backward(x, mean, s, scale)
        return channel_affine(x.to(dtype) - mean[:, None], scale, bias).to(x.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        x, mean, s, scale = ctx.saved_tensors
        by_x, by_weight, by_bias = ctx.needs_input_grad[:3]
        g = g.to(s.dtype)
        gx = g * scale[:, None] if by_x else None
        gw = channel_sum(g, x.to(s.dtype) - mean[:, None]) * s if by_weight else None
        gb = channel_sum(g) if by_bias else None
        return gx, gw, gb, None, None, None


def working_dtype(x, *others):
    """The dtype to compute in: that of x, or float32 for half types, in which sums lose digits.

    Raises TypeError for an x without real floats, and for parameters and statistics of another
    dtype than x or, with a half x, float32.
    """
    if not x.is_floating_point():
        raise TypeError(f"a norm takes real floating-point numbers, got x of {x.dtype}")
    wide = torch.promote_types(x.dtype, torch.float32)
    for other in others:
        if other is not None and other.dtype not in (x.dtype, wide):
            raise TypeError(
                f"x is {x.dtype} and a parameter or running statistic {other.dtype}; give both "
                "one dtype, for example by layer.to(x.dtype), or a half x float32 parameters"
            )
    return wide
