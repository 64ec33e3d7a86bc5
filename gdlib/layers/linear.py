"""The linear layer, y = x Wᵀ + b."""

import numpy as np

from gdlib.autograd import primitive
from gdlib.initializer import torch_default, zeros
from gdlib.layers.layer import Layer


@primitive
def linear(x, weight, bias):
    """x Wᵀ + b as one operation.

    Shapes: x (…, n_in), weight (n_out, n_in), bias (n_out,) or None; the result is (…, n_out).
    Gradients: ∂L/∂x = G W, ∂L/∂W = Σ Gᵀ x, ∂L/∂b = Σ G, sums over all but the last axis.
    Raises ValueError where x's last axis is not n_in long.
    """
    n_out, n_in = weight.shape
    if x.ndim == 0 or x.shape[-1] != n_in:
        raise ValueError(
            f"a linear layer from {n_in} to {n_out} takes x of shape (…, {n_in}), got {x.shape}"
        )
    y = x @ weight.T
    if bias is not None:
        y += bias
    return (
        y,
        lambda g: g @ weight,
        lambda g: g.reshape(-1, n_out).T @ x.reshape(-1, n_in),
        lambda g: np.add.reduce(g.reshape(-1, n_out), axis=0),
    )


class Linear(Layer):
    """y = x Wᵀ + b, for x of shape (…, n_in); torch's nn.Linear.

    Arguments: n_in, n_out, numbers of features; weight and bias, initializers. The default draws
    the weight from U(±1/√n_in), as PyTorch does, and starts the bias at 0. With bias=None there is
    no bias, as where batch norm follows, which takes any bias away.
    """

    def __init__(self, n_in, n_out, weight=torch_default, bias=zeros):
        super().__init__()
        if bias is True or bias is False:
            raise TypeError("bias is an initializer, such as zeros, or None for no bias")
        self.declare("weight", (n_out, n_in), weight)
        self.bias = None
        if bias is not None:
            self.declare("bias", (n_out,), bias)

    def forward(self, x):
        return linear(x, self.weight, self.bias)
