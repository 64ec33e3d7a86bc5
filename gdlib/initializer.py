"""How parameters start: functions (shape, rng) → array, and what makes such functions.

``zeros``, ``ones`` and ``torch_default`` are initializers as they are; the others take their
settings and return one:

    Linear(64, 128, weight=he_normal("relu"), bias=constant(0.1))

A weight has shape (n_out, n_in, *window), torch's layout. ``lsuv`` rescales a whole network.
"""

import math

import numpy as np

_GAINS = {
    "linear": 1.0,
    "sigmoid": 1.0,
    "tanh": 5 / 3,
    "relu": math.sqrt(2),
    "leaky_relu": math.sqrt(2 / (1 + 0.01**2)),
    "selu": 3 / 4,
}


def gain(activation):
    """By how much weights before this activation are enlarged, a number from torch's table.

    linear and sigmoid 1, tanh 5/3, relu √2, leaky_relu √(2/(1 + slope²)), selu 3/4. Those of
    linear, ReLU and leaky ReLU keep the mean square of the signal; the others are rules of thumb.
    Argument: a name, or an activation of gdlib.activation, whose slope then counts.
    Raises ValueError for one that is not in the table.
    """
    name = getattr(activation, "name", activation)
    if name not in _GAINS:
        raise ValueError(
            f"there is no gain for {name!r}, as in torch; known are {', '.join(_GAINS)}: take the "
            "nearest of these, or let lsuv find the scale from data"
        )
    slope = getattr(activation, "slope", None)
    return _GAINS[name] if slope is None else math.sqrt(2 / (1 + slope**2))


def fans(shape):
    """(fan_in, fan_out) of a weight (n_out, n_in, *window): its inputs and outputs per unit.

    Raises ValueError for a shape of fewer than two axes, which has neither.
    """
    if len(shape) < 2:
        raise ValueError(
            f"only a weight (n_out, n_in, …) has a fan, got shape {tuple(shape)}; start a bias "
            "with zeros, constant or uniform"
        )
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window


def zeros(shape, rng):
    """All 0: right for biases; as a weight it keeps all units of a layer equal for ever."""
    return np.zeros(shape)


def ones(shape, rng):
    """All 1: right for the scales of normalisation layers."""
    return np.ones(shape)


def constant(value):
    """All the same number."""
    return lambda shape, rng: np.full(shape, float(value))


def normal(std, mean=0.0):
    """N(mean, std²). Raises ValueError for a negative std."""
    if not std >= 0:
        raise ValueError(f"std must not be negative, got {std}")
    return lambda shape, rng: rng.normal(mean, std, shape)


def uniform(bound):
    """U(−bound, bound), whose standard deviation is bound/√3. Raises ValueError for a negative."""
    if not bound >= 0:
        raise ValueError(f"bound must not be negative, got {bound}")
    return lambda shape, rng: rng.uniform(-bound, bound, shape)


def torch_default(shape, rng):
    """U(±1/√fan_in), what PyTorch's linear and convolutional layers start from."""
    return uniform(1 / math.sqrt(fans(shape)[0]))(shape, rng)


def glorot_normal(gain=1.0):
    """N(0, σ²) with σ = gain·√(2/(fan_in + fan_out)); also called Xavier.

    Keeps the variance of signals forward, and of gradients backward, where the layer is square
    and linear. Source: X. Glorot, Y. Bengio, "Understanding the difficulty of training deep
    feedforward neural networks", AISTATS 2010.
    """
    return lambda shape, rng: normal(_glorot_std(gain, shape))(shape, rng)


def glorot_uniform(gain=1.0):
    """U(±√3 σ) with the σ of ``glorot_normal``: ± gain·√(6/(fan_in + fan_out))."""
    return lambda shape, rng: uniform(math.sqrt(3) * _glorot_std(gain, shape))(shape, rng)


def _glorot_std(gain, shape):
    return gain * math.sqrt(2 / sum(fans(shape)))


