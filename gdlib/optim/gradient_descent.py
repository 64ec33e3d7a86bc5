"""Gradient descent (Cauchy, 1847).

    x_t = x_{t-1} − lr · g_t

Source: A.-L. Cauchy, "Méthode générale pour la résolution des systèmes d'équations simultanées",
Comptes rendus de l'Académie des sciences 25 (1847), 536–538.

Frameworks: ``torch.optim.SGD`` (default lr 1e-3), ``optax.sgd`` (lr required) and
``keras.optimizers.SGD`` (default lr 0.01) agree, without momentum and weight decay.
"""

from typing import NamedTuple


class State(NamedTuple):
    """Gradient descent remembers nothing."""


def init(x):
    """State before the first step, for x of any shape."""
    return State()


def step(x, g, state, lr=1e-3):
    """One step of gradient descent: x − lr · g.

    Arguments: x and g of one shape; lr > 0, the learning rate, in units of x per unit of g.
    Returns the new x and the new (empty) state.
    """
    return x - lr * g, State()
