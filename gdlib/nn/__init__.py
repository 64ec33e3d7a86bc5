"""The normalising layers as torch modules, on any device, computed by the course's own derivation.

Each is torch.nn's module of the same name with forward and backward replaced by ``standardize``,
``standardize_back`` and their like of ``gdlib.layers``, called with tensors. Arguments, parameters,
buffers and state dicts are torch.nn's, so one can stand in for the other in any network.
"""

from gdlib.nn.batch_norm import BatchNorm1d, BatchNorm2d
from gdlib.nn.group_norm import GroupNorm, InstanceNorm1d, InstanceNorm2d
from gdlib.nn.layer_norm import LayerNorm, RMSNorm

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "GroupNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "LayerNorm",
    "RMSNorm",
]
