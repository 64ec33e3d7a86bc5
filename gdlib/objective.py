"""Test functions of two variables: value, exact gradient, minima, plotting window.

Value and gradient are written over the components x and y, in the same small subset of Python as
the rules (``gdlib.forms.source``), so that the sliders run the very functions that are tested.

>>> quadratic(kappa=100).gradient(np.array([1.0, 1.0]))
array([  1., 100.])
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from gdlib.ops import cos, pi, sin, where


@dataclass(frozen=True, eq=False)
class Objective:
    """A function to minimise.

    Attributes
    ----------
    name: how figures, widgets and error messages call it.
    value_of, gradient_of: functions of the components; the second returns one item for each.
    minima: the local minima that are known, as points; empty when there is none.
    window: ((left, right), (bottom, top)), the part worth plotting.
    start: a point from which a descent is instructive.
    parameters: numbers of the function's own, such as kappa; call the objective to change them.
    """

    name: str
    value_of: Callable
    gradient_of: Callable
    minima: tuple[tuple[float, ...], ...]
    window: tuple[tuple[float, float], ...]
    start: tuple[float, ...]
    parameters: Mapping[str, float] = field(default_factory=dict)

    @property
    def dimension(self):
        """The number of components of x."""
        return len(self.start)

    def __call__(self, **parameters):
        """Return the same objective with other parameters: ``quadratic(kappa=100)``."""
        unknown = sorted(set(parameters) - set(self.parameters))
        if unknown:
            known = ", ".join(self.parameters) or "none"
            raise TypeError(f"{self.name} has no parameter {unknown[0]!r}; it has: {known}")
        return replace(self, parameters={**self.parameters, **parameters})

    def value(self, x):
        """Value at x of shape (…, dimension), NumPy or torch; shape (…)."""
        return self.value_of(*self._components(x), **self.parameters)

    def gradient(self, x):
        """Exact gradient at x of shape (…, dimension); same shape and dtype."""
        gradient = x * 0
        partials = self.gradient_of(*self._components(x), **self.parameters)
        for i, partial in enumerate(partials):
            gradient[..., i] = partial
        return gradient

    def _components(self, x):
        if not hasattr(x, "shape"):
            raise TypeError(f"{self.name} needs an array, got {type(x).__name__}: {x!r}")
        if x.ndim == 0 or x.shape[-1] != self.dimension:
            raise ValueError(
                f"{self.name} needs x of shape (…, {self.dimension}), got {tuple(x.shape)}"
            )
        return [x[..., i] for i in range(self.dimension)]


def _bowl(x, y):
    return (x**2 + y**2) / 2


def _bowl_gradient(x, y):
    return x, y


bowl = Objective("bowl", _bowl, _bowl_gradient, ((0.0, 0.0),), ((-3, 3), (-3, 3)), (-2.0, 1.5))


def _quadratic(x, y, kappa=10.0):
    return (x**2 + kappa * y**2) / 2


def _quadratic_gradient(x, y, kappa=10.0):
    return x, kappa * y


# Curvatures 1 and kappa: mu = 1, L = kappa, condition number kappa.
quadratic = Objective(
    "quadratic",
    _quadratic,
    _quadratic_gradient,
    minima=((0.0, 0.0),),
    window=((-3, 3), (-2, 2)),
    start=(-2.5, 1.2),
    parameters={"kappa": 10.0},
)


def _rotated_quadratic(x, y, kappa=10.0, angle=45.0):
    c = cos(angle * pi / 180)
    s = sin(angle * pi / 180)
    flat = c * x + s * y
    steep = c * y - s * x
    return (flat**2 + kappa * steep**2) / 2


def _rotated_quadratic_gradient(x, y, kappa=10.0, angle=45.0):
    c = cos(angle * pi / 180)
    s = sin(angle * pi / 180)
    flat = c * x + s * y
    steep = c * y - s * x
    return c * flat - kappa * s * steep, s * flat + kappa * c * steep


# The quadratic, turned by ``angle`` degrees: the curvatures are 1 and kappa still.
rotated_quadratic = Objective(
    "rotated_quadratic",
    _rotated_quadratic,
    _rotated_quadratic_gradient,
    minima=((0.0, 0.0),),
    window=((-3, 3), (-3, 3)),
    start=(-2.5, 1.2),
    parameters={"kappa": 10.0, "angle": 45.0},
)


def _rosenbrock(x, y, b=100.0):
    return (1 - x) ** 2 + b * (y - x**2) ** 2


def _rosenbrock_gradient(x, y, b=100.0):
    rise = y - x**2
    return -2 * (1 - x) - 4 * b * x * rise, 2 * b * rise


# H. H. Rosenbrock, "An automatic method for finding the greatest or least value of a function",
# The Computer Journal 3(3) (1960), 175-184.
rosenbrock = Objective(
    "rosenbrock",
    _rosenbrock,
    _rosenbrock_gradient,
    minima=((1.0, 1.0),),
    window=((-2, 2), (-1, 3)),
    start=(-1.2, 1.0),
    parameters={"b": 100.0},
)


def _beale(x, y):
    p = 1.5 - x + x * y
    q = 2.25 - x + x * y**2
    r = 2.625 - x + x * y**3
    return p**2 + q**2 + r**2


def _beale_gradient(x, y):
    p = 1.5 - x + x * y
    q = 2.25 - x + x * y**2
    r = 2.625 - x + x * y**3
    along_x = 2 * p * (y - 1) + 2 * q * (y**2 - 1) + 2 * r * (y**3 - 1)
    along_y = 2 * p * x + 4 * q * x * y + 6 * r * x * y**2
    return along_x, along_y


# E. M. L. Beale, "On an iterative method for finding a local minimum of a function of more than
# one variable", Technical Report 25, Statistical Techniques Research Group, Princeton (1958).
beale = Objective(
    "beale",
    _beale,
    _beale_gradient,
    minima=((3.0, 0.5),),
    window=((-4.5, 4.5), (-4.5, 4.5)),
    start=(1.0, 1.5),
)


def _himmelblau(x, y):
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def _himmelblau_gradient(x, y):
    p = x**2 + y - 11
    q = x + y**2 - 7
    return 4 * x * p + 2 * q, 2 * p + 4 * y * q


# D. M. Himmelblau, "Applied Nonlinear Programming", McGraw-Hill (1972).
himmelblau = Objective(
    "himmelblau",
    _himmelblau,
    _himmelblau_gradient,
    minima=(
        (3.0, 2.0),
        (-2.8051180869527448, 3.1313125182505730),
        (-3.7793102533777469, -3.2831859912861694),
        (3.5844283403304917, -1.8481265269644034),
    ),
    window=((-5, 5), (-5, 5)),
    start=(-0.5, -1.0),
)


def _saddle(x, y):
    return x**2 - y**2


def _saddle_gradient(x, y):
    return 2 * x, -2 * y


saddle = Objective("saddle", _saddle, _saddle_gradient, (), ((-2, 2), (-2, 2)), (-1.5, 1e-3))


def _plateau(x, y):
    r = x**2 + y**2
    return r / (1 + r)


def _plateau_gradient(x, y):
    flatness = (1 + x**2 + y**2) ** 2
    return 2 * x / flatness, 2 * y / flatness


# The loss of S. Geman and D. E. McClure, "Statistical methods for tomographic image
# reconstruction", Bulletin of the International Statistical Institute 52(4) (1987), 5-21:
# bounded by 1, so that far from the minimum the slope fades like 2 / distance cubed.
plateau = Objective(
    "plateau", _plateau, _plateau_gradient, ((0.0, 0.0),), ((-6, 6), (-6, 6)), (-4, 3)
)


def _rastrigin(x, y):
    return 20 + x**2 + y**2 - 10 * cos(2 * pi * x) - 10 * cos(2 * pi * y)


def _rastrigin_gradient(x, y):
    return 2 * x + 20 * pi * sin(2 * pi * x), 2 * y + 20 * pi * sin(2 * pi * y)


# L. A. Rastrigin, "Systems of extremal control", Nauka, Moscow (1974, in Russian). Only the global
# minimum is listed; there is a local one near every other point with whole coordinates.
rastrigin = Objective(
    "rastrigin",
    _rastrigin,
    _rastrigin_gradient,
    minima=((0.0, 0.0),),
    window=((-5.12, 5.12), (-5.12, 5.12)),
    start=(-3.3, 2.6),
)


def _kinked(x):
    low = 25 * x**2 / 2
    middle = x**2 / 2 + 24 * x - 12
    high = 25 * x**2 / 2 - 24 * x + 36
    return where(x < 1, low, where(x < 2, middle, high))


def _kinked_gradient(x):
    return (where(x < 1, 25 * x, where(x < 2, x + 24, 25 * x - 24)),)


# Strongly convex, of one variable: curvature 25, but 1 between x = 1 and x = 2. L. Lessard,
# B. Recht and A. Packard, "Analysis and design of optimization algorithms via integral quadratic
# constraints", SIAM Journal on Optimization 26(1) (2016), 57-95.
kinked = Objective("kinked", _kinked, _kinked_gradient, ((0.0,),), ((-3, 4),), (3.3,))

# Those of two variables, which can be drawn as maps.
OBJECTIVES = (
    bowl,
    quadratic,
    rotated_quadratic,
    rosenbrock,
    beale,
    himmelblau,
    saddle,
    plateau,
    rastrigin,
)
