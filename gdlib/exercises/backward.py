"""Exercise: walk a tape backwards."""

from functools import partial

import numpy as np

from gdlib.exercises._exercise import code_exercise, wrong_code


def backward(x, tape):
    """Return the gradient of the last number by every number of a tape.

    x: the numbers in the order in which they were computed, shape (n,);
       those given come before all that are computed from them. x[-1] is
       the loss.
    tape: the edges of the graph, a list of triples (output, input, slope)
       in the order of computation: x[output] was computed from x[input],
       with the local derivative slope.

    Return an array g of n floats, g[i] = ∂x[-1] / ∂x[i], where x[i] may
    act on x[-1] in many ways, or in none.
    """
    g = np.zeros(len(x))
    g[-1] = 1.0
    for output, input, slope in reversed(tape):
        g[input] += slope * g[output]
    return g


def _each_number_pulls(x, tape):
    g = [0.0] * (len(x) - 1) + [1.0]
    for i in range(len(x) - 2, -1, -1):
        g[i] = sum(slope * g[output] for output, input, slope in tape if input == i)
    return g


def _over_all_paths(x, tape):
    def by(i):
        if i == len(x) - 1:
            return 1.0
        return sum(slope * by(output) for output, input, slope in tape if input == i)

    return np.array([by(i) for i in range(len(x))])


def _linear_system(x, tape):
    slopes = np.zeros((len(x), len(x)))
    for output, input, slope in tape:
        slopes[input, output] += slope
    return np.linalg.solve(np.eye(len(x)) - slopes, np.eye(len(x))[-1])


# (x0 x1 + x0)², in which x0 is used twice
_TWICE = (
    np.array([3.0, 0.5, 1.5, 4.5, 20.25]),
    [(2, 0, 0.5), (2, 1, 3.0), (3, 2, 1.0), (3, 0, 1.0), (4, 3, 9.0)],
)
# x1 x2 − x2 with x1 = x0², a product of one number with itself; x3 leads nowhere
_SQUARE = (
    np.array([-2.0, 4.0, 1.25, 2.5, 5.0, 3.75]),
    [(1, 0, -2.0), (1, 0, -2.0), (3, 2, 2.0), (4, 1, 1.25), (4, 2, 4.0), (5, 4, 1.0), (5, 2, -1.0)],
)
# a ladder: each number from the two before it
_LADDER = (
    np.array([1.0, 2.0, 0.5, -1.5, 3.0, 0.25]),
    [
        *((2, 0, 0.5), (2, 1, -0.25), (3, 1, 2.0), (3, 2, 0.5)),
        *((4, 2, -3.0), (4, 3, 1.5), (5, 3, 0.75), (5, 4, -0.5)),
    ],
)

_wrong = partial(wrong_code, backward)
_LOOP = "for output, input, slope in reversed(tape):"
_ADD = "g[input] += slope * g[output]"
_SEED = "g[-1] = 1.0"

