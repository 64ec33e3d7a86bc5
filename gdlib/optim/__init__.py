"""Optimizers, each a module of its own: ``State``, ``init`` and a pure ``step``.

``RULES`` lists them in the order of the course. Whatever stands here is held to every contract
test and gets every form: formula, JavaScript, torch optimizer.
"""

from gdlib.optim import adam, gradient_descent, momentum

RULES = (gradient_descent, momentum, adam)

__all__ = ["RULES", "adam", "gradient_descent", "momentum"]
