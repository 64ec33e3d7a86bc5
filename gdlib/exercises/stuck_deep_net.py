"""Exercise: a deep ReLU net that does not learn, to be repaired by one change."""

from functools import lru_cache, partial

import numpy as np

from gdlib.activation import leaky_relu
from gdlib.autograd import Tape, value_of
from gdlib.data import digits
from gdlib.exercises._exercise import changed_two, diagnosis_exercise, only, wrong_settings
from gdlib.initializer import normal
from gdlib.layers import Linear, Sequential
from gdlib.loss import softmax_cross_entropy
from gdlib.optim import gradient_descent

GIVEN = {"gain": 0.58, "slope": 0.0, "lr": 0.02, "steps": 200}
LAYERS, UNITS, SAMPLES, TARGET, LONGEST = 12, 48, 128, 0.5, 600


def run(settings):
    """Losses before each step and at the end; at first, the gradient norms of hidden weights."""
    return _run(*(float(settings[name]) for name in GIVEN))


@lru_cache(maxsize=256)
def _run(gain, slope, lr, steps):
    data = digits("standard")
    x, y = data.x_train[:SAMPLES], data.y_train[:SAMPLES]
    layers, n_in = [], x.shape[1]
    for _ in range(LAYERS):
        layers += [Linear(n_in, UNITS, weight=normal(gain / n_in**0.5)), leaky_relu(slope)]
        n_in = UNITS
    net = Sequential(*layers, Linear(n_in, 10, weight=normal(n_in**-0.5))).initialize(0)
    losses, norms = [], None
    with np.errstate(all="ignore"):
        for _ in range(min(int(steps), LONGEST)):
            with Tape() as tape:
                loss = softmax_cross_entropy(net(x), y)
            losses.append(loss.item())
            if not np.isfinite(losses[-1]):
                return losses, norms
            g = tape.gradient(loss, net.parameters)
            if norms is None:
                parts = net.parameters.split(g)
                norms = [np.linalg.norm(v) for name, v in parts.items() if "weight" in name][:-1]
            net.theta[:], _ = gradient_descent.step(net.theta, g, gradient_descent.State(), lr)
        losses.append(float(value_of(softmax_cross_entropy(net(x), y))))
    return losses, norms


def _makes_sense(settings):
    return (
        0 < settings["gain"] <= 1e6
        and 0 <= settings["slope"] <= 1
        and 0 < settings["lr"] <= 1e12
        and settings["steps"] >= 1
    )


def _solves(settings):
    return bool(_makes_sense(settings) and run(settings)[0][-1] <= TARGET)


def _falls_short(name, test, settings):
    """Whether this setting alone was changed, to a value that the test holds for, in vain."""
    return only(GIVEN, name, settings) and test(settings[name]) and not _solves(settings)


def _observe(settings):
    """How large the gradients are at first, and how the run ends."""
    if not _makes_sense(settings):
        return "There is no such net, or no such run."
    losses, norms = run(settings)
    if not np.isfinite(losses[-1]):
        return f"The loss is no finite number any more after {len(losses) - 1} steps."
    return (
        f"At the start the gradients of the hidden layers' weights have norms from "
        f"{min(norms):.1g} to {max(norms):.1g}. The loss goes from {losses[0]:.2f} to "
        f"{losses[-1]:.2f}."
    )


_wrong = partial(wrong_settings, GIVEN)

