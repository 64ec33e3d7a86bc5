"""Nesterov's accelerated gradient (Nesterov, 1983), in the form of the frameworks.

    v_t = beta · v_{t-1} + g_t
    x_t = x_{t-1} − lr · (g_t + beta · v_t)

Nesterov's own form keeps another point, θ, and takes the gradient ahead of it, at
θ − lr · beta · v (``look_ahead``). Here x *is* that point: x = θ − lr · beta · v. At constant lr
the two forms are one method.

Source: Yu. E. Nesterov, "A method for solving the convex programming problem with convergence
rate O(1/k²)", Soviet Mathematics Doklady 27(2) (1983), 372–376; I. Sutskever, J. Martens, G. Dahl
and G. Hinton, "On the importance of initialization and momentum in deep learning", ICML 2013.

Frameworks: ``torch.optim.SGD(momentum=beta, nesterov=True)`` and ``optax.sgd(nesterov=True)``
agree with this form; Keras too while lr is constant, for it keeps lr inside the velocity.
"""

from typing import NamedTuple

from gdlib.ops import Array, zeros_like


class State(NamedTuple):
    """What Nesterov's method remembers."""

    v: Array  # velocity: decaying sum of gradients, shaped like x


def init(x):
    """State before the first step: velocity zero, shaped like x."""
    return State(zeros_like(x))


def step(x, g, state, lr=1e-3, beta=0.9):
    """One step of Nesterov's method.

    Arguments: x and g of one shape; lr > 0, the learning rate, in units of x per unit of g;
    0 <= beta < 1, the share of the velocity that is kept.
    Returns the new x and the new state.
    """
    v = beta * state.v + g
    return x - lr * (g + beta * v), State(v)


def look_ahead(theta, gradient, state, lr=1e-3, beta=0.9):
    """One step in Nesterov's own form: the gradient is taken where the velocity leads.

        v_t = beta · v_{t-1} + ∇f(θ_{t-1} − lr · beta · v_{t-1})
        θ_t = θ_{t-1} − lr · v_t

    Arguments: theta, the parameters; gradient, the function ∇f; the others as in ``step``.
    Returns the new theta and the new state. The x of ``step`` is θ − lr · beta · v.
    """
    v = beta * state.v + gradient(theta - lr * beta * state.v)
    return theta - lr * v, State(v)
