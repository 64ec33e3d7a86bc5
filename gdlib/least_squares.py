"""A linear least-squares problem whose gradient is a mean over samples, the model of SGD's noise.

    f(w) = 1/(2n) · Σ_i (a_i · w − b_i)²

Sample i has the gradient (a_i · w − b_i) a_i; a mini-batch averages a few of them.
"""

from dataclasses import dataclass

import numpy as np

from gdlib.objective import Objective


def _value(x, y, hxx, hxy, hyy, px, py, c):
    return (hxx * x**2 + 2 * hxy * x * y + hyy * y**2) / 2 - px * x - py * y + c


def _gradient(x, y, hxx, hxy, hyy, px, py, c):
    return hxx * x + hxy * y - px, hxy * x + hyy * y - py


@dataclass(frozen=True, eq=False, kw_only=True)
class LeastSquares(Objective):
    """An objective that also knows its samples: features (n, 2) and targets (n,)."""

    features: np.ndarray
    targets: np.ndarray

    def sample_gradients(self, w):
        """Gradient of each sample's ½(a·w − b)² at w of shape (…, 2); shape (…, n, 2)."""
        residuals = w @ self.features.T - self.targets
        return residuals[..., None] * self.features

    def batch_gradient(self, w, batch):
        """Mean gradient of the samples with the indices ``batch`` at w of shape (…, 2).

        batch: b indices, or (r, b) of them for w of shape (r, 2), each row for its run.
        """
        rows, targets = self.features[batch], self.targets[batch]
        if batch.ndim == 1:
            return (w @ rows.T - targets) @ rows / len(rows)
        residuals = (rows * w[:, None]).sum(-1) - targets
        return (residuals[..., None] * rows).mean(-2)

    def batches(self, batch_size, seed):
        """Index arrays without end: a fresh permutation of the samples for each pass.

        A pass has ⌊n / batch_size⌋ batches; the samples left over sit that pass out.
        """
        n = len(self.targets)
        if not 1 <= batch_size <= n:
            raise ValueError(f"batch_size must be between 1 and {n}, got {batch_size}")
        rng = np.random.default_rng(seed)
        while True:
            order = rng.permutation(n)
            for first in range(0, n - batch_size + 1, batch_size):
                yield order[first : first + batch_size]

    def first(self, n):
        """The same problem with the first n samples only."""
        if not 2 <= n <= len(self.targets):
            raise ValueError(f"n must be between 2 and {len(self.targets)}, got {n}")
        return _problem(self.name, self.features[:n], self.targets[:n])


def least_squares(n=64, noise=0.5, kappa=4.0, seed=0):
    """Draw n samples with true weights (1, −1) and feature variances 1 and 1/kappa.

    Arguments: n >= 2 samples; noise, the standard deviation of the targets around the line;
    kappa >= 1, the condition number that the Hessian has for large n; seed of the draw.
    """
    if n < 2:
        raise ValueError(f"n must be at least 2, got {n}")
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((n, 2)) / np.sqrt([1.0, kappa])
    return _with_targets("least_squares", features, noise, rng)


def rare_feature(n=1000, every=50, noise=1.0, seed=0):
    """Draw n samples whose second feature is almost always zero; true weights (1, −1).

    The first feature is standard normal; the second is 1 in samples 0, every, 2·every, … and 0 in
    all others. Arguments: n > every >= 1; noise and seed as for ``least_squares``.
    """
    if not 1 <= every < n:
        raise ValueError(f"every must be at least 1 and below n = {n}, got {every}")
    rng = np.random.default_rng(seed)
    features = np.stack([rng.standard_normal(n), np.arange(n) % every == 0], axis=1)
    return _with_targets("rare_feature", features, noise, rng)


def _with_targets(name, features, noise, rng):
    """The problem with these features, its targets drawn around those of the true weights."""
    noises = noise * rng.standard_normal(len(features))
    return _problem(name, features, features @ np.array([1.0, -1.0]) + noises)


def _problem(name, features, targets):
    """The problem of these samples."""
    n = len(features)
    hessian = features.T @ features / n
    p = features.T @ targets / n
    minimum = np.linalg.solve(hessian, p)
    return LeastSquares(
        name=name,
        value_of=_value,
        gradient_of=_gradient,
        minima=(tuple(minimum.tolist()),),
        window=((-2.5, 3.5), (-4, 3)),
        start=(-2.0, 2.0),
        parameters={
            "hxx": float(hessian[0, 0]),
            "hxy": float(hessian[0, 1]),
            "hyy": float(hessian[1, 1]),
            "px": float(p[0]),
            "py": float(p[1]),
            "c": float(targets @ targets / (2 * n)),
        },
        features=features,
        targets=targets,
    )
