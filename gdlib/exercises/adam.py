"""Exercise: one step of Adam."""

from functools import partial

import numpy as np

from gdlib.exercises._exercise import code_exercise, wrong_code, wrong_rule
from gdlib.optim import adam


def adam_step(x, g, m, v, t, lr, beta1, beta2, eps):
    """Take one step of Adam; return the new x, m and v.

        m_t = beta1 · m_{t-1} + (1 − beta1) · g_t
        v_t = beta2 · v_{t-1} + (1 − beta2) · g_t²
        x_t = x_{t-1} − lr · m̂_t / (√v̂_t + eps)

        with m̂_t = m_t / (1 − beta1^t) and v̂_t = v_t / (1 − beta2^t)

    x: where you stand, an array of any shape.
    g: the gradient of the loss at x, an array of the same shape.
    m, v: the two means after the step before, same shape; zeros at the start.
    t: the number of this step, counting from 1.
    lr: the learning rate, a positive number.
    beta1, beta2: the shares of the two means that are kept, 0 <= beta < 1.
    eps: a small positive number that keeps the division finite.

    Leave x, g, m and v as they are: return new arrays.
    """
    x, (m, v, _) = adam.step(x, g, adam.State(m, v, t - 1), lr, beta1, beta2, eps)
    return x, m, v


def _corrections_in_the_rate(x, g, m, v, t, lr, beta1, beta2, eps):
    m = m + (1 - beta1) * (g - m)
    v = v + (1 - beta2) * (g * g - v)
    root = np.sqrt(1 - beta2**t)
    return x - lr * root / (1 - beta1**t) * m / (np.sqrt(v) + eps * root), m, v


def _as_in_torch(x, g, m, v, t, lr, beta1, beta2, eps):
    m = m * beta1 + g * (1 - beta1)
    v = v * beta2 + g * g * (1 - beta2)
    denominator = v**0.5 / (1 - beta2**t) ** 0.5 + eps
    return x - lr / (1 - beta1**t) * (m / denominator), m, v


def _with_powers_by_product(x, g, m, v, t, lr, beta1, beta2, eps):
    power1, power2 = np.prod([beta1] * t), np.prod([beta2] * t)
    m, v = beta1 * m + g - beta1 * g, beta2 * v + np.square(g) - beta2 * np.square(g)
    return x - lr * (m / (1 - power1)) / (np.sqrt(v / (1 - power2)) + eps), m, v


_wrong = partial(wrong_rule, adam_step, adam)
_zeros = np.zeros(2)

