"""Exercise: how many products the backward pass of a small network takes."""

from itertools import pairwise

from gdlib.exercises._exercise import number_exercise, wrong_number

WIDTHS = (64, 128, 64, 10)
LAYERS = [n_in * n_out for n_in, n_out in pairwise(WIDTHS)]
FORWARD = sum(LAYERS)
PARAMETERS = FORWARD + sum(WIDTHS[1:])


def _observe(number):
    """The number in units of the forward pass."""
    if number <= 0:
        return f"A count of products is positive; yours is {number:g}."
    return (
        f"That is {number / FORWARD:.3g} times the {FORWARD:,} products of the forward pass. "
        "It is not what the walk back takes."
    )


exercise = number_exercise(
    "backward_products",
    """
    A network has three linear layers, 64 → 128 → 64 → 10, each with a bias, and tanh after the
    first two. One sample is sent through it, with one product for each weight.

    The walk back gives the gradients by all weights and biases, and nothing by the 64 features,
    since nobody asked for it. How many products does it take? Count those in which a weight or
    the gradient by a weight takes part. Leave out the loss and the slopes of tanh.
    Predict it before you run anything.
    """,
    FORWARD + sum(LAYERS[1:]),
    chapter="backpropagation",
    alternatives=(64 * 128 + 2 * (128 * 64 + 64 * 10),),
    tolerance=1e-3,
    observe=_observe,
    hints=(
        "Take one layer, y = x Wᵀ + b, and G = ∂L/∂y. Which gradients does it owe to whom, and "
        "how many products is each?",
        "The gradient by W is one product for each weight, and so is the gradient by x. Which of "
        "the three layers owes only one of the two?",
    ),
    mistakes=(
        wrong_number(
            2 * FORWARD,
            "the features' gradient counted too",
            "What does the first layer do with the gradient by its input?",
            "Twice the forward pass is the rule of thumb, and it counts a gradient by the features "
            "that nobody asked for. The first layer owes only the gradient by its weights.",
        ),
        wrong_number(
            FORWARD,
            "the weights' gradients only",
            "How does the gradient get from the third layer to the second?",
            "One product for each weight gives the gradients by the weights. To reach the layer "
            "below, the gradient has to go through the weights as well.",
        ),
        wrong_number(
            sum(LAYERS[1:]),
            "the inputs' gradients only",
            "Which product gives the gradient by a weight?",
            "You carried the gradient down to the first layer. The gradient by each weight is one "
            "product more: of the gradient at its output and its input.",
        ),
        wrong_number(
            FORWARD + sum(LAYERS[:-1]),
            "the wrong layer left out",
            "Which layer has the features as its input?",
            "You left out a gradient at the last layer. The one that nobody asked for is the "
            "gradient by the input of the first.",
        ),
        wrong_number(
            2 * sum(LAYERS[1:]),
            "the first layer left out",
            "Nobody asks for the gradient by the features. Does anybody ask for one by the first "
            "layer's weights?",
            "You left out the first layer altogether. It owes no gradient by its input, but it "
            "does owe the gradient by its weights, 8,192 products.",
        ),
        wrong_number(
            2 * FORWARD + sum(LAYERS[1:]),
            "the forward pass counted too",
            "Which part of the work is asked for?",
            "This is the forward pass and the walk back together. Asked for is the walk back.",
        ),
        wrong_number(
            3 * FORWARD,
            "three of each",
            "What does the first layer do with the gradient by its input? And is the forward pass "
            "asked for?",
            "Three products for each weight: forward, gradient by the weight, gradient by the "
            "input. The first is not asked for, and the last nobody needs at the first layer.",
        ),
        wrong_number(
            FORWARD + sum(LAYERS[1:]) + sum(WIDTHS[1:]),
            "a product for each bias",
            "A bias is added. What is its local derivative?",
            "The local derivative of a sum is 1: the gradient by a bias is the gradient at the "
            "output as it is, and takes no product.",
        ),
        wrong_number(
            PARAMETERS,
            "the number of parameters",
            "What do products of weights with gradients have to do with how many there are?",
            "17,226 is the number of parameters, weights and biases. The walk back uses most "
            "weights twice and the biases not at all.",
        ),
        wrong_number(
            2 * PARAMETERS * FORWARD,
            "central differences",
            "How often does the walk back visit a weight?",
            "This is what central differences take: two forward passes for each parameter. The "
            "walk back visits each edge of the graph once.",
        ),
        wrong_number(
            2 * PARAMETERS,
            "the forward passes of central differences",
            "How often does the walk back visit a weight?",
            "34,452 is the number of forward passes that central differences take. The walk back "
            "is no forward pass; it visits each edge of the graph once.",
        ),
    ),
    reasoning="For one sample each layer owes the gradient by its weights, the product of the "
    "gradient at each output with each input: one for each weight, 8,192 + 8,192 + 640 = 17,024. "
    "The second and the third layer also owe the gradient by their inputs, one product for each "
    "weight again: 8,192 + 640 = 8,832. Biases take no product. Together 25,856, or 1.52 forward "
    "passes.",
)
