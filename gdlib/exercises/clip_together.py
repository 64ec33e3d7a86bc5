"""Exercise: clip the gradients of several tensors by their global norm."""

from functools import partial

import numpy as np

from gdlib.exercises._exercise import code_exercise, wrong_code


def clip_together(gradients, max_norm):
    """Clip gradients by their global norm.

    gradients: shape (k, n), the gradients of k tensors, one in each row.
    max_norm: the largest global norm that may remain, above 0.

    Return clipped, norm: new gradients of shape (k, n), and the global norm
    before clipping. Where a number is infinite nothing is scaled: return
    the gradients as they came, so that the caller sees it.
    """
    norm = np.sqrt(np.sum(gradients**2))
    if not np.isfinite(norm) or norm <= max_norm:
        return gradients.copy(), norm
    return gradients * (max_norm / norm), norm


def _on_flat_vector(gradients, max_norm):
    flat = np.concatenate([np.ravel(row) for row in gradients])
    norm = np.linalg.norm(flat)
    factor = min(1.0, max_norm / norm) if 0 < norm < np.inf else 1.0
    return np.reshape(factor * flat, np.shape(gradients)), norm


def _row_by_row(gradients, max_norm):
    total = 0.0
    for row in gradients:
        total += float(np.dot(row, row))
    norm = total**0.5
    too_long = max_norm < norm < float("inf")
    return np.array([row / norm * max_norm if too_long else row for row in gradients]), norm


_wrong = partial(wrong_code, clip_together)
_NORM = "np.sqrt(np.sum(gradients**2))"
_SCALED = "gradients * (max_norm / norm)"
_GUARD = "not np.isfinite(norm) or "


def _each_way(name, question, explanation, *patches):
    """The mistake by itself, and together with that of scaling what is infinite."""
    return (
        _wrong(name, question, explanation, *patches),
        _wrong(
            f"{name}, and no look at infinities",
            question,
            f"{explanation} And where one number is infinite you change the others, too.",
            *patches,
            (_GUARD, ""),
        ),
    )


