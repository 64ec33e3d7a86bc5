"""Root-mean-square normalisation: layer norm without the mean."""

import numpy as np

from gdlib.autograd import primitive
from gdlib.initializer import ones
from gdlib.layers.layer import Layer
from gdlib.layers.layer_norm import last_axes
from gdlib.layers.standardize import channel_sum, divide_by_rms, standardize_back


@primitive
def rms_norm(x, weight, shape, eps=None):
    """y = γ x̂ with x̂ = x / √(mean(x²) + ε), the mean over the last axes.

    Shapes: shape, a tuple, of the last axes of x and of γ, which may be None for 1. eps None is the
    spacing of x's numbers at 1, as in PyTorch. Gradients, with H = γ G, s = 1/√(mean(x²) + ε):

        ∂L/∂γ = Σ G x̂,   ∂L/∂x = s (H − x̂ mean(H x̂)).

    Changing x by dx changes s by −s² mean(x̂ dx), so dx̂ = s (dx − x̂ mean(x̂ dx)), a symmetric map.
    """
    flat = last_axes(shape, x)
    eps = float(np.finfo(x.dtype).eps) if eps is None else eps
    x_hat, s = divide_by_rms(x.reshape(1, *flat), eps)
    y = x_hat if weight is None else x_hat * weight.reshape(-1)

    def by_x(g):
        h = g.reshape(x_hat.shape)
        if weight is not None:
            h = h * weight.reshape(-1)
        return standardize_back(h, x_hat, s, (None, channel_sum(h, x_hat))).reshape(x.shape)

    return (
        y.reshape(x.shape),
        by_x,
        lambda g: np.einsum("nd,nd->d", g.reshape(flat), x_hat[0]).reshape(shape),
    )


class RMSNorm(Layer):
    """γ x / √(mean(x²) + ε), with the mean over the last axes of each example.

    Arguments: shape, of the last axes, an int for one; eps, inside the root (None, as in PyTorch,
    is the spacing of x's numbers at 1: 2.2e-16 in float64; Keras has 1e-6); affine, whether γ
    (``weight``, from 1) is trained. Raises ValueError for an x that does not end with these axes.
    Source: B. Zhang, R. Sennrich, "Root Mean Square Layer Normalization", NeurIPS 2019.
    """

    def __init__(self, shape, eps=None, affine=True):
        super().__init__()
        self.shape = (shape,) if isinstance(shape, int) else tuple(shape)
        self.eps = eps
        if affine:
            self.declare("weight", self.shape, ones)
        else:
            self.weight = None

    def forward(self, x):
        return rms_norm(x, self.weight, self.shape, self.eps)
