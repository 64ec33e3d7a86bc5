"""Exercise: one step of AdaGrad."""

from functools import partial

import numpy as np

from gdlib.exercises._exercise import code_exercise, wrong_code, wrong_rule
from gdlib.optim import adagrad


def adagrad_step(x, g, v, lr, eps):
    """Take one step of AdaGrad; return the new x and v.

        v_t = v_{t-1} + g_t²
        x_t = x_{t-1} − lr · g_t / (√v_t + eps)

    x: where you stand, an array of any shape.
    g: the gradient of the loss at x, an array of the same shape.
    v: the sum of squared gradients so far, same shape; zeros at the start.
    lr: the learning rate, a positive number.
    eps: a small positive number that keeps the division finite.

    Leave x, g and v as they are: return new arrays.
    """
    x, (v,) = adagrad.step(x, g, adagrad.State(v), lr, eps)
    return x, v


def _rate_first(x, g, v, lr, eps):
    v = np.square(g) + v
    rate = lr / (v**0.5 + eps)
    return x - rate * g, v


def _by_hypotenuse(x, g, v, lr, eps):
    length = np.hypot(np.sqrt(v), g)
    return x + -lr * (g / (length + eps)), v + g * g


def _element_by_element(x, g, v, lr, eps):
    triples = zip(np.ravel(x), np.ravel(g), np.ravel(v), strict=True)
    moved = []
    for a, b, c in triples:
        total = float(c) + float(b) ** 2
        moved.append((float(a) - lr * float(b) / (total**0.5 + eps), total))
    new_x, new_v = np.transpose(moved)
    return np.reshape(new_x, np.shape(x)), np.reshape(new_v, np.shape(x))


_wrong = partial(wrong_rule, adagrad_step, adagrad)
_zeros = np.zeros(2)

