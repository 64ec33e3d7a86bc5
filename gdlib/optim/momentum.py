"""Momentum, or the heavy ball (Polyak, 1964).

    v_t = beta · v_{t-1} + g_t
    x_t = x_{t-1} − lr · v_t

Under a constant gradient v grows to g / (1 − beta), so the long-run step is lr / (1 − beta).

Source: B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", USSR
Computational Mathematics and Mathematical Physics 4(5) (1964), 1–17.

Frameworks: this is ``torch.optim.SGD(momentum=beta)`` (default 0, dampening 0) and
``optax.sgd(momentum=beta)``. Keras keeps lr inside the velocity, v = beta · v − lr · g: the same
path while lr is constant, another one as soon as it changes. Some texts average instead,
v = beta · v + (1 − beta) · g: the same path with lr divided by 1 − beta.
"""

from typing import NamedTuple

from gdlib.ops import Array, zeros_like


class State(NamedTuple):
    """What momentum remembers."""

    v: Array  # velocity: decaying sum of gradients, shaped like x


def init(x):
    """State before the first step: velocity zero, shaped like x."""
    return State(zeros_like(x))


def step(x, g, state, lr=1e-3, beta=0.9):
    """One step of the heavy ball.

    Arguments: x and g of one shape; lr > 0, the learning rate, in units of x per unit of g;
    0 <= beta < 1, the share of the velocity that is kept (0.9: half of it after 6.6 steps).
    Returns the new x and the new state.
    """
    v = beta * state.v + g
    return x - lr * v, State(v)
