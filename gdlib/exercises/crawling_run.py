"""Exercise: a run with loss scaling that hardly moves."""

from functools import lru_cache, partial

import numpy as np

from gdlib.clip import by_global_norm
from gdlib.exercises._exercise import changed_two, diagnosis_exercise, only, wrong_settings

GIVEN = {"clip_first": 1, "loss_scale": 1024.0, "max_norm": 1.0, "lr": 0.5, "steps": 100}
SAMPLES = 65536
TARGET = 1e-9
LONGEST = 300  # steps; enough to see where a run is going


@lru_cache(maxsize=1)
def data():
    """Inputs and targets of a linear model that fits exactly, in float32."""
    x = np.random.default_rng(0).standard_normal((SAMPLES, 4)).astype(np.float32)
    return x, x @ np.array([3, -3, 2, -1.5], np.float32)


def run(settings):
    """(first loss, norm held against the threshold at first, last loss)."""
    return _run(*(float(np.asarray(settings[name])) for name in GIVEN))


@lru_cache(maxsize=64)
def _run(clip_first, scale, max_norm, lr, steps):
    x, y = data()
    w = np.zeros(4, np.float32)
    first = first_norm = loss = np.nan
    with np.errstate(all="ignore"):
        for step in range(int(min(steps, LONGEST)) + 1):
            residual = x @ w - y
            loss = float(np.mean(residual**2) / 2)
            first = loss if step == 0 else first
            if step == int(steps) or not np.isfinite(loss):
                break
            # Gradients of the outputs are float16, as on a GPU; those of weights are float32.
            g = x.T @ (np.float32(scale) * residual / SAMPLES).astype(np.float16).astype(np.float32)
            g = g if clip_first else g / np.float32(scale)
            clipped = by_global_norm(g, max_norm=max_norm, nonfinite="skip")
            first_norm = clipped.norm if step == 0 else first_norm
            if clipped.skipped:
                continue
            g = clipped.gradients / np.float32(scale) if clip_first else clipped.gradients
            w = w - np.float32(lr) * g
    return first, first_norm, loss


def _possible(settings):
    return (
        settings["clip_first"] in (0, 1)
        and min(settings["loss_scale"], settings["max_norm"]) > 0
        and settings["steps"] >= 1
    )


def _solves(settings):
    return _possible(settings) and run(settings)[2] <= TARGET


def _is(name, test, settings):
    return only(GIVEN, name, settings) and test(settings[name])


def _observe(settings):
    """How the run with these settings goes."""
    if not _possible(settings):
        return "There is no run with such settings."
    first, norm, last = run(settings)
    return (
        f"Your run begins with a loss of {first:.3g}; the first norm that is held against the "
        f"threshold is {norm:.3g}; at the end the loss is {last:.2g}. The target is {TARGET:g}."
    )


_wrong = partial(wrong_settings, GIVEN)

