"""Exercise: one step of Nadam."""

from functools import partial

import numpy as np

from gdlib.exercises._exercise import code_exercise, wrong_code, wrong_rule
from gdlib.optim import nadam


def nadam_step(x, g, m, v, product, t, lr, beta1, beta2, eps, momentum_decay):
    """Take one step of Nadam; return the new x, m, v and product.

        m_t, v_t and v̂_t as in Adam
        μ_t = beta1 · (1 − 0.5 · 0.96^(t · momentum_decay))
        Π_t = Π_{t-1} · μ_t
        m̄_t = (1 − μ_t)/(1 − Π_t) · g_t + μ_{t+1}/(1 − Π_t · μ_{t+1}) · m_t
        x_t = x_{t-1} − lr · m̄_t / (√v̂_t + eps)

    x: where you stand, an array of any shape.
    g: the gradient of the loss at x, an array of the same shape.
    m, v: the two means after the step before, same shape; zeros at the start.
    product: Π after the step before, one number; 1 at the start.
    t: the number of this step, counting from 1.
    lr: the learning rate, a positive number.
    beta1, beta2: the shares of the two means that are kept, 0 <= beta < 1.
    eps: a small positive number that keeps the division finite.
    momentum_decay: how fast the momentum warms up, a number >= 0.

    Leave x, g, m and v as they are: return new arrays.
    """
    state = nadam.State(m, v, product, t - 1)
    x, (m, v, product, _) = nadam.step(x, g, state, lr, beta1, beta2, eps, momentum_decay)
    return x, m, v, product


def _two_steps_added(x, g, m, v, product, t, lr, beta1, beta2, eps, momentum_decay):
    mu, mu_next = (beta1 - beta1 / 2 * 0.96 ** (momentum_decay * k) for k in (t, t + 1))
    product = product * mu
    m = m + (1 - beta1) * (g - m)
    v = v + (1 - beta2) * (g * g - v)
    rate = lr / (np.sqrt(v / (1 - beta2**t)) + eps)
    x = x - rate * (1 - mu) / (1 - product) * g
    return x - rate * mu_next / (1 - product * mu_next) * m, m, v, product


def _as_in_torch(x, g, m, v, product, t, lr, beta1, beta2, eps, momentum_decay):
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * np.square(g)
    mu = beta1 * (1.0 - 0.5 * (0.96 ** (t * momentum_decay)))
    mu_next = beta1 * (1.0 - 0.5 * (0.96 ** ((t + 1) * momentum_decay)))
    product = product * mu
    denominator = (v / (1 - beta2**t)) ** 0.5 + eps
    x = x + g / denominator * (-lr * (1.0 - mu) / (1.0 - product))
    x = x + m / denominator * (-lr * mu_next / (1.0 - product * mu_next))
    return x, m, v, product


def _with_arrays_of_one(x, g, m, v, product, t, lr, beta1, beta2, eps, momentum_decay):
    mu = beta1 * (1 - 0.5 * np.exp(np.log(0.96) * momentum_decay * np.array([t, t + 1])))
    m = beta1 * m + g - beta1 * g
    v = beta2 * v + g**2 - beta2 * g**2
    product = product * mu[:1]
    blend = (1 - mu[0]) / (1 - product[0]) * g + mu[1] / (1 - product[0] * mu[1]) * m
    return x - lr * blend / (np.sqrt(v / (1 - beta2**t)) + eps), m, v, product


_wrong = partial(wrong_rule, nadam_step, nadam)
_zeros = np.zeros(2)
_MU = "mu = beta1 * (1 - 0.5 * 0.96 ** (t * momentum_decay))"
_MU_NEXT = "mu_next = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * momentum_decay))"
_BAR = "(1 - mu) / (1 - mu_product) * g + mu_next / (1 - mu_product * mu_next) * m"

