"""Sliders: live in a notebook, and on a page without a kernel.

``descent`` draws paths on a contour map; the reader moves the start, the hyperparameters and the
objective. ``curves`` shows one member of a family of curves that was computed beforehand. Both are
anywidgets whose values can be read and set from Python, and carry a static form for the built book.
"""

from gdlib.widget.curves_widget import curves
from gdlib.widget.descent_widget import descent

__all__ = ["curves", "descent"]