exercise = code_exercise(
    adagrad_step,
    chapter="adagrad",
    is_rule=True,
    outputs=("x", "v"),
    alternatives=(_rate_first, _by_hypotenuse, _element_by_element),
    probes=(
        (np.array([1.0, -2.0]), np.array([2.0, -3.0]), _zeros, 0.5, 1e-8),
        (np.array([1.0, -2.0]), np.array([2.0, -3.0]), np.array([5.0, 16.0]), 0.25, 1e-8),
        (
            np.array([[1.0, 2.0], [-1.0, 0.5]]),
            np.array([[-1.0, 0.5], [2.0, -4.0]]),
            np.array([[3.0, 2.0], [0.5, 20.0]]),
            2.0,
            0.5,
        ),
        (np.array([1.5, -0.5]), _zeros, _zeros, 0.3, 1e-8),
        (np.array([1.5, -0.5]), np.array([0.0, 0.25]), np.array([4.0, 0.0]), 0.3, 0.125),
    ),
    hints=(
        "Work out the first step by hand, from v = 0: the root of v is then |g|, so each "
        "coordinate moves by about lr, against the sign of its slope.",
        "The new v comes first and is used at once. Every coordinate has a sum of its own.",
    ),
    mistakes=(
        _wrong(
            "no root",
            "Make the loss, and with it g, ten times as large from the first step on. Does your "
            "step change?",
            "You divide by v, the sum of squares. Its unit is g², so the step shrinks as the "
            "gradients grow. Divide by √v.",
            ("sqrt(v)", "v"),
        ),
        _wrong(
            "old sum in the step",
            "At the first step, with v = 0, what do you divide by?",
            "You divide by the root of the sum before this step, which is 0 at first, so that the "
            "first step is lr · g / eps. Add g² and use the new sum.",
            ("sqrt(v)", "sqrt(state.v)"),
        ),
        _wrong(
            "sum not handed on",
            "Which sum will the next step receive from you?",
            "You return v as it came in, so no gradient is ever remembered. Return the new sum.",
            ("State(v)", "State(state.v * 1)"),
        ),
        _wrong(
            "no memory",
            "How does your new v depend on the old one?",
            "Your v is the square of the present gradient; what came before is lost, and every "
            "step is lr long. Add to the sum.",
            ("state.v + g**2", "1 * g**2"),
        ),
        _wrong(
            "sum of the sizes",
            "After gradients of 3 and 4, is your denominator 5 or something else?",
            "You add up |g| and take the root of that, so the units do not cancel. Add up g².",
            ("g**2", "abs(g)"),
        ),
        _wrong(
            "sum of the sizes, no root",
            "After gradients of 3 and 4, is your denominator 5 or 7?",
            "You add up |g| and divide by that. The units are right, yet under a constant "
            "gradient your step falls like 1/t. AdaGrad's falls like 1/√t: add up g² and take the "
            "root.",
            ("g**2", "abs(g)"),
            ("sqrt(v)", "v"),
        ),
        _wrong(
            "sum of the gradients",
            "Gradients of +1 and −1 come in turn. What does your sum do?",
            "You add up g, so gradients of opposite sign cancel and the root may be of a negative "
            "number. Square each gradient first.",
            ("g**2", "g"),
        ),
        _wrong(
            "one sum for all coordinates",
            "One slope is 100 times another. How do the first steps of the two coordinates "
            "compare?",
            "You add the squares of all coordinates into every sum, so all share one learning "
            "rate (AdaGrad-Norm). Here each coordinate has a sum of its own.",
            ("g**2", "(g**2).sum()"),
        ),
        _wrong(
            "RMSprop's mean",
            "Under a constant gradient of 1, what is your v after 100 steps?",
            "You keep 0.9 of the old v and add 0.1 of g²: a mean that forgets, as in RMSprop. "
            "AdaGrad adds and forgets nothing.",
            ("state.v + g**2", "0.9 * state.v + 0.1 * g**2"),
        ),
        _wrong(
            "Adam's mean",
            "Under a constant gradient of 1, what is your v after 100 steps?",
            "You keep 0.999 of the old v and add 0.001 of g²: a mean, as in Adam. AdaGrad adds "
            "and forgets nothing.",
            ("state.v + g**2", "0.999 * state.v + 0.001 * g**2"),
        ),
        _wrong(
            "largest gradient so far",
            "Under a constant gradient, does your step become shorter with time?",
            "You keep the largest g² in place of the sum, so under a constant gradient every step "
            "is lr long. Add the squares up.",
            ("state.v + g**2", "(state.v + g**2 + abs(state.v - g**2)) / 2"),
        ),
        _wrong(
            "eps inside the root",
            "With v = 0 and g = 0, what is your denominator: eps, or √eps?",
            "You take √(v + eps), as Keras and optax do. With eps = 1e-8 that puts a floor of "
            "1e-4 under the denominator. Here eps is added after the root.",
            ("sqrt(v) + eps", "sqrt(v + eps)"),
        ),
        _wrong(
            "eps left out",
            "What happens to a coordinate whose gradient has been 0 all along?",
            "Without eps such a coordinate is 0 / 0. Add eps to the root.",
            ("sqrt(v) + eps", "sqrt(v)"),
        ),
        _wrong(
            "eps in the sum",
            "After 1000 steps with g = 0, what is v?",
            "You add eps to v itself, so it piles up step after step. It belongs beside the root, "
            "once.",
            ("state.v + g**2", "state.v + g**2 + eps"),
            ("sqrt(v) + eps", "sqrt(v)"),
        ),
        _wrong(
            "root returned",
            "The next step will add g² to what you return. Should the root be taken by then?",
            "You return √v as v. Keep the sum of squares; the root serves one step.",
            ("State(v)", "State(sqrt(v))"),
        ),
        _wrong(
            "steps in the sum",
            "What is the unit of your v: that of g², or that of x²?",
            "You add up (lr · g)², so lr cancels in the quotient and the step no longer depends "
            "on it. Add up g².",
            ("g**2", "(lr * g) ** 2"),
        ),
        _wrong(
            "uphill",
            "With v = 0, does your step go with the gradient or against it?",
            "You add the step, and g points uphill. The sign is minus.",
            ("x - lr", "x + lr"),
        ),
        _wrong(
            "no learning rate",
            "If lr is halved, what happens to the length of your step?",
            "Your step is g / (√v + eps), whatever lr is. Scale it by lr.",
            ("lr * g", "g"),
        ),
        _wrong(
            "sign in place of the gradient",
            "With a large v and a tiny g, how far does your x move?",
            "You divide lr alone by √v and keep only the sign of g, so a tiny slope moves x as "
            "far as a steep one. The numerator is g.",
            ("lr * g", "lr * sign(g)"),
        ),
        _wrong(
            "gradient left out",
            "Which way does your step go where the slope is negative?",
            "Your step is lr / (√v + eps), which is always positive. That is the learning rate of "
            "the coordinate; multiply it by g.",
            ("lr * g", "lr"),
        ),
        wrong_code(
            adagrad_step,
            "v before x",
            "In which order does the caller unpack what you return?",
            "The values are right but stand in the wrong order. Return x first, then v.",
            ("return x, v", "return v, x"),
        ),
    ),
    reasoning="v sums the squares of all gradients that this coordinate has had, so √v grows with "
    "their size and their number. g / √v has no unit: lr alone, in units of x, says how far a step "
    "goes, and the first one is lr long. eps matters only where a coordinate has had next to no "
    "gradient at all.",
)
