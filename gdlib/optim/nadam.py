"""Nadam (Dozat, 2016): Adam with Nesterov's look-ahead and a momentum that warms up.

    μ_t = beta1 · (1 − 0.5 · 0.96^(t · momentum_decay)),   Π_t = μ_1 · … · μ_t
    m_t, v_t as in Adam
    x_t = x_{t-1} − lr · ((1 − μ_t) / (1 − Π_t) · g_t + μ_{t+1} / (1 − Π_t · μ_{t+1}) · m_t)
                    / (√v̂_t + eps),   v̂_t = v_t / (1 − beta2^t)

Source: T. Dozat, "Incorporating Nesterov momentum into Adam", ICLR 2016 workshop.

Frameworks: this is ``torch.optim.NAdam``. Keras fixes momentum_decay at 1 (and has eps 1e-7);
``optax.nadam`` is another algorithm, with constant momentum.
"""

from typing import NamedTuple

from gdlib.ops import Array, sqrt, zeros_like


class State(NamedTuple):
    """What Nadam remembers."""

    m: Array  # running mean of gradients, shaped like x
    v: Array  # running mean of squared gradients, shaped like x
    mu_product: float  # product of the momenta so far
    t: int  # steps taken


def init(x):
    """State before the first step: both means zero, shaped like x; empty product, no step taken."""
    return State(zeros_like(x), zeros_like(x), 1.0, 0)


def step(x, g, state, lr=2e-3, beta1=0.9, beta2=0.999, eps=1e-8, momentum_decay=4e-3):
    """One step of Nadam.

    Arguments: x and g of one shape; lr > 0, about the largest step, in units of x;
    0 <= beta1 < 1 and 0 <= beta2 < 1, how much of the two means is kept in the long run; eps > 0
    in units of g; momentum_decay >= 0, how fast the momentum rises from beta1 / 2 to beta1.
    Returns the new x and the new state.
    """
    t = state.t + 1
    mu = beta1 * (1 - 0.5 * 0.96 ** (t * momentum_decay))
    mu_next = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * momentum_decay))
    mu_product = state.mu_product * mu
    m = beta1 * state.m + (1 - beta1) * g
    v = beta2 * state.v + (1 - beta2) * g**2
    v_hat = v / (1 - beta2**t)
    m_bar = (1 - mu) / (1 - mu_product) * g + mu_next / (1 - mu_product * mu_next) * m
    return x - lr * m_bar / (sqrt(v_hat) + eps), State(m, v, mu_product, t)
