"""Exercise: one step of Nesterov's method, as the frameworks write it."""

from functools import partial

import numpy as np

from gdlib.exercises._exercise import code_exercise, wrong_code, wrong_rule
from gdlib.optim import nesterov


def nesterov_step(x, g, v, lr, beta):
    """Take one step of Nesterov's method, as the frameworks write it.

        v_t = beta · v_{t-1} + g_t
        x_t = x_{t-1} − lr · (g_t + beta · v_t)

    x: where you stand, an array of any shape.
    g: the gradient of the loss at x, an array of the same shape.
    v: the velocity after the step before, same shape; zeros at the start.
    lr: the learning rate, a positive number.
    beta: the share of the velocity that is kept, 0 <= beta < 1.

    Return the new x and the new v; leave the old x, g and v as they are.
    """
    x, (v,) = nesterov.step(x, g, nesterov.State(v), lr, beta)
    return x, v


def _by_way_of_theta(x, g, v, lr, beta):
    theta = x + lr * beta * v
    v_new = beta * v + g
    return theta - lr * v_new - lr * beta * v_new, v_new


def _expanded(x, g, v, lr, beta):
    return x - lr * (1 + beta) * g - lr * beta**2 * v, g + v * beta


def _element_by_element(x, g, v, lr, beta):
    slopes = [float(b) for b in np.ravel(g)]
    flat = [beta * float(a) + b for a, b in zip(np.ravel(v), slopes, strict=True)]
    moved = [
        float(a) - lr * (b + beta * c) for a, b, c in zip(np.ravel(x), slopes, flat, strict=True)
    ]
    return np.reshape(moved, np.shape(x)), np.reshape(flat, np.shape(x))


_wrong = partial(wrong_rule, nesterov_step, nesterov)

