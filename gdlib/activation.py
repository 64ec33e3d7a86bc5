"""Activations: their values, their derivatives, and operations that a tape records.

Those that act on each element carry their derivative with them:

    sigmoid(x)              the value, of an array or under a tape of a tensor
    sigmoid.derivative(x)   dy/dx at each element, array in, array out
    sigmoid.name            "sigmoid", by which gdlib.initializer.gain knows it

``leaky_relu`` and ``elu`` have a parameter and are made by a call: ``leaky_relu(0.2)``. All keep
float32, and at ±1000 give the right value without a warning.
"""

import functools
import math
from numbers import Real

import numpy as np

from gdlib.autograd import primitive


def elementwise(derivative):
    """Make an activation of a function that acts on each element, given its derivative.

    >>> @elementwise(lambda x: 3 * x**2)
    ... def cube(x):
    ...     return x**3
    """

    def make(function):
        @functools.wraps(function)
        def with_gradient(x):
            return function(x), lambda g: g * derivative(x)

        return _complete(primitive(with_gradient), derivative)

    return make


def _complete(activation, derivative, **parameters):
    """Attach what an activation carries; a made one shows its parameters in its __name__."""
    activation.derivative = derivative
    activation.name = activation.__name__
    if parameters:
        activation.__dict__.update(parameters)
        activation.__name__ += f"({', '.join(f'{value:g}' for value in parameters.values())})"
    return activation


def _number(maker, parameter, value):
    if not isinstance(value, Real):
        raise TypeError(
            f"{maker} takes its {parameter}, a number, and returns the activation; got "
            f"{type(value).__name__}: write {maker}() in a network, {maker}()(x) on an array"
        )
    return float(value)  # a NumPy number would turn float32 into float64


def _sigmoid_derivative(x):
    # Not y(1 − y), which is 0 from x = 37 on (17 in float32): equally right in both tails.
    e = np.exp(-np.abs(x))
    return e / (1 + e) ** 2


@elementwise(_sigmoid_derivative)
def sigmoid(x):
    """σ(x) = 1/(1 + e⁻ˣ), with σ′ = σ(x)·σ(−x), at most 1/4."""
    with np.errstate(over="ignore"):  # e⁻ˣ = ∞ gives the right 0
        return 1 / (1 + np.exp(-x))


@elementwise(lambda x: 4 * _sigmoid_derivative(2 * x))
def tanh(x):
    """tanh x = 2σ(2x) − 1, with derivative 1 − tanh² x = 4σ′(2x), at most 1."""
    return np.tanh(x)


@primitive
def relu(x):
    """max(x, 0); the derivative at 0 is 0, as in torch.

    Source: V. Nair, G. E. Hinton, "Rectified Linear Units Improve Restricted Boltzmann
    Machines", ICML 2010.
    """
    y = np.maximum(x, 0)
    return y, lambda g: g * (y > 0)


_complete(relu, lambda x: np.heaviside(x, 0))


def leaky_relu(slope=0.01):
    """The activation x for x > 0, slope · x elsewhere, also in the derivative at 0.

    Argument: slope, below 0; the default is torch's and JAX's, Keras has 0.2.
    Raises TypeError for a slope that is not a number.

    Source: A. L. Maas, A. Y. Hannun, A. Y. Ng, "Rectifier Nonlinearities Improve Neural Network
    Acoustic Models", ICML Workshop on Deep Learning for Audio, Speech and Language Processing,
    2013.
    """
    slope = _number("leaky_relu", "slope", slope)

    def derivative(x):
        return np.where(x > 0, np.ones_like(x), slope)

    @elementwise(derivative)
    def leaky_relu(x):
        return np.where(x > 0, x, slope * x)

    return _complete(leaky_relu, derivative, slope=slope)


def elu(alpha=1.0):
    """The activation x for x > 0, α(eˣ − 1) elsewhere: smooth at 0 for the default α = 1.

    Raises TypeError for an α that is not a number.

    Source: D.-A. Clevert, T. Unterthiner, S. Hochreiter, "Fast and Accurate Deep Network Learning
    by Exponential Linear Units (ELUs)", ICLR 2016.
    """
    alpha = _number("elu", "alpha", alpha)

    def derivative(x):
        return np.where(x > 0, np.ones_like(x), alpha * np.exp(np.minimum(x, 0)))

    @elementwise(derivative)
    def elu(x):
        return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))

    return _complete(elu, derivative, alpha=alpha)


def _normal_cdf(x):
    """Φ(x) by the error function, right in both tails: torch's gelu has no digit left at −10."""
    from scipy.special import ndtr  # on first use: SciPy takes long to import

    return ndtr(x)


@elementwise(lambda x: _normal_cdf(x) + x * np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi))
def gelu(x):
    """x·Φ(x), Φ the standard normal distribution function; the default of torch and Keras.

    The derivative is Φ(x) + x·φ(x).

    Source: D. Hendrycks, K. Gimpel, "Gaussian Error Linear Units (GELUs)", arXiv:1606.08415, 2016.
    """
    return x * _normal_cdf(x)


def _gelu_argument(x):
    """2u(x) and its derivative, for u = √(2/π)·(x + 0.044715 x³); σ(2u) = (1 + tanh u)/2."""
    c = 2 * math.sqrt(2 / math.pi)
    square = x * x
    return c * x * (1 + 0.044715 * square), c * (1 + 3 * 0.044715 * square)


def _gelu_tanh_derivative(x):
    s, ds = _gelu_argument(x)
    return sigmoid(s) + x * _sigmoid_derivative(s) * ds


@elementwise(_gelu_tanh_derivative)
def gelu_tanh(x):
    """½x·(1 + tanh(√(2/π)·(x + 0.044715 x³))), which approximates gelu; JAX's default.

    At most 5e-4 from ``gelu``. The same source.
    """
    return x * sigmoid(_gelu_argument(x)[0])


def _silu_derivative(x):
    s = sigmoid(x)
    return s * (1 + x * (1 - s))


@elementwise(_silu_derivative)
def silu(x):
    """x·σ(x), also called swish; the derivative is σ(x)·(1 + x·σ(−x)).

    Source: S. Elfwing, E. Uchibe, K. Doya, "Sigmoid-weighted linear units for neural network
    function approximation in reinforcement learning", Neural Networks 107, 2018.
    """
    return x * sigmoid(x)


@elementwise(sigmoid)
def softplus(x):
    """ln(1 + eˣ), a smooth ReLU, whose derivative is the sigmoid."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


@primitive
def softmax(x, axis=-1):
    """e^{x_i} / Σ_j e^{x_j} along an axis, with the largest x taken out first.

    Gradient: y ∘ (g − Σ g ∘ y). Shapes: any; the result has x's. Adding a number to a row changes
    nothing. For a loss take the logits themselves, with ``gdlib.loss.softmax_cross_entropy``.
    """
    y = np.exp(x - np.max(x, axis=axis, keepdims=True))
    y /= np.sum(y, axis=axis, keepdims=True)
    return y, lambda g: y * (g - np.sum(g * y, axis=axis, keepdims=True))


@primitive
def log_softmax(x, axis=-1):
    """x_i − ln Σ_j e^{x_j} along an axis: ln softmax(x), right where the softmax rounds to 0.

    Gradient: g − softmax(x)·Σ g. Shapes: any; the result has x's.
    """
    y = x - np.max(x, axis=axis, keepdims=True)
    y -= np.log(np.sum(np.exp(y), axis=axis, keepdims=True))
    return y, lambda g: g - np.exp(y) * np.sum(g, axis=axis, keepdims=True)
