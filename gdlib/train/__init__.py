"""Training: ``fit`` a network with any rule, ``evaluate`` it, keep and resume a run."""

from gdlib.train.diagnose import NonFiniteError
from gdlib.train.evaluate import accuracy, evaluate
from gdlib.train.fit import fit
from gdlib.train.history import History

__all__ = ["History", "NonFiniteError", "accuracy", "evaluate", "fit"]