exercise = diagnosis_exercise(
    "crawling_run",
    """
    A linear model with four weights fits 65,536 samples exactly. It is trained by gradient
    descent in mixed precision: the loss is multiplied by a scale, so that gradients do not
    vanish in float16, and the gradients are divided by it again before the step. They are also
    clipped to a global norm, since some batches were bad once. The gradient of the loss has a
    norm of 5 at the start. The loss begins at 12.3, and after 100 steps it is 12.0.

    Change one of the settings, and only one, so that after these 100 steps the loss is at most
    1e-9.
    """,
    GIVEN,
    comments=(
        "1: clip, then divide by the scale; 0: the reverse",
        "the loss is multiplied by it",
        "largest norm of a gradient; longer ones are clipped",
        "learning rate",
        "steps of gradient descent",
    ),
    reference={"clip_first": 0},
    chapter="clipping",
    alternatives=({**GIVEN, "max_norm": 1024.0}, {**GIVEN, "max_norm": 1e6}),
    solves=_solves,
    observe=_observe,
    hints=(
        "How long is a step of this run? Follow the gradient of norm 5 through the lines of one "
        "step, in their order.",
        "The norm that is compared with max_norm is not 5. What is it?",
    ),
    mistakes=(
        changed_two(GIVEN, {"clip_first": 0, "lr": 0.1}),
        _wrong(
            {"clip_first": 2},
            partial(_is, "clip_first", lambda order: order not in (0, 1)),
            "neither order",
            "Which two orders are there?",
            "clip_first is 1 or 0: clip and then divide, or divide and then clip.",
        ),
        _wrong(
            {"steps": 1000},
            partial(_is, "steps", lambda steps: steps > GIVEN["steps"]),
            "more steps",
            "By how much does the loss fall in 100 steps? How many would you need?",
            "Each step is a thousandth of what it should be, so you would need more than 10,000 of "
            "them. The task allows 100.",
        ),
        _wrong(
            {"steps": 10},
            partial(_is, "steps", lambda steps: steps < GIVEN["steps"]),
            "fewer steps",
            "Is the loss lower at any step before the end?",
            "The loss falls all the way, far too slowly. Fewer steps make it no faster.",
        ),
        _wrong(
            {"lr": 60.0},
            partial(_is, "lr", lambda lr: lr > GIVEN["lr"]),
            "larger learning rate",
            "Every step of this run is clipped. How long is each of them then, also close to the "
            "minimum?",
            "A learning rate a hundred times as large makes up for the short steps on the way. "
            "But all of them are equally long while they are clipped, and once they are not, the "
            "learning rate is far too large. The run does not settle.",
        ),
        _wrong(
            {"lr": 0.01},
            partial(_is, "lr", lambda lr: 0 < lr < GIVEN["lr"]),
            "smaller learning rate",
            "Are the steps of this run too long or too short?",
            "The run hardly moves. Smaller steps make it slower still.",
        ),
        _wrong(
            {"lr": -0.5},
            partial(_is, "lr", lambda lr: lr <= 0),
            "not downhill",
            "Which way does a step go when lr is negative, and how far when it is 0?",
            "Without a positive lr no step goes downhill.",
        ),
        _wrong(
            {"loss_scale": 1.0},
            partial(_is, "loss_scale", lambda scale: 0 < scale < GIVEN["loss_scale"]),
            "less loss scaling",
            "What was the scale there for? What does float16 make of a residual divided by 65,536?",
            "With a small scale the gradients of single samples fall below what float16 can hold "
            "as soon as the fit is good, and become 0. The run stops short of the target; with a "
            "scale in between its steps are too short as well.",
        ),
        _wrong(
            {"loss_scale": 65536.0},
            partial(_is, "loss_scale", lambda scale: scale > GIVEN["loss_scale"]),
            "more loss scaling",
            "How does the length of a step depend on the scale here?",
            "A larger scale makes the steps shorter still: a clipped gradient has the norm 1, "
            "whatever the scale, and is then divided by it.",
        ),
        _wrong(
            {"loss_scale": 0.0},
            partial(_is, "loss_scale", lambda scale: scale <= 0),
            "no scale",
            "What is left of a loss that is multiplied by your number?",
            "A scale is positive: the gradients are divided by it in the end.",
        ),
        _wrong(
            {"max_norm": 0.01},
            partial(_is, "max_norm", lambda norm: 0 < norm < GIVEN["max_norm"]),
            "clipped harder",
            "Are the steps of this run too long or too short?",
            "A smaller threshold makes the steps shorter still.",
        ),
        _wrong(
            {"max_norm": 30.0},
            lambda s: _is("max_norm", lambda n: n > GIVEN["max_norm"], s) and not _solves(s),
            "threshold raised, not far enough",
            "What is the norm of the gradient at the moment when it is compared with max_norm?",
            "You have seen that the threshold is too small for the gradients that it is compared "
            "with. By which factor are they too long?",
        ),
        _wrong(
            {"max_norm": 0.0},
            partial(_is, "max_norm", lambda norm: norm <= 0),
            "no step at all",
            "How long is a gradient that has been scaled to your norm?",
            "A largest norm is positive. At 0 no step would move anything.",
        ),
    ),
    reasoning="The gradient that is clipped is the scaled one, with a norm of 5 · 1024. It is cut "
    "to 1 and then divided by 1024, so every step has the length 0.5/1024: a hundred of them are "
    "a twentieth, and the minimum is 5 away. Divide first, then clip. (A threshold of 1024 "
    "does the same for this scale. Frameworks change the scale during a run, and the "
    "threshold would have to follow.)",
)
