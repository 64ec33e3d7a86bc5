"""AMSGrad (Reddi, Kale and Kumar, 2018): Adam that divides by the largest second moment so far.

    m_t, v_t as in Adam;  u_t = max(u_{t-1}, v_t)
    x_t = x_{t-1} − lr · m̂_t / (√û_t + eps),   m̂_t = m_t / (1 − beta1^t),  û_t = u_t / (1 − beta2^t)

Source: S. J. Reddi, S. Kale and S. Kumar, "On the convergence of Adam and beyond", ICLR 2018. The
paper has no bias correction.

Frameworks: this is ``torch.optim.Adam(amsgrad=True)``: the maximum is of the *uncorrected* v.
optax takes the maximum of the corrected one, Keras adds eps to the uncorrected root.
"""

from typing import NamedTuple

from gdlib.ops import Array, maximum, sqrt, zeros_like


class State(NamedTuple):
    """What AMSGrad remembers."""

    m: Array  # running mean of gradients, shaped like x
    v: Array  # running mean of squared gradients, shaped like x
    u: Array  # largest v so far, shaped like x
    t: int  # steps taken


def init(x):
    """State before the first step: means and maximum zero, shaped like x; no step taken."""
    return State(zeros_like(x), zeros_like(x), zeros_like(x), 0)


def step(x, g, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """One step of AMSGrad.

    Arguments: x and g of one shape; lr > 0, about the largest step, in units of x;
    0 <= beta1 < 1 and 0 <= beta2 < 1, how much of the two means is kept; eps > 0 in units of g.
    Returns the new x and the new state.
    """
    t = state.t + 1
    m = beta1 * state.m + (1 - beta1) * g
    v = beta2 * state.v + (1 - beta2) * g**2
    u = maximum(state.u, v)
    m_hat = m / (1 - beta1**t)
    u_hat = u / (1 - beta2**t)
    return x - lr * m_hat / (sqrt(u_hat) + eps), State(m, v, u, t)
