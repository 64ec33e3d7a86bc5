"""Layers: functions with parameters that lie in one flat vector."""

from gdlib.layers.batch_norm import BatchNorm1d, BatchNorm2d
from gdlib.layers.bidirectional import Bidirectional
from gdlib.layers.conv import Conv1d, Conv2d
from gdlib.layers.dropout import Dropout, SpatialDropout
from gdlib.layers.embedding import Embedding
from gdlib.layers.group_norm import GroupNorm, InstanceNorm
from gdlib.layers.gru import GRU
from gdlib.layers.layer import Layer
from gdlib.layers.layer_norm import LayerNorm
from gdlib.layers.linear import Linear, linear
from gdlib.layers.lstm import LSTM
from gdlib.layers.pooling import AvgPool2d, Flatten, GlobalAvgPool, GlobalMaxPool, MaxPool2d
from gdlib.layers.residual import DenseConnection, Residual
from gdlib.layers.rms_norm import RMSNorm
from gdlib.layers.rnn import RNN
from gdlib.layers.sequential import Sequential

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "AvgPool2d",
    "BatchNorm1d",
    "BatchNorm2d",
    "Bidirectional",
    "Conv1d",
    "Conv2d",
    "DenseConnection",
    "Dropout",
    "Embedding",
    "Flatten",
    "GlobalAvgPool",
    "GlobalMaxPool",
    "GroupNorm",
    "InstanceNorm",
    "Layer",
    "LayerNorm",
    "Linear",
    "MaxPool2d",
    "RMSNorm",
    "Residual",
    "Sequential",
    "SpatialDropout",
    "linear",
]