exercise = code_exercise(
    nadam_step,
    chapter="nadam",
    is_rule=True,
    outputs=("x", "m", "v", "product"),
    scalars=("product",),
    alternatives=(_two_steps_added, _as_in_torch, _with_arrays_of_one),
    probes=(
        (
            *(np.array([1.0, -2.0]), np.array([2.0, -3.0]), _zeros, _zeros, 1.0),
            *(1, 0.5, 0.9, 0.999, 1e-8, 0.004),
        ),
        (
            *(np.array([1.0, -2.0]), np.array([2.0, -3.0])),
            *(np.array([1.0, 0.5]), np.array([4.0, 9.0]), 0.3),
            *(3, 2.0, 0.8, 0.9, 1e-8, 3.0),
        ),
        (
            np.array([[1.0, 2.0], [-1.0, 0.5]]),
            np.array([[-1.0, 0.5], [2.0, -4.0]]),
            np.array([[0.5, -1.0], [1.0, 2.0]]),
            np.array([[1.0, 2.0], [0.5, 25.0]]),
            *(0.02, 7, 2.0, 0.7, 0.95, 0.5, 3.0),
        ),
        (
            *(np.array([1.5, -0.5]), _zeros, _zeros, _zeros, 1.0),
            *(1, 0.3, 0.9, 0.999, 1e-8, 0.004),
        ),
        (
            *(np.array([0.5, 1.0]), np.array([-1.0, 3.0])),
            *(np.array([2.0, -1.0]), np.array([4.0, 1.0]), 1e-30),
            *(1000, 0.5, 0.9, 0.999, 1e-8, 0.004),
        ),
    ),
    hints=(
        "Work out the first step by hand, from m = v = 0 and product = 1: Π_1 is then μ_1, the "
        "weight of g is 1, and m_1 is (1 − beta1) · g.",
        "Go line by line through the formula: μ_t, μ_{t+1}, Π_t, m, v, v̂, then the two weights "
        "of m̄. m, v and Π are returned as they are before any correction.",
    ),
    mistakes=(
        _wrong(
            "Adam's step",
            "Where does your step use the present gradient other than through m?",
            "Your step is m / (1 − beta1^t), which is Adam's. Nadam's blends the present gradient "
            "with the momentum of the next step.",
            (_BAR, "m / (1 - beta1**t)"),
        ),
        _wrong(
            "no schedule",
            "At t = 1, is your μ nearer to beta1 or to half of it?",
            "You use beta1 in place of μ_t and μ_{t+1}. The momentum of this rule warms up: "
            "μ_t = beta1 · (1 − 0.5 · 0.96^(t · momentum_decay)).",
            (_MU, "mu = beta1"),
            (_MU_NEXT, "mu_next = beta1"),
        ),
        _wrong(
            "momentum_decay left out",
            "If momentum_decay is 0, does your μ change from step to step?",
            "Your μ rises like 0.96^t, whatever momentum_decay is; that is Keras' schedule. The "
            "exponent is t · momentum_decay.",
            ("t * momentum_decay", "t"),
            ("(t + 1) * momentum_decay", "(t + 1)"),
        ),
        _wrong(
            "half missing",
            "With momentum_decay = 0, what is your μ: 0, or beta1 / 2?",
            "You have 1 − 0.96^(…), which starts near 0. With the factor 0.5 the momentum starts "
            "at half of beta1.",
            (_MU, "mu = beta1 * (1 - 0.96 ** (t * momentum_decay))"),
            (_MU_NEXT, "mu_next = beta1 * (1 - 0.96 ** ((t + 1) * momentum_decay))"),
        ),
        _wrong(
            "one momentum for both steps",
            "Which step's momentum multiplies m: the present one's, or the next one's?",
            "You use μ_t twice. The look-ahead takes the momentum that the next step will have, "
            "μ_{t+1}.",
            ("(t + 1) * momentum_decay", "t * momentum_decay"),
        ),
        _wrong(
            "t one too small",
            "At t = 1, what is your divisor 1 − beta2^t?",
            "You count from 0, so the first step divides by zero. Here t counts from 1: use it as "
            "it comes.",
            ("state.t + 1", "state.t"),
        ),
        _wrong(
            "t one too large",
            "At t = 1 with v = 0, is your √v̂ equal to |g|?",
            "You use t + 1 where t is meant, in the schedule and in the correction of v. Here t "
            "counts from 1: use it as it comes.",
            ("state.t + 1", "state.t + 2"),
        ),
        _wrong(
            "product not carried on",
            "After many steps of yours, what is the product?",
            "You return Π as it came in, so every step thinks it is the first. Return "
            "Π_t = Π_{t-1} · μ_t.",
            ("State(m, v, mu_product, t)", "State(m, v, state.mu_product * 1, t)"),
        ),
        _wrong(
            "product one step ahead",
            "At t = 1, is the product you return μ_1, or μ_1 · μ_2?",
            "You return Π_t · μ_{t+1}, so the next step multiplies μ_{t+1} in once more. That "
            "product serves one weight and is not kept.",
            ("State(m, v, mu_product, t)", "State(m, v, mu_product * mu_next, t)"),
        ),
        _wrong(
            "one divisor for both weights",
            "By how many momenta is the product in the divisor of m, and in that of g?",
            "You divide m by 1 − Π_t. m is used with the next step's momentum, so its divisor "
            "holds the next step's product: 1 − Π_t · μ_{t+1}.",
            ("(1 - mu_product * mu_next)", "(1 - mu_product)"),
        ),
        _wrong(
            "powers of beta1",
            "After two steps with different momenta, what is their product? Is it beta1²?",
            "You correct with beta1^t, as Adam does. The momentum changes from step to step here, "
            "and the product Π_t takes the place of the power.",
            ("(1 - mu_product) * g", "(1 - beta1**t) * g"),
            ("(1 - mu_product * mu_next)", "(1 - beta1 ** (t + 1))"),
        ),
        _wrong(
            "no correction of m̄",
            "At t = 1 with m = 0, what is the weight of the present gradient in your step?",
            "You blend with the weights 1 − μ_t and μ_{t+1} as they are. Each is divided by one "
            "minus a product of momenta: 1 − Π_t and 1 − Π_t · μ_{t+1}.",
            (_BAR, "(1 - mu) * g + mu_next * m"),
        ),
        _wrong(
            "schedule inside m",
            "Which share of the old m do you keep: beta1, or μ_t?",
            "You average m with μ_t. In this rule m is Adam's, with beta1 throughout; the schedule "
            "enters the blend alone.",
            ("beta1 * state.m + (1 - beta1) * g", "mu * state.m + (1 - mu) * g"),
        ),
        _wrong(
            "looks back",
            "Which m is in your blend: the one with the present gradient in it, or the one before?",
            "You use the m of the step before, so nothing is looked ahead. Nesterov's idea is to "
            "use the new one.",
            ("mu_next) * m", "mu_next) * state.m"),
        ),
        _wrong(
            "weights of the blend swapped",
            "With μ = 0.9, how much of the present gradient is in your blend, beside m?",
            "You give μ to the gradient and 1 − μ to m. The momentum weighs m.",
            (
                _BAR,
                "mu / (1 - mu_product) * g + (1 - mu_next) / (1 - mu_product * mu_next) * m",
            ),
        ),
        _wrong(
            "present gradient left out",
            "At t = 1 with m = 0, how long is your step, in units of lr?",
            "Your step holds m alone. The present gradient enters once more, with the weight "
            "(1 − μ_t) / (1 − Π_t).",
            (_BAR, "mu_next / (1 - mu_product * mu_next) * m"),
        ),
        _wrong(
            "beta1 weighs the gradient",
            "Which number's rest, 1 − …, weighs the present gradient in your blend?",
            "You weigh the gradient with 1 − beta1, as constant momentum would have it. With the "
            "schedule its weight is 1 − μ_t.",
            ("(1 - mu) / (1 - mu_product)", "(1 - beta1) / (1 - mu_product)"),
        ),
        _wrong(
            "m a sum",
            "Under a constant gradient g, what does your m tend to?",
            "You add whole gradients, so m grows to g / (1 − beta1). Here m is a mean: weight the "
            "gradient by 1 − beta1.",
            ("(1 - beta1) * g", "g"),
        ),
        _wrong(
            "v not corrected",
            "At t = 1 with v = 0, which share of g² is in v? What undoes that?",
            "You use v as it is, so the first step is about 1 / √(1 − beta2) times too long: 32 "
            "times at the default. Divide v by 1 − beta2^t.",
            ("v / (1 - beta2**t)", "v"),
        ),
        _wrong(
            "divides by v",
            "If the loss, and so every gradient, is multiplied by 10, does your step change?",
            "You divide by v̂, so the step shrinks as gradients grow. Divide by √v̂.",
            ("sqrt(v_hat)", "v_hat"),
        ),
        _wrong(
            "gradient not squared",
            "What is the root of your v where the gradient is negative?",
            "You average g in v as well. v averages g².",
            ("g**2", "g"),
        ),
        _wrong(
            "eps inside the root",
            "With v = 0, what does your denominator come to: eps, or √eps?",
            "You take √(v̂ + eps). With eps = 1e-8 that puts a floor of 1e-4 under the "
            "denominator, not 1e-8. Add eps after the root.",
            ("sqrt(v_hat) + eps", "sqrt(v_hat + eps)"),
        ),
        _wrong(
            "no eps",
            "With a zero gradient and m = v = 0, what does your step come to?",
            "Without eps a coordinate that has never seen a gradient computes 0 / 0 and is NaN "
            "from then on. Add eps to the denominator.",
            ("sqrt(v_hat) + eps", "sqrt(v_hat)"),
        ),
        _wrong(
            "betas swapped in the means",
            "Which of the two means has the longer memory in yours, m or v?",
            "m is averaged with beta2 and v with beta1. beta1 belongs to m, beta2 to v.",
            ("beta1 * state.m + (1 - beta1)", "beta2 * state.m + (1 - beta2)"),
            ("beta2 * state.v + (1 - beta2)", "beta1 * state.v + (1 - beta1)"),
        ),
        _wrong(
            "blend returned as m",
            "The next step will average the m you return once more. Should the blend be in it?",
            "You return m̄ as m, so every look-ahead is remembered. m̄ serves one step; return m.",
            ("State(m, v, mu_product, t)", "State(m_bar, v, mu_product, t)"),
        ),
        _wrong(
            "corrected v returned",
            "The next step will average the v you return once more. Should it be corrected then?",
            "You return v̂ as v, so the next step corrects what is corrected already. Return v.",
            ("State(m, v, mu_product, t)", "State(m, v_hat, mu_product, t)"),
        ),
        _wrong(
            "uphill",
            "At t = 1 with m = 0, does your step go with the gradient or against it?",
            "You add the step, and m̄ points uphill. The sign is minus.",
            ("x - lr", "x + lr"),
        ),
        _wrong(
            "no learning rate",
            "If lr is halved, what happens to the length of your step?",
            "Your step is m̄ / (√v̂ + eps), whatever lr is. Scale it by lr.",
            ("lr * m_bar", "m_bar"),
        ),
        wrong_code(
            nadam_step,
            "v before m",
            "In which order does the caller unpack what you return?",
            "The values are right but stand in the wrong order. Return x, m, v, then the product.",
            ("return x, m, v, product", "return x, v, m, product"),
        ),
    ),
    reasoning="Adam's step is β m_{t-1} + (1 − β) g_t, corrected. Nesterov's idea puts the new "
    "mean in the place of the old one: the momentum that the next step would apply is applied "
    "now. With a momentum that changes, β becomes μ_{t+1} for m and μ_t for g, and β^t becomes the "
    "product of the momenta up to that step. m, v and Π are kept without any correction, since "
    "the next step averages and multiplies them on.",
)
