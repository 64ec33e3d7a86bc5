"""What an exercise is, and the three ways to make one."""

import inspect
import types
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gdlib.rule import short_name
from gdlib.variant import patched, variant

# The chapters in the order of the book.
CHAPTERS = (
    *("gradients", "backpropagation", "gradient_descent", "landscapes"),
    *("vanishing_gradients", "exploding_gradients", "activations", "initialization"),
    *("skip_connections", "finite_precision"),
    *("momentum", "nesterov", "adagrad", "rmsprop", "adam", "nadam", "beyond_adam"),
    *("schedules", "race"),
    *("batch_norm", "layer_norm", "clipping", "regularization"),
    *("digits", "images", "text", "diagnosis", "gpu", "many_machines"),
    *("claims", "conventions"),
)
KINDS = ("code", "number", "diagnosis")


@dataclass(frozen=True, eq=False)
class Mistake:
    """A wrong answer that has a name.

    Attributes
    ----------
    name: how the verdict calls it.
    question: what the learner reads first; it leads to the mistake without naming it.
    explanation: what the learner reads next.
    make: builds the wrong answer; called when first needed, because compiling costs time.
    applies: for a diagnosis, whether given settings are this mistake.
    """

    name: str
    question: str
    explanation: str
    make: Callable[[], Any]
    applies: Callable[[dict], bool] | None = None

    @cached_property
    def answer(self):
        """The wrong answer itself: a function, a number, or settings that show the mistake."""
        return self.make()


@dataclass(frozen=True, eq=False, kw_only=True)
class Exercise:
    """A task, its right answers and the wrong answers that have a name.

    Attributes
    ----------
    name, chapter: what it is called and where it stands.
    kind: "code" (a function), "number", or "diagnosis" (settings of which one is to be changed).
    task: what to do, as plain text.
    definition: the source the learner starts from; ``stub`` adds the line that checks it.
    reference: the right function, number or settings; ``alternatives`` are others.
    is_rule: whether the reference hands over to a rule that the book prints.
    reasoning: why the reference is right, shown with the solution.
    hints: for an answer that is no named mistake, one more each time.
    outputs, probes: of code, the names of what it returns and the arguments it is tried on.
    scalars: the outputs that are one number each; the others have the shape of x.
    tolerance: largest relative difference from a right answer that still passes.
    given, solves: of a diagnosis, the settings that fail, and whether other settings do not.
    observe: of a number or diagnosis, what happens with the learner's answer, as a sentence.
    """

    name: str
    chapter: str
    kind: str
    task: str
    definition: str
    reference: Any
    reasoning: str
    mistakes: tuple[Mistake, ...]
    hints: tuple[str, ...]
    alternatives: tuple = ()
    is_rule: bool = False
    outputs: tuple[str, ...] = ()
    scalars: tuple[str, ...] = ()
    probes: tuple[tuple, ...] = ()
    tolerance: float = 1e-5
    given: dict | None = None
    solves: Callable[[dict], bool] | None = None
    observe: Callable[[Any], str] | None = None

    def __post_init__(self):
        for what, value, known in (
            ("chapter", self.chapter, CHAPTERS),
            ("kind", self.kind, KINDS),
        ):
            if value not in known:
                raise ValueError(f"{self.name}: {what} must be one of {known}, got {value!r}")

    @property
    def call(self):
        """The line that has the answer checked."""
        argument = self.name if self.kind == "code" else f'"{self.name}", {self.name}'
        return f"check({argument})"

    @property
    def stub(self):
        """Source of the notebook cell in which the learner answers."""
        gap = "\n\n\n" if self.kind == "code" else "\n\n"
        return f"{self.definition}{gap}{self.call}"


def code_exercise(reference, **rest):
    """Ask for a function: its name, signature and docstring are the reference's."""
    task = inspect.getdoc(reference)
    head = f"def {reference.__name__}{inspect.signature(reference)}:"
    lines = [f"    {line}".rstrip() for line in f'"""{task}\n"""\n...'.splitlines()]
    definition = "\n".join([head, *lines])
    name = reference.__name__
    return Exercise(
        name=name, kind="code", task=task, definition=definition, reference=reference, **rest
    )


def number_exercise(name, task, reference, **rest):
    """Ask for a number."""
    definition = f"{name} = ..."
    task = inspect.cleandoc(task)
    return Exercise(
        name=name, kind="number", task=task, definition=definition, reference=reference, **rest
    )


def diagnosis_exercise(name, task, given, comments, reference, **rest):
    """Ask for the one change that makes ``given`` work; ``comments`` explain its settings.

    ``reference``, as the answers of the mistakes, names only what differs from ``given``.
    """
    lines = [
        f'    "{key}": {value!r},  # {comment}'
        for (key, value), comment in zip(given.items(), comments, strict=True)
    ]
    return Exercise(
        name=name,
        kind="diagnosis",
        task=inspect.cleandoc(task),
        definition="\n".join([f"{name} = {{", *lines, "}"]),
        reference={**given, **reference},
        given=given,
        **rest,
    )


def wrong_rule(reference, rule, name, question, explanation, *patches):
    """The mistake of an adapter whose rule has each ``(old, new)`` replaced in its step."""
    short = short_name(rule)

    def make():
        scope = {**reference.__globals__, short: variant(rule, *patches)}
        return types.FunctionType(reference.__code__, scope, reference.__name__)

    return Mistake(name, question, explanation, make)


def wrong_code(reference, name, question, explanation, *patches):
    """The mistake of a reference in whose own body each ``(old, new)`` is replaced."""
    return Mistake(name, question, explanation, lambda: patched(reference, *patches))


def wrong_number(value, name, question, explanation):
    """The mistake of answering ``value``."""
    return Mistake(name, question, explanation, lambda: value)


def wrong_settings(given, change, applies, name, question, explanation):
    """The mistake of all settings for which ``applies`` holds, such as given with ``change``."""
    return Mistake(name, question, explanation, lambda: {**given, **change}, applies)


def changed_two(given, change):
    """The mistake of changing more than one setting, such as those in ``change``."""
    return wrong_settings(
        given,
        change,
        lambda settings: len(changed(given, settings)) > 1,
        "changed two things",
        "If the run works now, which of your changes was it?",
        "More than one setting differs from those given. Whoever changes two things learns "
        "nothing about either, and one is enough here: put all but one back.",
    )


def only(given, name, settings):
    """Whether the setting ``name`` is changed, and no other."""
    return changed(given, settings) == {name}


def changed(given, settings):
    """Names of the settings that are not as given, as a set; a list equals a tuple."""
    return {k for k, value in given.items() if _plain(settings[k]) != _plain(value)}


def _plain(value):
    value = value.tolist() if hasattr(value, "tolist") else value
    return list(value) if isinstance(value, tuple) else value
