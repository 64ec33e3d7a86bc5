"""Batch normalisation as torch modules."""

import torch

from gdlib.nn.function import GivenStatistics, Normalization


class _BatchNorm:
    """What the batch norms share: the forward pass, put before a module of torch.nn."""

    def forward(self, x):
        if x.dim() not in map(len, self.layouts) or x.shape[1] != self.num_features:
            layouts = " or ".join(f"({', '.join(layout)})" for layout in self.layouts)
            raise ValueError(
                f"{type(self).__name__} takes x of shape {layouts} with C = {self.num_features}, "
                f"got {tuple(x.shape)}"
            )
        count = x.numel() // self.num_features
        in_channels = x.reshape(*x.shape[:2], count // max(1, x.shape[0]))
        if not self.training and self.running_mean is not None:
            y = GivenStatistics.apply(
                in_channels, self.weight, self.bias, self.running_mean, self.running_var, self.eps
            )
            return y.reshape(x.shape)
        if count < 2:
            raise ValueError(
                "batch norm by the batch's statistics needs more than one value per channel, got x "
                f"of shape {tuple(x.shape)}; take a larger batch, or call eval() to use running "
                "statistics"
            )
        y, mean, var = Normalization.apply(
            in_channels, self.weight, self.bias, in_channels.shape, self.eps
        )
        if self.training and self.track_running_stats:
            self._follow(mean, var * (count / (count - 1)))
        return y.reshape(x.shape)

    def _follow(self, mean, var):
        """running ← (1 − momentum) · running + momentum · batch."""
        self.num_batches_tracked.add_(1)
        momentum = self.momentum
        if momentum is None:
            momentum = 1 / float(self.num_batches_tracked)
        for running, batch in ((self.running_mean, mean), (self.running_var, var)):
            running.copy_(torch.lerp(running.to(batch.dtype), batch, momentum))


class BatchNorm1d(_BatchNorm, torch.nn.BatchNorm1d):
    """γ (x − μ)/√(σ² + ε) + β for each channel of x, (N, C) or (N, C, L).

    In training μ and σ² are the batch's, and running statistics follow them,

        running ← (1 − momentum) · running + momentum · batch,

    the running variance with the unbiased one, N/(N − 1) σ². In evaluation they are the running
    statistics, as constants. ``Normalization`` says how it is computed, and its gradients.
    Arguments, parameters and buffers are torch.nn.BatchNorm1d's: num_features, C; eps=1e-5;
    momentum=0.1, the weight of the new batch, or None for the mean of all batches; affine=True,
    whether there are γ (``weight``) and β (``bias``); track_running_stats=True, else the batch's
    statistics are used in evaluation too; device and dtype. x and parameters have one dtype, or a
    half x meets float32 parameters; the result has x's.
    Raises ValueError for other shapes and for one value per channel where the batch's statistics
    are used; running statistics and their count then stay as they are (torch.nn's count moves).
    TypeError for other dtypes.
    Source: S. Ioffe, C. Szegedy, "Batch Normalization: Accelerating Deep Network Training by
    Reducing Internal Covariate Shift", ICML 2015.
    """

    layouts = ("NC", "NCL")


class BatchNorm2d(_BatchNorm, torch.nn.BatchNorm2d):
    """Batch norm for images x of shape (N, C, H, W); the rest is said at ``BatchNorm1d``."""

    layouts = ("NCHW",)
