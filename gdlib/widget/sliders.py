"""The sliders of a curves figure: what they are called, their places, where a value stands."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from gdlib.widget.controls import LABELS, symbol_of
from gdlib.widget.traits import whole
from gdlib.widget.words import digits

MOST = 3


@dataclass(frozen=True)
class Slider:
    """A control with a fixed row of values: numbers along a range, or names to choose from."""

    name: str
    values: tuple

    @property
    def is_choice(self):
        """Whether the values are names."""
        return isinstance(self.values[0], str)

    @property
    def label(self):
        """The name as the page shows it."""
        return LABELS.get(self.name, (symbol_of(self.name),))[0]

    @property
    def texts(self):
        """The values as the page shows them."""
        return [v if self.is_choice else digits(v, 4) for v in self.values]

    def as_json(self):
        """The slider as the page reads it."""
        choice = {"choice": True} if self.is_choice else {}
        return {"label": self.label, "texts": self.texts, **choice}

    def in_words(self, value):
        """The name with a value: learning rate η = 0.1; activation function: tanh."""
        return f"{self.label}: {value}" if self.is_choice else f"{self.label} = {digits(value, 4)}"

    def index_of(self, value):
        """The place of a value; raises ValueError where the slider does not have it."""
        for index, known in enumerate(self.values):
            if _same(known, value):
                return index
        raise ValueError(f"{self._who()} has no value {value!r}; it has: {', '.join(self.texts)}")

    def check_index(self, index):
        """Return a place as an int, or raise ValueError."""
        return whole(f"index of {self.name}", 0, len(self.values) - 1)(index)

    def _who(self):
        return f"the slider {self.name!r}"


def sliders_of(given):
    """The sliders of ``("lr", lrs)``, or of a list of up to three such pairs."""
    one = isinstance(given, Sequence) and len(given) == 2 and isinstance(given[0], str)
    pairs = [given] if one else given
    if not isinstance(pairs, list | tuple) or not 1 <= len(pairs) <= MOST:
        raise ValueError(
            f"slider must be (name, values), or a list of one to {MOST} of these, got {given!r}"
        )
    found = [_slider(pair) for pair in pairs]
    names = [s.name for s in found]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two sliders are called {name!r}; give one another name")
    return found


def one_each(sliders, given, what):
    """A list with one of ``given`` for each slider; a single slider takes it as it is."""
    if len(sliders) == 1:
        return [given]
    is_row = isinstance(given, Iterable) and not isinstance(given, str)
    found = list(given) if is_row else [given]
    if len(found) != len(sliders):
        names = ", ".join(s.name for s in sliders)
        raise ValueError(f"{what} must have one entry for each slider ({names}), got {given!r}")
    return found


def _slider(pair):
    if not isinstance(pair, list | tuple) or len(pair) != 2 or not isinstance(pair[0], str):
        raise ValueError(f"a slider must be (name, values), got {pair!r}")
    name, values = pair
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise ValueError(f"the values of the slider {name!r} must be a list, got {values!r}")
    values = list(values)
    if len(values) < 2:
        raise ValueError(f"the slider {name!r} needs two values or more, got {values}")
    if all(isinstance(v, str) for v in values):
        values = [str(v) for v in values]
    else:
        values = [_number(name, v) for v in values]
    for k, value in enumerate(values):
        if any(_same(value, other) for other in values[:k]):
            raise ValueError(f"the slider {name!r} has the value {value!r} twice")
    return Slider(name, tuple(values))


def _number(name, value):
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value):
        raise ValueError(
            f"the values of the slider {name!r} must all be finite numbers or all be names, "
            f"got {value!r}"
        )
    return int(value) if isinstance(value, int | np.integer) else float(value)


def _same(known, value):
    if isinstance(known, str) or isinstance(value, str):
        return known == value
    return math.isclose(known, value, rel_tol=1e-9, abs_tol=1e-12)
