"""The arguments of ``fit``, looked at before the first step."""

import numpy as np

from gdlib.rule import hyperparameters, init_parameters, short_name


def prepare(net, rule, epochs, hyper, validation, metrics, monitor, patience, nonfinite, form):
    """Raise TypeError or ValueError for arguments that make no sense."""
    theta = net.theta  # raises for a network that is not initialized
    for name, value in {"epochs": epochs, "patience": patience}.items():
        if value is None and name == "patience":
            continue
        if not isinstance(value, int | np.integer) or value < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, got {value!r}")
    known = [*hyperparameters(rule), *init_parameters(rule)]
    for name, value in hyper.items():
        if name not in known:
            raise TypeError(f"{short_name(rule)} has no hyperparameter {name!r}; it has: {known}")
        if callable(value):
            continue
        array = np.asarray(value, dtype=float)
        if not np.isfinite(array).all() or (name == "lr" and (array < 0).any()):
            raise ValueError(f"{name} must be finite, and lr not negative, got {value}")
        if array.ndim and array.shape != theta.shape:
            raise ValueError(f"{name} must be a number or have theta's shape {theta.shape}")
        if array.ndim and form == "numba":
            raise ValueError(f"{name} must be a number with form='numba', got {array.shape}")
    if validation is None and (patience or metrics or monitor != "loss"):
        raise ValueError("patience, metrics and monitor need validation=(x, y), held-out data")
    if monitor not in ("loss", *(metrics or ())):
        raise ValueError(f"monitor must be 'loss' or a metric, got {monitor!r}")
    if {"loss", "train_loss"} & {*(metrics or ())}:
        raise ValueError("'loss' and 'train_loss' are names of the loss; name the metric otherwise")
    if nonfinite not in ("raise", "skip"):
        raise ValueError(f"nonfinite must be 'raise' or 'skip', got {nonfinite!r}")
    if form not in ("plain", "numba"):
        raise ValueError(f"form must be 'plain' or 'numba', got {form!r}")
