"""Exercise: which learning rate undoes a change of scale of weights that batch norm follows?"""

from gdlib.exercises._exercise import number_exercise, wrong_number

LR, FACTOR = 0.05, 3


def _observe(lr):
    """What one step does to the rescaled weights."""
    if lr <= 0:
        return f"A learning rate is positive; yours is {lr:g}."
    return (
        f"With lr = {lr:.3g} the first step changes the new weights by {lr / LR / FACTOR:.3g} "
        "times what it would have changed the old ones."
    )


exercise = number_exercise(
    "rescaled_layer_lr",
    """
    A linear layer is followed by batch norm, with ε = 0. It is trained by gradient descent, with
    lr = 0.05 and no weight decay. All its weights are multiplied by 3, and nothing else.

    With which lr for these weights does training go on as if nothing had happened: the same
    outputs after every step? Predict it before you run anything.
    """,
    LR * FACTOR**2,
    chapter="batch_norm",
    alternatives=(0.45, 9 / 20),
    tolerance=0.01,
    observe=_observe,
    hints=(
        "The loss does not change when the weights are multiplied by 3. Its slope is a change of "
        "loss per change of weight: what becomes of that?",
        "The new gradient is a third of the old one, and the step has to be three times as long.",
    ),
    mistakes=(
        wrong_number(
            LR,
            "nothing changes",
            "The outputs are the same. Is the gradient by the weights the same too?",
            "The outputs do not notice the factor of 3, but the gradient does: it is a third of "
            "what it was, and a step of the old length turns the larger weights less.",
        ),
        wrong_number(
            LR * FACTOR,
            "only one of two factors",
            "After your step, is the new weight still three times the old one?",
            "Two things change: the gradient is divided by 3, and the weights, three times as "
            "large, need a step three times as long. You have made up for one of the two.",
        ),
        wrong_number(
            LR / FACTOR,
            "the wrong way round, and one factor",
            "Does the gradient grow or shrink when the weights grow?",
            "The loss is flatter where the weights are large: the gradient shrinks. So lr has to "
            "grow, and by more than 3.",
        ),
        wrong_number(
            LR / FACTOR**2,
            "the wrong way round",
            "Does the gradient grow or shrink when the weights grow?",
            "The square is right and the direction is not. Large weights have small gradients, "
            "and need long steps.",
        ),
        wrong_number(
            LR * FACTOR**3,
            "a factor too many",
            "Which lengths are multiplied by 3, and which are divided? Count once more.",
            "The gradient is divided by 3, and the step is to be 3 times as long. That is 3², "
            "not 3³.",
        ),
        wrong_number(
            LR * FACTOR**0.5,
            "the root",
            "Where would a root come from? Write one step with w and one with 3w.",
            "No root takes part. The gradient is divided by 3, the step multiplied by 3.",
        ),
        wrong_number(
            LR * 2 * FACTOR,
            "added instead of multiplied",
            "Two factors of 3, one after the other: is that 6?",
            "The two factors multiply: 3 · 3.",
        ),
        wrong_number(
            1 / LR,
            "the inverse",
            "Is your number a learning rate or one divided by it?",
            "You turned lr upside down. It is to be multiplied by a factor.",
        ),
        wrong_number(
            float(FACTOR**2),
            "the factor alone",
            "Your number is by how much lr has to be multiplied. What is lr then?",
            "9 is the factor. The learning rate was asked for.",
        ),
    ),
    reasoning="The loss is the same at w and at 3w, so its gradient at 3w is a third of that at w. "
    "The new weights stay three times the old ones if lr′ g/3 = 3 lr g, hence lr′ = 9 lr = 0.45. "
    "What counts is lr/‖w‖², the effective learning rate.",
)
