"""Exercise: where clipped single samples pull a run to."""

from gdlib.exercises._exercise import number_exercise, wrong_number


def _mean_step(x):
    """The mean of the clipped gradients of the ten samples."""
    return (9 * max(-1.0, min(1.0, x)) + max(-1.0, min(1.0, x - 10))) / 10


def _observe(x):
    """Where the clipped gradients at the answer pull."""
    pull = _mean_step(x)
    way = "to the left" if pull > 0 else "to the right"
    way = way if abs(pull) > 1e-12 else "nowhere"
    return f"At x = {x:.4g} the mean of the ten clipped gradients is {pull:.3g}: it pulls {way}."


exercise = number_exercise(
    "clipped_resting_place",
    """
    The loss of a sample a is (x − a)²/2. Of ten samples nine are 0 and one is 10. Descent takes
    one sample at a time, at random, with a small learning rate, and clips its gradient to a norm
    of at most 1.

    Around which x does the run settle? Predict it before you run anything.
    """,
    1 / 9,
    chapter="clipping",
    alternatives=(0.1 / 0.9, 1 / (10 - 1)),
    tolerance=0.02,
    observe=_observe,
    hints=(
        "Where x settles the pulls cancel on average. How strong is the pull of the sample at 10, "
        "after clipping?",
        "For x between −1 and 1 the nine samples pull with x each, unclipped; the tenth pulls "
        "with 1 the other way. Nine times the one is once the other.",
    ),
    mistakes=(
        wrong_number(
            1.0,
            "the mean of the samples",
            "At your x, how strong is the pull of the sample at 10, and how strong may it be?",
            "1 is the mean of the samples, the minimum of the loss, where descent without clipping "
            "goes. Clipped, the sample at 10 pulls with 1 and not with 9.",
        ),
        wrong_number(
            0.0,
            "the tenth sample ignored",
            "At your x, how strong are the pulls of the nine, and how strong is that of the tenth?",
            "Clipping shortens a gradient, it does not remove it. At 0 the nine do not pull at "
            "all, and the tenth does.",
        ),
        wrong_number(
            0.1,
            "nine samples counted as ten",
            "How many of the ten samples pull to the left at your x, and how hard is each pull?",
            "You set x equal to a tenth. The nine pull with 9/10 of x together, against 1/10.",
        ),
        wrong_number(
            10 / 9,
            "the tenth sample at full strength",
            "How long is the gradient of the sample at 10 after clipping?",
            "You let the tenth sample pull with 10. Clipped, it pulls with 1.",
        ),
        wrong_number(
            9.0,
            "the clipped gradient taken off the sample",
            "At your x, how many samples pull to the left, and how hard?",
            "9 is one step short of 10. But there nine of ten samples pull the other way, with 1 "
            "each.",
        ),
        wrong_number(
            10 - 1 / 9,
            "the wrong side",
            "Which samples are many, those at 0 or those at 10?",
            "You have the two groups the wrong way round: nine samples are at 0.",
        ),
        wrong_number(
            -1 / 9,
            "the wrong sign",
            "On which side of 0 is the tenth sample?",
            "The size is right. The tenth sample pulls to the right, so x settles above 0.",
        ),
        wrong_number(
            5.0,
            "halfway",
            "At your x, how many samples pull to the left?",
            "Between 1 and 9 all ten gradients are clipped to 1. Nine pull left, one pulls right.",
        ),
        wrong_number(
            9.0 / 10,
            "pulls instead of a place",
            "At your x, how hard do the nine pull, and how hard does the tenth?",
            "0.9 is the share of the samples at 0. The place is where their pull and that of the "
            "tenth cancel.",
        ),
    ),
    reasoning="At x between −1 and 1 the mean clipped gradient is 0.9 · x − 0.1 · 1, which is 0 at "
    "x = 1/9. The minimum of the loss is at 1, the mean of the samples: clipping has moved the "
    "resting place to 1/9, without any noise being to blame. In one dimension clipped gradients "
    "of squares are the gradients of Huber's loss, and it is that loss which is minimized.",
)
