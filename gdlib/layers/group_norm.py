"""Group and instance normalisation: groups of channels of each example at mean 0, variance 1."""

from math import prod

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
def group_norm(x, weight, bias, groups, eps=1e-5):
    """y = γ x̂ + β with x̂ = (x − μ)/√(σ² + ε), μ and biased σ² of each group of each example.

    Shapes: x (N, C, …), a group being C/groups consecutive channels with all their positions;
    γ, β (C,), or None for 1 and 0. Gradients, with H = γ G and s = 1/√(σ² + ε):

        ∂L/∂β = Σ G,   ∂L/∂γ = Σ G x̂,   ∂L/∂x = s (H − mean(H) − x̂ mean(H x̂)),

    sums over all axes but C, means over the group.
    """
    by_channel = (*x.shape[:2], prod(x.shape[2:]))
    by_group = (1, len(x) * groups, by_channel[1] // groups * by_channel[2])
    x_hat, _, _, s = standardize(x.reshape(by_group), eps)
    in_channels = x_hat.reshape(by_channel)
    sums = once(lambda g: channel_sums(g.reshape(by_channel), in_channels))

    def by_x(g):
        h = g if weight is None else g.reshape(by_channel) * weight[:, None]
        h = h.reshape(by_group)
        return standardize_back(h, x_hat, s, channel_sums(h, x_hat)).reshape(x.shape)

    return (
        channel_affine(in_channels, weight, bias).reshape(x.shape),
        by_x,
        lambda g: sums(g)[1],
        lambda g: sums(g)[0],
    )


class GroupNorm(Layer):
    """γ (x − μ)/√(σ² + ε) + β, with μ and biased σ² of each group of channels of each example.

    For x of shape (N, C, …). One group is a layer norm over all but N, as many groups as channels
    an instance norm. Nothing depends on the batch.
    Arguments: groups, a divisor of channels; channels, C; eps, inside the root (1e-5 as in PyTorch,
    1e-3 in Keras); affine, whether γ (``weight``, from 1) and β (``bias``, from 0), one of each
    for a channel, are trained. Raises ValueError for groups that do not divide the channels, and
    for x of other shapes.
    Source: Y. Wu, K. He, "Group Normalization", ECCV 2018.
    """

    def __init__(self, groups, channels, eps=1e-5, affine=True):
        super().__init__()
        if groups < 1 or channels % groups:
            raise ValueError(f"{groups} groups do not divide {channels} channels")
        self.groups, self.channels, self.eps = groups, channels, eps
        if affine:
            self.declare("weight", (channels,), ones)
            self.declare("bias", (channels,), zeros)
        else:
            self.weight = self.bias = None

    def forward(self, x):
        if x.ndim < 2 or x.shape[1] != self.channels:
            raise ValueError(
                f"{type(self).__name__} takes x of shape (N, {self.channels}, …), got {x.shape}"
            )
        return group_norm(x, self.weight, self.bias, self.groups, self.eps)


class InstanceNorm(GroupNorm):
    """(x − μ)/√(σ² + ε), with μ and biased σ² of each channel of each example.

    For x of shape (N, C, L) or (N, C, H, W): torch's InstanceNorm1d and 2d without running
    statistics, which is their default. Arguments as for ``GroupNorm``; affine is off, as in
    PyTorch. Raises ValueError for one value per channel, whose x̂ is 0 whatever x is.
    Source: D. Ulyanov, A. Vedaldi, V. Lempitsky, "Instance Normalization: The Missing Ingredient
    for Fast Stylization", arXiv:1607.08022, 2016.
    """

    def __init__(self, channels, eps=1e-5, affine=False):
        super().__init__(channels, channels, eps, affine)

    def forward(self, x):
        if prod(x.shape[2:]) < 2:
            raise ValueError(
                "instance norm needs more than one value per channel and example, got x of shape "
                f"{x.shape}"
            )
        return super().forward(x)
