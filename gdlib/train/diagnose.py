"""Where a number stopped being finite: in which layer going forward, or in which gradient."""

import numpy as np

from gdlib.autograd import value_of
from gdlib.layers import Sequential


class NonFiniteError(ArithmeticError):
    """A loss or a gradient is NaN or infinite. ``history`` has the steps before it."""

    history = None


def first_non_finite_layer(net, x):
    """Run the network again and say which layer first gave a NaN or an infinity.

    The run changes no parameter and no buffer. Returns a phrase such as "layer 2 (Linear)", or
    None when all outputs are finite.
    """
    if not np.isfinite(x).all():
        return "the input"
    found, before = [], net.state_dict()
    names = dict(_named(net))

    def watched(layer):
        def forward(*inputs):
            result = type(layer).forward(layer, *inputs)
            if not found and not _finite(result):
                found.append(layer)
            return result

        return forward

    for layer in names:
        layer.forward = watched(layer)
    try:
        with np.errstate(all="ignore"):
            net(x)
    finally:
        for layer in names:
            del layer.forward
        net.load_state_dict(before)
    if not found:
        return None
    layer = found[0]
    if isinstance(layer, Sequential):  # none of the layers inside: a function between them
        return f"a function in {names[layer] or 'the network'} ({layer!r})"
    return f"layer {names[layer]} ({type(layer).__name__})" if names[layer] else repr(layer)


def _named(layer, prefix=""):
    """Layers with their dotted names, the outermost's being empty."""
    yield layer, prefix.rstrip(".")
    for name, inner in layer.layers.items():
        yield from _named(inner, f"{prefix}{name}.")


def _finite(result):
    results = result if isinstance(result, tuple) else (result,)
    return all(np.isfinite(value_of(r)).all() for r in results)


def explain_loss(net, x, value, step, epoch):
    """The message for a loss that is not finite."""
    where = first_non_finite_layer(net, x)
    cause = f"the first such output is that of {where}" if where else (
        "the network's outputs are finite, so look at the loss function and the labels"
    )  # fmt: skip
    return (
        f"the loss is {value} at step {step} (epoch {epoch}): {cause}. The parameters are those "
        "before this step. A smaller lr, clipping, or another initialisation may help."
    )


def explain_gradient(net, g, value, step, epoch):
    """The message for a gradient that is not finite: parameters nearest to the loss come first."""
    bad = [n for n, part in net.parameters.split(g).items() if not np.isfinite(part).all()]
    return (
        f"the gradient of {bad[-1]} is not finite at step {step} (epoch {epoch}), though the loss "
        f"is {value:.4g}; not finite in all: {', '.join(bad)}. The parameters are those before "
        "this step."
    )
