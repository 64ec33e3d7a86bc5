"""Reference implementations and experiments for the course "Taming the Gradient".

``import gdlib`` loads NumPy and nothing heavier: torch, matplotlib and the widgets are
loaded by the modules that need them, when those are first used.
"""

import importlib

_PUBLIC = {
    "check": "gdlib.grade",
    "check_gradient": "gdlib.gradient",
    "descend": "gdlib.descent",
    "grid": "gdlib.descent",
    "numerical_gradient": "gdlib.gradient",
    "numerical_hessian": "gdlib.gradient",
    "show_rule": "gdlib.forms.show",
    "show_source": "gdlib.forms.show",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name):
    if name not in _PUBLIC:
        raise AttributeError(f"module 'gdlib' has no attribute {name!r}")
    value = getattr(importlib.import_module(_PUBLIC[name]), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *__all__})
