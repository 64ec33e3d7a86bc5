"""Layers: functions with parameters that lie in one flat vector."""

from gdlib.layers.layer import Layer
from gdlib.layers.linear import Linear, linear
from gdlib.layers.sequential import Sequential

__all__ = ["Layer", "Linear", "Sequential", "linear"]
