"""The gated recurrent unit."""

import numpy as np

from gdlib.activation import sigmoid
from gdlib.layers.recurrent import Recurrent, blocks


class GRU(Recurrent):
    """Two gates and a candidate; torch's nn.GRU with batch_first.

        r, z = σ(a + u),   n = tanh(a + r ⊙ u),   a = W x_t + b_ih,  u = U h_{t−1} + b_hh
        h_t = (1 − z) ⊙ n + z ⊙ h_{t−1}

    r, z and n have their own rows of a and u, in this order (Keras: z, r, n). As in torch and in
    Keras' default r multiplies U h_{t−1} + b_hh; in the paper it multiplies h_{t−1}, which is
    another cell, and there z and 1 − z are as here.
    Arguments: n_in; n_hidden, H.

    Source: K. Cho et al., "Learning Phrase Representations using RNN Encoder–Decoder for
    Statistical Machine Translation", EMNLP 2014.
    """

    gates = 3
    separate = True

    def step(self, a, u, before, after):
        r, z, n = blocks(a, 3)
        both = slice(2 * self.n_hidden)
        a[:, both] += u[:, both]
        a[:, both] = sigmoid(a[:, both])
        u_n = u[:, 2 * self.n_hidden :].copy()
        n += r * u_n
        np.tanh(n, out=n)
        h = np.subtract(before[0], n, out=after[0])
        h *= z
        h += n
        return a, u_n

    def step_back(self, d, kept, before, after, by_a, by_u):
        a, u_n = kept
        r, z, n = blocks(a, 3)
        by_r, by_z, by_n = blocks(by_a, 3)
        (dh,) = d
        np.multiply(dh, (1 - z) * (1 - n * n), out=by_n)
        np.multiply(dh, (before[0] - n) * (z * (1 - z)), out=by_z)
        np.multiply(by_n, u_n * (r * (1 - r)), out=by_r)
        by_u[...] = by_a
        by_u[:, 2 * self.n_hidden :] *= r
        dh *= z
