"""Long short-term memory."""

import numpy as np

from gdlib.activation import sigmoid
from gdlib.layers.recurrent import Recurrent, blocks


class LSTM(Recurrent):
    """Four gates around a cell c that is added to, not multiplied through; torch's nn.LSTM.

        i, f, o = σ(W x_t + b_ih + U h_{t−1} + b_hh),   g = tanh(the same),  each with its own rows
        c_t = f ⊙ c_{t−1} + i ⊙ g,   h_t = o ⊙ tanh c_t

    The rows are in the order i, f, g, o (Keras' too). A state is the pair (h, c).
    Arguments: n_in; n_hidden, H; forget_bias, what the bias of f starts from: a number, all of it
    in b_ih, or None for torch's start, U(±1/√H) in both biases. Gers et al. start it positive,
    Jozefowicz et al. advise 1, Keras' default: f then starts near 0.73 instead of 0.5, and
    gradients reach further back.

    Sources: S. Hochreiter, J. Schmidhuber, "Long Short-Term Memory", Neural Computation 9(8), 1997;
    F. A. Gers, J. Schmidhuber, F. Cummins, "Learning to Forget: Continual Prediction with LSTM",
    Neural Computation 12(10), 2000; R. Jozefowicz, W. Zaremba, I. Sutskever, "An Empirical
    Exploration of Recurrent Network Architectures", ICML 2015.
    """

    gates = 4
    arrays = 2

    def __init__(self, n_in, n_hidden, forget_bias=None):
        super().__init__(n_in, n_hidden)
        if forget_bias is not None:
            self.declare("bias_ih_l0", (4 * n_hidden,), self._with_forget(forget_bias))
            self.declare("bias_hh_l0", (4 * n_hidden,), self._with_forget(0))

    def _with_forget(self, value):
        def initializer(shape, rng):
            bias = self.spread(shape, rng)
            bias[self.n_hidden : 2 * self.n_hidden] = value
            return bias

        return initializer

    def step(self, a, u, before, after):
        a += u
        i, f, g, o = blocks(a, 4)
        both = a[:, : 2 * self.n_hidden]
        both[...] = sigmoid(both)
        np.tanh(g, out=g)
        o[...] = sigmoid(o)
        c = np.multiply(f, before[1], out=after[1])
        c += i * g
        np.tanh(c, out=after[0])
        after[0] *= o
        return a

    def step_back(self, d, kept, before, after, by_a, by_u):
        i, f, g, o = blocks(kept, 4)
        tanh_c = np.tanh(after[1])
        by_i, by_f, by_g, by_o = blocks(by_a, 4)
        dh, dc = d
        dc += dh * o * (1 - tanh_c * tanh_c)
        np.multiply(dc, g, out=by_i)
        np.multiply(dc, before[1], out=by_f)
        np.multiply(dc, i, out=by_g)
        np.multiply(dh, tanh_c, out=by_o)
        by_i *= i * (1 - i)
        by_f *= f * (1 - f)
        by_g *= 1 - g * g
        by_o *= o * (1 - o)
        dh[...] = 0
        dc *= f
