"""What recurrent layers share: a cell applied along a sequence, and the walk back through time."""

import numpy as np

from gdlib.autograd import once, primitive
from gdlib.layers.layer import Layer


@primitive
def recurrence(x, weight_ih, weight_hh, bias_ih, bias_hh, *first, cell, padded=None, shown=1):
    """The states of a cell along a sequence as one operation.

    Shapes: x (N, T, n_in); weights (G, n_in) and (G, H), biases (G,), G rows for all gates;
    ``first``, the arrays of the initial state, (N, H) each; the result is (shown, N, T, H), h and
    what else of the state is to be shown. ``cell`` is a ``Recurrent``; where ``padded`` (T, N, 1)
    is true the state stays as it is.

    With a_t = W x_t + b_ih and u_t = U h_{t−1} + b_hh, only u and the cell need the loop over time.
    The walk back leaves A = ∂L/∂a and B = ∂L/∂u of all steps, and from these, as one product each,

        ∂L/∂x_t = A_t W,   ∂L/∂W = Σ A_tᵀ x_t,   ∂L/∂U = Σ B_tᵀ h_{t−1},   Σ A_t and Σ B_t.

    Source: P. J. Werbos, "Backpropagation through time: what it does and how to do it",
    Proceedings of the IEEE 78(10), 1990.
    """
    n, length, n_in = x.shape
    n_gates, n_hidden = weight_hh.shape
    x = np.ascontiguousarray(x.swapaxes(0, 1)).reshape(-1, n_in)  # time first: a step is one block
    a = x @ weight_ih.T
    a += bias_ih
    a = a.reshape(length, n, n_gates)
    states = np.empty((len(first), length + 1, n, n_hidden), a.dtype)
    for array, start in zip(states, first, strict=True):
        array[0] = start
    kept = []
    for t in range(length):
        u = states[0, t] @ weight_hh.T
        u += bias_hh
        kept.append(cell.step(a[t], u, states[:, t], states[:, t + 1]))
        if padded is not None:
            np.copyto(states[:, t + 1], states[:, t], where=padded[t])

    @once
    def walk(g):
        """A and B, and ∂L/∂(initial state)."""
        by_a = np.empty_like(a)
        by_u = np.empty_like(a) if cell.separate else by_a
        d = np.zeros_like(states[:, 0])
        for t in reversed(range(length)):
            d[:shown] += g[:, :, t]
            if padded is not None:
                held = np.where(padded[t], d, 0)
                np.copyto(d, 0, where=padded[t])
            cell.step_back(d, kept[t], states[:, t], states[:, t + 1], by_a[t], by_u[t])
            d[0] += by_u[t] @ weight_hh
            if padded is not None:
                d += held
        return by_a.reshape(-1, n_gates), by_u.reshape(-1, n_gates), d

    return (
        states[:shown, 1:].swapaxes(1, 2),
        lambda g: (walk(g)[0] @ weight_ih).reshape(length, n, n_in).swapaxes(0, 1),
        lambda g: walk(g)[0].T @ x,
        lambda g: walk(g)[1].T @ states[0, :-1].reshape(-1, n_hidden),
        lambda g: walk(g)[0].sum(0),
        lambda g: walk(g)[1].sum(0),
        *(lambda g, i=i: walk(g)[2][i] for i in range(len(first))),
    )


class Recurrent(Layer):
    """A layer that carries a state along a sequence: x (N, T, n_in) → h (N, T, H).

    Subclasses say in ``gates`` how many blocks of H rows their weights have, in ``arrays`` how many
    arrays a state has (the first is h), and give two functions for one step of the sequence:

    - ``step(a, u, before, after)``, a and u as in ``recurrence``, of shape (N, gates · H), the
      states (arrays, N, H). Fills ``after``, may overwrite a and u, returns what the way back
      needs.
    - ``step_back(d, kept, before, after, by_a, by_u)``, d = ∂L/∂after. Fills ∂L/∂a and ∂L/∂u and
      turns d into the part of ∂L/∂before that does not pass through u. ``separate`` tells whether
      ∂L/∂a and ∂L/∂u differ.

    Names, rows and the start U(±1/√H) of all parameters are torch's; layers are stacked in
    ``Sequential``.
    """

    gates = 1
    arrays = 1
    separate = False

    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.n_in, self.n_hidden = n_in, n_hidden
        rows = self.gates * n_hidden
        self.declare("weight_ih_l0", (rows, n_in), self.spread)
        self.declare("weight_hh_l0", (rows, n_hidden), self.spread)
        self.declare("bias_ih_l0", (rows,), self.spread)
        self.declare("bias_hh_l0", (rows,), self.spread)

    def spread(self, shape, rng):
        """The initializer of torch's recurrent layers, U(±1/√H)."""
        bound = 1 / np.sqrt(self.n_hidden)
        return rng.uniform(-bound, bound, shape)

    def forward(self, x, state=None, mask=None):
        """The hidden states h of all steps, (N, T, H); arguments as for ``unroll``."""
        return self.along(x, self._initialized().values(), state, mask, final=False)

    def unroll(self, x, state=None, mask=None):
        """(h, state): the hidden states of all steps, (N, T, H), and the state after the last one.

        Arguments: x, (N, T, n_in); state, the one to start from, as returned by an earlier call
        (default: zeros); mask, (N, T), true where there is a step and false for padding, which
        leaves the state as it is (default: no padding).
        A state is h of shape (N, H), for an LSTM the pair (h, c). Handed from one tape to the next
        it counts there as data: that truncates backpropagation through time.
        Raises ValueError for shapes that do not fit.
        """
        return self.along(x, self._initialized().values(), state, mask, final=True)

    def along(self, x, parameters, state, mask, final):
        """``forward``, or with ``final`` ``unroll``, with the four parameters given."""
        shape = np.shape(x)
        if len(shape) != 3 or shape[2] != self.n_in or shape[1] == 0:
            raise ValueError(
                f"{type(self).__name__}({self.n_in}, {self.n_hidden}) takes x of shape "
                f"(N, T ≥ 1, {self.n_in}), got {shape}"
            )
        parameters = [*parameters]
        first = self._first(state, (shape[0], self.n_hidden), parameters[0].dtype)
        padded = None if mask is None else _padded(mask, shape[:2])
        shown = self.arrays if final else 1
        states = recurrence(x, *parameters, *first, cell=self, padded=padded, shown=shown)
        if not final:
            return np.squeeze(states, 0)
        last = tuple(states[i, :, -1] for i in range(self.arrays))
        return states[0], last if self.arrays > 1 else last[0]

    def _first(self, state, shape, dtype):
        """The list of the arrays to start from."""
        if state is None:
            return [np.zeros(shape, dtype)] * self.arrays
        first = [state] if self.arrays == 1 else [*state]
        found = [np.shape(array) for array in first]
        if found != [shape] * self.arrays:
            parts = "one array" if self.arrays == 1 else "a pair (h, c) of arrays"
            raise ValueError(
                f"the state of this {type(self).__name__} is {parts} of shape {shape} for this x, "
                f"got shapes {found}"
            )
        return first


def _padded(mask, shape):
    """Where a step is padding, with the time first and an axis for the features."""
    mask = np.asarray(mask)
    if mask.shape != shape or mask.dtype != bool:
        raise ValueError(
            f"the mask for this x is a boolean array of shape {shape}, got {mask.dtype} of shape "
            f"{mask.shape}"
        )
    return ~mask.T[..., None]


def blocks(array, count):
    """Views of the gates' columns of an array (N, count · H)."""
    return array.reshape(len(array), count, -1).swapaxes(0, 1)
