"""Exercise: one step of the heavy ball."""

from functools import partial

import numpy as np

from gdlib.exercises._exercise import code_exercise, wrong_code, wrong_rule
from gdlib.optim import momentum


def momentum_step(x, g, v, lr, beta):
    """Take one step of momentum, the heavy ball; return the new x and v.

        v_t = beta · v_{t-1} + g_t
        x_t = x_{t-1} − lr · v_t

    x: where you stand, an array of any shape.
    g: the gradient of the loss at x, an array of the same shape.
    v: the velocity after the step before, same shape; zeros at the start.
    lr: the learning rate, a positive number.
    beta: the share of the velocity that is kept, 0 <= beta < 1.

    Leave x, g and v as they are: return new arrays.
    """
    x, (v,) = momentum.step(x, g, momentum.State(v), lr, beta)
    return x, v


def _two_steps_in_one(x, g, v, lr, beta):
    return x - lr * beta * v - lr * g, beta * v + g


def _from_the_displacement(x, g, v, lr, beta):
    displacement = beta * (-lr * v) - lr * g
    return x + displacement, displacement / -lr


def _element_by_element(x, g, v, lr, beta):
    flat = [beta * float(a) + float(b) for a, b in zip(np.ravel(v), np.ravel(g), strict=True)]
    moved = [float(a) - lr * b for a, b in zip(np.ravel(x), flat, strict=True)]
    return np.reshape(moved, np.shape(x)), np.reshape(flat, np.shape(x))


_wrong = partial(wrong_rule, momentum_step, momentum)

exercise = code_exercise(
    momentum_step,
    chapter="momentum",
    is_rule=True,
    outputs=("x", "v"),
    alternatives=(_two_steps_in_one, _from_the_displacement, _element_by_element),
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
        "Set beta to 0: what is left must be gradient descent. Set g to 0: the ball must coast.",
    ),
    mistakes=(
        _wrong(
            "averaging form",
            "Under a constant gradient g, what does your velocity tend to: g, or g / (1 − beta)?",
            "You weight the gradient by 1 − beta, which makes v an average. That form exists, and "
            "takes steps 1 − beta times as long; the one asked for adds up whole gradients.",
            ("+ g", "+ (1 - beta) * g"),
        ),
        _wrong(
            "lr inside the velocity",
            "What is the unit of your velocity: that of a gradient, or that of x?",
            "You keep v = beta · v − lr · g, as Keras does. The path is the same while lr is "
            "constant, yet the velocity is another quantity; here lr scales v when x moves.",
            ("+ g", "- lr * g"),
            ("x - lr * v", "x + v"),
        ),
        _wrong(
            "lr inside the velocity, sign turned",
            "What is the unit of your velocity: that of a gradient, or that of x?",
            "You keep v = beta · v + lr · g and subtract it. The path is the same while lr is "
            "constant, yet the velocity is another quantity; here lr scales v when x moves.",
            ("+ g", "+ lr * g"),
            ("x - lr * v", "x - v"),
        ),
        _wrong(
            "lr twice",
            "If lr is halved and v = 0, how much shorter is your step?",
            "lr enters both the velocity and the step, so the step scales with lr². Scale once, "
            "where x moves.",
            ("+ g", "+ lr * g"),
        ),
        _wrong(
            "uphill",
            "With v = 0, does your step go with the gradient or against it?",
            "You add lr · v, and v points along the gradients: uphill. The sign is minus.",
            ("x - lr", "x + lr"),
        ),
        _wrong(
            "velocity points downhill",
            "Which way does your velocity point: along the gradients, or against them?",
            "You subtract g in v and add v to x. The path is the same, but your v is the negative "
            "of the one asked for, so it cannot stand in for it.",
            ("+ g", "- g"),
            ("x - lr", "x + lr"),
        ),
        _wrong(
            "gradient subtracted, velocity subtracted",
            "With v = 0, does your step go with the gradient or against it?",
            "Two minus signs make a plus: v holds −g and x loses lr · v, so you climb. One of the "
            "two signs must be a plus; here it is the one in v.",
            ("+ g", "- g"),
        ),
        _wrong(
            "steps with the old velocity",
            "With v = 0 and g not 0, does your x move?",
            "You update x with the velocity of the step before, so each gradient acts one step "
            "late. Compute the new v first and use it.",
            ("x - lr * v", "x - lr * state.v"),
        ),
        _wrong(
            "steps with the gradient alone",
            "With g = 0 and v not 0, does your x move?",
            "You compute v but move by lr · g: that is gradient descent. The step is lr · v.",
            ("x - lr * v", "x - lr * g"),
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
            "You return the old v, so the ball forgets every push. Return the new one.",
            ("State(v)", "State(state.v * 1)"),
        ),
        _wrong(
            "no friction",
            "With g = 0 for many steps, does your ball ever stop?",
            "The old velocity is kept in full. Multiply it by beta, or it never dies out.",
            ("beta * state.v", "state.v"),
        ),
        _wrong(
            "beta on the gradient too",
            "With v = 0, is your new velocity the gradient?",
            "beta multiplies the sum, so the fresh gradient is damped as well. Damp the old "
            "velocity alone.",
            ("beta * state.v + g", "beta * (state.v + g)"),
        ),
        _wrong(
            "keeps 1 − beta",
            "With beta = 0.9, which share of the old velocity do you keep?",
            "You keep 1 − beta of the velocity. beta is the share that stays.",
            ("beta * state.v", "(1 - beta) * state.v"),
        ),
        _wrong(
            "weights swapped",
            "With beta = 0.9, which weight does the fresh gradient get, and which the old "
            "velocity?",
            "You have (1 − beta) · v + beta · g: an average with its weights swapped. The old "
            "velocity gets beta, the gradient comes whole.",
            ("beta * state.v + g", "(1 - beta) * state.v + beta * g"),
        ),
        _wrong(
            "Nesterov's step",
            "In which direction do you move: along v, or along a mix of v and g?",
            "You step by g + beta · v, which is Nesterov's rule as the frameworks write it. The "
            "heavy ball steps along v.",
            ("x - lr * v", "x - lr * (g + beta * v)"),
        ),
        _wrong(
            "gradient counted twice",
            "With v = 0, how long is your step, in units of lr · g?",
            "g is already in the new v; you add it once more when x moves. Step by lr · v.",
            ("x - lr * v", "x - lr * (v + g)"),
        ),
        _wrong(
            "no learning rate",
            "If lr is halved, what happens to the length of your step?",
            "Your x moves by the whole velocity, whatever lr is. Scale it by lr.",
            ("x - lr * v", "x - v"),
        ),
        wrong_code(
            momentum_step,
            "v before x",
            "In which order does the caller unpack what you return?",
            "The values are right but stand in the wrong order. Return x first, then v.",
            ("return x, v", "return v, x"),
        ),
    ),
    reasoning="The velocity is a decaying sum of all gradients so far: a gradient k steps old "
    "still counts beta^k. Where gradients agree, the sum grows towards g / (1 − beta); where they "
    "alternate, it cancels. The new velocity is used at once, so that with beta = 0 the rule is "
    "gradient descent.",
)