exercise = diagnosis_exercise(
    "stuck_deep_net",
    """
    A net of 12 hidden layers of 48 units learns 128 images of digits by gradient descent, all of
    them in each step. Its activation is ReLU, or leaky ReLU if slope is not 0. A weight of a
    layer with n inputs starts as N(0, gain²/n), a bias at 0. With the settings below the loss
    stays at 2.3, which is ln 10: every class is as likely as any other.

    Change one of the settings, and only one, so that the loss is 0.5 or less at the end.
    """,
    GIVEN,
    comments=(
        "1/√3, the spread of PyTorch's default",
        "slope of the activation below 0, from 0 to 1",
        "learning rate",
        "budget of steps",
    ),
    reference={"gain": 1.4142135623730951},
    chapter="vanishing_gradients",
    alternatives=tuple({**GIVEN, "gain": gain} for gain in (1.4, 1.41, 1.45)),
    solves=_solves,
    observe=_observe,
    hints=(
        "All hidden layers have equally small gradients. A weight's gradient is what comes back "
        "to its unit times what comes in from below: which of the two is small at the top, which "
        "at the bottom?",
        "A layer multiplies the mean square of the gradient by gain² times the mean square of "
        "the activation's slope. That is to be 1.",
    ),
    mistakes=(
        changed_two(GIVEN, {"gain": 1.4142135623730951, "lr": 0.1}),
        _wrong(
            {"lr": 5.0},
            partial(_falls_short, "lr", lambda lr: lr > GIVEN["lr"]),
            "larger lr",
            "One lr multiplies all gradients, also those of the biases of the output. How do they "
            "compare with those of the hidden weights?",
            "The output's biases have gradients of ordinary size, the hidden weights some ten "
            "thousand times smaller ones. A learning rate that moves the weights throws the "
            "biases away, and one that the biases can bear does not move the weights.",
        ),
        _wrong(
            {"lr": 0.001},
            partial(_falls_short, "lr", lambda lr: 0 < lr < GIVEN["lr"]),
            "smaller lr",
            "Does the loss jump about, or does it stand still?",
            "It stands still, since the gradients are too small. Shorter steps make it worse.",
        ),
        _wrong(
            {"lr": -0.05},
            partial(_falls_short, "lr", lambda lr: lr <= 0),
            "not downhill",
            "Which way does a step go when lr is negative, and how far when it is 0?",
            "Without a positive lr no step goes downhill.",
        ),
        _wrong(
            {"steps": 600},
            partial(_falls_short, "steps", lambda steps: steps > GIVEN["steps"]),
            "more steps",
            "How much does the loss fall in 200 steps, and how much has it to fall?",
            "All that moves are the biases of the output, which learn how often each digit comes. "
            "More such steps teach them no more. (Runs are cut at 600 steps.)",
        ),
        _wrong(
            {"steps": 50},
            partial(_falls_short, "steps", lambda steps: steps < GIVEN["steps"]),
            "fewer steps",
            "Is the loss lower after fewer steps?",
            "The run does not get anywhere, and you stop it earlier.",
        ),
        _wrong(
            {"slope": 0.2},
            partial(_falls_short, "slope", lambda slope: 0 < slope <= 1),
            "leaky ReLU",
            "With your slope, what is the mean square of the activation's slope? And times gain²?",
            "A slope s below 0 raises the mean square of the slopes from 1/2 to (1 + s²)/2, at "
            "most to 1. Times gain² = 1/3 that still is below 1. It helps units that are silent, "
            "not a gradient that shrinks for want of weight.",
        ),
        _wrong(
            {"slope": -0.5},
            partial(_falls_short, "slope", lambda slope: not 0 <= slope <= 1),
            "slope out of range",
            "What does the activation do below 0 with your slope?",
            "The slope of a leaky ReLU lies between 0, which is ReLU, and 1, which is no "
            "activation at all.",
        ),
        _wrong(
            {"gain": 0.3},
            partial(_falls_short, "gain", lambda gain: 0 < gain < GIVEN["gain"]),
            "smaller weights",
            "Which factors does the chain rule multiply, and what do smaller weights do to them?",
            "Every layer multiplies the gradient by its weights. Smaller ones make it vanish "
            "sooner.",
        ),
        _wrong(
            {"gain": 1.0},
            partial(_falls_short, "gain", lambda gain: GIVEN["gain"] < gain <= 2**0.5),
            "still too small for ReLU",
            "At gain 1 a linear layer keeps the mean square of the gradient. What does ReLU do to "
            "it?",
            "ReLU halves the mean square in each layer. The weights have to make up for it: gain² "
            "· ½ = 1.",
        ),
        _wrong(
            {"gain": 3.0},
            partial(_falls_short, "gain", lambda gain: gain > 2**0.5),
            "explodes",
            "By which factor does a layer multiply the mean square now? And twelve layers?",
            "gain²/2 is above 1 now, and the gradient grows with each layer that it passes.",
        ),
        _wrong(
            {"gain": 0.0},
            partial(_falls_short, "gain", lambda gain: gain <= 0),
            "no spread",
            "What does a layer give out whose weights are all 0?",
            "gain is a standard deviation, up to 1/√n: it is positive. With weights of 0 neither "
            "the image nor a gradient gets through.",
        ),
    ),
    reasoning="A ReLU layer multiplies the mean square of the gradient by gain²/2 on the way back, "
    "and that of the signal on the way up. With gain = 0.58 that is 1/6. The gradient of a weight "
    "is the one times the other, so all hidden layers have equally small ones: together they have "
    "passed all 12 layers, a factor of 6^(−6) = 2e-5. gain = √2, He's, keeps both. No learning "
    "rate serves weights and biases that differ by so much, and patience does not help.",
)
