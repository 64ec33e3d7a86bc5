"""Values as learners read them."""

import numpy as np


def show(value, digits=6):
    """A number or array as text of at most ``digits`` significant digits: ``[0.9, [1, 2]]``."""
    value = np.asarray(value)
    if value.ndim == 0:
        return f"{value:.{digits}g}" if value.dtype.kind in "fiuc" else repr(value.item())
    return f"[{', '.join(show(item, digits) for item in value)}]"


def assignments(names, values):
    """``x = [1, 2], lr = 0.1``."""
    return ", ".join(f"{name} = {show(value)}" for name, value in zip(names, values, strict=True))


def kind_of(value):
    """What a value is, in words, with its article: ``a list of 3``, ``an array of shape (2,)``."""
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} of shape {value.shape}"
    if isinstance(value, tuple | list | dict):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, str):
        return f"the text {value!r}"
    name = type(value).__name__
    article = "an" if name[0] in "aeiouAEIOU" else "a"
    return f"{article} {name}: {value!r:.60}"
