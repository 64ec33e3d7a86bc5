"""Exercise: the gradient of a recurrent net in each of its states, backwards through time."""

from functools import partial

import numpy as np

from gdlib.exercises._exercise import code_exercise, wrong_code


def gradients_through_time(states, U, g):
    """Return the gradient of the loss in each state of a tanh RNN.

        h_t = tanh(U h_{t−1} + W x_t + b)    for t = 1 … T

    states: h_0 … h_T, one in each row, an array of shape (T + 1, H).
    U: the recurrent weights, an array of shape (H, H).
    g: ∂L/∂h_T, an array of shape (H,). The loss L sees no state but h_T.

    Return an array shaped like states whose row t is ∂L/∂h_t.
    """
    gradients = np.zeros_like(states)
    gradients[-1] = g
    for t in range(len(states) - 1, 0, -1):
        slope = 1 - states[t] ** 2
        gradients[t - 1] = U.T @ (slope * gradients[t])
    return gradients


def _rows_times_jacobians(states, U, g):
    rows = [g]
    for h in states[:0:-1]:
        rows.append(rows[-1] @ (np.diag(1 - h * h) @ U))
    return np.array(rows[::-1])


def _whole_products(states, U, g):
    jacobians = [(1 - h**2)[:, None] * U for h in states[1:]]
    rows = []
    for t in range(len(states)):
        product = np.eye(len(g))
        for jacobian in jacobians[t:]:
            product = jacobian @ product
        rows.append(product.T @ g)
    return np.array(rows)


_wrong = partial(wrong_code, gradients_through_time)

exercise = code_exercise(
    gradients_through_time,
    chapter="exploding_gradients",
    outputs=("gradients",),
    alternatives=(_rows_times_jacobians, _whole_products),
    probes=(
        (
            np.array([[0.5, -0.25], [0.25, 0.75], [-0.5, 0.125], [0.75, -0.5]]),
            np.array([[1.0, -2.0], [0.5, 3.0]]),
            np.array([1.0, 0.5]),
        ),
        (
            np.array([[0.1, 0.2, -0.3], [0.9, -0.8, 0.4], [0.0, 0.6, -0.7]]),
            np.array([[0.5, 1.5, 0.0], [-1.0, 0.25, 2.0], [0.75, 0.0, -0.5]]),
            np.array([2.0, -1.0, 0.5]),
        ),
        (np.array([[0.5], [-0.5], [0.25]]), np.array([[-2.0]]), np.array([4.0])),
    ),
    hints=(
        "Take one unit and two steps, and write the chain rule out: which numbers does ∂h₂/∂h₀ "
        "consist of, and at which times are they taken?",
        "∂h_t/∂h_{t−1} = diag(1 − h_t²) U. A gradient is carried back by its transpose: first "
        "through tanh, then through U.",
    ),
    mistakes=(
        _wrong(
            "transpose forgotten",
            "U[i, j] leads from unit j to unit i on the way forward. On the way back, which unit "
            "does what arrived at unit i have to reach?",
            "You multiply by U. The way back takes each weight in the other direction: the "
            "gradient is multiplied by U's transpose.",
            ("U.T @", "U @"),
        ),
        _wrong(
            "slope of the state before",
            "From h_t to h_{t−1} one tanh is passed. Is its slope 1 − h_t² or 1 − h_{t−1}²?",
            "You take the slope from h_{t−1}. The tanh between the two gave h_t, and its slope "
            "there is 1 − h_t².",
            ("states[t] **", "states[t - 1] **"),
        ),
        _wrong(
            "product in the wrong order",
            "Which step is the first on the way back, step T or step 1?",
            "You meet the slopes of step 1 first and those of step T last. Matrices do not "
            "commute: the way back begins with step T.",
            ("states[t] **", "states[len(states) - t] **"),
        ),
        _wrong(
            "first U, then tanh",
            "On the way forward, which comes first, U or tanh? And on the way back?",
            "You multiply by the transpose of U before the slope. Forward the state passes U and "
            "then tanh, so the gradient passes tanh and then U.",
            ("U.T @ (slope * gradients[t])", "slope * (U.T @ gradients[t])"),
        ),
        _wrong(
            "slope left out",
            "What does a unit whose state is close to 1 let through on the way back?",
            "You multiply by the transpose of U alone, as if the net were linear. Each step also "
            "passes a tanh, whose slope is 1 − h_t².",
            ("slope * gradients[t]", "gradients[t]"),
        ),
        _wrong(
            "square left out",
            "What is the slope of tanh at 0, and what at a state of −0.5?",
            "You take 1 − h for the slope; a slope above 1 should give you pause. The derivative "
            "of tanh is 1 − tanh², here 1 − h_t².",
            ("states[t] ** 2", "states[t]"),
        ),
        _wrong(
            "tanh taken twice",
            "Is states[t] what goes into tanh, or what comes out of it?",
            "You apply tanh to the state again. A state is tanh's output, so the slope is "
            "1 − h_t² as it stands.",
            ("states[t] ** 2", "np.tanh(states[t]) ** 2"),
        ),
        _wrong(
            "not chained",
            "How many steps back does your row for h_0 reach?",
            "Each of your rows carries g back through one step only. A gradient is carried on "
            "from the row after it.",
            ("slope * gradients[t]", "slope * g"),
        ),
        _wrong(
            "loss at every step",
            "At how many steps does the loss look at the state?",
            "You add g at every step, as for a loss that sees all states. This one sees h_T and "
            "no other.",
            ("U.T @ (slope * gradients[t])", "U.T @ (slope * gradients[t]) + g"),
        ),
        _wrong(
            "rescaled to length 1",
            "By what factor does the length of your gradient change at each step?",
            "You divide by the length at each step. That keeps numbers in range when a growth "
            "rate is wanted, but it is no longer the gradient.",
            (
                "U.T @ (slope * gradients[t])",
                "U.T @ (slope * gradients[t]) / np.linalg.norm(U.T @ (slope * gradients[t]))",
            ),
        ),
        _wrong(
            "spectral radius for the matrix",
            "Does the direction of your gradient change on the way back?",
            "You multiply by the largest absolute eigenvalue of U, a single number. It says how "
            "powers of U grow after long; a gradient is multiplied by the matrix.",
            ("U.T @ (slope", "np.abs(np.linalg.eigvals(U)).max() * (slope"),
        ),
        _wrong(
            "h_0 left out",
            "Which state does your last step of the walk reach?",
            "Your walk ends at h_1 and the first row stays zero. h_0 feeds into h_1 as h_1 into "
            "h_2.",
            ("- 1, 0, -1)", "- 1, 1, -1)"),
        ),
        _wrong(
            "rows in the order of the walk",
            "Which row of your array is the gradient in h_T?",
            "Your rows begin with h_T. They are to stand in the order of the states, h_0 first.",
            ("return gradients", "return gradients[::-1]"),
        ),
    ),
    reasoning="h_t depends on h_{t−1} through the sum U h_{t−1} and through tanh, whose slope is "
    "1 − tanh² = 1 − h_t². So the Jacobian of a step is diag(1 − h_t²) U, and a gradient, which is "
    "carried against the direction of the computation, is multiplied by its transpose: by the "
    "slopes, then by Uᵀ. Walking from T to 1 needs one product of a matrix and a vector a step; "
    "the product of the Jacobians itself is never formed.",
)