exercise = code_exercise(
    nesterov_step,
    chapter="nesterov",
    is_rule=True,
    outputs=("x", "v"),
    alternatives=(_by_way_of_theta, _expanded, _element_by_element),
    probes=(
        (np.array([1.0, -2.0]), np.array([2.0, -3.0]), np.array([0.0, 0.0]), 0.5, 0.9),
        (np.array([1.0, -2.0]), np.array([2.0, -3.0]), np.array([4.0, 5.0]), 0.5, 0.9),
        (np.array([3.0, 0.5, -1.0]), np.zeros(3), np.array([1.0, -2.0, 8.0]), 0.25, 0.6),
        (
            np.array([[1.0, 2.0], [3.0, 4.0]]),
            np.array([[-1.0, 0.5], [2.0, -8.0]]),
            np.array([[3.0, 0.0], [-5.0, 1.0]]),
            0.2,
            0.8,
        ),
        (np.array([1.5, -0.5]), np.array([1.0, -2.0]), np.array([3.0, 3.0]), 0.3, 0.0),
    ),
    hints=(
        "Work it out by hand for one coordinate: first the new v, then, with that v, the new x.",
        "Set beta to 0: what is left must be gradient descent. From v = 0 the first step must be "
        "lr · (1 + beta) · g long.",
    ),
    mistakes=(
        _wrong(
            "the heavy ball",
            "From v = 0, how long is your first step, in units of lr · g?",
            "You step along v, which is the heavy ball. Nesterov's step is g + beta · v: the "
            "gradient, and the velocity as it will count in the next step.",
            ("g + beta * v)", "v)"),
        ),
        _wrong(
            "lr inside the velocity",
            "What is the unit of your velocity: that of a gradient, or that of x?",
            "You keep v = beta · v − lr · g, as Keras does. The path is the same while lr is "
            "constant, yet the velocity is another quantity; here lr scales the step when x moves.",
            ("+ g", "- lr * g"),
            ("x - lr * (g + beta * v)", "x + beta * v - lr * g"),
        ),
        _wrong(
            "lr inside the velocity, sign turned",
            "What is the unit of your velocity: that of a gradient, or that of x?",
            "You keep v = beta · v + lr · g and subtract it. The path is the same while lr is "
            "constant, yet the velocity is another quantity; here lr scales the step when x moves.",
            ("+ g", "+ lr * g"),
            ("x - lr * (g + beta * v)", "x - lr * g - beta * v"),
        ),
        _wrong(
            "velocity not scaled by lr",
            "If lr is halved, is the whole of your step halved?",
            "You move by lr · g + beta · v, so the velocity counts in full however small lr is. "
            "lr scales the sum of both.",
            ("x - lr * (g + beta * v)", "x - lr * g - beta * v"),
        ),
        _wrong(
            "averaging form",
            "Under a constant gradient g, what does your velocity tend to: g, or g / (1 − beta)?",
            "You weight the gradient by 1 − beta, which makes v an average. The velocity asked "
            "for adds up whole gradients.",
            ("+ g", "+ (1 - beta) * g"),
        ),
        _wrong(
            "looks ahead by the whole velocity",
            "With g = 0 in this step and the next, how much of v is left to move by?",
            "You step by g + v. Ahead of you lies what remains of the velocity after one more "
            "step, beta · v.",
            ("g + beta * v)", "g + v)"),
        ),
        _wrong(
            "gradient left out of the step",
            "With beta = 0, does your x move?",
            "You step by beta · v alone; with beta = 0 that stands still. The step is "
            "g + beta · v.",
            ("g + beta * v)", "beta * v)"),
        ),
        _wrong(
            "steps with the gradient alone",
            "With g = 0 and v not 0, does your x move?",
            "You compute v but move by lr · g: that is gradient descent. Add beta · v to it.",
            ("g + beta * v)", "g)"),
        ),
        _wrong(
            "velocity weighted twice over",
            "From v = 0, how long is your first step, in units of lr · g?",
            "You step by v + beta · v. The first of the two must be the gradient: the velocity "
            "has moved x already, one step ago.",
            ("g + beta * v)", "v + beta * v)"),
        ),
        _wrong(
            "beta on both",
            "With beta = 0, does your x move?",
            "You multiply the whole sum by beta. Only the velocity fades; the gradient comes "
            "whole.",
            ("g + beta * v)", "beta * (g + v))"),
        ),
        _wrong(
            "keeps 1 − beta",
            "With beta = 0.9, which share of the old velocity do you keep?",
            "You keep 1 − beta of the old velocity. beta is the share that stays.",
            ("beta * state.v", "(1 - beta) * state.v"),
        ),
        _wrong(
            "a mix of g and v",
            "With beta = 0.9, with which weight does the gradient enter your step?",
            "You step by (1 − beta) · g + beta · v. The gradient comes whole.",
            ("(g + beta", "((1 - beta) * g + beta"),
        ),
        _wrong(
            "no friction",
            "With g = 0 for many steps, does your velocity ever die out?",
            "The old velocity is kept in full. Multiply it by beta.",
            ("beta * state.v", "state.v"),
        ),
        _wrong(
            "no memory",
            "How does your new velocity depend on the old one?",
            "Your v is the present gradient; the old velocity is lost. Keep beta of it.",
            ("beta * state.v + g", "1 * g"),
        ),
        _wrong(
            "velocity not handed on",
            "Which velocity will the next step receive from you?",
            "You return the old v, so every push is forgotten. Return the new one.",
            ("State(v)", "State(state.v * 1)"),
        ),
        _wrong(
            "the step handed on as velocity",
            "How much of the gradient is in the v you return: once, or 1 + beta times?",
            "You return g + beta · v as the velocity, so the look-ahead is added up as if it were "
            "past. Use it for this step only and return v.",
            ("State(v)", "State(g + beta * v)"),
        ),
        _wrong(
            "uphill",
            "With v = 0, does your step go with the gradient or against it?",
            "You add the step, and it points along the gradients: uphill. The sign is minus.",
            ("x - lr", "x + lr"),
        ),
        _wrong(
            "velocity points downhill",
            "Which way does your velocity point: along the gradients, or against them?",
            "You subtract g in v and reckon with −v when x moves. The path is the same, but your "
            "v is the negative of the one asked for.",
            ("+ g", "- g"),
            ("g + beta * v)", "g - beta * v)"),
        ),
        _wrong(
            "against the velocity",
            "With g = 0, does your x go on the way it was going, or back?",
            "You step by g − beta · v, which takes the velocity back instead of following it. "
            "Both signs are plus.",
            ("g + beta * v)", "g - beta * v)"),
        ),
        _wrong(
            "no learning rate",
            "If lr is halved, what happens to the length of your step?",
            "Your x moves by all of g + beta · v, whatever lr is. Scale it by lr.",
            ("lr * (g", "(g"),
        ),
        wrong_code(
            nesterov_step,
            "v before x",
            "In which order does the caller unpack what you return?",
            "The values are right but stand in the wrong order. Return x first, then v.",
            ("return x, v", "return v, x"),
        ),
    ),
    reasoning="x is the point where the gradient is taken, one coast ahead of Nesterov's own θ: "
    "x = θ − lr · beta · v. The step first undoes the old coast, then moves θ by −lr · v_new, then "
    "coasts again: x + lr · beta · v_old − lr · v_new − lr · beta · v_new. As v_new = "
    "beta · v_old + g, the first two terms leave −lr · g, and what remains is "
    "x − lr · (g + beta · v_new). With the *old* v in its place the step would be the heavy "
    "ball's, for g + beta · v_old is v_new.",
)
