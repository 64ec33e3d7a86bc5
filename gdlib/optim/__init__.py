"""Optimizers, each a module of its own: ``State``, ``init`` and a pure ``step``.

``RULES`` lists them in the order of the course. Whatever stands here is held to every contract
test and gets every form: formula, JavaScript, torch optimizer.
"""

from gdlib.optim import (
    adadelta,
    adagrad,
    adam,
    adamax,
    adamw,
    amsgrad,
    gradient_descent,
    lamb,
    lion,
    momentum,
    muon,
    nadam,
    nesterov,
    radam,
    rmsprop,
    rmsprop_centered,
    rprop,
    schedule_free_adamw,
)

RULES = (
    gradient_descent,
    momentum,
    nesterov,
    adagrad,
    rmsprop,
    rmsprop_centered,
    adadelta,
    rprop,
    adam,
    amsgrad,
    adamax,
    nadam,
    radam,
    adamw,
    lion,
    lamb,
    muon,
    schedule_free_adamw,
)

__all__ = ["RULES", *(rule.__name__.rpartition(".")[2] for rule in RULES)]
