"""A network's loss and metrics on data it does not train on."""

import numpy as np

from gdlib.autograd import value_of
from gdlib.loss import softmax_cross_entropy


def evaluate(net, x, y, loss=softmax_cross_entropy, metrics=None, batch_size=1024):
    """Mean loss and metrics over all samples, in evaluation mode and without a gradient.

    Arguments: as of ``fit``; batch_size bounds the memory and changes nothing else, for a loss and
    metrics that are means over samples.
    Returns a dict with "loss" and each metric. Raises ValueError when x and y differ in length or
    are empty.
    """
    if len(x) != len(y) or len(x) == 0:
        raise ValueError(f"x and y must be equally long and not empty, got {len(x)} and {len(y)}")
    functions = {"loss": loss, **(metrics or {})}
    totals = dict.fromkeys(functions, 0.0)
    mode, dtype = net.training, net.theta.dtype
    net.eval()
    try:
        for first in range(0, len(x), batch_size):
            batch = x[first : first + batch_size]
            batch = batch.astype(dtype, copy=False) if batch.dtype.kind == "f" else batch
            labels = y[first : first + batch_size]
            outputs = value_of(net(batch))
            for name, function in functions.items():
                totals[name] += float(function(outputs, labels)) * len(labels)
    finally:
        net.train(mode)
    return {name: total / len(x) for name, total in totals.items()}


def accuracy(logits, labels):
    """The share of samples whose largest logit is that of the label: (n, classes), (n,)."""
    return float(np.mean(np.argmax(logits, axis=-1) == labels))
