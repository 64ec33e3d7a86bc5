"""Exercise: a net with batch norm that trains well and is evaluated badly."""

from functools import lru_cache, partial

import numpy as np

from gdlib.activation import relu
from gdlib.autograd import Tape, value_of
from gdlib.data import Loader, digits
from gdlib.exercises._exercise import changed_two, diagnosis_exercise, only, wrong_settings
from gdlib.initializer import he_normal
from gdlib.layers import BatchNorm1d, Linear, Sequential
from gdlib.loss import softmax_cross_entropy
from gdlib.train import accuracy

GIVEN = {"momentum": 0.99, "lr": 0.1, "units": 32, "epochs": 2}
BATCH, TARGET, WATCHED = 4, 0.92, 20


def run(settings):
    """Mean accuracy in training, and in evaluation on held-out images, over the last steps."""
    lr, momentum = float(settings["lr"]), float(settings["momentum"])
    units, epochs = min(int(settings["units"]), 128), min(int(settings["epochs"]), 6)
    return _run(lr, momentum, units, epochs)


@lru_cache(maxsize=256)
def _run(lr, momentum, units, epochs):
    data = digits("unit")
    net = Sequential(
        Linear(64, units, weight=he_normal()),
        BatchNorm1d(units, momentum=momentum),
        relu,
        Linear(units, 10),
    ).initialize(0)
    batches = Loader(data.x_train, data.y_train, BATCH, seed=0, drop_last=True)
    left, trained, evaluated = len(batches) * epochs, [], []
    with np.errstate(all="ignore"):
        for _ in range(epochs):
            for x, y in batches:
                with Tape() as tape:
                    outputs = net(x)
                    loss = softmax_cross_entropy(outputs, y)
                net.theta[:] -= lr * tape.gradient(loss, net.parameters)
                left -= 1
                if left < 10 * WATCHED:
                    trained.append(accuracy(value_of(outputs), y))
                if left < WATCHED:
                    net.eval()
                    evaluated.append(accuracy(net(data.x_test), data.y_test))
                    net.train()
    if not np.isfinite(net.theta).all():
        return None
    return float(np.mean(trained)), float(np.mean(evaluated))


def _makes_sense(settings):
    return (
        0 <= settings["momentum"] <= 1
        and 0 < settings["lr"] <= 1e12
        and settings["units"] >= 1
        and settings["epochs"] >= 1
    )


def _solves(settings):
    if not _makes_sense(settings):
        return False
    found = run(settings)
    return found is not None and found[1] >= TARGET


def _falls_short(name, test, settings):
    """Whether this setting alone was changed, to a value that the test holds for, in vain."""
    return only(GIVEN, name, settings) and test(settings[name]) and not _solves(settings)


def _observe(settings):
    """How good the net looks in training, and how good it is in evaluation."""
    if not _makes_sense(settings):
        return "There is no such net, or no such run."
    found = run(settings)
    if found is None:
        return "The weights are no finite numbers any more."
    return (
        f"In training, by the batch's own statistics, {found[0]:.0%} are right at the end; in "
        f"evaluation {found[1]:.0%} of the held-out images."
    )


_wrong = partial(wrong_settings, GIVEN)

