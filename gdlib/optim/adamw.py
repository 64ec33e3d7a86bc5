"""AdamW (Loshchilov and Hutter, 2019): Adam with decoupled weight decay.

    m_t, v_t as in Adam
    x_t = (1 − lr · weight_decay) · x_{t-1} − lr · m̂_t / (√v̂_t + eps)

The decay does not pass through the moments, so it is not divided by √v̂.

Source: I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", ICLR 2019.

Frameworks: torch and optax agree with this form; the default weight decay is 1e-2 in torch, 1e-4
in optax and 4e-3 in Keras, which also adds eps to the uncorrected root. The paper does not multiply
the decay by lr, only by the schedule.
"""

from typing import NamedTuple

from gdlib.ops import Array, sqrt, zeros_like


class State(NamedTuple):
    """What AdamW remembers."""

    m: Array  # running mean of gradients, shaped like x
    v: Array  # running mean of squared gradients, shaped like x
    t: int  # steps taken


def init(x):
    """State before the first step: both means zero, shaped like x; no step taken."""
    return State(zeros_like(x), zeros_like(x), 0)


def step(x, g, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    """One step of AdamW.

    Arguments: x and g of one shape; lr > 0, about the largest step, in units of x;
    0 <= beta1 < 1 and 0 <= beta2 < 1, how much of the two means is kept; eps > 0 in units of g;
    weight_decay >= 0: x shrinks by the share lr · weight_decay per step.
    Returns the new x and the new state.
    """
    t = state.t + 1
    m = beta1 * state.m + (1 - beta1) * g
    v = beta2 * state.v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    x_tilde = (1 - lr * weight_decay) * x
    return x_tilde - lr * m_hat / (sqrt(v_hat) + eps), State(m, v, t)