exercise = code_exercise(
    backward,
    chapter="backpropagation",
    outputs=("g",),
    alternatives=(_each_number_pulls, _over_all_paths, _linear_system),
    probes=(_TWICE, _SQUARE, _LADDER),
    hints=(
        "By how much does the loss change for each unit of the loss itself? That number is known "
        "before the walk begins, and the last edge passes it on.",
        "Go through the edges from the last to the first. Each takes the gradient at its output, "
        "multiplies it by its slope, and hands it to its input.",
    ),
    mistakes=(
        _wrong(
            "overwrites instead of adding",
            "If a number is used twice, how does the loss change when it moves?",
            "The second use replaces what the first one brought. A number acts on the loss along "
            "every edge that leaves it, and the contributions add up.",
            (_ADD, "g[input] = slope * g[output]"),
        ),
        _wrong(
            "the first edge only",
            "If a number is used twice, how does the loss change when it moves?",
            "A number that has its gradient already is passed over. That is right for a search "
            "through a graph and wrong here: every edge contributes.",
            (_ADD, "g[input] = g[input] or slope * g[output]"),
        ),
        _wrong(
            "a repeated edge dropped",
            "In x · x the number x stands twice. How many edges lead from it to the product?",
            "Edges that are equal are still two edges: the derivative of x · x is x + x. A "
            "dictionary or a set keeps only one of them.",
            ("reversed(tape)", "reversed(list(dict.fromkeys(tape)))"),
        ),
        _wrong(
            "walks forwards",
            "When an edge is taken, is the gradient at its output complete?",
            "From the first edge to the last, each edge passes on a gradient that has not arrived "
            "yet: 0. The gradient at an output is complete once all edges behind it are done.",
            ("reversed(tape)", "tape"),
        ),
        _wrong(
            "starts from zero",
            "What is the derivative of the loss by itself?",
            "All your gradients are 0, since each is a multiple of the one behind it. The last is "
            "∂L/∂L = 1, and it has to be there before the walk begins.",
            (_SEED, ""),
        ),
        _wrong(
            "starts from the loss",
            "What is the derivative of the loss by itself?",
            "You start from the value of the loss. That makes it the gradient of ½ L². The "
            "derivative of L by itself is 1.",
            (_SEED, "g[-1] = x[-1]"),
        ),
        _wrong(
            "starts from ones",
            "What is the gradient by a number that leads nowhere?",
            "Every gradient is 1 too large before it is passed on. Only the loss starts with 1, "
            "all others with 0.",
            ("np.zeros(len(x))", "np.ones(len(x))"),
        ),
        _wrong(
            "starts at the first number",
            "Which of the numbers is differentiated, and which does your walk start from?",
            "The 1 stands at x[0], and a walk backwards never leaves it. It belongs to the loss, "
            "x[-1].",
            (_SEED, "g[0] = 1.0"),
        ),
        _wrong(
            "forward mode",
            "Is your g[i] the slope of the loss along x[i], or the slope of x[i] along x[0]?",
            "You walk forwards from the first number: that gives the derivatives of all numbers "
            "by x[0]. Asked for are the derivatives of the last number by all.",
            (_SEED, "g[0] = 1.0"),
            (_LOOP, "for input, output, slope in tape:"),
        ),
        _wrong(
            "the local derivative left out",
            "If x[output] moves twice as fast as x[input], what does the edge do to a gradient?",
            "The gradient at the output is passed on as it is. The chain rule multiplies it by "
            "the local derivative of the edge.",
            (_ADD, "g[input] += g[output]"),
        ),
        _wrong(
            "only the local derivative",
            "How does the edge know what its output does to the loss?",
            "You add up local derivatives, which say how a number moves the next one. How that "
            "one moves the loss is the gradient at the output: multiply by it.",
            (_ADD, "g[input] += slope"),
        ),
        _wrong(
            "the value in the place of the gradient",
            "By what is the slope of an edge multiplied: by x[output] or by the gradient there?",
            "You multiply by the number that was computed. The values have done their work: they "
            "are in the slopes.",
            (_ADD, "g[input] += slope * x[output]"),
        ),
        _wrong(
            "the gradient at the input",
            "At which end of an edge is the gradient known when the walk comes to it?",
            "slope · g[input] multiplies what is to be found by itself, and it is still 0. What is "
            "known is the gradient at the output, the first number of an edge.",
            (_ADD, "g[input] += slope * g[input]"),
        ),
        _wrong(
            "times the value at the input",
            "What does the slope of an edge leave out, if anything?",
            "You multiply by x[input] besides. How fast the output moves with x[input] is the "
            "slope, all of it: the values were needed to compute the slopes and are not needed "
            "again.",
            (_ADD, "g[input] += slope * g[output] * x[input]"),
        ),
        _wrong(
            "whole numbers",
            "What becomes of 4.5 in an array of whole numbers?",
            "Your array holds integers, and NumPy cuts off what stands behind the point. "
            "np.zeros(n) without a type holds floats.",
            ("np.zeros(len(x))", "np.zeros(len(x), dtype=int)"),
            (_ADD, "g[input] += int(slope * g[output])"),
        ),
        _wrong(
            "divided instead of multiplied",
            "If x[output] moves twice as fast as x[input], is the loss more or less sensitive to "
            "x[input] than to x[output]?",
            "You divide by the local derivative. ∂L/∂x = ∂L/∂y · ∂y/∂x is a product.",
            (_ADD, "g[input] += g[output] / slope"),
        ),
        _wrong(
            "added instead of multiplied",
            "Along one path, how do two slopes in a row combine?",
            "Along a path slopes are multiplied; what is added are the contributions of different "
            "edges.",
            (_ADD, "g[input] += slope + g[output]"),
        ),
        _wrong(
            "the mean over the uses",
            "If a number is used twice, and each use alone moves the loss by 1, what do both?",
            "You divide by the number of uses. The contributions add up: nothing is averaged.",
            (_ADD, "g[input] += slope * g[output] / [edge[1] for edge in tape].count(input)"),
        ),
    ),
    reasoning="The loss has the gradient 1 by itself, everything else starts at 0. Each edge hands "
    "the gradient at its output, times its slope, to its input, where it is added to what the "
    "other uses of that number have brought. Going through the edges in reverse order makes sure "
    "that the gradient at an output is complete before it is passed on: all edges that leave a "
    "number come later on the tape than those that lead to it. The work is one multiplication and "
    "one addition for each edge.",
)
