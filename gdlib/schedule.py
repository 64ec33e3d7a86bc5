"""Learning-rate schedules: functions from the number of steps taken, 0, 1, …, to a learning rate.

    descend(objective, x0, rule, steps, lr=cosine(0.1, steps))

``schedule(t)`` is the rate of step t + 1, as in PyTorch, where a scheduler's t-th value serves the
update after it; optax counts alike. Each equals PyTorch's sequence where PyTorch has one; what
differs at the ends is said in its docstring.
"""

import math


def constant(lr):
    """The same rate for ever."""
    _positive(lr=lr)
    return lambda t: lr


def step(lr, every, factor=0.1):
    """lr · factor^⌊t / every⌋: drops at t = every, 2 · every, …

    PyTorch's StepLR; MultiStepLR and optax too switch *at* the boundary, Keras'
    PiecewiseConstantDecay one step later.
    """
    _positive(lr=lr, every=every, factor=factor)
    return lambda t: lr * factor ** (t // every)


def exponential(lr, factor):
    """lr · factor^t. PyTorch's ExponentialLR."""
    _positive(lr=lr, factor=factor)
    return lambda t: lr * factor**t


def polynomial(lr, total, power=1.0):
    """lr · (1 − t / total)^power, and 0 from t = total on. PyTorch's PolynomialLR."""
    _positive(lr=lr, total=total, power=power)
    return lambda t: lr * (1 - min(t, total) / total) ** power


def cosine(lr, total, lr_min=0.0):
    """Half a cosine from lr at t = 0 to lr_min at t = total, where it stays.

    lr_min + (lr − lr_min) · (1 + cos(π t / total)) / 2. PyTorch's CosineAnnealingLR up to t =
    total; PyTorch's goes *up* again after that, optax' and Keras' stay as this one does.
    Source: I. Loshchilov and F. Hutter, "SGDR: Stochastic gradient descent with warm restarts",
    ICLR 2017.
    """
    _positive(lr=lr, total=total)
    return lambda t: lr_min + (lr - lr_min) * _fall(min(t, total) / total)


def cosine_restarts(lr, first, growth=1, lr_min=0.0):
    """Cosines that start again at lr, the first over ``first`` steps, each next ``growth`` as long.

    PyTorch's CosineAnnealingWarmRestarts; Keras' CosineDecayRestarts has growth 2 by default.
    Source: as for ``cosine``.
    """
    _positive(lr=lr, first=first, growth=growth)

    def schedule(t):
        length = first
        while t >= length:
            t, length = t - length, length * growth
        return lr_min + (lr - lr_min) * _fall(t / length)

    return schedule


def warmup(schedule, steps, start=1 / 3):
    """A linear rise to ``schedule``, which begins ``steps`` later.

    For t < steps the rate is schedule(0) · (start + (1 − start) · t / steps). PyTorch's
    SequentialLR of LinearLR, whose default start is 1/3, and the schedule. With start = 0 the
    first step has lr 0 and is lost, as in optax.
    """
    _positive(steps=steps)

    def warmed(t):
        if t >= steps:
            return schedule(t - steps)
        return schedule(0) * (start + (1 - start) * t / steps)

    return warmed


def one_cycle(lr_max, total, rise=0.3, divide=25.0, divide_final=1e4):
    """Cosine up from lr_max / divide to lr_max, then down to that start / divide_final at the end.

    The peak is at t = rise · total − 1, the end at t = total − 1, where it stays. PyTorch's
    OneCycleLR, which however rebounds if asked once more, and which also moves the momentum
    (``one_cycle_beta``). optax has the peak a step later and reaches the end only at t = total.
    Source: L. N. Smith and N. Topin, "Super-convergence: Very fast training of neural networks
    using large learning rates", arXiv:1708.07120 (2017).
    """
    _positive(lr_max=lr_max, total=total, rise=rise, divide=divide, divide_final=divide_final)
    first = lr_max / divide
    return _cycle(first, lr_max, first / divide_final, total, rise)


def one_cycle_beta(total, rise=0.3, high=0.95, low=0.85):
    """The momentum that goes with ``one_cycle``: from high to low while lr rises, then back."""
    _positive(total=total, rise=rise)
    return _cycle(high, low, high, total, rise)


def inverse_square_root(lr, peak):
    """lr · min((t + 1) / peak, √(peak / (t + 1))): up to lr at step ``peak``, then down as 1/√t.

    Source: A. Vaswani, N. Shazeer, N. Parmar, J. Uszkoreit, L. Jones, A. N. Gomez, Ł. Kaiser and
    I. Polosukhin, "Attention is all you need", NeurIPS 2017. PyTorch has none.
    """
    _positive(lr=lr, peak=peak)
    return lambda t: lr * min((t + 1) / peak, math.sqrt(peak / (t + 1)))


class ReduceOnPlateau:
    """Multiply the rate by ``factor`` when a metric has not fallen in over ``patience`` calls.

    A metric counts as fallen when it is below best · (1 − threshold); NaN never is. After a
    reduction ``cooldown`` calls are not counted. The rate does not fall below lr_min, and
    reductions by less than 1e-8 are left out. PyTorch's ReduceLROnPlateau in its default mode;
    Keras reduces one call earlier and compares with best − min_delta.
    """

    def __init__(self, lr, factor=0.1, patience=10, threshold=1e-4, cooldown=0, lr_min=0.0):
        _positive(lr=lr, factor=factor)
        if factor >= 1:
            raise ValueError(f"factor must be below 1, got {factor}")
        self.lr, self.factor, self.patience = lr, factor, patience
        self.threshold, self.cooldown, self.lr_min = threshold, cooldown, lr_min
        self.best, self.bad, self.cooling = math.inf, 0, 0

    def update(self, metric):
        """Take note of a metric, for example once an epoch; return the rate from now on."""
        if metric < self.best * (1 - self.threshold):
            self.best, self.bad = metric, 0
        else:
            self.bad += 1
        if self.cooling:
            self.cooling, self.bad = self.cooling - 1, 0
        if self.bad > self.patience:
            lower = max(self.lr * self.factor, self.lr_min)
            self.lr = lower if self.lr - lower > 1e-8 else self.lr
            self.bad, self.cooling = 0, self.cooldown
        return self.lr

    def __call__(self, t):
        """The present rate, whatever t is."""
        return self.lr


def _fall(share):
    """Half a cosine: from 1 at share 0 to 0 at share 1."""
    return (1 + math.cos(math.pi * share)) / 2


def _cycle(first, middle, last, total, rise):
    """Half a cosine from first to middle, and another from there to last at t = total − 1."""
    turn = rise * total - 1
    if turn <= 0:
        raise ValueError(f"rise · total must be above 1, got {rise} · {total}")

    def schedule(t):
        if t <= turn:
            return middle + (first - middle) * _fall(t / turn)
        return last + (middle - last) * _fall(min((t - turn) / (total - 1 - turn), 1))

    return schedule


def _positive(**values):
    for name, value in values.items():
        if not (value > 0 and math.isfinite(value)):
            raise ValueError(f"{name} must be positive, got {value}")
