"""Embedding: a trained vector for each index."""

import numpy as np

from gdlib.autograd import primitive
from gdlib.initializer import normal
from gdlib.layers.layer import Layer

_standard_normal = normal(1.0)


@primitive
def embedding(indices, weight, padding_idx=None):
    """The rows of the weight that the indices name.

    Shapes: indices (…), integers; weight (n, d); the result is (…, d).
    Gradient: row i of ∂L/∂W is the sum of G over all places where index i stands, and 0 for
    ``padding_idx``; by the indices there is none.
    Raises TypeError for indices that are not integers, IndexError for one outside 0 … n − 1.
    """
    n, d = weight.shape
    indices = np.asarray(indices)
    if indices.dtype.kind not in "iu":
        raise TypeError(f"an embedding takes integer indices, got {indices.dtype}")
    if indices.size and not 0 <= indices.min() <= indices.max() < n:
        wrong = indices[(indices < 0) | (indices >= n)][0]
        raise IndexError(f"an embedding of {n} rows takes indices from 0 to {n - 1}, got {wrong}")

    def by_weight(g):
        # Flat places: np.add.at is fast on a vector and five times slower on rows.
        places = indices.reshape(-1, 1).astype(np.intp) * d + np.arange(d)
        gw = np.zeros(n * d, g.dtype)
        np.add.at(gw, places.reshape(-1), g.reshape(-1))
        gw = gw.reshape(n, d)
        if padding_idx is not None:
            gw[padding_idx] = 0
        return gw

    return weight[indices], None, by_weight


class Embedding(Layer):
    """Row i of the weight for each index i: one-hot vectors times the weight, without the zeros.

    Takes integers of shape (…) and gives (…, d); torch's nn.Embedding.
    Arguments: n, number of indices; d, length of a vector; weight, an initializer (N(0, 1) as in
    PyTorch); padding_idx, an index whose row starts at 0 and gets gradient 0 (None: no such row).
    Raises TypeError for indices that are not integers, IndexError for one outside 0 … n − 1.
    Source: Y. Bengio, R. Ducharme, P. Vincent, C. Jauvin, "A Neural Probabilistic Language Model",
    JMLR 3, 2003.
    """

    def __init__(self, n, d, weight=_standard_normal, padding_idx=None):
        super().__init__()
        if padding_idx is not None and not 0 <= padding_idx < n:
            raise ValueError(f"padding_idx must lie from 0 to {n - 1}, got {padding_idx}")
        self.padding_idx = padding_idx

        def drawn(shape, rng):
            rows = np.array(weight(shape, rng))
            if padding_idx is not None:
                rows[padding_idx] = 0
            return rows

        self.declare("weight", (n, d), drawn)

    def forward(self, indices):
        return embedding(indices, self.weight, self.padding_idx)
