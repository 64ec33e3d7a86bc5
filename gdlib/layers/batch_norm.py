"""Batch normalisation: each channel at mean 0 and variance 1 over the batch."""

from math import prod

import numpy as np

from gdlib.autograd import once, primitive
from gdlib.initializer import ones, zeros
from gdlib.layers.layer import Layer
from gdlib.layers.standardize import (
    channel_affine,
    channel_sums,
    standardize,
    standardize_back,
)


@primitive
def batch_norm(x, weight, bias, eps=1e-5, observe=None):
    """y = γ x̂ + β with x̂ = (x − μ)/√(σ² + ε), μ and biased σ² of each channel over the batch.

    Shapes: x (N, C, …); γ, β (C,), or None for 1 and 0; the means are over all axes but C.
    ``observe(μ, σ²)`` is told the statistics. Gradients, with s = 1/√(σ² + ε):

        ∂L/∂β = Σ G,   ∂L/∂γ = Σ G x̂,   ∂L/∂x = γ s (G − mean(G) − x̂ mean(G x̂)).

    The two means are there because μ and σ² depend on x too (derived in ``standardize_back``).
    They make Σ ∂L/∂x = 0: a shift of the whole batch changes nothing.
    Raises ValueError for a single value per channel, whose x̂ is 0 whatever x is.
    """
    shape = (*x.shape[:2], prod(x.shape[2:]))
    if shape[0] * shape[2] < 2:
        raise ValueError(
            f"batch norm in training needs more than one value per channel, got x of shape "
            f"{x.shape}; take a larger batch, or call eval() to use the running statistics"
        )
    x_hat, mean, var, s = standardize(x.reshape(shape), eps)
    if observe is not None:
        observe(mean, var)
    scale = s if weight is None else weight * s
    sums = once(lambda g: channel_sums(g.reshape(shape), x_hat))
    return (
        channel_affine(x_hat, weight, bias).reshape(x.shape),
        lambda g: standardize_back(g.reshape(shape), x_hat, scale, sums(g)).reshape(x.shape),
        lambda g: sums(g)[1],
        lambda g: sums(g)[0],
    )


@primitive
def normalize(x, weight, bias, mean, var, eps=1e-5):
    """y = γ (x − μ)/√(σ² + ε) + β with given μ and σ²: batch norm in evaluation.

    Shapes as in ``batch_norm``, μ and σ² (C,). They are constants, so ∂L/∂x = γ G/√(σ² + ε).
    """
    shape = (*x.shape[:2], prod(x.shape[2:]))
    s = 1 / np.sqrt(var + eps)
    scale = s if weight is None else weight * s
    y = x.reshape(shape) - mean[:, None]
    y *= scale[:, None]
    if bias is not None:
        y += bias[:, None]
    sums = once(lambda g: channel_sums(g.reshape(shape), x.reshape(shape) - mean[:, None]))
    return (
        y.reshape(x.shape),
        lambda g: (g.reshape(shape) * scale[:, None]).reshape(x.shape),
        lambda g: sums(g)[1] * s,
        lambda g: sums(g)[0],
    )


class BatchNorm(Layer):
    """γ (x − μ)/√(σ² + ε) + β for each channel; use ``BatchNorm1d`` or ``BatchNorm2d``.

    In training μ and σ² are the batch's, and running statistics follow them,

        running ← (1 − momentum) · running + momentum · batch,

    the running variance with the unbiased one, N/(N − 1) σ². In evaluation μ and σ² are the running
    statistics, which start at 0 and 1.
    Arguments: channels, C; eps, inside the root; momentum, the weight of the new batch (Keras'
    momentum is the weight of the old value, 0.99), or None for the mean of all batches so far;
    affine, whether γ (``weight``, from 1) and β (``bias``, from 0) are trained. Defaults as in
    PyTorch; Keras has eps 1e-3 and lets the running variance follow the biased one.
    Raises ValueError for other shapes and, in training, for one value per channel; the running
    statistics then stay as they are.
    Source: S. Ioffe, C. Szegedy, "Batch Normalization: Accelerating Deep Network Training by
    Reducing Internal Covariate Shift", ICML 2015.
    """

    layouts = ()  # of x, a letter for each axis

    def __init__(self, channels, eps=1e-5, momentum=0.1, affine=True):
        super().__init__()
        if momentum is not None and not 0 <= momentum <= 1:
            raise ValueError(
                "momentum is the weight of the new batch, from 0 to 1, or None for the mean of "
                f"all batches, got {momentum}"
            )
        self.channels, self.eps, self.momentum = channels, eps, momentum
        if affine:
            self.declare("weight", (channels,), ones)
            self.declare("bias", (channels,), zeros)
        else:
            self.weight = self.bias = None
        self.declare_buffer("running_mean", lambda dtype: np.zeros(channels, dtype))
        self.declare_buffer("running_var", lambda dtype: np.ones(channels, dtype))
        if momentum is None:
            self.declare_buffer("num_batches_tracked", lambda dtype: 0)

    def forward(self, x):
        self._initialized()
        if x.ndim not in map(len, self.layouts) or x.shape[1] != self.channels:
            layouts = " or ".join(f"({', '.join(layout)})" for layout in self.layouts)
            raise ValueError(
                f"{type(self).__name__} takes x of shape {layouts} with C = {self.channels}, got "
                f"{x.shape}"
            )
        if not self.training:
            mean, var = self.buffers["running_mean"], self.buffers["running_var"]
            return normalize(x, self.weight, self.bias, mean, var, self.eps)
        count = x.size // self.channels

        def follow(mean, var):
            momentum = self.momentum
            if momentum is None:
                self.buffers["num_batches_tracked"] += 1
                momentum = 1 / int(self.buffers["num_batches_tracked"])
            for name, batch in (
                ("running_mean", mean),
                ("running_var", var * (count / (count - 1))),
            ):
                running = self.buffers[name]
                running *= 1 - momentum
                running += momentum * batch

        return batch_norm(x, self.weight, self.bias, self.eps, follow)


class BatchNorm1d(BatchNorm):
    """Batch norm for x of shape (N, C) or (N, C, L); the rest is said at ``BatchNorm``."""

    layouts = ("NC", "NCL")


class BatchNorm2d(BatchNorm):
    """Batch norm for images x of shape (N, C, H, W); the rest is said at ``BatchNorm``."""

    layouts = ("NCHW",)
