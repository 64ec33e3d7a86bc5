"""Exercise: one step of RMSprop."""

from functools import partial

import numpy as np

from gdlib.exercises._exercise import code_exercise, wrong_code, wrong_rule
from gdlib.optim import rmsprop


def rmsprop_step(x, g, v, lr, rho, eps):
    """Take one step of RMSprop; return the new x and v.

        v_t = rho · v_{t-1} + (1 − rho) · g_t²
        x_t = x_{t-1} − lr · g_t / (√v_t + eps)

    x: where you stand, an array of any shape.
    g: the gradient of the loss at x, an array of the same shape.
    v: the mean square after the step before, same shape; zeros at the start.
    lr: the learning rate, a positive number.
    rho: the share of the mean that is kept, 0 <= rho < 1.
    eps: a small positive number that keeps the division finite.

    Leave x, g and v as they are: return new arrays.
    """
    x, (v,) = rmsprop.step(x, g, rmsprop.State(v), lr, rho, eps)
    return x, v


def _towards_the_new_square(x, g, v, lr, rho, eps):
    v = v + (1 - rho) * (g * g - v)
    return x - lr / (v**0.5 + eps) * g, v


def _in_place_on_copies(x, g, v, lr, rho, eps):
    x, v = np.array(x), np.array(v)
    v *= rho
    v += np.square(g) - rho * np.square(g)
    x -= lr * (g / (np.sqrt(v) + eps))
    return x, v


def _element_by_element(x, g, v, lr, rho, eps):
    means = [
        rho * float(a) + (1 - rho) * float(b) ** 2 for a, b in zip(v.flat, g.flat, strict=True)
    ]
    moved = [
        float(a) - lr * float(b) / (c**0.5 + eps)
        for a, b, c in zip(x.flat, g.flat, means, strict=True)
    ]
    return np.reshape(moved, x.shape), np.reshape(means, v.shape)


_wrong = partial(wrong_rule, rmsprop_step, rmsprop)
_MEAN = "rho * state.v + (1 - rho) * g**2"