def he_normal(nonlinearity="relu", fan="in"):
    """N(0, σ²) with σ = gain/√fan; also called Kaiming.

    With ReLU's gain √2 and fan_in the mean square of signals is kept from layer to layer, with
    fan_out that of gradients. Arguments: nonlinearity, a name or an activation, whose ``gain`` is
    taken; fan, "in" (the default, as in torch) or "out". Raises ValueError for other ones.

    Source: K. He, X. Zhang, S. Ren, J. Sun, "Delving Deep into Rectifiers: Surpassing Human-Level
    Performance on ImageNet Classification", ICCV 2015.
    """
    std = _he_std(nonlinearity, fan)
    return lambda shape, rng: normal(std(shape))(shape, rng)


def he_uniform(nonlinearity="relu", fan="in"):
    """U(±√3 σ) with the σ of ``he_normal``, whose arguments it has."""
    std = _he_std(nonlinearity, fan)
    return lambda shape, rng: uniform(math.sqrt(3) * std(shape))(shape, rng)


def _he_std(nonlinearity, fan):
    if fan not in ("in", "out"):
        raise ValueError(f'fan must be "in" or "out", got {fan!r}')
    scale, which = gain(nonlinearity), ("in", "out").index(fan)
    return lambda shape: scale / math.sqrt(fans(shape)[which])


def orthogonal(gain=1.0):
    """gain · Q, whose rows are orthonormal, or its columns where there are fewer of them.

    The axes after the first count as one. Q is drawn uniformly: the Q of a Gaussian matrix's QR
    decomposition, with the signs that make R's diagonal positive.

    Sources: A. M. Saxe, J. L. McClelland, S. Ganguli, "Exact solutions to the nonlinear dynamics
    of learning in deep linear neural networks", ICLR 2014; F. Mezzadri, "How to generate random
    matrices from the classical compact groups", Notices of the AMS 54, 2007.
    """

    def initializer(shape, rng):
        fans(shape)
        rows, columns = shape[0], math.prod(shape[1:])
        q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
        q *= gain * np.sign(np.diagonal(r))
        return (q if rows >= columns else q.T).reshape(shape)

    return initializer


def lsuv(net, x, tolerance=0.01, trials=10):
    """Rescale each weight of a network until its layer's output on the batch x has variance 1.

    In the order of the forward pass, a weight is divided by the standard deviation of its layer's
    output, over samples and units together, until that variance is within the tolerance of 1; the
    next layer sees the result. Biases stay; where they are 0 one division is enough.

    Arguments: net, an initialized network of layers with one weight each, such as Linear and
    Conv2d, and layers without; the paper starts from ``orthogonal()`` weights; x, a batch of
    inputs, in the paper a training batch; tolerance and trials, the most divisions for a layer.
    The network runs once, in the mode that it is in. Returns the network.
    Raises RuntimeError for a network without parameters yet, TypeError for layers with several
    weights, ValueError where an output is constant or not finite or the trials do not suffice.

    Source: D. Mishkin, J. Matas, "All you need is a good init", ICLR 2016.
    """
    if net.parameters is None:
        raise RuntimeError("the network has no weights yet; call initialize(seed=0) first")
    names = {id(weight): name for name, weight in net.parameters.items()}
    scaled = []
    for layer in net.walk():
        own = {k: p for k, p in layer.parameters.items() if "." not in k and p.ndim > 1}
        if own.keys() - {"weight"}:
            raise TypeError(
                f"lsuv scales layers with one weight, but {type(layer).__name__} has "
                f"{', '.join(own)}"
            )
        if own:
            scaled.append(layer)

    def scale_on_the_way(layer):
        forward, name = layer.forward, names[id(layer.weight)]

        def scaling_forward(*inputs):
            for divisions in range(trials + 1):
                y = forward(*inputs)
                variance = float(np.var(y))
                if abs(variance - 1) <= tolerance:
                    return y
                if not 0 < variance < math.inf:
                    raise ValueError(
                        f"the output of the layer of {name} has variance {variance:g}, which no "
                        "scale brings to 1; look at its input and its weight"
                    )
                if divisions == trials:
                    raise ValueError(
                        f"after {trials} divisions of {name} the output still has variance "
                        f"{variance:.3g}; start from biases of 0, or allow a larger tolerance"
                    )
                layer.weight.data /= math.sqrt(variance)

        layer.forward = scaling_forward

    try:
        for layer in scaled:
            scale_on_the_way(layer)
        net(x)
    finally:
        for layer in scaled:
            layer.__dict__.pop("forward", None)
    return net
