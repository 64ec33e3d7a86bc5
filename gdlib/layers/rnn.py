"""The simple recurrent layer, h_t = φ(W x_t + b_ih + U h_{t−1} + b_hh)."""

import numpy as np

from gdlib.autograd import value_of
from gdlib.layers.recurrent import Recurrent


class RNN(Recurrent):
    """h_t = φ(W x_t + b_ih + U h_{t−1} + b_hh); torch's nn.RNN with batch_first.

    Arguments: n_in; n_hidden, H; nonlinearity, φ, "tanh" or "relu".
    Raises ValueError for another nonlinearity.

    Source: J. L. Elman, "Finding Structure in Time", Cognitive Science 14(2), 1990.
    """

    def __init__(self, n_in, n_hidden, nonlinearity="tanh"):
        super().__init__(n_in, n_hidden)
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f'nonlinearity is "tanh" or "relu", got {nonlinearity!r}')
        self.nonlinearity = nonlinearity

    def step(self, a, u, before, after):
        a += u
        if self.nonlinearity == "tanh":
            np.tanh(a, out=after[0])
        else:
            np.maximum(a, 0, out=after[0])

    def step_back(self, d, kept, before, after, by_a, by_u):
        np.multiply(d[0], self.slope(after[0]), out=by_a)
        d[...] = 0

    def slope(self, h):
        """φ′ at the pre-activation whose φ is h."""
        return 1 - h * h if self.nonlinearity == "tanh" else (h > 0).astype(h.dtype)

    def jacobians(self, x, state=None):
        """∂h_t/∂h_{t−1} = diag(φ′_t) U for all steps of one sequence: (T, n_in) → (T, H, H).

        Arguments: x, (T, n_in); state, h_0 of shape (H,) (default: zeros). The product
        J_T ⋯ J_1 is ∂h_T/∂h_0, what backpropagation through time multiplies gradients by.
        """
        state = None if state is None else value_of(state)[None]
        h = value_of(self.forward(value_of(x)[None], state))[0]
        return self.slope(h)[:, :, None] * self.weight_hh_l0.data
