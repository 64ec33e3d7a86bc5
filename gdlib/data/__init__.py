"""Data: real digits, synthetic tasks, and mini-batches of either."""

from gdlib.data.digits import Digits, digits
from gdlib.data.loader import Loader
from gdlib.data.split import split
from gdlib.data.synthetic import (
    adding_problem,
    copy_memory,
    sparse_features,
    spirals,
    two_moons,
)

__all__ = [
    "Digits",
    "Loader",
    "adding_problem",
    "copy_memory",
    "digits",
    "sparse_features",
    "spirals",
    "split",
    "two_moons",
]
