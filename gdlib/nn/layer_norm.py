"""Layer and root-mean-square normalisation as torch modules."""

from math import prod

import torch

from gdlib.nn.function import Normalization, working_dtype


class LayerNorm(torch.nn.LayerNorm):
    """γ (x − μ)/√(σ² + ε) + β, with μ and biased σ² over the last axes of each example.

    Arguments and parameters are torch.nn.LayerNorm's: normalized_shape, of the last axes, an int
    for one; eps=1e-5; elementwise_affine=True, whether there are γ (``weight``) and β (``bias``) of
    this shape; bias=True; device and dtype. x and parameters have one dtype, or a half x meets
    float32 parameters; the result has x's, also under CUDA's autocast, where torch.nn's is float32.
    Raises ValueError for an x that does not end with these axes, TypeError for other dtypes.
    Source: J. L. Ba, J. R. Kiros, G. E. Hinton, "Layer Normalization", arXiv:1607.06450, 2016.
    """

    def forward(self, x):
        return _over_last_axes(x, self.normalized_shape, self.weight, self.bias, self.eps)


class RMSNorm(torch.nn.RMSNorm):
    """γ x / √(mean(x²) + ε), with the mean over the last axes of each example.

    Arguments and parameters are torch.nn.RMSNorm's: normalized_shape and elementwise_affine as for
    ``LayerNorm``; eps=None is the spacing at 1 of the numbers computed with: 2.2e-16 in float64,
    1.2e-7 in float32 and for half types. There is no β. Dtypes and errors as for ``LayerNorm``.
    Source: B. Zhang, R. Sennrich, "Root Mean Square Layer Normalization", NeurIPS 2019.
    """

    def forward(self, x):
        eps = torch.finfo(working_dtype(x)).eps if self.eps is None else self.eps
        return _over_last_axes(x, self.normalized_shape, self.weight, None, eps, centred=False)


def _over_last_axes(x, shape, weight, bias, eps, centred=True):
    if x.shape[x.dim() - len(shape) :] != shape:
        axes = ", ".join(map(str, shape))
        raise ValueError(f"the norm of ({axes}) takes x of shape (…, {axes}), got {tuple(x.shape)}")
    size = prod(shape)
    rows = x.numel() // size
    weight, bias = (None if p is None else p.reshape(size) for p in (weight, bias))
    y, _, _ = Normalization.apply(
        x.reshape(rows, size, 1), weight, bias, (1, rows, size), eps, centred
    )
    return y.reshape(x.shape)
