"""Exercise: one pass over the samples in mini-batches, a step for each."""

from functools import partial

import numpy as np

from gdlib.exercises._exercise import code_exercise, wrong_code


def mini_batch_epoch(x, features, targets, order, batch_size, lr):
    """Make one pass over the samples in mini-batches and return the new x.

    The loss of sample i is ½ (features[i] · x − targets[i])². For each
    batch in turn take one step

        x ← x − lr · g

    with g the gradient, at the present x, of the mean loss of the batch.

    x: where you stand, shape (d,).
    features: one row for each sample, shape (n, d).
    targets: one number for each sample, shape (n,).
    order: the n sample indices in the order of this pass, shuffled.
    batch_size: samples in a batch, 1 to n. If fewer are left at the
        end, they make a shorter batch; its loss is the mean over them.
    lr: the learning rate, a positive number.

    Leave the arguments as they are: return a new array.
    """
    for first in range(0, len(order), batch_size):
        batch = order[first : first + batch_size]
        residuals = features[batch] @ x - targets[batch]
        g = features[batch].T @ residuals / len(batch)
        x = x - lr * g
    return x


def _samples_one_by_one(x, features, targets, order, batch_size, lr):
    x, g, seen = x.astype(float), np.zeros(len(x)), 0
    for position, i in enumerate(order, start=1):
        g = g + (features[i] @ x - targets[i]) * features[i]
        seen += 1
        if seen == batch_size or position == len(order):
            x = x - lr * g / seen
            g, seen = np.zeros(len(x)), 0
    return x


def _split_beforehand(x, features, targets, order, batch_size, lr):
    cuts = np.arange(batch_size, len(order), batch_size)
    shuffled = zip(np.split(features[order], cuts), np.split(targets[order], cuts), strict=True)
    for rows, answers in shuffled:
        gradients = (rows @ x - answers)[:, None] * rows
        x = x - lr * gradients.mean(axis=0)
    return x


_SIX = np.array(
    [[1.0, 2.0], [-1.0, 0.5], [2.0, 1.0], [0.5, -2.0], [3.0, 0.0], [-2.0, 1.5], [0.0, 1.0]]
)
_ANSWERS = np.array([2.0, -1.0, 0.5, 1.0, -2.0, 3.0, 4.0])
_THREE = np.array(
    [[1.0, 0.0, 2.0], [0.5, -1.0, 1.0], [-1.0, 2.0, 0.0], [2.0, 1.0, -1.0], [0.0, 3.0, 1.0]]
)

_wrong = partial(wrong_code, mini_batch_epoch)
_POSITIONS = "range(0, len(order), batch_size)"
_BATCH = "order[first : first + batch_size]"
_DIVISOR = "/ len(batch)"

