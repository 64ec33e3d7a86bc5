"""When does a rule converge on a quadratic? Its step as a matrix, and that matrix's radius.

On f(x) = curvature · x² / 2 the gradient is curvature · x. A rule whose step is linear in x, g and
its state then repeats one matrix M on the vector (x, state), and converges from every start exactly
if the spectral radius of M is below 1. M is read off by calling ``rule.step`` on unit vectors.

>>> from gdlib.optim import momentum
>>> round(largest_stable_lr(momentum, 10.0, beta=0.9), 6)
0.38
"""

import numpy as np

from gdlib.ops import Array
from gdlib.rule import hyperparameters, short_name


def iteration_matrix(rule, curvature, **hyper):
    """The matrix M that takes (x, state) before a step to (x, state) after it.

    Arguments
    ---------
    rule: a module of ``gdlib.optim`` or a variant whose step is linear and the same every time.
    curvature: the second derivative of the quadratic, a number or an array.
    hyper: the rule's hyperparameters, numbers or arrays; all broadcast with the curvature.

    Returns an array of the broadcast shape plus (k, k), where k is 1 + the number of arrays in the
    rule's state; row and column 0 belong to x, the others to the state in its order.

    Raises TypeError for an unknown hyperparameter, ValueError if the step is not linear (Adam) or
    changes from step to step.
    """
    known = list(hyperparameters(rule))
    for name in hyper:
        if name not in known:
            raise TypeError(f"{short_name(rule)} has no hyperparameter {name!r}; it has: {known}")
    curvature, *values = np.broadcast_arrays(
        np.asarray(curvature, dtype=float), *(np.asarray(v, dtype=float) for v in hyper.values())
    )
    hyper = dict(zip(hyper, values, strict=True))
    states = _states(rule, curvature.shape)
    matrices = [_matrix(rule, curvature, state, hyper) for state in states]
    if any(not np.allclose(matrices[0], m, rtol=1e-12, atol=0) for m in matrices[1:]):
        raise ValueError(
            f"the step of {short_name(rule)} changes from step to step; it has no matrix"
        )
    return matrices[0]


def spectral_radius(rule, curvature, **hyper):
    """The largest |eigenvalue| of the iteration matrix: the error's factor per step, in the end.

    Arguments and errors as for ``iteration_matrix``; the result has the broadcast shape, and is a
    float when all arguments are numbers. For a curve over lr for each of several beta pass
    ``lr=lrs, beta=betas[:, None]``.
    """
    eigenvalues = np.linalg.eigvals(iteration_matrix(rule, curvature, **hyper))
    return np.abs(eigenvalues).max(-1)[()]


def largest_stable_lr(rule, curvature, **hyper):
    """The lr up to which the rule converges on a quadratic of this curvature.

    The upper end of the interval of lr, beginning at 0, in which the spectral radius is below 1;
    found by 42 bisections, to 1e-12 of its value; infinity if it lies beyond 2^60 / curvature.
    ``curvature`` > 0 and the hyperparameters other than lr may be arrays that broadcast. On several
    curvatures at once (a quadratic of more dimensions) the smallest result counts.

    Raises ValueError for curvature <= 0, for a rule that is not linear, and for hyperparameters
    that make even a tiny lr diverge.
    """
    curvature = np.asarray(curvature, dtype=float)
    if not (curvature > 0).all():
        raise ValueError(f"curvature must be positive, got {curvature}")

    def stable(lr):
        return spectral_radius(rule, curvature, lr=lr, **hyper) < 1

    shape = np.broadcast_shapes(curvature.shape, *(np.shape(v) for v in hyper.values()))
    low = np.broadcast_to(2.0**-20 / curvature, shape).copy()
    if not np.all(stable(low)):
        raise ValueError(f"{short_name(rule)} with {hyper} diverges for every lr")
    high = 2 * low
    while (growing := np.asarray(stable(high)) & (high * curvature < 2.0**60)).any():
        low, high = np.where(growing, high, low), np.where(growing, 2 * high, high)
    low = np.where(stable(high), np.inf, low)
    high = np.where(np.isinf(low), np.inf, high)
    bounded = np.isfinite(low)
    for _ in range(42):
        middle = (low + high) / 2
        inside = np.asarray(stable(np.where(bounded, middle, 0.0)))
        low, high = np.where(inside, middle, low), np.where(inside | ~bounded, high, middle)
    return low[()]


def is_linear(rule):
    """Whether the rule has an iteration matrix at its default hyperparameters."""
    try:
        iteration_matrix(rule, 1.0)
    except ValueError:
        return False
    return True


def _states(rule, shape):
    """The rule's first four states, for their scalars: a step counter must not matter."""
    x = np.ones(shape)
    state = rule.init(x)
    states = [state]
    for _ in range(3):
        x, state = rule.step(x, x, state)
        states.append(state)
    return states


def _matrix(rule, curvature, state, hyper):
    fields = [n for n, a in rule.State.__annotations__.items() if a is Array]

    def step(vector):
        now = state._replace(**dict(zip(fields, vector[1:], strict=True)))
        x, after = rule.step(vector[0], curvature * vector[0], now, **hyper)
        return np.stack([x, *(getattr(after, field) for field in fields)])

    size = 1 + len(fields)
    units = np.eye(size).reshape(size, size, *(1,) * curvature.ndim)
    with np.errstate(all="ignore"):
        columns = np.stack([step(unit + 0 * curvature) for unit in units])
        for scale in (1e-6, 1.0, 1e6):
            point = scale * np.random.default_rng(0).standard_normal((size, *curvature.shape))
            expected = np.einsum("j...,ji...->i...", point, columns)
            tolerance = 1e-9 * np.abs(expected).max(initial=scale)
            if not np.allclose(step(point), expected, rtol=0, atol=tolerance):
                raise ValueError(f"the step of {short_name(rule)} is not linear; it has no matrix")
    return np.moveaxis(columns, (0, 1), (-1, -2))
