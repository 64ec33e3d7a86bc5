"""Traits that say in plain words what they refuse."""

from collections.abc import Iterable

from traitlets import TraitType

FURTHEST = 1e6


class Checked(TraitType):
    """A trait whose values pass through a function that returns the value kept, or raises."""

    def __init__(self, check, default):
        super().__init__(default_value=default)
        self.check = check
        self.tag(sync=True)

    def validate(self, obj, value):
        """Return what is kept of ``value``."""
        return self.check(value)


def whole(name, lo, hi=None):
    """A check for whole numbers from lo to hi; ``hi`` may be a function without arguments."""

    def check(value):
        top = hi() if callable(hi) else hi
        bounds = f"at least {lo}" if top is None else f"between {lo} and {top}"
        is_whole = not isinstance(value, bool) and isinstance(value, int | float) and value % 1 == 0
        if not is_whole or value < lo or (top is not None and value > top):
            raise ValueError(f"{name} must be a whole number {bounds}, got {value!r}")
        return int(value)

    return check


def one_of(name, allowed):
    """A check for one of some names."""

    def check(value):
        if value not in allowed:
            raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {value!r}")
        return value

    return check


def some_of(name, allowed):
    """A check for any selection of some names, kept in their order."""

    def check(value):
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise ValueError(f"{name} must be a list of names, got {value!r}")
        chosen = list(value)
        for item in chosen:
            one_of(name, allowed)(item)
        return [item for item in allowed if item in chosen]

    return check


def point_of_plane(name):
    """A check for two numbers that are not astronomically large."""

    def check(value):
        try:
            x = [float(v) for v in value]
        except (TypeError, ValueError):
            x = []
        if len(x) != 2 or not all(abs(v) <= FURTHEST for v in x):
            raise ValueError(f"{name} must be two numbers within ±{FURTHEST:g}, got {value!r}")
        return x

    return check
