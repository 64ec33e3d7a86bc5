"""Each dialect walks the path of the framework it is named after, over 200 hard steps.

Needs optax and Keras: ``make frameworks`` installs them. Without them these tests are skipped, and
the summary says so.
"""

import os
from importlib.util import find_spec

import numpy as np
import pytest

from gdlib import clip, optim
from gdlib.dialects import DIALECTS, INITIAL_ACCUMULATOR

MISSING = [name for name in ("optax", "keras", "jax") if find_spec(name) is None]
pytestmark = pytest.mark.skipif(
    bool(MISSING),
    reason=f"{', '.join(MISSING)} not installed, so dialects unproved: make frameworks",
)

STEPS, DROP = 200, 120
RULES = sorted(DIALECTS["keras"])
HYPER = {
    "momentum": {"beta": 0.9},
    "nesterov": {"beta": 0.9},
    "adagrad": {"eps": 1e-4},
    "rmsprop": {"rho": 0.9, "eps": 1e-4},
    "adam": {"eps": 1e-4},
    "amsgrad": {"eps": 1e-4},
    "nadam": {"eps": 1e-4},
}


def gradients():
    rng = np.random.default_rng(0)
    g = rng.standard_normal((STEPS, 4))
    g[5::17] = 0
    g[7::23] *= 1e-6
    g[11::29] *= 1e4
    return g


def learning_rate(t):
    return 0.1 if t < DROP else 0.01


def path(rule, name):
    """The dialect's path."""
    x = np.linspace(-1, 1, 4)
    start = {"initial_accumulator": INITIAL_ACCUMULATOR} if name == "adagrad" else {}
    state, xs = rule.init(x, **start), []
    for t, g in enumerate(gradients()):
        x, state = rule.step(x, g, state, lr=learning_rate(t), **HYPER[name])
        xs.append(x)
    return np.array(xs)


@pytest.fixture(scope="module")
def keras():
    """Keras in float64 on jax, whose operations keep it."""
    os.environ["KERAS_BACKEND"] = "jax"
    import jax

    jax.config.update("jax_enable_x64", True)
    import keras

    keras.config.set_floatx("float64")
    return keras


@pytest.fixture(scope="module")
def optax():
    import jax

    jax.config.update("jax_enable_x64", True)
    import optax

    return optax


def keras_optimizer(keras, name):
    optimizers, eps = keras.optimizers, HYPER[name].get("eps")
    return {
        "momentum": lambda: optimizers.SGD(0.1, momentum=0.9),
        "nesterov": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
        "adagrad": lambda: optimizers.Adagrad(0.1, epsilon=eps),
        "rmsprop": lambda: optimizers.RMSprop(0.1, rho=0.9, epsilon=eps),
        "adam": lambda: optimizers.Adam(0.1, epsilon=eps),
        "amsgrad": lambda: optimizers.Adam(0.1, epsilon=eps, amsgrad=True),
        "nadam": lambda: optimizers.Nadam(0.1, epsilon=eps),
    }[name]()


@pytest.mark.parametrize("name", RULES)
def test_keras(keras, name):
    variable = keras.Variable(np.linspace(-1, 1, 4), dtype="float64")
    optimizer = keras_optimizer(keras, name)
    optimizer.build([variable])
    xs = []
    for t, g in enumerate(gradients()):
        optimizer.learning_rate = learning_rate(t)
        optimizer.apply([keras.ops.convert_to_tensor(g, dtype="float64")])
        xs.append(np.array(variable.value))
    np.testing.assert_allclose(xs, path(DIALECTS["keras"][name], name), rtol=1e-12, atol=1e-12)


def optax_transform(optax, name, learning_rate):
    eps = HYPER[name].get("eps")
    return {
        "momentum": lambda: optax.sgd(learning_rate, momentum=0.9),
        "nesterov": lambda: optax.sgd(learning_rate, momentum=0.9, nesterov=True),
        "adagrad": lambda: optax.adagrad(learning_rate, eps=eps),
        "rmsprop": lambda: optax.rmsprop(learning_rate, decay=0.9, eps=eps),
        "adam": lambda: optax.adam(learning_rate, eps=eps),
        "amsgrad": lambda: optax.amsgrad(learning_rate, eps=eps),
        "nadam": lambda: optax.nadam(learning_rate, eps=eps),
    }[name]()


@pytest.mark.parametrize("name", RULES)
def test_optax(optax, name):
    import jax.numpy as jnp

    transform = optax_transform(optax, name, lambda t: jnp.where(t < DROP, 0.1, 0.01))
    x = jnp.linspace(-1, 1, 4)
    state, xs = transform.init(x), []
    for g in gradients():
        updates, state = transform.update(jnp.asarray(g), state, x)
        x = optax.apply_updates(x, updates)
        xs.append(np.array(x))
    np.testing.assert_allclose(xs, path(DIALECTS["optax"][name], name), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("framework", ["keras", "optax"])
def test_where_a_dialect_is_another_rule_the_paths_differ(framework):
    for name in RULES:
        dialect, rule = DIALECTS[framework][name], getattr(optim, name)
        if dialect is not rule:
            difference = np.abs(path(dialect, name) - path(rule, name)).max()
            assert difference > 1e-6, f"{framework} {name}"


@pytest.mark.parametrize(
    ("option", "method"),
    [("clipnorm", clip.by_norm), ("global_clipnorm", clip.by_global_norm)],
)
def test_keras_clips_as_the_chapter_on_clipping_says(keras, option, method):
    two = [np.array([3.0, 4.0]), np.array([0.3, 0.4])]
    weights = [keras.Variable(np.zeros(2)) for _ in two]
    optimizer = keras.optimizers.SGD(1.0, **{option: 1.0})
    optimizer.apply([keras.ops.convert_to_tensor(g) for g in two], weights)
    ours = method(two, max_norm=1.0).gradients
    for weight, g in zip(weights, ours, strict=True):
        np.testing.assert_allclose(-np.asarray(weight.value), g, rtol=1e-12)
    with pytest.raises(ValueError, match="Only one"):
        keras.optimizers.SGD(1.0, clipvalue=1.0, **{option: 1.0})


@pytest.mark.parametrize("shape", [(8, 1), (2, 2, 2, 1)])
def test_keras_batch_norm_weighs_the_old_value_and_the_biased_variance(keras, shape):
    x = np.random.default_rng(0).normal(5, 3, shape)
    norm = keras.layers.BatchNormalization(momentum=0.9)
    norm(x, training=True)
    mean, var = (np.asarray(v.value) for v in (norm.moving_mean, norm.moving_variance))
    np.testing.assert_allclose([mean[0], var[0]], [0.1 * x.mean(), 0.9 + 0.1 * x.var()], rtol=1e-6)
    fresh = keras.layers.BatchNormalization()
    assert (fresh.momentum, fresh.epsilon, fresh.axis) == (0.99, 1e-3, -1)
