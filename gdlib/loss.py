"""Losses: one number for a batch, the mean over what torch takes the mean over.

``mse``, ``mae``, ``huber`` and ``binary_cross_entropy`` are means over all elements,
``softmax_cross_entropy`` is one over samples. The cross-entropies take logits, the last linear
layer's output: from rounded probabilities neither value nor gradient could be right in the tails.
"""

import numpy as np

from gdlib.autograd import primitive


@primitive
def mse(prediction, target):
    """Mean squared error, Σ (y − t)²/n over all n elements.

    Shapes: both the same. Gradient by y: 2(y − t)/n. Raises ValueError for unequal shapes.
    """
    d = prediction - _like("mse", prediction, target)
    return (
        np.add.reduce(d * d, axis=None) / d.size,
        lambda g: d * (2 * g / d.size),
        lambda g: d * (-2 * g / d.size),
    )


@primitive
def mae(prediction, target):
    """Mean absolute error, Σ |y − t|/n over all n elements.

    Shapes: both the same. Gradient by y: sign(y − t)/n, 0 where they are equal. Raises ValueError
    for unequal shapes.
    """
    d = prediction - _like("mae", prediction, target)
    return (
        np.abs(d).sum() / d.size,
        lambda g: np.sign(d) * (g / d.size),
        lambda g: np.sign(d) * (-g / d.size),
    )


@primitive
def huber(prediction, target, delta=1.0):
    """Mean of ½d² where |d| = |y − t| ≤ δ, and of δ(|d| − ½δ) beyond: there outliers pull evenly.

    Shapes: both the same. delta is positive; 1 is torch's default. Gradient by y: d cut to ±δ,
    over n. Raises ValueError for unequal shapes or a delta that is not positive.

    Source: P. J. Huber, "Robust Estimation of a Location Parameter", The Annals of Mathematical
    Statistics 35, 1964.
    """
    if not delta > 0:
        raise ValueError(f"delta must be positive, got {delta}")
    d = prediction - _like("huber", prediction, target)
    delta = float(delta)
    cut = np.clip(d, -delta, delta)
    return (
        np.add.reduce(cut * (d - 0.5 * cut), axis=None) / d.size,
        lambda g: cut * (g / d.size),
        lambda g: cut * (-g / d.size),
    )


@primitive
def binary_cross_entropy(logits, targets):
    """Mean of −t ln σ(z) − (1 − t) ln σ(−z), computed as max(z, 0) − z·t + ln(1 + e^−|z|).

    Shapes: logits z and targets t, numbers in [0, 1], the same. Gradient by z: (σ(z) − t)/n.
    torch's binary_cross_entropy_with_logits. Raises ValueError for unequal shapes and for targets
    outside [0, 1].
    """
    targets = _like("binary_cross_entropy", logits, targets)
    if not (targets.min() >= 0 and targets.max() <= 1):
        raise ValueError(
            f"targets must lie in [0, 1], got {targets.min()} to {targets.max()}; they are "
            "probabilities of class 1, or labels 0 and 1"
        )
    e = np.exp(-np.abs(logits))
    value = (np.maximum(logits, 0) - logits * targets + np.log1p(e)).sum() / logits.size

    def back(g):
        probability = np.where(logits < 0, e, 1) / (1 + e)
        return (probability - targets) * (g / logits.size)

    return value, back


@primitive
def softmax_cross_entropy(logits, labels, smoothing=0.0):
    """Mean over samples of −Σ_k t_k ln softmax(z)_k.

    Arguments: logits z, shape (…, K), torch has the classes on axis 1; labels, either the index
    of each sample's class, integers of shape (…,) in 0 … K − 1, or t itself, probabilities of
    the logits' shape; smoothing ε in [0, 1], which replaces t by (1 − ε)t + ε/K (default: none).
    Gradient by z: (softmax(z) − t)/n, n the number of samples.
    Raises ValueError for other shapes, labels out of range or probabilities that do not sum to 1,
    TypeError for labels that are not integers.

    Source of the smoothing: C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens, Z. Wojna, "Rethinking
    the Inception Architecture for Computer Vision", CVPR 2016.
    """
    labels = np.asarray(labels)
    z = logits.reshape(-1, logits.shape[-1])
    z = z - np.maximum.reduce(z, axis=-1, keepdims=True)
    n = len(z)
    e = np.exp(z)
    total = np.add.reduce(e, axis=-1, keepdims=True)
    dense = smoothing != 0 or labels.shape == logits.shape
    if dense:
        t = _targets(labels, logits, smoothing)
        reached = np.add.reduce(t * z, axis=-1)
    else:
        _check_indices(labels, logits)
        at = np.arange(n), labels.reshape(-1)
        reached = z[at]
    value = np.add.reduce(np.log(total[:, 0]) - reached) / n

    def back(g):
        q = e / total
        if dense:
            q -= t
        else:
            q[at] -= 1
        q *= g / n
        return q.reshape(logits.shape)

    return value, back


def _targets(labels, logits, smoothing):
    """The smoothed probabilities of each class, shape (n, K), from indices or probabilities."""
    if not 0 <= smoothing <= 1:
        raise ValueError(f"smoothing must lie between 0 and 1, got {smoothing}")
    classes = logits.shape[-1]
    if labels.shape == logits.shape:
        t = labels.reshape(-1, classes).astype(logits.dtype)
        worst = np.abs(t.sum(axis=-1) - 1).max()
        if not (t.min() >= 0 and worst <= 1e-3):
            raise ValueError(
                "each row of probabilities must be at least 0 and sum to 1; the least is "
                f"{t.min():g}, a sum differs by {worst:g}"
            )
    else:
        _check_indices(labels, logits)
        t = np.zeros((labels.size, classes), logits.dtype)
        t[np.arange(labels.size), labels.reshape(-1)] = 1
    t *= 1 - float(smoothing)
    t += float(smoothing) / classes
    return t


def _check_indices(labels, logits):
    *samples, classes = logits.shape
    if labels.shape != tuple(samples):
        raise ValueError(
            f"logits of shape {logits.shape} take class indices of shape {tuple(samples)} or "
            f"probabilities of shape {logits.shape}, got labels of shape {labels.shape}"
        )
    if labels.dtype.kind not in "iu":
        raise TypeError(
            f"class indices must be integers, got {labels.dtype}; pass labels.astype(int)"
        )
    if np.minimum.reduce(labels, axis=None) < 0 or np.maximum.reduce(labels, axis=None) >= classes:
        raise ValueError(
            f"labels must lie in 0 … {classes - 1} for {classes} classes, got {labels.min()} to "
            f"{labels.max()}"
        )


def _like(name, prediction, target):
    """The target as an array of the prediction's shape and floating-point type."""
    if np.shape(prediction) != np.shape(target):
        raise ValueError(
            f"{name} of shapes {np.shape(prediction)} and {np.shape(target)}: they must be equal; "
            "reshape one, since broadcasting would compare every sample with every other"
        )
    return np.asarray(target, np.result_type(prediction, np.float32))
