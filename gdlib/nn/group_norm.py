"""Group and instance normalisation as torch modules."""

from math import prod

import torch

from gdlib.nn.function import Normalization


class GroupNorm(torch.nn.GroupNorm):
    """γ (x − μ)/√(σ² + ε) + β, with μ and biased σ² of each group of channels of each example.

    For x of shape (N, C, …). Arguments and parameters are torch.nn.GroupNorm's: num_groups, a
    divisor of num_channels, C; eps=1e-5; affine=True, whether there are γ (``weight``) and β
    (``bias``), one of each for a channel; device and dtype. x and parameters have one dtype, or a
    half x meets float32 parameters; the result has x's, also under CUDA's autocast, where
    torch.nn's is float32. Raises ValueError for other shapes, TypeError for other dtypes.
    Source: Y. Wu, K. He, "Group Normalization", ECCV 2018.
    """

    def forward(self, x):
        if x.dim() < 2 or x.shape[1] != self.num_channels:
            raise ValueError(
                f"GroupNorm takes x of shape (N, {self.num_channels}, …), got {tuple(x.shape)}"
            )
        return _over_groups(x, self.num_groups, self.weight, self.bias, self.eps)


class _InstanceNorm:
    """What the instance norms share, put before a module of torch.nn."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        if self.track_running_stats:
            raise ValueError(
                "instance norm keeps no running statistics here, as by default; use "
                "track_running_stats=False"
            )

    def forward(self, x):
        if x.dim() != len(self.layout) or x.shape[1] != self.num_features:
            raise ValueError(
                f"{type(self).__name__} takes x of shape ({', '.join(self.layout)}) with C = "
                f"{self.num_features}, got {tuple(x.shape)}"
            )
        if prod(x.shape[2:]) < 2:
            raise ValueError(
                "instance norm needs more than one value per channel and example, got x of shape "
                f"{tuple(x.shape)}"
            )
        return _over_groups(x, self.num_features, self.weight, self.bias, self.eps)


class InstanceNorm1d(_InstanceNorm, torch.nn.InstanceNorm1d):
    """(x − μ)/√(σ² + ε), with μ and biased σ² of each channel of each example of x, (N, C, L).

    Arguments and parameters are torch.nn.InstanceNorm1d's, with its defaults: num_features, C;
    eps=1e-5; affine=False, whether there are γ (``weight``) and β (``bias``). Running statistics
    and an x without N are refused with ValueError; so is one value per channel, whose x̂ is 0
    whatever x is. Dtypes as for ``GroupNorm``.
    Source: D. Ulyanov, A. Vedaldi, V. Lempitsky, "Instance Normalization: The Missing Ingredient
    for Fast Stylization", arXiv:1607.08022, 2016.
    """

    layout = "NCL"


class InstanceNorm2d(_InstanceNorm, torch.nn.InstanceNorm2d):
    """Instance norm for images x of shape (N, C, H, W); the rest is said at ``InstanceNorm1d``."""

    layout = "NCHW"


def _over_groups(x, groups, weight, bias, eps):
    n, channels, positions = *x.shape[:2], prod(x.shape[2:])
    over = (1, n * groups, channels // groups * positions)
    y, _, _ = Normalization.apply(x.reshape(n, channels, positions), weight, bias, over, eps)
    return y.reshape(x.shape)
