"""What leaves a rule's path unchanged, found by running it.

Each check runs the rule twice on a quadratic, once as it is and once transformed, and compares the
displacements, to one part in 10,000: gradients are about 1, so that eps, which has units and would
break some of the laws, stays too small to be seen.
"""

import numpy as np

STEPS, TOLERANCE = 60, 1e-4
HESSIAN = np.array([[3.0, 0.4], [0.4, 0.5]])
START = np.array([-2.0, 1.0])
ANGLE = 0.5
ROTATION = np.array([[np.cos(ANGLE), -np.sin(ANGLE)], [np.sin(ANGLE), np.cos(ANGLE)]])
MIRROR = np.diag([-1.0, 1.0])
SHIFT = np.array([5.0, -7.0])


def invariances(rule):
    """Whether the path is unchanged by each of four transformations, as a dict of bools.

    scale: the loss, and so every gradient, is multiplied by 1000.
    sign: one coordinate is mirrored, and the path with it.
    rotation: the axes are turned by half a radian, and the path with them.
    translation: the origin is moved, and the path with it. Weight decay, here at its default, and
        steps in proportion to the weights know where the origin is.
    """
    path = _run(rule, lambda x: HESSIAN @ x, START)
    return {
        "scale": _same(path, _run(rule, lambda x: 1000 * HESSIAN @ x, START)),
        "sign": _turned(rule, path, MIRROR),
        "rotation": _turned(rule, path, ROTATION),
        "translation": _same(
            path, _run(rule, lambda x: HESSIAN @ (x - SHIFT[:, None]), START + SHIFT)
        ),
    }


def _turned(rule, path, matrix):
    hessian = matrix @ HESSIAN @ matrix.T
    turned = _run(rule, lambda x: hessian @ x, matrix @ START)
    return _same(path, turned @ matrix)


def _run(rule, gradient, start):
    """Displacements from the start, shape (STEPS, 2); x is a column, so that Muon can take it."""
    x = start[:, None]
    state, path = rule.init(x), []
    for _ in range(STEPS):
        x, state = rule.step(x, gradient(x), state, lr=1e-3)
        path.append(x[:, 0] - start)
    return np.array(path)


def _same(path, other):
    """Whether two paths agree, up to a small share of the distance they cover."""
    return bool(np.abs(path - other).max() <= TOLERANCE * np.abs(path).max())
