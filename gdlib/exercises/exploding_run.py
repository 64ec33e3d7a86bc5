"""Exercise: a recurrent net that is clipped and explodes all the same."""

from functools import lru_cache, partial

import numpy as np

from gdlib.autograd import Tape, value_of
from gdlib.clip import by_global_norm
from gdlib.exercises._exercise import changed_two, diagnosis_exercise, only, wrong_settings
from gdlib.layers import RNN, Linear, Sequential
from gdlib.loss import mse

GIVEN = {"recurrent": 1.3, "lr": 0.001, "max_norm": 0.3, "steps": 300, "length": 30}
UNITS, SEQUENCES = 8, 32
TARGET = 0.005
LONGEST = 600  # enough to see where a run is going


def _last(h):
    """The state after the last step."""
    return h[:, -1]


def net_and_data(settings):
    """The network at its start, the sequences and the numbers to remember."""
    net = Sequential(RNN(1, UNITS, "relu"), _last, Linear(UNITS, 1)).initialize(0)
    cell = net[0]
    cell.weight_hh_l0.data[...] = settings["recurrent"] * np.eye(UNITS)
    cell.bias_ih_l0.data[...] = cell.bias_hh_l0.data[...] = 0
    x = np.zeros((SEQUENCES, settings["length"], 1))
    x[:, 0, 0] = np.random.default_rng(0).random(SEQUENCES)
    return net, x, x[:, 0].copy()


def run(settings):
    """(losses, norms of the gradients before clipping), up to a loss that is not finite."""
    return _run(**{name: _plain(value) for name, value in settings.items()})


def _plain(value):
    return value.item() if hasattr(value, "item") else value


@lru_cache(maxsize=64)
def _run(**settings):
    net, x, y = net_and_data(settings)
    losses, norms = [], []
    with np.errstate(all="ignore"):
        for step in range(min(settings["steps"], LONGEST) + 1):
            with Tape() as tape:
                loss = mse(net(x), y)
            losses.append(float(value_of(loss)))
            if not np.isfinite(losses[-1]) or step == settings["steps"]:
                break
            g = tape.gradient(loss, net.parameters)
            clipped = by_global_norm(g, max_norm=settings["max_norm"], nonfinite="skip")
            norms.append(clipped.norm)
            if clipped.gradients is None:
                break
            net.theta -= settings["lr"] * clipped.gradients
    return losses, norms


def _possible(settings):
    return settings["steps"] >= 1 and settings["length"] >= 1 and settings["max_norm"] > 0


def _solves(settings):
    # Nothing but the start can be right, whatever chance brings about in a run that explodes.
    return _is("recurrent", lambda r: True, settings) and run(settings)[0][-1] <= TARGET


def _is(name, test, settings):
    return only(GIVEN, name, settings) and test(settings[name])


def _start_fails(low, high, settings):
    return _is("recurrent", lambda r: low <= r < high, settings) and not _solves(settings)


def _observe(settings):
    """How the run with these settings goes."""
    if not _possible(settings):
        return "There is no run with such settings."
    losses, norms = run(settings)
    text = f"Your run begins with a loss of {losses[0]:.2g}"
    text += f" and a gradient of norm {norms[0]:.2g}" if norms else ""
    return f"{text}, and ends with a loss of {losses[-1]:.2g}; the target is {TARGET:g}."


_wrong = partial(wrong_settings, GIVEN)

