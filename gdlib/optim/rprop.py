"""Rprop (Riedmiller and Braun, 1993), without the step back: signs alone, and lengths of their own.

    s_t = sign(g_t · h_{t-1})
    d_t = d_{t-1} · (eta_plus if s_t > 0, eta_minus if s_t < 0, else 1), within [d_min, d_max]
    h_t = g_t, or 0 where s_t < 0
    x_t = x_{t-1} − d_t · sign(h_t)

d starts at lr, which plays no part afterwards.

Source: M. Riedmiller and H. Braun, "A direct adaptive method for faster backpropagation learning:
the RPROP algorithm", IEEE International Conference on Neural Networks (1993), 586–591. There a turn
of sign takes the last step back; to wait instead is due to C. Igel and M. Hüsken, "Improving the
Rprop learning algorithm", Second ICSC Symposium on Neural Computation (2000), 115–121.

Frameworks: this is ``torch.optim.Rprop``. ``optax.rprop`` returns the update of the call before, so
its path lags by one step; Keras has none.
"""

from typing import NamedTuple

from gdlib.ops import Array, maximum, minimum, sign, where, zeros_like


class State(NamedTuple):
    """What Rprop remembers."""

    h: Array  # last gradient, zero where the sign had turned, shaped like x
    d: Array  # length of the step, shaped like x
    t: int  # steps taken


def init(x):
    """State before the first step: zeros shaped like x; no step taken."""
    return State(zeros_like(x), zeros_like(x), 0)


def step(x, g, state, lr=1e-2, eta_minus=0.5, eta_plus=1.2, d_min=1e-6, d_max=50.0):
    """One step of Rprop.

    Arguments: x and g of one shape; lr > 0, the length of the first step, in units of x;
    0 < eta_minus < 1 < eta_plus, factors of the length where the sign turns and where it stays;
    d_min and d_max, bounds of the length, in units of x.
    Returns the new x and the new state.
    """
    t = state.t + 1
    s = sign(g * state.h)
    p = state.d + where(t < 2, lr, 0)
    q = where(s > 0, eta_plus * p, where(s < 0, eta_minus * p, p))
    d = minimum(maximum(q, d_min), d_max)
    h = where(s < 0, 0 * g, g)
    return x - d * sign(h), State(h, d, t)
