"""Exercise: one step of gradient descent."""

from functools import partial

import numpy as np

from gdlib.exercises._exercise import code_exercise, wrong_rule
from gdlib.optim import gradient_descent


def gradient_descent_step(x, g, lr):
    """Take one step of gradient descent and return the new x.

        x_t = x_{t-1} − lr · g_t

    x: where you stand, an array of any shape.
    g: the gradient of the loss at x, an array of the same shape.
    lr: the learning rate, a positive number.

    Leave x and g as they are: return a new array.
    """
    x, _ = gradient_descent.step(x, g, gradient_descent.State(), lr)
    return x


def _negated(x, g, lr):
    return x + (-lr) * g


def _element_by_element(x, g, lr):
    pairs = zip(np.ravel(x), np.ravel(g), strict=True)
    return np.reshape([float(a) - lr * float(b) for a, b in pairs], np.shape(x))


def _with_matrix(x, g, lr):
    step = lr * np.eye(x.size) @ g.ravel()
    return (x.ravel() - step).reshape(x.shape)


_wrong = partial(wrong_rule, gradient_descent_step, gradient_descent)

exercise = code_exercise(
    gradient_descent_step,
    chapter="gradient_descent",
    is_rule=True,
    outputs=("x",),
    alternatives=(_negated, _element_by_element, _with_matrix),
    probes=(
        (np.array([1.0, -2.0]), np.array([2.0, -3.0]), 0.5),
        (np.array([3.0, 0.5, -1.0]), np.array([0.0, 4.0, 0.25]), 0.1),
        (np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[-1.0, 0.5], [2.0, -8.0]]), 0.25),
        (np.array([1.5, -0.5]), np.array([0.0, 0.0]), 0.3),
    ),
    hints=(
        "Work one coordinate out by hand: where does it stand, how steep is it there, how far "
        "does it go?",
        "The new point has three ingredients: the old point, the learning rate, the gradient.",
    ),
    mistakes=(
        _wrong(
            "uphill",
            "The gradient points to where the loss grows fastest. Which way does your step go?",
            "You add lr · g, which climbs. Descent goes against the gradient: the sign is minus.",
            ("x - lr", "x + lr"),
        ),
        _wrong(
            "no learning rate",
            "If lr is halved, what happens to the length of your step?",
            "Your step is the whole gradient, whatever lr is. Scale the gradient by lr.",
            ("lr * g", "g"),
        ),
        _wrong(
            "only the step",
            "Two runs stand at different points with the same gradient. Where does your function "
            "put them?",
            "You return the displacement −lr · g. The new point is the old point plus that.",
            ("x - lr * g", "-lr * g"),
        ),
        _wrong(
            "only the step, its sign turned",
            "Two runs stand at different points with the same gradient. Where does your function "
            "put them?",
            "You return lr · g, which is what has to be taken away from x. Take it away.",
            ("x - lr * g", "lr * g"),
        ),
        _wrong(
            "does not move",
            "How far is your new x from the old one?",
            "You return x as it was. The step has to be taken from it and the result returned.",
            ("x - lr * g", "x * 1"),
        ),
        _wrong(
            "normalised gradient",
            "Close to a minimum the slope is small. Does your step become small too?",
            "You divide by the gradient's length, so each step is lr long, near the minimum too, "
            "and the run cannot settle. Gradient descent uses the gradient as it is.",
            ("lr * g", "lr * g / (g * g).sum() ** 0.5"),
        ),
        _wrong(
            "sign of the gradient",
            "One slope is ten times as steep as another. How do your two steps compare?",
            "You keep only the sign, so every coordinate moves by lr. That is sign descent; "
            "gradient descent moves in proportion to the slope.",
            ("lr * g", "lr * ((g > 0) * 1.0 - (g < 0))"),
        ),
        _wrong(
            "squared gradient",
            "Which way do you go where the slope is negative?",
            "Squaring loses the sign and distorts the length. Use g itself.",
            ("lr * g", "lr * g**2"),
        ),
        _wrong(
            "divides by lr",
            "If lr is made smaller, does your step become shorter or longer?",
            "You divide by lr, so a small learning rate takes huge steps. Multiply by it.",
            ("lr * g", "g / lr"),
        ),
        _wrong(
            "lr scales the point too",
            "With g = 0 you stand at a flat place. Where does your function send you?",
            "lr multiplies x as well as g, so x shrinks at every step. Only the gradient is "
            "scaled.",
            ("x - lr * g", "lr * (x - g)"),
        ),
        _wrong(
            "one slope for all coordinates",
            "Where one slope is 0 and another is not, which of the two coordinates moves?",
            "You average the gradient, so all coordinates move alike. Each moves by its own slope.",
            ("lr * g", "lr * g.mean()"),
        ),
    ),
    reasoning="To first order the loss changes by g · (x_new − x). Among all steps of one length "
    "this is lowest for the step against g, hence the minus; lr says how far to trust the slope. "
    "A new array is returned so that whoever holds the old x still has it.",
)