exercise = code_exercise(
    clip_together,
    chapter="clipping",
    outputs=("clipped", "norm"),
    scalars=("norm",),
    alternatives=(_on_flat_vector, _row_by_row),
    probes=(
        (np.array([[3.0, 4.0], [0.0, -12.0]]), 6.5),
        (np.array([[0.3, -0.4], [0.0, 0.0]]), 2.0),
        (np.array([[100.0, 1.0, 0.5], [-2.0, 0.5, 0.25]]), 2.0),
        (np.array([[0.6, 0.0], [0.0, 0.9]]), 1.0),
        (np.array([[1.0, np.inf], [3.0, -2.0]]), 0.5),
        (np.zeros((2, 2)), 1.0),
    ),
    hints=(
        "Think of all the numbers as one long vector. What is its length, and by what one number "
        "do you multiply it?",
        "Three cases: the norm is not finite, it is at most max_norm, it is above. Only in the "
        "last one anything is multiplied, all of it by max_norm / norm.",
    ),
    mistakes=(
        *_each_way(
            "norm of each tensor",
            "How many different factors do your rows get? How many are there if the gradient as "
            "a whole keeps its direction?",
            "You clip each row by a norm of its own. That is clipping per tensor: the rows shrink "
            "by different factors, and the gradient as a whole turns.",
            (
                _SCALED,
                "np.stack([r * np.minimum(1, max_norm / np.linalg.norm(r)) for r in gradients])",
            ),
        ),
        *_each_way(
            "clipped by value",
            "Which way does your result for [3, 4] point?",
            "You cut each number off at the threshold. That is clipping by value; the direction "
            "is lost.",
            (_SCALED, "np.clip(gradients, -max_norm, max_norm)"),
        ),
        _wrong(
            "always scaled",
            "What becomes of a gradient that is shorter than the threshold?",
            "You scale short gradients too, up to max_norm. Clipping leaves them as they are; "
            "what you do is normalizing.",
            (" or norm <= max_norm", " or norm == 0"),
        ),
        _wrong(
            "norm of each tensor, the last one returned",
            "How many norms does your function compute? Which of them do you return?",
            "You clip each row by a norm of its own and return that of the last row. There is one "
            "norm, that of all rows together, and so one factor.",
            (_NORM, "np.linalg.norm(gradients[-1])"),
            (f"{_GUARD}norm <= max_norm", "False"),
            (
                _SCALED,
                "np.stack([r * np.minimum(1, max_norm / np.linalg.norm(r)) for r in gradients])",
            ),
        ),
        _wrong(
            "long ones left and short ones scaled",
            "Which gradients does your function change, the long ones or the short ones?",
            "You leave what is above the threshold and lengthen what is below. It is the other way "
            "round: the factor is min(1, max_norm / norm).",
            ("norm <= max_norm", "norm >= max_norm"),
        ),
        _wrong(
            "always scaled, and no look at infinities",
            "What becomes of a gradient that is shorter than the threshold?",
            "You scale short gradients too, up to max_norm. Clipping leaves them as they are. And "
            "one infinity makes your factor 0, another kind of number makes it NaN: look at the "
            "norm first.",
            (f"{_GUARD}norm <= max_norm", "False"),
        ),
        *_each_way(
            "factor upside down",
            "Your factor for a norm of 10 and a threshold of 1: is it above 1 or below?",
            "You multiply by norm / max_norm, which makes long gradients longer.",
            ("max_norm / norm", "norm / max_norm"),
        ),
        *_each_way(
            "norms added",
            "Two tensors with norms of 3 and 4: how long is the vector of both?",
            "You add the norms of the rows. Norms add like the sides of a right triangle: it is "
            "the squares that are added, and the root is taken once.",
            (_NORM, "sum(np.sqrt(np.sum(row**2)) for row in gradients)"),
        ),
        *_each_way(
            "mean instead of sum",
            "How does your norm change if the gradient is filled up with zeros?",
            "You take the mean of the squares. That is the RMS; the norm is the root of their sum.",
            (_NORM, "np.sqrt(np.mean(gradients**2))"),
        ),
        *_each_way(
            "root forgotten",
            "If all gradients are doubled, what becomes of your norm?",
            "Your norm is the sum of the squares. Its root is the length.",
            (_NORM, "np.sum(gradients**2)"),
        ),
        *_each_way(
            "largest number for norm",
            "Is [3, 4] as long as [0, 4]?",
            "You take the largest absolute value. That is the L∞ norm, which also gives one "
            "factor for all, but another one.",
            (_NORM, "np.abs(gradients).max()"),
        ),
        *_each_way(
            "absolute values added",
            "How long is the vector [3, 4]?",
            "You add absolute values, which is the L1 norm. The length is the root of the sum of "
            "squares.",
            (_NORM, "np.abs(gradients).sum()"),
        ),
        *_each_way(
            "scaled to length 1",
            "How long is your result if the threshold is 2?",
            "You divide by the norm and stop there. The length that is left should be max_norm.",
            (_SCALED, "gradients / norm"),
        ),
        *_each_way(
            "multiplied by the threshold",
            "How long is your result for a gradient of length 10, if the threshold is 2?",
            "You multiply by max_norm and do not divide by the norm.",
            (_SCALED, "gradients * max_norm"),
        ),
        *_each_way(
            "norm after clipping",
            "What could a log tell you in which no norm is ever above the threshold?",
            "You return the norm after clipping, at most max_norm. What tells you about a run is "
            "the norm before.",
            (f"{_SCALED}, norm", f"{_SCALED}, max_norm"),
        ),
        _wrong(
            "one infinity wipes out the rest",
            "What is 1 / inf? And what does the caller see of the other numbers then?",
            "You scale although the norm is infinite. The factor is 0, so every number becomes 0 "
            "but the infinite one, which becomes NaN. Give everything back as it came.",
            (_GUARD, ""),
        ),
        _wrong(
            "infinities swept away",
            "A step is taken with your result. Does anyone learn that there was an infinity?",
            "You set everything to 0 where a number is infinite. The step does nothing, and the "
            "caller does not see why.",
            (
                f"if {_GUARD}norm",
                "if not np.isfinite(norm):\n        return np.zeros_like(gradients), norm\n"
                "    if norm",
            ),
        ),
    ),
    reasoning="All numbers together are one vector, and its length is the root of the sum of all "
    "squares, over all tensors. If that is above max_norm, everything is multiplied by "
    "max_norm / norm: one factor, so the direction stays. Below it nothing changes. And an "
    "infinite norm says that something is broken, which scaling would only hide.",
)
