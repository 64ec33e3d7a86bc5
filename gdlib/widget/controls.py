"""What can be moved: a number with a label, a scale and a range."""

import math
from dataclasses import asdict, dataclass

LABELS = {
    "lr": ("learning rate η", "η"),
    "kappa": ("condition number κ", "κ"),
    "eps": ("ε", "ε"),
    "weight_decay": ("weight decay λ", "λ"),
    "momentum_decay": ("momentum decay ψ", "ψ"),
    "eta_minus": ("η⁻", "η⁻"),
    "eta_plus": ("η⁺", "η⁺"),
    "gain": ("gain", "gain"),
    "depth": ("depth", "depth"),
    "activation": ("activation function", "activation"),
    "batch_size": ("batch size b", "b"),
    "threshold": ("clipping threshold", "threshold"),
    "spectral_radius": ("spectral radius ρ", "ρ"),
    "T": ("sequence length T", "T"),
    "seed": ("random seed", "seed"),
}
GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "eta": "η",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "rho": "ρ",
}
DECAY_RATES = ("alpha", "beta", "gamma", "rho", "decay", "momentum")
RANGES = {
    "lr": (1e-4, 1.0),
    "kappa": (1.0, 1000.0),
    "eps": (1e-10, 0.1),
    "momentum_decay": (1e-4, 10.0),
    "eta_minus": (0.1, 0.99),
    "eta_plus": (1.01, 3.0),
}


@dataclass(frozen=True)
class Control:
    """A number of a rule or an objective that the reader may move.

    name: as in Python. trait: under which the widget holds it. label, symbol: on the page.
    scale: "log" for positive numbers, "unit" for 0 <= value < 1, "linear" for the rest.
    lo, hi: the ends of the slider; typed numbers and Python may go beyond.
    shown: whether there is a slider for it.
    """

    name: str
    trait: str
    label: str
    symbol: str
    scale: str
    lo: float
    hi: float
    shown: bool

    def as_json(self):
        """The control as the page reads it."""
        return asdict(self)

    def check(self, value):
        """Return ``value`` as a float, or raise ValueError saying what it must be."""
        number = _finite(self.trait, value)
        if self.scale == "log" and number <= 0:
            raise ValueError(f"{self.trait} must be positive, got {value!r}")
        if self.scale == "unit" and not 0 <= number < 1:
            raise ValueError(f"{self.trait} must be at least 0 and below 1, got {value!r}")
        return number


def control(name, value, *, trait=None, bounds=None, shown=True):
    """The control for a number called ``name`` that starts at ``value``.

    ``bounds`` (lo, hi) replaces the usual range; either range is widened to hold ``value``.
    """
    label, symbol = LABELS.get(name, (symbol_of(name), symbol_of(name)))
    scale = _scale(name, value)
    lo, hi = bounds or RANGES.get(name) or _usual_range(scale, value)
    made = Control(name, trait or name, label, symbol, scale, float(lo), float(hi), shown)
    for end in (lo, hi):
        made.check(end)
    if not lo < hi:
        raise ValueError(f"the range of {name} must be (low, high), got ({lo}, {hi})")
    value = made.check(value)
    return Control(
        name, made.trait, label, symbol, scale, min(made.lo, value), max(made.hi, value), shown
    )


def symbol_of(name):
    """β₁ for beta1; a name that is not Greek stays, with spaces for underscores."""
    letters = name.rstrip("0123456789")
    if letters not in GREEK:
        return name.replace("_", " ")
    return GREEK[letters] + name[len(letters) :].translate(
        str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
    )


def _scale(name, value):
    if name in RANGES:
        return "log"
    if any(name.startswith(word) for word in DECAY_RATES) and 0 <= value < 1:
        return "unit"
    return "log" if value > 0 else "linear"


def _usual_range(scale, value):
    if scale == "unit":
        return 0.0, 0.99 if value < 0.99 else 0.9999
    if scale == "log":
        return value / 100, value * 100
    return (value - 1, value + 1) if value else (0.0, 1.0)


def _finite(name, value):
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a number, got {value!r}") from None
    if isinstance(value, bool | str) or not math.isfinite(number):
        raise ValueError(f"{name} must be a finite number, got {value!r}")
    return number
