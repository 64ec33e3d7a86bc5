"""Exercise: carry a gradient back through a deep net, layer by layer."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from gdlib.activation import leaky_relu, sigmoid, tanh
from gdlib.exercises._exercise import code_exercise, wrong_code


@dataclass(frozen=True)
class _Activation:
    """An activation with its derivative that shows itself by its name."""

    value: Callable

    def __call__(self, z):
        return self.value(np.asarray(z, dtype=float))

    def derivative(self, z):
        return self.value.derivative(np.asarray(z, dtype=float))

    def __repr__(self):
        return self.value.__name__


def layer_gradients(z, weights, g, activation):
    """Carry a gradient back through a deep net: ∂loss/∂z of each layer.

    One sample has gone forward, with h_0 the input,

        z_l = W_l h_{l-1},    h_l = activation(z_l),    l = 1 … L

    z: what the layers computed, shape (L, n); z[0] is z_1, z[L-1] is z_L.
    weights: shape (L, n, n); weights[0] is W_1, and its rows are the units
        of layer 1.
    g: ∂loss/∂h_L, shape (n,).
    activation: activation(z) is its value at each element,
        activation.derivative(z) its slope.

    Return an array of shape (L, n): ∂loss/∂z_l, in the order of z.
    """
    delta = np.zeros_like(z)
    for k in reversed(range(len(z))):
        delta[k] = g * activation.derivative(z[k])
        g = weights[k].T @ delta[k]
    return delta


def _with_diagonal_matrices(z, weights, g, activation):
    slopes = activation.derivative(z)
    rows = [np.diag(slopes[-1]) @ g]
    for W, slope in zip(weights[:0:-1], slopes[-2::-1], strict=True):
        rows.insert(0, np.diag(slope) @ W.T @ rows[0])
    return np.array(rows)


def _as_row_vectors(z, weights, g, activation):
    found = []
    row = np.asarray(g)[None]
    for k in range(len(z) - 1, -1, -1):
        row = row * activation.derivative(z[k])
        found.append(row[0])
        row = row @ weights[k]
    return np.stack(found[::-1])


_rng = np.random.default_rng(0)


def _probe(layers, units, activation):
    def draw(*shape):
        return _rng.normal(0, 1.2, shape).round(1)

    return draw(layers, units), draw(layers, units, units), draw(units), _Activation(activation)


_wrong = partial(wrong_code, layer_gradients)
_SLOPE = "activation.derivative(z[k])"
_BACK = "weights[k].T @ delta[k]"

exercise = code_exercise(
    layer_gradients,
    chapter="vanishing_gradients",
    outputs=("delta",),
    alternatives=(_with_diagonal_matrices, _as_row_vectors),
    probes=(
        _probe(2, 2, tanh),
        _probe(3, 2, sigmoid),
        _probe(4, 3, leaky_relu(0.2)),
        _probe(5, 3, tanh),
    ),
    hints=(
        "Take two layers of one unit each and write the chain rule out: which factors stand "
        "between ∂loss/∂h_2 and ∂loss/∂z_1?",
        "From the last layer to the first: times the slope at z_l, that is ∂loss/∂z_l; then "
        "times the transposed W_l, that is ∂loss/∂h_{l-1}.",
    ),
    mistakes=(
        _wrong(
            "slope at the activation instead of at z",
            "tanh(2) = 0.96. At which of the two numbers do you take the slope of tanh?",
            "You take the slope at h_l = activation(z_l). The activation was applied to z_l, and "
            "there its slope is needed. (tanh′ can be computed from h as 1 − h², but that is "
            "another formula.)",
            (_SLOPE, "activation.derivative(activation(z[k]))"),
        ),
        _wrong(
            "weights not transposed",
            "W_l has a row for each unit of layer l. Which of its entries does a unit of the "
            "layer *before* meet: a row, or a column?",
            "You carry the gradient back by W_l. A unit of layer l−1 reaches layer l by a column "
            "of W_l, so it gathers its gradient by W_lᵀ.",
            (_BACK, "weights[k] @ delta[k]"),
        ),
        _wrong(
            "slopes forgotten",
            "If the activation is so flat that its slope is 0 at every z, what should your result "
            "be?",
            "You multiply by the weights alone, as if every layer were linear. Each layer has a "
            "second factor, the slope of its activation.",
            (f" * {_SLOPE}", ""),
        ),
        _wrong(
            "weights forgotten",
            "If all weights are doubled and z stays, what becomes of the gradient of the first "
            "layer?",
            "You multiply by the slopes alone. Between two layers stands W_lᵀ as well.",
            (_BACK, "delta[k]"),
        ),
        _wrong(
            "value instead of slope",
            "Where sigmoid is nearly 1, is it steep or flat?",
            "You multiply by the value of the activation. The chain rule asks for its derivative.",
            (_SLOPE, "activation(z[k])"),
        ),
        _wrong(
            "slope of the sigmoid",
            "For which activation is the slope y(1 − y)?",
            "y(1 − y) is the slope of the sigmoid. You are given another activation, which brings "
            "its own slope: activation.derivative(z).",
            (_SLOPE, "activation(z[k]) * (1 - activation(z[k]))"),
        ),
        _wrong(
            "weights before the slope",
            "The gradient comes from above to layer l. What does it meet first: the activation "
            "of the layer, or its weights?",
            "You pass W_l before the slope at z_l. On the way up the weights come first and the "
            "activation last, so on the way down it is the other way round.",
            (f"g * {_SLOPE}", f"weights[k].T @ g * {_SLOPE}"),
            (_BACK, "delta[k]"),
        ),
        _wrong(
            "half a layer early",
            "How does the loss change with z_L if it changes by g with h_L?",
            "You return ∂loss/∂h_l. From there to ∂loss/∂z_l it takes one more factor, the slope "
            "of the activation at z_l.",
            (f"delta[k] = g * {_SLOPE}", "delta[k] = g"),
            (_BACK, f"weights[k].T @ (delta[k] * {_SLOPE})"),
        ),
        _wrong(
            "half a layer late",
            "Your last row: is it ∂loss/∂z_L, or is W_L already in it?",
            "You return ∂loss/∂h_{l-1}, one factor W_lᵀ too far.",
            ("return delta", "return np.array([w.T @ d for w, d in zip(weights, delta)])"),
        ),
        _wrong(
            "last slope left out",
            "g is ∂loss/∂h_L. What lies between h_L and z_L?",
            "For the last layer you return g itself. Its activation has a slope too.",
            (
                f"delta[k] = g * {_SLOPE}",
                f"delta[k] = g * (1 if k == len(z) - 1 else {_SLOPE})",
            ),
        ),
        _wrong(
            "slope of the wrong layer",
            "On the way from layer l to layer l−1 you pass one activation. Whose?",
            "You multiply by the slope of the layer above a second time, and by that of the layer "
            "itself never. ∂loss/∂z_l has the slope at z_l.",
            (_SLOPE, "activation.derivative(z[min(k + 1, len(z) - 1)])"),
        ),
        _wrong(
            "weights of the wrong layer",
            "z_2 = W_2 h_1. By which weights does the gradient come back from layer 2 to layer 1?",
            "You use the weights that lead *into* the lower layer. From z_l back to h_{l-1} it "
            "goes through W_l, by which it came.",
            (_BACK, "weights[max(k - 1, 0)].T @ delta[k]"),
        ),
        _wrong(
            "order reversed",
            "Which row of your result belongs to the first layer?",
            "The numbers are right and the rows are upside down: you return them in the order in "
            "which you found them, last layer first.",
            ("return delta", "return delta[::-1]"),
        ),
        _wrong(
            "walks from the front",
            "Where is the gradient known when you begin: at the first layer, or at the last?",
            "You begin with g at the first layer and go up. g belongs to the last layer, and the "
            "gradient is carried down.",
            ("reversed(range(len(z)))", "range(len(z))"),
        ),
        _wrong(
            "no chain",
            "Does your gradient of layer 1 depend on the weights of layer 3?",
            "Each of your layers starts from g anew. The gradient of a layer is made from that "
            "of the layer above.",
            ("        g = weights[k].T", "        top = weights[k].T"),
        ),
        _wrong(
            "layers added",
            "The factors of the chain rule: are they multiplied, or added?",
            "You add the gradient of the layer above to what comes back. That would be right if "
            "a connection led past the layer; here every path goes through it.",
            (_BACK, f"g + {_BACK}"),
        ),
    ),
    reasoning="The chain rule from the loss down: ∂loss/∂z_l = activation′(z_l) ∘ ∂loss/∂h_l, "
    "and ∂loss/∂h_{l-1} = W_lᵀ ∂loss/∂z_l. Each layer contributes the two factors of its Jacobian "
    "diag(activation′(z_l)) W_l, transposed. The gradient of its weights would be the outer "
    "product of ∂loss/∂z_l and h_{l-1}.",
)
