"""How parameters start: functions (shape, rng) → array."""

import numpy as np


def zeros(shape, rng):
    """All 0: right for biases; as a weight it keeps all units of a layer equal for ever."""
    return np.zeros(shape)


def fans(shape):
    """(fan_in, fan_out) of a weight (n_out, n_in, *window): its inputs and outputs per unit."""
    window = int(np.prod(shape[2:], dtype=int))
    return shape[1] * window, shape[0] * window


def torch_default(shape, rng):
    """U(±1/√fan_in), what PyTorch's linear and convolutional layers start from."""
    bound = 1 / np.sqrt(fans(shape)[0])
    return rng.uniform(-bound, bound, shape)