exercise = code_exercise(
    adam_step,
    chapter="adam",
    is_rule=True,
    outputs=("x", "m", "v"),
    alternatives=(_corrections_in_the_rate, _as_in_torch, _with_powers_by_product),
    probes=(
        (np.array([1.0, -2.0]), np.array([2.0, -3.0]), _zeros, _zeros, 1, 0.5, 0.9, 0.999, 1e-8),
        (
            np.array([1.0, -2.0]),
            np.array([2.0, -3.0]),
            np.array([1.0, 0.5]),
            np.array([4.0, 9.0]),
            3,
            0.5,
            0.8,
            0.9,
            1e-8,
        ),
        (
            np.array([[1.0, 2.0], [-1.0, 0.5]]),
            np.array([[-1.0, 0.5], [2.0, -4.0]]),
            np.array([[0.5, -1.0], [1.0, 2.0]]),
            np.array([[1.0, 2.0], [0.5, 25.0]]),
            7,
            2.0,
            0.7,
            0.95,
            0.5,
        ),
        (np.array([1.5, -0.5]), _zeros, _zeros, _zeros, 1, 0.3, 0.9, 0.999, 1e-8),
        (
            np.array([0.5, 1.0]),
            np.array([-1.0, 3.0]),
            np.array([2.0, -1.0]),
            np.array([4.0, 1.0]),
            1000,
            0.5,
            0.9,
            0.999,
            1e-8,
        ),
    ),
    hints=(
        "Work out the first step by hand, from m = v = 0: each m̂ is then g and each √v̂ is |g|.",
        "Go line by line through the formula: m, v, the two corrections, the division, the step. "
        "m and v are returned as they are before the correction.",
    ),
    mistakes=(
        _wrong(
            "no bias correction",
            "At t = 1 with m = v = 0, how large is your first step, in units of lr?",
            "You use m and v as they are. Starting from zero both are too small, v more than m: "
            "at the default betas your first step is (1 − 0.9) / √(1 − 0.999) ≈ 3.16 lr long. "
            "Divide m by 1 − beta1^t and v by 1 − beta2^t.",
            ("m / (1 - beta1**t)", "m"),
            ("v / (1 - beta2**t)", "v"),
        ),
        _wrong(
            "m not corrected",
            "At t = 1 with m = 0, which share of the gradient is in m? What undoes that?",
            "v is corrected and m is not, so the first step is (1 − beta1) · lr long: ten times "
            "too short at the default. Divide m by 1 − beta1^t.",
            ("m / (1 - beta1**t)", "m"),
        ),
        _wrong(
            "v not corrected",
            "At t = 1 with v = 0, which share of g² is in v? What undoes that?",
            "m is corrected and v is not, so the first step is lr / √(1 − beta2) long: 32 times "
            "too long at the default. Divide v by 1 − beta2^t.",
            ("v / (1 - beta2**t)", "v"),
        ),
        _wrong(
            "t one too small",
            "At t = 1, what are your two divisors 1 − beta1^t and 1 − beta2^t?",
            "You raise the betas to t − 1, so the first step divides by zero. Here t counts from "
            "1: use it as it comes.",
            ("state.t + 1", "state.t"),
        ),
        _wrong(
            "t one too large",
            "At t = 1 with m = 0, is your m̂ equal to g?",
            "You raise the betas to t + 1 and so correct too little. Here t counts from 1: use it "
            "as it comes.",
            ("state.t + 1", "state.t + 2"),
        ),
        _wrong(
            "eps inside the root",
            "With v = 0, what does your denominator come to: eps, or √eps?",
            "You take √(v̂ + eps). With eps = 1e-8 that puts a floor of 1e-4 under the "
            "denominator, not 1e-8. Add eps after the root.",
            ("sqrt(v_hat) + eps", "sqrt(v_hat + eps)"),
        ),
        _wrong(
            "eps as in Keras",
            "Is your eps added to the root of the corrected v̂, or to that of the raw v?",
            "You add eps to √v and correct afterwards, as Keras does; that makes eps count "
            "1 / √(1 − beta2^t) times as much, 32 times at the first step. Correct v, then add.",
            ("m_hat / (sqrt(v_hat) + eps)", "m_hat * sqrt(1 - beta2**t) / (sqrt(v) + eps)"),
        ),
        _wrong(
            "no eps",
            "With a zero gradient and m = v = 0, what does your step come to?",
            "Without eps a coordinate that has never seen a gradient computes 0 / 0 and is NaN "
            "from then on. Add eps to the denominator.",
            ("sqrt(v_hat) + eps", "sqrt(v_hat)"),
        ),
        _wrong(
            "eps outside the fraction",
            "In a / b + c, what is divided by what?",
            "Without parentheses eps is added to x and the denominator is √v̂ alone, which can be "
            "0. Write (√v̂ + eps).",
            ("(sqrt(v_hat) + eps)", "sqrt(v_hat) + eps"),
        ),
        _wrong(
            "divides by v",
            "If the loss, and so every gradient, is multiplied by 10, does your step change?",
            "You divide by v̂, so the step shrinks as gradients grow. The root makes it free of "
            "scale: divide by √v̂.",
            ("sqrt(v_hat)", "v_hat"),
        ),
        _wrong(
            "gradient not squared",
            "What is the root of your v where the gradient is negative?",
            "You average g in v as well. v averages g².",
            ("g**2", "g"),
        ),
        _wrong(
            "v averages m²",
            "Which quantity's square does v average: the gradient's, or its mean's?",
            "You feed m² into v, so noise has been averaged away before it is measured. v "
            "averages the square of the raw gradient.",
            ("g**2", "m**2"),
        ),
        _wrong(
            "v averages (g − m)²",
            "Under a constant gradient, what does your v tend to?",
            "You average the squared deviation from m, which tends to 0 under a constant "
            "gradient. That is AdaBelief; in Adam v averages g².",
            ("g**2", "(g - m) ** 2"),
        ),
        _wrong(
            "betas swapped",
            "Which of the two means has the longer memory in yours, m or v?",
            "beta1 and beta2 have changed places throughout. beta1 belongs to m, beta2 to v.",
            ("beta1 * state.m + (1 - beta1)", "beta2 * state.m + (1 - beta2)"),
            ("beta2 * state.v + (1 - beta2)", "beta1 * state.v + (1 - beta1)"),
            ("m / (1 - beta1**t)", "m / (1 - beta2**t)"),
            ("v / (1 - beta2**t)", "v / (1 - beta1**t)"),
        ),
        _wrong(
            "corrections swapped",
            "At t = 1 with m = 0, is your m̂ equal to g?",
            "The means are right, but m is divided by 1 − beta2^t and v by 1 − beta1^t. Each mean "
            "is corrected with its own beta.",
            ("m / (1 - beta1**t)", "m / (1 - beta2**t)"),
            ("v / (1 - beta2**t)", "v / (1 - beta1**t)"),
        ),
        _wrong(
            "beta1 in both means",
            "How many steps does your v remember?",
            "v is averaged with beta1. It has a share of its own, beta2.",
            ("beta2 * state.v + (1 - beta2)", "beta1 * state.v + (1 - beta1)"),
        ),
        _wrong(
            "weights swapped",
            "With beta1 = 0.9, which weight does the fresh gradient get, and which the old mean?",
            "Both means give beta to the new value and 1 − beta to the old one. beta is the share "
            "of the old mean that is kept.",
            ("beta1 * state.m + (1 - beta1)", "(1 - beta1) * state.m + beta1"),
            ("beta2 * state.v + (1 - beta2)", "(1 - beta2) * state.v + beta2"),
        ),
        _wrong(
            "weights swapped in m",
            "With beta1 = 0.9, which weight does the fresh gradient get in m, and which the old m?",
            "You have (1 − beta1) · m + beta1 · g. beta1 is the share of the old m that is kept.",
            ("beta1 * state.m + (1 - beta1)", "(1 - beta1) * state.m + beta1"),
        ),
        _wrong(
            "weights swapped in v",
            "With beta2 = 0.999, which weight does the fresh g² get in v, and which the old v?",
            "You have (1 − beta2) · v + beta2 · g². beta2 is the share of the old v that is kept.",
            ("beta2 * state.v + (1 - beta2)", "(1 - beta2) * state.v + beta2"),
        ),
        _wrong(
            "m a sum",
            "Under a constant gradient g, what does your m tend to?",
            "You add whole gradients, so m grows to g / (1 − beta1), as in the heavy ball. In "
            "Adam m is a mean: weight the gradient by 1 − beta1.",
            ("(1 - beta1) * g", "g"),
        ),
        _wrong(
            "v a decaying sum",
            "Under a constant gradient g, what does your v tend to?",
            "You add whole squares, so v grows to g² / (1 − beta2). In Adam v is a mean: weight "
            "the square by 1 − beta2.",
            ("(1 - beta2) * g**2", "g**2"),
        ),
        _wrong(
            "v never forgets",
            "Under a constant gradient, does your v settle?",
            "You add up all squares, as AdaGrad does, so steps keep shrinking. In Adam v is a "
            "mean that forgets: beta2 · v + (1 − beta2) · g².",
            ("beta2 * state.v + (1 - beta2) * g**2", "state.v + g**2"),
        ),
        _wrong(
            "v never falls",
            "After one large gradient and many small ones, does your v come down again?",
            "You keep the larger of the old and the new v. That is close to AMSGrad; in Adam v "
            "may fall.",
            ("v_hat = v /", "v_max = (v + state.v + abs(v - state.v)) / 2\n    v_hat = v_max /"),
            ("State(m, v, t)", "State(m, v_max, t)"),
        ),
        _wrong(
            "corrected m returned",
            "The next step will average the m you return once more. Should it be corrected then?",
            "You return m̂ as m, so the next step corrects what is corrected already. Keep m̂ for "
            "the step and return m.",
            ("State(m, v, t)", "State(m_hat, v, t)"),
        ),
        _wrong(
            "corrected v returned",
            "The next step will average the v you return once more. Should it be corrected then?",
            "You return v̂ as v, so the next step corrects what is corrected already. Keep v̂ for "
            "the step and return v.",
            ("State(m, v, t)", "State(m, v_hat, t)"),
        ),
        _wrong(
            "corrected means returned",
            "The next step will average what you return once more. Should it be corrected then?",
            "You return m̂ and v̂, so the next step corrects what is corrected already. Keep them "
            "for the step and return m and v.",
            ("State(m, v, t)", "State(m_hat, v_hat, t)"),
        ),
        _wrong(
            "old means returned",
            "Which m and v will the next step receive from you?",
            "You return m and v as they came in, so every step starts from nothing. Return the "
            "new ones.",
            ("State(m, v, t)", "State(state.m * 1, state.v * 1, t)"),
        ),
        _wrong(
            "uphill",
            "At t = 1 with m = 0, does your step go with the gradient or against it?",
            "You add the step, and m̂ points uphill. The sign is minus.",
            ("x - lr", "x + lr"),
        ),
        _wrong(
            "no learning rate",
            "If lr is halved, what happens to the length of your step?",
            "Your step is m̂ / (√v̂ + eps), whatever lr is. Scale it by lr.",
            ("lr * m_hat", "m_hat"),
        ),
        _wrong(
            "beta times t",
            "What does your divisor tend to as t grows: 1, or something else?",
            "You compute 1 − beta · t. The power is meant: beta1**t and beta2**t go to 0, and the "
            "correction fades away.",
            ("beta1**t", "beta1 * t"),
            ("beta2**t", "beta2 * t"),
        ),
        _wrong(
            "correction without t",
            "At t = 1000, how much do you still correct?",
            "You divide by 1 − beta at every step. That is right for the first step alone; the "
            "divisor is 1 − beta^t.",
            ("beta1**t", "beta1"),
            ("beta2**t", "beta2"),
        ),
        _wrong(
            "multiplies by the correction",
            "Starting from zero the means are too small. Does your correction make them larger?",
            "You multiply by 1 − beta^t, which makes small means smaller. Divide.",
            ("m / (1 - beta1**t)", "m * (1 - beta1**t)"),
            ("v / (1 - beta2**t)", "v * (1 - beta2**t)"),
        ),
        _wrong(
            "root before the correction",
            "At t = 1 with v = 0, is your corrected denominator equal to |g|?",
            "You take √v and divide that by 1 − beta2^t; the correction belongs under the root. "
            "Correct v first, then take the root.",
            ("sqrt(v_hat)", "sqrt(v) / (1 - beta2**t)"),
        ),
        _wrong(
            "gradient in place of m̂",
            "With g = 0 and m not 0, does your x move?",
            "You step along g, so m is kept and never used; that is RMSprop with a correction. "
            "The numerator is m̂.",
            ("lr * m_hat", "lr * g"),
        ),
        wrong_code(
            adam_step,
            "x last",
            "In which order does the caller unpack what you return?",
            "The values are right but stand in the wrong order. Return x, then m, then v.",
            ("return x, m, v", "return m, v, x"),
        ),
        wrong_code(
            adam_step,
            "v before m",
            "In which order does the caller unpack what you return?",
            "The values are right but stand in the wrong order. Return x, then m, then v.",
            ("return x, m, v", "return x, v, m"),
        ),
    ),
    reasoning="m is the mean of recent gradients, √v their typical size; the quotient is about 1 "
    "where gradients agree and near 0 where they are noise, so lr is about the longest step, "
    "whatever the scale of the loss. Both means start at zero and hold only 1 − beta^t of their "
    "weight after t steps; dividing by it makes the first step exactly lr long. The corrected "
    "means serve one step and are not kept.",
)
