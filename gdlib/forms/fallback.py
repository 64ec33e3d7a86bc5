"""Saying that a form cannot be had and what is done instead."""

import warnings
from functools import cache


@cache
def warn_once(message, stacklevel=1):
    """Warn, once for each message; stacklevel counts from the function that calls this one."""
    warnings.warn(message, stacklevel=stacklevel + 1)
