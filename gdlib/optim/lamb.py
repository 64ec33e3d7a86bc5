"""LAMB (You et al., 2020): Adam's direction with a step in proportion to the weights.

    u_t = m̂_t / (√v̂_t + eps) + weight_decay · x_{t-1}
    x_t = x_{t-1} − lr · ‖x_{t-1}‖ / ‖u_t‖ · u_t

The ratio is 1 where one of the norms is 0. Norms are over all of x, one tensor: unlike the other
rules LAMB is not elementwise, so it has no JavaScript form, and several runs cannot be stacked into
one array.

Source: Y. You, J. Li, S. Reddi, J. Hseu, S. Kumar, S. Bhojanapalli, X. Song, J. Demmel, K. Keutzer
and C.-J. Hsieh, "Large batch optimization for deep learning: Training BERT in 76 minutes", ICLR
2020 (with a bounded ‖x‖).

Frameworks: this is ``optax.lamb``. Keras keeps the weight decay outside the trust ratio; torch has
none.
"""

from typing import NamedTuple

from gdlib.ops import Array, norm, sqrt, where, zeros_like


class State(NamedTuple):
    """What LAMB remembers."""

    m: Array  # running mean of gradients, shaped like x
    v: Array  # running mean of squared gradients, shaped like x
    t: int  # steps taken


def init(x):
    """State before the first step: both means zero, shaped like x; no step taken."""
    return State(zeros_like(x), zeros_like(x), 0)


def step(x, g, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-6, weight_decay=0.0):
    """One step of LAMB on one tensor.

    Arguments: x and g of one shape; lr > 0, the length of a step as a share of ‖x‖;
    0 <= beta1 < 1 and 0 <= beta2 < 1, how much of the two means is kept; eps > 0 in units of g;
    weight_decay >= 0, added to the direction.
    Returns the new x and the new state.
    """
    t = state.t + 1
    m = beta1 * state.m + (1 - beta1) * g
    v = beta2 * state.v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    u = m_hat / (sqrt(v_hat) + eps) + weight_decay * x
    a = norm(x)
    b = norm(u)
    c = where(b > 0, b, 1)
    phi = where(a > 0, where(b > 0, a / c, 1), 1)
    return x - lr * phi * u, State(m, v, t)