exercise = diagnosis_exercise(
    "moved_batch_norm",
    """
    A net was moved from Keras to this book. It has one hidden layer, linear, batch norm, ReLU,
    and learns digits, pixels from 0 to 1, by gradient descent on batches of 4, since no more fit
    into memory. Measured after each of the last 20 steps, in evaluation mode, it gets on average
    85 % of the held-out images right.

    Change one of the settings, and only one, so that it is 92 % or more.
    """,
    GIVEN,
    comments=(
        "of the running statistics, as in the Keras model",
        "learning rate",
        "units of the hidden layer, 128 at most",
        "passes through the data, 6 at most",
    ),
    reference={"momentum": 0.01},
    chapter="batch_norm",
    alternatives=tuple({**GIVEN, "momentum": m} for m in (0.02, 0.05, 0.1)),
    solves=_solves,
    observe=_observe,
    hints=(
        "The net learns: what is wrong is what it does in evaluation. Where do μ and σ² come from "
        "there?",
        "What does momentum = 0.99 say in Keras, and what does it say here? Four images make poor "
        "statistics.",
    ),
    mistakes=(
        changed_two(GIVEN, {"momentum": 0.01, "lr": 0.03}),
        _wrong(
            {"momentum": 0.8},
            partial(_falls_short, "momentum", lambda m: 0.1 < m <= 1),
            "still mostly the last batches",
            "How many batches have a say in your running statistics, and how many images is that?",
            "Your momentum is the weight of the newest batch, and the running statistics still "
            "forget too fast: they rest on few images. Convert 0.99 properly.",
        ),
        _wrong(
            {"momentum": 1e-4},
            partial(_falls_short, "momentum", lambda m: 0 < m < 0.01),
            "too slow",
            "The running statistics start at 0 and 1. How far have they come after the 718 steps "
            "of this run?",
            "The direction is right, but so small a weight needs thousands of steps to forget the "
            "start, 0 and 1.",
        ),
        _wrong(
            {"momentum": 0.0},
            partial(_falls_short, "momentum", lambda m: m == 0),
            "never moves",
            "With weight 0 for each new batch, what are the running statistics at the end?",
            "They are still 0 and 1, where they began.",
        ),
        _wrong(
            {"momentum": 1.5},
            partial(_falls_short, "momentum", lambda m: not 0 <= m <= 1),
            "no weight",
            "What is 1 − momentum with your number?",
            "momentum is a weight, from 0 to 1.",
        ),
        _wrong(
            {"lr": 0.03},
            partial(_falls_short, "lr", lambda lr: 0 < lr < GIVEN["lr"]),
            "smaller lr",
            "With a tiny lr the weights hardly move. Do the running statistics then stand still?",
            "They jump with each batch, whatever lr is, since four images differ from four others. "
            "A smaller lr leaves that as it is, and the net learns more slowly.",
        ),
        _wrong(
            {"lr": 0.5},
            partial(_falls_short, "lr", lambda lr: lr > GIVEN["lr"]),
            "larger lr",
            "Is it the training that is slow, or the evaluation that is off?",
            "The loss in training falls as it should for batches of 4. Faster learning does not "
            "give the evaluation better statistics.",
        ),
        _wrong(
            {"lr": -0.1},
            partial(_falls_short, "lr", lambda lr: lr <= 0),
            "not downhill",
            "Which way does a step go when lr is negative, and how far when it is 0?",
            "Without a positive lr no step goes downhill.",
        ),
        _wrong(
            {"units": 96},
            partial(_falls_short, "units", lambda units: units > GIVEN["units"]),
            "more units",
            "Does a wider layer know the mean of a channel better?",
            "Each of the new channels is as badly off as the old ones. (128 is the most.)",
        ),
        _wrong(
            {"units": 8},
            partial(_falls_short, "units", lambda units: units < GIVEN["units"]),
            "fewer units",
            "Does a narrower layer know the mean of a channel better?",
            "No channel is helped by there being fewer of them, and the net can do less.",
        ),
        _wrong(
            {"epochs": 5},
            partial(_falls_short, "epochs", lambda epochs: epochs > GIVEN["epochs"]),
            "more epochs",
            "After ten times the epochs, on how many batches would the running statistics rest?",
            "On the last one, as before. Patience does not change what they are. (6 epochs are the "
            "most.)",
        ),
        _wrong(
            {"epochs": 1},
            partial(_falls_short, "epochs", lambda epochs: epochs < GIVEN["epochs"]),
            "fewer epochs",
            "Was the net better after fewer epochs?",
            "It had learned less, and its running statistics were the same few images.",
        ),
    ),
    reasoning="Keras' momentum is the weight of the old value, here it is that of the new batch, "
    "as in PyTorch: 0.99 becomes 0.01. With 0.99 taken literally, the running statistics are those "
    "of the last four images, and evaluation normalises by these. PyTorch's default, 0.1, does as "
    "well here. Far below 0.01 the statistics would not have left their start.",
)
