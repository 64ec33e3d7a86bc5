"""Small tasks drawn from a seed, each made to show one difficulty.

Each function returns (x, y), arrays whose first axis is the n samples. Floats have the ``dtype``
given (np.float64 unless np.float32 is asked for); labels and symbols are np.int64. Raises
ValueError for sizes that make no task.
"""

import numpy as np


def two_moons(n=200, noise=0.1, seed=0, dtype=np.float64):
    """Two interleaved half circles: the smallest task that no straight line separates.

    Class 0 is (cos t, sin t), class 1 is (1 − cos t, ½ − sin t), for t evenly spaced from 0 to π,
    plus normal noise of standard deviation ``noise`` in both coordinates.
    x: (n, 2). y: (n,), ⌈n/2⌉ zeros and ⌊n/2⌋ ones, in random order.
    """
    _at_least(2, n=n)
    _at_least(0, noise=noise)
    rng = np.random.default_rng(seed)
    t, s = np.linspace(0, np.pi, n - n // 2), np.linspace(0, np.pi, n // 2)
    upper = np.stack([np.cos(t), np.sin(t)], axis=1)
    lower = np.stack([1 - np.cos(s), 0.5 - np.sin(s)], axis=1)
    return _shuffled([upper, lower], noise, rng, dtype)


def spirals(n=300, classes=3, turns=0.75, noise=0.02, seed=0, dtype=np.float64):
    """Interleaved spiral arms, one for each class: separable only by a winding boundary.

    Arm k is r · (cos φ, sin φ) with φ = 2π (k / classes + turns · r), for r evenly spaced from 0
    to 1, plus normal noise of standard deviation ``noise`` in both coordinates.
    x: (n, 2). y: (n,), labels 0 … classes − 1, equally often up to one, in random order.
    """
    _at_least(2, classes=classes)
    _at_least(classes, n=n)
    _at_least(0, noise=noise)
    rng = np.random.default_rng(seed)
    arms = []
    for k in range(classes):
        r = np.linspace(0, 1, (n + classes - 1 - k) // classes)
        angle = 2 * np.pi * (k / classes + turns * r)
        arms.append(r[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1))
    return _shuffled(arms, noise, rng, dtype)


def adding_problem(n=1000, length=100, seed=0, dtype=np.float64):
    """Add the two marked numbers of a long sequence: what a recurrent net must not forget.

    x: (n, length, 2); x[…, 0] are numbers from U[0, 1), x[…, 1] is 1 at one random place in the
    first half and at one in the second, else 0. y: (n, 1), the sum of the two numbers marked.
    Answering 1 always has a mean squared error of 1/6.

    Source: S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural Computation 9(8),
    1997, 1735-1780 (experiment 4: numbers from [−1, 1], the first mark among the first ten, ends
    marked −1, target ½ + sum/4); in this form M. Arjovsky, A. Shah and Y. Bengio, "Unitary
    evolution recurrent neural networks", ICML 2016.
    """
    _at_least(1, n=n)
    _at_least(2, length=length)
    rng = np.random.default_rng(seed)
    x = np.zeros((n, length, 2), dtype)
    x[..., 0] = rng.random((n, length))
    half, rows = length // 2, np.arange(n)
    for place in (rng.integers(0, half, n), rng.integers(half, length, n)):
        x[rows, place, 1] = 1
    return x, np.sum(x[..., 0] * x[..., 1], axis=1, keepdims=True)


def copy_memory(n=1000, delay=100, length=10, symbols=8, seed=0):
    """Repeat a short word after a long silence.

    A sequence is a word of ``length`` symbols from 0 … symbols − 1; delay − 1 blanks; one mark
    that says now; ``length`` blanks. The target is blank until the mark has been read, then the
    word. Blank is the number ``symbols``, the mark ``symbols + 1``.
    x, y: (n, delay + 2 · length), whole numbers; one-hot: ``np.eye(symbols + 2)[x]``.
    Knowing when but not what to answer has a mean cross-entropy of
    length · ln(symbols) / (delay + 2 · length).

    Source: M. Arjovsky, A. Shah and Y. Bengio, "Unitary evolution recurrent neural networks",
    ICML 2016.
    """
    _at_least(1, n=n, delay=delay, length=length)
    _at_least(2, symbols=symbols)
    word = np.random.default_rng(seed).integers(0, symbols, (n, length))
    x = np.full((n, delay + 2 * length), symbols)
    y = x.copy()
    x[:, :length] = y[:, -length:] = word
    x[:, length + delay - 1] = symbols + 1
    return x, y


def sparse_features(n=1000, d=50, common=0.5, decay=1.0, noise=0.1, seed=0, dtype=np.float64):
    """Linear regression on features that are mostly zero, each rarer than the one before.

    Feature j = 0 … d − 1 is standard normal with probability common / (j + 1)^decay and else 0;
    the true weights are 1, −1, 1, …; normal noise of standard deviation ``noise`` is added.
    x: (n, d). y: (n,).
    """
    _at_least(1, n=n, d=d)
    _at_least(0, noise=noise, decay=decay)
    if not 0 < common <= 1:
        raise ValueError(f"common is a probability above 0, got {common}")
    rng = np.random.default_rng(seed)
    j = np.arange(d)
    present = rng.random((n, d)) < common / (j + 1.0) ** decay
    x = np.where(present, rng.standard_normal((n, d)), 0)
    y = x @ (-1.0) ** j + noise * rng.standard_normal(n)
    return x.astype(dtype), y.astype(dtype)


def _shuffled(classes, noise, rng, dtype):
    """Samples of all classes with noise on them, in random order, and their labels."""
    x = np.concatenate(classes)
    x += noise * rng.standard_normal(x.shape)
    y = np.repeat(np.arange(len(classes)), [len(c) for c in classes])
    order = rng.permutation(len(x))
    return x[order].astype(dtype), y[order]


def _at_least(least, **arguments):
    for name, value in arguments.items():
        if not value >= least:
            raise ValueError(f"{name} must be at least {least}, got {value}")
