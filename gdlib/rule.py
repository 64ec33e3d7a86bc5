"""What a rule says of itself: a rule is a module with ``State``, ``init`` and ``step``."""

import inspect

from gdlib.ops import Array


def short_name(rule):
    """The last part of the module's name, such as "momentum"; a variant's own name."""
    return rule.__name__.rpartition(".")[2]


def hyperparameters(rule):
    """Names and defaults of the step's hyperparameters, lr first."""
    return _defaults(rule.step, 3)


def init_parameters(rule):
    """Names and defaults of what ``init`` takes beside x, such as AdaGrad's accumulator."""
    return _defaults(rule.init, 1)


def state_kinds(rule):
    """The fields of the state, each "array" (shaped like x) or "scalar"."""
    fields = getattr(rule.State, "__annotations__", {})
    return {name: "array" if kind is Array else "scalar" for name, kind in fields.items()}


def _defaults(function, skip):
    parameters = list(inspect.signature(function).parameters.values())[skip:]
    return {parameter.name: parameter.default for parameter in parameters}