exercise = code_exercise(
    rmsprop_step,
    chapter="rmsprop",
    is_rule=True,
    outputs=("x", "v"),
    alternatives=(_towards_the_new_square, _in_place_on_copies, _element_by_element),
    probes=(
        (np.array([1.0, -2.0]), np.array([2.0, -3.0]), np.zeros(2), 0.5, 0.9, 1e-8),
        (np.array([1.0, -2.0]), np.array([2.0, -3.0]), np.array([1.0, 25.0]), 0.5, 0.8, 1e-8),
        (
            np.array([[1.0, 2.0], [-1.0, 0.5]]),
            np.array([[-1.0, 0.5], [2.0, -4.0]]),
            np.array([[1.0, 2.0], [0.5, 9.0]]),
            2.0,
            0.7,
            0.5,
        ),
        (np.array([1.5, -0.5]), np.zeros(2), np.array([4.0, 0.0]), 0.3, 0.99, 1e-8),
        (np.array([0.5, 1.0]), np.array([-1.0, 3.0]), np.array([7.0, 0.25]), 0.1, 0.0, 1e-8),
    ),
    hints=(
        "Work it out by hand for one coordinate: first the new v, then its root plus eps, then "
        "the step.",
        "With rho = 0 the mean is the square of the present gradient: every step is then lr long, "
        "whatever g is.",
    ),
    mistakes=(
        _wrong(
            "AdaGrad's sum",
            "With g = 0 for many steps, does your v ever get smaller?",
            "You add squares up and never let go of any: that is AdaGrad. Here the old mean fades "
            "to a share rho and the new square enters with weight 1 − rho.",
            (_MEAN, "state.v + g**2"),
        ),
        _wrong(
            "square not weighted",
            "Under a constant gradient g, what does your v tend to: g², or g² / (1 − rho)?",
            "The new square enters whole, so v is a fading sum, 1 / (1 − rho) times the mean, and "
            "steps come out too short. Weight the square by 1 − rho.",
            ("(1 - rho) * g**2", "g**2"),
        ),
        _wrong(
            "old mean not faded",
            "With g = 0 for many steps, does your v ever get smaller?",
            "The old mean is kept in full, so v only grows. Keep a share rho of it.",
            ("rho * state.v", "state.v"),
        ),
        _wrong(
            "weights swapped",
            "With rho = 0.99, which share of the old mean do you keep?",
            "You keep 1 − rho of the old mean and give the new square the weight rho: hardly any "
            "memory. rho is the share that stays.",
            (_MEAN, "(1 - rho) * state.v + rho * g**2"),
        ),
        _wrong(
            "rho on the new square too",
            "With v = 0, which weight does your first square get?",
            "rho multiplies the whole line, so that the two weights do not add up to one. It "
            "belongs to the old mean alone.",
            (_MEAN, "rho * (state.v + (1 - rho) * g**2)"),
        ),
        _wrong(
            "weight squared",
            "With v = 0, which weight does your first square get?",
            "You square (1 − rho) · g, weight and all. Square the gradient, then weight it.",
            ("(1 - rho) * g**2", "((1 - rho) * g) ** 2"),
        ),
        _wrong(
            "no memory",
            "How does your new v depend on the old one?",
            "Your v is the square of the present gradient, and the step becomes lr times its "
            "sign. Keep rho of the old mean.",
            (_MEAN, "1 * g**2"),
        ),
        _wrong(
            "gradient not squared",
            "Can your v become negative? What is then its root?",
            "You average the gradient itself. Signs cancel, and the root of a negative mean is "
            "NaN. Average g².",
            ("g**2", "g"),
        ),
        _wrong(
            "absolute value averaged",
            "If every gradient is ten times larger, how much longer is your step?",
            "You average |g|, and its root grows like √|g|: the step still depends on the scale "
            "of the loss. Average g², whose root has the unit of g.",
            ("g**2", "abs(g)"),
        ),
        _wrong(
            "no square root",
            "If every gradient is ten times larger, how much longer or shorter is your step?",
            "You divide by v, which has the unit of g²; the step then shrinks as gradients grow. "
            "Divide by √v.",
            ("sqrt(v) + eps", "v + eps"),
        ),
        _wrong(
            "root handed on",
            "Which unit has the v that the next step receives from you: that of g, or of g²?",
            "You return √v in place of v. The root is for the division alone; the mean that is "
            "carried on is that of the squares.",
            ("State(v)", "State(sqrt(v))"),
        ),
        _wrong(
            "eps inside the root",
            "With v = 0, what does your denominator come to: eps, or √eps?",
            "You take √(v + eps), as Keras and optax do. With eps = 1e-8 that puts a floor of "
            "1e-4 under the denominator, not 1e-8. Add eps after the root.",
            ("sqrt(v) + eps", "sqrt(v + eps)"),
        ),
        _wrong(
            "no eps",
            "With g = 0 and v = 0, what does your step come to?",
            "Without eps a coordinate that has never seen a gradient computes 0 / 0 and is NaN "
            "from then on. Add eps to the root.",
            ("(sqrt(v) + eps)", "sqrt(v)"),
        ),
        _wrong(
            "eps outside the fraction",
            "In a / b + c, what is divided by what?",
            "Without parentheses eps is added to the fraction, and the denominator is √v alone, "
            "which can be 0. Write lr · g / (√v + eps).",
            ("/ (sqrt(v) + eps)", "/ sqrt(v) + eps"),
        ),
        _wrong(
            "divides by the old mean",
            "At the first step, with v = 0, what do you divide by?",
            "You divide by the root of the v you were given, so the first step is lr · g / eps. "
            "Update v first and use the new one.",
            ("sqrt(v) + eps", "sqrt(state.v) + eps"),
        ),
        _wrong(
            "mean not handed on",
            "Which v will the next step receive from you?",
            "You return the old v, so no square is ever remembered. Return the new one.",
            ("State(v)", "State(state.v * 1)"),
        ),
        _wrong(
            "step without the gradient",
            "Which way do you go where g is negative? And where g is 0?",
            "You move by lr / (√v + eps), the same way whatever the gradient is. The gradient "
            "belongs in the numerator.",
            ("lr * g /", "lr * 1 /"),
        ),
        _wrong(
            "uphill",
            "Does your step go with the gradient or against it?",
            "You add the step, and it points along the gradient: uphill. The sign is minus.",
            ("x - lr", "x + lr"),
        ),
        _wrong(
            "no learning rate",
            "If lr is halved, what happens to the length of your step?",
            "Your step has length g / √v whatever lr is. Scale it by lr.",
            ("lr * g /", "g /"),
        ),
        wrong_code(
            rmsprop_step,
            "v before x",
            "In which order does the caller unpack what you return?",
            "The values are right but stand in the wrong order. Return x first, then v.",
            ("return x, v", "return v, x"),
        ),
    ),
    reasoning="v is an exponential moving average of g², so √v has the unit of g: it is the usual "
    "size of a gradient of late. Dividing by it leaves a step of about lr. The new square enters "
    "before the division, so that no step is longer than lr / √(1 − rho). eps stands after the "
    "root and only matters where gradients are as small as eps itself.",
)
