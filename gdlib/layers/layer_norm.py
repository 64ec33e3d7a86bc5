"""Layer normalisation: the features of each example at mean 0 and variance 1."""

from math import prod

import numpy as np

from gdlib.autograd import primitive
from gdlib.initializer import ones, zeros
from gdlib.layers.layer import Layer
from gdlib.layers.standardize import channel_sums, standardize, standardize_back


def last_axes(shape, x):
    """Check that x ends with these axes; x's shape as (rows, their size)."""
    if x.shape[x.ndim - len(shape) :] != shape:
        axes = ", ".join(map(str, shape))
        raise ValueError(f"the norm of ({axes}) takes x of shape (…, {axes}), got {x.shape}")
    return -1, prod(shape)


@primitive
def layer_norm(x, weight, bias, shape, eps=1e-5):
    """y = γ x̂ + β with x̂ = (x − μ)/√(σ² + ε), μ and biased σ² over the last axes.

    Shapes: shape, a tuple, of the last axes of x, of γ and of β; γ, β may be None for 1 and 0.
    Gradients, with H = γ G and s = 1/√(σ² + ε), sums over all axes but the last ones:

        ∂L/∂β = Σ G,   ∂L/∂γ = Σ G x̂,   ∂L/∂x = s (H − mean(H) − x̂ mean(H x̂)).
    """
    flat = last_axes(shape, x)
    x_hat, _, _, s = standardize(x.reshape(1, *flat), eps)
    y = x_hat[0]
    if weight is not None:
        y = y * weight.reshape(-1)
        y += bias.reshape(-1)

    def by_x(g):
        h = g.reshape(x_hat.shape)
        if weight is not None:
            h = h * weight.reshape(-1)
        return standardize_back(h, x_hat, s, channel_sums(h, x_hat)).reshape(x.shape)

    return (
        y.reshape(x.shape),
        by_x,
        lambda g: np.einsum("nd,nd->d", g.reshape(flat), x_hat[0]).reshape(shape),
        lambda g: np.add.reduce(g.reshape(flat), axis=0).reshape(shape),
    )


class LayerNorm(Layer):
    """γ (x − μ)/√(σ² + ε) + β, with μ and biased σ² over the last axes of each example.

    It does the same in training and evaluation, and nothing depends on the batch.
    Arguments: shape, of the last axes, an int for one; eps, inside the root (1e-5 as in PyTorch,
    1e-3 in Keras); affine, whether γ (``weight``, from 1) and β (``bias``, from 0), both of this
    shape, are trained. Raises ValueError for an x that does not end with these axes.
    Source: J. L. Ba, J. R. Kiros, G. E. Hinton, "Layer Normalization", arXiv:1607.06450, 2016.
    """

    def __init__(self, shape, eps=1e-5, affine=True):
        super().__init__()
        self.shape = (shape,) if isinstance(shape, int) else tuple(shape)
        self.eps = eps
        if affine:
            self.declare("weight", self.shape, ones)
            self.declare("bias", self.shape, zeros)
        else:
            self.weight = self.bias = None

    def forward(self, x):
        return layer_norm(x, self.weight, self.bias, self.shape, self.eps)
