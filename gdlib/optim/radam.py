"""RAdam (Liu et al., 2020): Adam that waits until its second moment can be trusted.

    ρ_∞ = 2 / (1 − beta2) − 1,   ρ_t = ρ_∞ − 2 t · beta2^t / (1 − beta2^t)
    r_t = √((ρ_t − 4)(ρ_t − 2) ρ_∞ / ((ρ_∞ − 4)(ρ_∞ − 2) ρ_t))
    x_t = x_{t-1} − lr · m̂_t · r_t · √(1 − beta2^t) / (√v_t + eps)   if ρ_t > 5
    x_t = x_{t-1} − lr · m̂_t                                         otherwise

Source: L. Liu, H. Jiang, P. He, W. Chen, X. Liu, J. Gao and J. Han, "On the variance of the
adaptive learning rate and beyond", ICLR 2020 (where the threshold is 4).

Frameworks: this is ``torch.optim.RAdam``. optax adds eps to the *corrected* root; Keras has none.
"""

from typing import NamedTuple

from gdlib.ops import Array, maximum, sqrt, where, zeros_like


class State(NamedTuple):
    """What RAdam remembers."""

    m: Array  # running mean of gradients, shaped like x
    v: Array  # running mean of squared gradients, shaped like x
    t: int  # steps taken


def init(x):
    """State before the first step: both means zero, shaped like x; no step taken."""
    return State(zeros_like(x), zeros_like(x), 0)


def step(x, g, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """One step of RAdam.

    Arguments: x and g of one shape; lr > 0, in units of x once ρ_t > 5 and of x per unit of g
    before; 0 <= beta1 < 1 and 0 <= beta2 < 1, how much of the two means is kept; eps > 0 in units
    of g.
    Returns the new x and the new state.
    """
    t = state.t + 1
    m = beta1 * state.m + (1 - beta1) * g
    v = beta2 * state.v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    rho_inf = 2 / (1 - beta2) - 1
    rho = rho_inf - 2 * t * beta2**t / (1 - beta2**t)
    # Below 5 the result is not used; the bounds keep the root and the division defined there.
    p = maximum(rho, 5)
    q = maximum(rho_inf, 5)
    r = sqrt((p - 4) * (p - 2) * q / ((q - 4) * (q - 2) * p))
    s = where(rho > 5, r * sqrt(1 - beta2**t) / (sqrt(v) + eps), 1)
    return x - lr * m_hat * s, State(m, v, t)