exercise = code_exercise(
    mini_batch_epoch,
    chapter="gradient_descent",
    outputs=("x",),
    alternatives=(_samples_one_by_one, _split_beforehand),
    probes=(
        (np.array([0.5, -1.0]), _SIX, _ANSWERS, np.array([4, 1, 6, 0, 5, 2, 3]), 3, 0.1),
        (np.array([1.0, 1.0]), _SIX[:4], _ANSWERS[:4], np.array([2, 0, 3, 1]), 2, 0.2),
        (np.array([0.0, 2.0, -1.0]), _THREE, _ANSWERS[:5], np.array([3, 0, 4, 1, 2]), 2, 0.05),
        (np.array([-1.0, 0.5]), _SIX[:5], _ANSWERS[:5], np.array([1, 4, 0, 3, 2]), 1, 0.05),
        (np.array([2.0, 0.0]), _SIX, _ANSWERS, np.array([6, 5, 4, 3, 2, 1, 0]), 7, 0.1),
    ),
    hints=(
        "Write down the batches of 7 samples with batch_size 3. How many are there, and how many "
        "samples has each?",
        "For each batch: the residuals of its samples at the present x, the mean of residual "
        "times row of features, then the step. The next batch is looked at from the new x.",
    ),
    mistakes=(
        _wrong(
            "sum instead of mean",
            "If batch_size is doubled, what happens to the length of your step?",
            "You add up the gradients of the batch. The loss of a batch is a mean, so divide by "
            "the number of its samples; else lr means something else for each batch size.",
            (_DIVISOR, ""),
        ),
        _wrong(
            "wrong divisor for the short last batch",
            "With 7 samples and batch_size 3, by what do you divide in the last batch?",
            "You divide by batch_size, also where fewer samples are left. The mean of a short "
            "batch is over those it has: divide by their number.",
            (_DIVISOR, "/ batch_size"),
        ),
        _wrong(
            "divided by all samples",
            "How many samples does your batch hold, and by what do you divide their sum?",
            "You divide the sum over a batch by the number of all samples. Its mean is over the "
            "samples of the batch.",
            (_DIVISOR, "/ len(order)"),
        ),
        _wrong(
            "the same batch each time",
            "Which samples does your second step look at?",
            "Every step uses the first batch. Each batch starts where the one before ended.",
            (_BATCH, "order[:batch_size]"),
        ),
        _wrong(
            "only the first batch",
            "How many steps does your pass take?",
            "You stop after the first batch. A pass takes a step for each of them. Is a return "
            "indented too far?",
            (_POSITIONS, "[0]"),
        ),
        _wrong(
            "drops the last samples",
            "With 7 samples and batch_size 3, which samples does your pass never see?",
            "Samples that do not fill a batch are left out. They make a last, shorter one.",
            (_POSITIONS, "range(0, len(order) - batch_size + 1, batch_size)"),
        ),
        _wrong(
            "drops the first batch",
            "Which samples does your first step look at?",
            "Your pass begins with the second batch. Count positions from 0.",
            (_POSITIONS, "range(batch_size, len(order), batch_size)"),
        ),
        _wrong(
            "one sample counted twice",
            "At which position does your first batch end, and where does the second begin?",
            "Each batch has one sample too many, which the next has again. A slice does not hold "
            "its end.",
            (_BATCH, "order[first : first + batch_size + 1]"),
        ),
        _wrong(
            "one sample left out of each batch",
            "How many samples does your first batch have?",
            "Each batch has one sample too few. A slice does not hold its end, so nothing has to "
            "be taken from it.",
            (_BATCH, "order[first : first + batch_size - 1]"),
        ),
        _wrong(
            "ignores the order",
            "If order is reversed, does your result change?",
            "You take the samples as they lie in the arrays. Sample order[0] comes first, then "
            "sample order[1], and so on.",
            (_BATCH, f"np.sort(order){_BATCH.removeprefix('order')}"),
        ),
        _wrong(
            "all gradients from the start of the pass",
            "At which x do you take the gradient of the second batch?",
            "You take all gradients where the pass began. Each batch is looked at from where the "
            "step before has led.",
            (f"for first in {_POSITIONS}", f"start = x\n    for first in {_POSITIONS}"),
            ("@ x", "@ start"),
        ),
        _wrong(
            "one step for the whole pass",
            "How many steps does your pass take with 7 samples and batch_size 3?",
            "You take one step with the gradient of all samples: a full batch. A pass of "
            "mini-batches takes a step for each batch.",
            (_POSITIONS, "[0]"),
            (_BATCH, "order"),
        ),
        _wrong(
            "a step for each sample",
            "How many steps does your pass take with 7 samples and batch_size 3?",
            "You step after every sample, as if batch_size were 1. A step follows the mean "
            "gradient of batch_size samples.",
            (_POSITIONS, "range(len(order))"),
            (_BATCH, "order[first : first + 1]"),
        ),
        _wrong(
            "uphill",
            "Is the loss of a batch smaller after your step than before?",
            "You add lr · g, or take the residual as target minus prediction. Either turns the "
            "step around.",
            ("x - lr", "x + lr"),
        ),
        _wrong(
            "twice the gradient",
            "What is the derivative of ½ r² with respect to r?",
            "Your gradient is twice as long as it should be: that of the square without the ½.",
            ("lr * g", "2 * lr * g"),
        ),
        _wrong(
            "residual without features",
            "Two coordinates of x have different features. Do they move by the same amount?",
            "You step by the mean residual in every coordinate. The gradient of a sample is its "
            "residual times its row of features.",
            (f"features[batch].T @ residuals {_DIVISOR}", "residuals.mean() * np.ones(len(x))"),
        ),
        _wrong(
            "targets forgotten",
            "If all targets are changed, does your result change?",
            "You use the predictions in place of the residuals: take the targets from them.",
            (" - targets[batch]", ""),
        ),
    ),
    reasoning="A pass cuts the shuffled order into pieces of batch_size. From each piece comes the "
    "mean of residual times features, taken where the step before has led, and one step. Dividing "
    "by the length of the piece, and not by batch_size, keeps the short last batch a mean. With "
    "batch_size = n this is one step of gradient descent, with batch_size = 1 it is stochastic "
    "gradient descent.",
)
