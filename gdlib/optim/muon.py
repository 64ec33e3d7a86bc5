"""Muon (Jordan et al., 2024): momentum for matrices, with all singular values brought near 1.

    b_t = beta · b_{t-1} + (1 − beta) · g_t
    u_t = beta · b_t + (1 − beta) · g_t   (Nesterov), or b_t
    x_t = (1 − lr · weight_decay) · x_{t-1} − lr · √max(1, rows / columns) · orthogonal(u_t)

``orthogonal`` is five steps of a Newton–Schulz iteration. A step is made of matrix products, not of
elementwise operations: Muon has the NumPy and the torch form, and no printed formula, JavaScript
or stacked runs.

Source: K. Jordan, Y. Jin, V. Boza, J. You, F. Cesista, L. Newhouse and J. Bernstein, "Muon: An
optimizer for hidden layers in neural networks" (2024), https://kellerjordan.github.io/posts/muon/.

Frameworks: this is ``torch.optim.Muon`` but for precision: torch iterates in bfloat16, so its
directions differ by about 5e-3; this one iterates in the precision of x. optax corrects the bias
of b and scales by columns / rows, for its weights are transposed; Keras adds gradients without
1 − beta and scales by 0.2 √max(rows, columns).
"""

from typing import NamedTuple

from gdlib.ops import Array, norm, where, zeros_like

# Of the quintic a·s + b·s³ + c·s⁵: steep at 0, and never far from 1 for singular values near 1.
A, B, C = 3.4445, -4.7750, 2.0315


class State(NamedTuple):
    """What Muon remembers."""

    b: Array  # running mean of gradients, shaped like x


def init(x):
    """State before the first step: the mean at zero. Raises ValueError unless x is a matrix."""
    if len(x.shape) != 2:
        raise ValueError(
            f"Muon is for matrices, got shape {tuple(x.shape)}; use AdamW for the rest"
        )
    return State(zeros_like(x))


def step(x, g, state, lr=1e-3, beta=0.95, weight_decay=0.1, nesterov=True, iterations=5):
    """One step of Muon on one matrix.

    Arguments: x and g of one shape (rows, columns); lr > 0, about the spectral norm of a step;
    0 <= beta < 1, how much of the mean is kept; weight_decay >= 0; nesterov, whether to look one
    gradient ahead; iterations of Newton–Schulz.
    Returns the new x and the new state.
    """
    b = beta * state.b + (1 - beta) * g
    u = where(nesterov, beta * b + (1 - beta) * g, b)
    direction = orthogonal(u, iterations)
    rows, columns = x.shape
    scale = max(1, rows / columns) ** 0.5
    return (1 - lr * weight_decay) * x - lr * scale * direction, State(b)


def orthogonal(u, iterations=5):
    """Bring the singular values of a matrix to about 1 (0.7 to 1.2) and keep its singular vectors.

    Each iteration maps every singular value s to a·s + b·s³ + c·s⁵, by matrix products alone. u is
    first divided by its Frobenius norm; a zero matrix stays zero.
    """
    wide = u.shape[0] <= u.shape[1]
    y = u if wide else u.T
    y = y / (norm(y) + 1e-7)
    for _ in range(iterations):
        gram = y @ y.T
        y = A * y + (B * gram + C * gram @ gram) @ y
    return y if wide else y.T
