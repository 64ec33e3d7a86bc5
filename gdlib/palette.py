"""One colour per optimizer, the same in every figure, slider and chapter.

The first five are of the palette of M. Okabe and K. Ito, "Color universal design" (2008), which
colour-blind readers can tell apart. The sliders lighten them in dark mode.
"""

COLOURS = {
    "gradient_descent": "#0072b2",
    "momentum": "#d55e00",
    "nesterov": "#009e73",
    "adagrad": "#e69f00",
    "rmsprop": "#cc79a7",
    "adam": "#7b3fa0",
    "adadelta": "#8c6d1f",
    "rprop": "#5f6b7a",
    "amsgrad": "#56b4e9",
    "adamax": "#a0522d",
    "nadam": "#b3446c",
    "radam": "#2f7d4f",
    "adamw": "#1a8a99",
    "lion": "#9a9a00",
    "lamb": "#d0479d",
    "muon": "#4b4fc4",
    "schedule_free_adamw": "#6b8e23",
}
# For whatever has no colour of its own.
CYCLE = ("#56b4e9", "#8c6d1f", "#5f6b7a", "#b3446c", "#2f7d4f", "#a0522d")


def colour(name):
    """The colour of a rule as "#rrggbb".

    ``name`` is the rule's short name, such as "momentum". A variant named after its rule
    ("momentum_ema") has the colour of that rule; draw it dashed (``is_variant``). Any other name
    gets a colour of the cycle, the same in every run.
    """
    base = _base(name)
    return COLOURS[base] if base else CYCLE[sum(map(ord, name)) % len(CYCLE)]


def is_variant(name):
    """Whether the colour belongs to another rule, so that the line should be dashed."""
    return name not in COLOURS and _base(name) is not None


def _base(name):
    """The longest known name that ``name`` equals or continues with an underscore."""
    known = (base for base in COLOURS if name == base or name.startswith(f"{base}_"))
    return max(known, key=len, default=None)
