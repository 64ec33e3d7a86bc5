"""AdaMax (Kingma and Ba, 2015, section 7.1): Adam with a decaying maximum for a scale.

    m_t = beta1 · m_{t-1} + (1 − beta1) · g_t
    u_t = max(beta2 · u_{t-1}, |g_t| + eps)
    x_t = x_{t-1} − lr · m̂_t / u_t,   m̂_t = m_t / (1 − beta1^t)

Source: D. P. Kingma and J. Ba, "Adam: A method for stochastic optimization", ICLR 2015.

Frameworks: torch and optax agree with this form. Keras adds eps to u instead of to |g|.
"""

from typing import NamedTuple

from gdlib.ops import Array, maximum, zeros_like


class State(NamedTuple):
    """What AdaMax remembers."""

    m: Array  # running mean of gradients, shaped like x
    u: Array  # decaying maximum of |g|, shaped like x
    t: int  # steps taken


def init(x):
    """State before the first step: mean and maximum zero, shaped like x; no step taken."""
    return State(zeros_like(x), zeros_like(x), 0)


def step(x, g, state, lr=2e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """One step of AdaMax.

    Arguments: x and g of one shape; lr > 0, about the largest step, in units of x;
    0 <= beta1 < 1 and 0 <= beta2 < 1, how much of the mean and the maximum is kept; eps > 0 in
    units of g, keeps the division finite.
    Returns the new x and the new state.
    """
    t = state.t + 1
    m = beta1 * state.m + (1 - beta1) * g
    u = maximum(beta2 * state.u, abs(g) + eps)
    m_hat = m / (1 - beta1**t)
    return x - lr * m_hat / u, State(m, u, t)
