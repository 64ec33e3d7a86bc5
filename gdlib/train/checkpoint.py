"""A training run on disk: written whole or not at all, read back exactly."""

import json
import os
from pathlib import Path

import numpy as np


def save(path, tree):
    """Write nested dicts of arrays, numbers, strings and None to one file, atomically.

    The file is written beside ``path`` and then takes its place, so that an interruption leaves
    either the old file or the new one.
    """
    path = Path(path)
    arrays = {}
    plain = _without_arrays(tree, "", arrays)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(temporary, "wb") as file:
            np.savez(file, plain=np.array(json.dumps(plain)), **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def load(path):
    """Read what ``save`` wrote. Raises ValueError for a file that it did not write."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        plain = json.loads(str(arrays.pop("plain")))
    except (KeyError, OSError, ValueError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise ValueError(f"{path} is not a checkpoint of fit: {error}") from error
    return _with_arrays(plain, arrays)


def _without_arrays(tree, place, arrays):
    """The tree with each array replaced by the name under which ``arrays`` has it."""
    if isinstance(tree, np.ndarray | np.generic):
        arrays[f"a{len(arrays)}"] = np.asarray(tree)
        return {"__array__": f"a{len(arrays) - 1}"}
    if isinstance(tree, dict):
        return {str(k): _without_arrays(v, f"{place}.{k}", arrays) for k, v in tree.items()}
    if isinstance(tree, list | tuple):
        return [_without_arrays(v, f"{place}[{i}]", arrays) for i, v in enumerate(tree)]
    if tree is None or isinstance(tree, bool | int | float | str):
        return tree
    raise TypeError(f"a checkpoint cannot hold {place.lstrip('.')}, a {type(tree).__name__}")


def _with_arrays(tree, arrays):
    if isinstance(tree, dict):
        if tree.keys() == {"__array__"}:
            return arrays[tree["__array__"]]
        return {k: _with_arrays(v, arrays) for k, v in tree.items()}
    if isinstance(tree, list):
        return [_with_arrays(v, arrays) for v in tree]
    return tree
