"""A recurrent layer in both directions."""

import numpy as np

from gdlib.layers.layer import Layer
from gdlib.layers.recurrent import Recurrent


class Bidirectional(Layer):
    """One recurrent layer from left to right, one from right to left, features side by side.

    x (N, T, n_in) → (N, T, 2H): in h[:, t] the first H have seen x up to t, the others from t on.
    Argument: layer, an RNN, LSTM or GRU, the pattern of both directions; each has its own
    parameters, those of the second named with torch's ``_reverse``, as with bidirectional=True.
    Raises TypeError for another layer.

    Source: M. Schuster, K. K. Paliwal, "Bidirectional Recurrent Neural Networks", IEEE Transactions
    on Signal Processing 45(11), 1997.
    """

    def __init__(self, layer):
        super().__init__()
        if not isinstance(layer, Recurrent):
            raise TypeError(f"Bidirectional takes an RNN, LSTM or GRU, got {layer!r}")
        self.layer = layer
        for suffix in ("", "_reverse"):
            for name, (shape, initializer) in layer._declared.items():
                self.declare(name + suffix, shape, initializer)

    def forward(self, x, state=None, mask=None):
        """The hidden states of both directions, (N, T, 2H); arguments as for ``unroll``."""
        return _side_by_side(*self._both(x, state, mask, final=False))

    def unroll(self, x, state=None, mask=None):
        """(h, state) as of ``Recurrent.unroll``; a state is a pair, one for each direction."""
        (right, end), (left, start) = self._both(x, state, mask, final=True)
        return _side_by_side(right, left), (end, start)

    def _both(self, x, state, mask, final):
        """Left to right, and right to left with the steps in the order in which it saw them."""
        parameters = [*self._initialized().values()]
        first, second = (None, None) if state is None else state
        reverse = None if mask is None else np.flip(mask, 1)
        return (
            self.layer.along(x, parameters[:4], first, mask, final),
            self.layer.along(x[:, ::-1], parameters[4:], second, reverse, final),
        )


def _side_by_side(right, left):
    return np.concatenate([right, left[:, ::-1]], axis=-1)
