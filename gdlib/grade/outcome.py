"""What a function returns on each probe, and how far two functions are apart."""

import copy
import inspect
import traceback

import numpy as np

from gdlib.grade.wording import assignments, kind_of


class AnswerError(Exception):
    """The function gave nothing that could be compared.

    ``parts`` is what to tell the learner, one part more each time; ``mistake`` its name, if any.
    """

    def __init__(self, *parts, mistake=None):
        super().__init__(*parts)
        self.parts = parts
        self.mistake = mistake


def run(exercise, function):
    """Call ``function`` on fresh copies of every probe.

    Returns one tuple of float arrays for each probe. Raises AnswerError when the function raises,
    exits, changes an argument or returns something of another form, and NotImplementedError
    when the function does.
    """
    names = list(inspect.signature(exercise.reference).parameters)
    x = names.index("x") if "x" in names else 0
    outcomes = []
    for probe in exercise.probes:
        try:
            returned = _call(function, names, probe)
            outcomes.append(_arrays(exercise, returned, np.shape(probe[x]), names[x]))
        except AnswerError as error:
            if error.mistake is None:
                where = f"For {assignments(names, probe)}"
                raise AnswerError(f"{where}\n  {error.parts[0]}", *error.parts[1:]) from error
            raise
    return outcomes


def distance(a, b):
    """The largest difference between two outcomes, relative to the size of the array it is in.

    NaN equals NaN and an infinity itself; against anything else they are infinitely far.
    """
    return max(
        _array_distance(one, other)
        for pair in zip(a, b, strict=True)
        for one, other in zip(*pair, strict=True)
    )


def _array_distance(a, b):
    a, b = np.asarray(a), np.asarray(b)
    finite = np.isfinite(b)
    if not np.array_equal(a[~finite], b[~finite], equal_nan=True):
        return np.inf
    if not np.isfinite(a[finite]).all():
        return np.inf
    scale = np.abs(b[finite]).max(initial=0.0) or 1.0
    return np.abs(a[finite] - b[finite]).max(initial=0.0) / scale


def _call(function, names, probe):
    """What the function returns, having left its arguments as they were."""
    arguments = [copy.copy(argument) for argument in probe]
    try:
        with np.errstate(all="ignore"):
            returned = function(*arguments)
    except NotImplementedError:
        raise
    except (Exception, SystemExit) as error:
        raise AnswerError(_raised(function, error)) from error
    for name, before, after in zip(names, probe, arguments, strict=True):
        if not np.array_equal(before, after):
            raise AnswerError(
                f"After your function has run, is the caller's {name} still what it was?",
                f"Your function changes {name} in place: an operator such as {name} += … or an "
                f"assignment to {name}[…] writes into the caller's array. Make a new one.",
                mistake="changes its arguments",
            )
    return returned


def _raised(function, error):
    """What the function raised, and in which of its own lines."""
    if isinstance(error, SystemExit):
        text = "your function calls sys.exit"
    else:
        text = f"your function raises {type(error).__name__}"
        text += f": {error}" if str(error) else ""
    code = getattr(function, "__code__", None)
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if code is not None and f.filename == code.co_filename]
    if own:
        text += f", in line {own[-1].lineno}"
        text += f": {own[-1].line}" if own[-1].line else ""
    if "only 0-dimensional arrays" in str(error) or "only length-1 arrays" in str(error):
        text += "\nThe arguments are arrays: use NumPy's functions, such as np.sqrt, not math's."
    return text


def _arrays(exercise, returned, shape, like):
    """The returned value as one array for each output, shaped like the argument of that name."""
    outputs = exercise.outputs
    if returned is None:
        raise AnswerError("your function returns None. Is a return missing?")
    if len(outputs) == 1:
        if isinstance(returned, tuple) and [np.shape(item) for item in returned] == [shape]:
            raise AnswerError(
                "your function returns a tuple of one array, where the array itself is asked "
                "for. Is there a comma after the return value?"
            )
        returned = (returned,)
    if not isinstance(returned, tuple | list) or len(returned) != len(outputs):
        raise AnswerError(
            f"your function returns {kind_of(returned)}, "
            f"expected {len(outputs)} values: {', '.join(outputs)}."
        )
    shapes = [() if name in exercise.scalars else shape for name in outputs]
    pairs = zip(outputs, returned, shapes, strict=True)
    return tuple(_array(name, value, its, like) for name, value, its in pairs)


def _array(name, value, shape, like):
    """The value as an array of floats of the shape asked for."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise AnswerError(f"your {name} is no array of numbers: {error}") from error
    if array.dtype.kind not in "fiu":
        raise AnswerError(f"your {name} is {kind_of(value)}, expected real numbers.")
    if array.shape != shape and not array.size == np.prod(shape) == 1:
        expected = f"{shape}, that of {like}" if shape else "one number"
        raise AnswerError(f"your {name} has shape {array.shape}, expected {expected}.")
    return array.astype(float).reshape(shape)
