"""Layers: functions with parameters that lie in one flat vector."""

from gdlib.layers.batch_norm import BatchNorm1d, BatchNorm2d
from gdlib.layers.bidirectional import Bidirectional
from gdlib.layers.dropout import Dropout, SpatialDropout
from gdlib.layers.embedding import Embedding
from gdlib.layers.group_norm import GroupNorm, InstanceNorm
from gdlib.layers.gru import GRU
from gdlib.layers.layer import Layer
from gdlib.layers.layer_norm import LayerNorm
from gdlib.layers.linear import Linear, linear
from gdlib.layers.lstm import LSTM
from gdlib.layers.residual import DenseConnection, Residual
from gdlib.layers.rms_norm import RMSNorm
from gdlib.layers.rnn import RNN
from gdlib.layers.sequential import Sequential

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "BatchNorm1d",
    "BatchNorm2d",
    "Bidirectional",
    "DenseConnection",
    "Dropout",
    "Embedding",
    "GroupNorm",
    "InstanceNorm",
    "Layer",
    "LayerNorm",
    "Linear",
    "RMSNorm",
    "Residual",
    "Sequential",
    "SpatialDropout",
    "linear",
]
