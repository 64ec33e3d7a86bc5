"""Lion (Chen et al., 2023): the sign of a momentum, found by program search.

    c_t = beta1 · m_{t-1} + (1 − beta1) · g_t
    x_t = x_{t-1} − lr · (sign(c_t) + weight_decay · x_{t-1})
    m_t = beta2 · m_{t-1} + (1 − beta2) · g_t

Source: X. Chen, C. Liang, D. Huang, E. Real, K. Wang, H. Pham, X. Dong, T. Luong, C.-J. Hsieh,
Y. Lu and Q. V. Le, "Symbolic discovery of optimization algorithms", NeurIPS 2023.

Frameworks: optax and Keras agree with this form (default weight decay 1e-3 in optax); torch has
none.
"""

from typing import NamedTuple

from gdlib.ops import Array, sign, zeros_like


class State(NamedTuple):
    """What Lion remembers."""

    m: Array  # running mean of gradients, shaped like x


def init(x):
    """State before the first step: the mean at zero, shaped like x."""
    return State(zeros_like(x))


def step(x, g, state, lr=1e-4, beta1=0.9, beta2=0.99, weight_decay=0.0):
    """One step of Lion.

    Arguments: x and g of one shape; lr > 0, the length of every step, in units of x;
    0 <= beta1 < 1, the weight of the mean in the sign; 0 <= beta2 < 1, how much of the mean is
    kept; weight_decay >= 0: x shrinks by the share lr · weight_decay per step.
    Returns the new x and the new state.
    """
    c = beta1 * state.m + (1 - beta1) * g
    m = beta2 * state.m + (1 - beta2) * g
    return x - lr * (sign(c) + weight_decay * x), State(m)
