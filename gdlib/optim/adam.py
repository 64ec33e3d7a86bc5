"""Adam (Kingma and Ba, 2015).

    m_t = beta1 · m_{t-1} + (1 − beta1) · g_t
    v_t = beta2 · v_{t-1} + (1 − beta2) · g_t²
    x_t = x_{t-1} − lr · m̂_t / (√v̂_t + eps),   m̂_t = m_t / (1 − beta1^t),  v̂_t = v_t / (1 − beta2^t)

Source: D. P. Kingma and J. Ba, "Adam: A method for stochastic optimization", ICLR 2015.

Frameworks: ``torch.optim.Adam`` and ``optax.adam`` agree with this form. Keras adds eps to the
root of the *uncorrected* v ("epsilon hat"), which amounts to eps / √(1 − beta2^t) here.
"""

from typing import NamedTuple

from gdlib.ops import Array, sqrt, zeros_like


class State(NamedTuple):
    """What Adam remembers."""

    m: Array  # running mean of gradients, shaped like x
    v: Array  # running mean of squared gradients, shaped like x
    t: int  # steps taken


def init(x):
    """State before the first step: both means zero, shaped like x; no step taken."""
    return State(zeros_like(x), zeros_like(x), 0)


def step(x, g, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """One step of Adam.

    Arguments: x and g of one shape; lr > 0, about the largest step, in units of x;
    0 <= beta1 < 1 and 0 <= beta2 < 1, how much of the two means is kept; eps > 0 in units of g,
    keeps the division finite and damps coordinates whose gradients are smaller than eps.
    Returns the new x and the new state.
    """
    t = state.t + 1
    m = beta1 * state.m + (1 - beta1) * g
    v = beta2 * state.v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return x - lr * m_hat / (sqrt(v_hat) + eps), State(m, v, t)