exercise = diagnosis_exercise(
    "exploding_run",
    """
    A ReLU RNN of eight units reads a sequence of numbers, of which all but the first are 0, and
    has to say at the end what the first one was. Its recurrent weights start as a number times
    the identity. It is trained by gradient descent with the settings below; the gradient is
    clipped to a global norm. The loss begins at 3,917, and after 300 steps it is still above 1,
    more than ten times that of always giving the same answer, 0.0955.

    Change one of the settings, and only one, so that after these 300 steps the loss is at most
    0.005, on sequences of this length.
    """,
    GIVEN,
    comments=(
        "recurrent weights at the start: this times I",
        "learning rate",
        "largest norm of a gradient; longer ones are scaled",
        "steps of gradient descent",
        "numbers in a sequence",
    ),
    reference={"recurrent": 1.0},
    chapter="exploding_gradients",
    alternatives=tuple({**GIVEN, "recurrent": r} for r in (1.01, 1.03, 1.05, 1.1)),
    solves=_solves,
    observe=_observe,
    hints=(
        "By which factor does one step of the sequence multiply the state, and by which do 30?",
        "Clipping bounds the step that is taken. What bounds the states and the loss?",
    ),
    mistakes=(
        changed_two(GIVEN, {"recurrent": 1.0, "lr": 0.01}),
        _wrong(
            {"length": 10},
            partial(_is, "length", lambda length: True),
            "changed the task",
            "For how many steps does your net have to remember the number?",
            "On another length it is another task. The growth per step stays as it is, and on the "
            "sequences you were given it would still be there.",
        ),
        _wrong(
            {"steps": 3000},
            partial(_is, "steps", lambda steps: steps > GIVEN["steps"]),
            "more steps",
            "Does the loss still fall at the end of the run?",
            "The run bounces from wall to wall of its valley: every clipped step is equally long, "
            "and far too long where the loss is that steep. More of them change nothing.",
        ),
        _wrong(
            {"steps": 100},
            partial(_is, "steps", lambda steps: steps < GIVEN["steps"]),
            "fewer steps",
            "Is the loss lower at any step before the end?",
            "The run is not spoilt at its end; it is far from the target all the way.",
        ),
        _wrong(
            {"lr": 1e-5},
            partial(_is, "lr", lambda lr: 0 < lr < GIVEN["lr"]),
            "smaller learning rate",
            "How large is the loss before the first step?",
            "Shorter steps are safer, but the run begins with a loss of 3,917, in a valley whose "
            "walls are as steep as before. It does not get out of there in 300 steps.",
        ),
        _wrong(
            {"lr": 0.1},
            partial(_is, "lr", lambda lr: lr > GIVEN["lr"]),
            "larger learning rate",
            "A clipped step has the length lr · max_norm. How does the loss react to a step that "
            "long?",
            "Longer steps jump further from wall to wall, until all units are dead and the answer "
            "is the same for every sequence, with a loss near 0.0955.",
        ),
        _wrong(
            {"lr": -0.001},
            partial(_is, "lr", lambda lr: lr <= 0),
            "not downhill",
            "Which way does a step go when lr is negative, and how far when it is 0?",
            "Without a positive lr no step goes downhill.",
        ),
        _wrong(
            {"max_norm": 0.03},
            partial(_is, "max_norm", lambda norm: 0 < norm < GIVEN["max_norm"]),
            "clipped harder",
            "How large is the loss before the first step? What does clipping do about it?",
            "Clipping bounds the step, not the growth. The states still grow 2,000-fold on the "
            "way, the loss begins at 3,917, and shorter steps take longer from there.",
        ),
        _wrong(
            {"max_norm": 1e7},
            partial(_is, "max_norm", lambda norm: norm > GIVEN["max_norm"]),
            "clipped less",
            "How long may a step now be, and how long is the gradient at the start?",
            "Clipping is not what holds the run up. The gradient at the start has a norm of a "
            "million, and a longer step along it throws the weights away.",
        ),
        _wrong(
            {"max_norm": 0.0},
            partial(_is, "max_norm", lambda norm: norm <= 0),
            "no step at all",
            "How long is a gradient that has been scaled to your norm?",
            "A largest norm is positive. At 0 no step would move anything.",
        ),
        _wrong(
            {"recurrent": 1.2},
            partial(_start_fails, 1.0, np.inf),
            "still exploding",
            "What is your number to the power of 30?",
            "30 steps still multiply the state by too much. Start closer to 1.",
        ),
        _wrong(
            {"recurrent": 0.8},
            partial(_start_fails, 0.0, 1.0),
            "vanishes now",
            "What is your number to the power of 30? How much of the first input is left in the "
            "last state?",
            "Nothing explodes any more, but the first input has faded before the end, and the "
            "gradient that should correct it fades as much on the way back.",
        ),
        _wrong(
            {"recurrent": -1.0},
            partial(_start_fails, -np.inf, 0.0),
            "negative start",
            "What does a ReLU make of a positive state times your number?",
            "A state is never negative here, so a negative number times it is set to 0 by the "
            "ReLU at the next step, and the input is forgotten at once.",
        ),
    ),
    reasoning="Each step of the sequence multiplies the state of an active unit by `recurrent`, "
    "and a gradient on its way back by the same: by 1.3^29 = 2,015 from the first element to the "
    "last. No learning rate and no threshold changes that; they decide how long a step is that is "
    "taken in such a landscape. "
    "From 0.99 to 1.15 the loss begins small, clipping holds the few large gradients, and the run "
    "ends below 0.005. The identity itself is the start that Le, Jaitly and Hinton (2015) advise.",
)
