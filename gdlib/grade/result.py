"""The verdict on one answer."""

import json
import textwrap
from dataclasses import asdict, dataclass

STATUSES = ("passed", "failed", "not attempted")
_WIDTH = 79


@dataclass(frozen=True)
class Result:
    """What an answer is worth and what to tell the learner.

    Attributes
    ----------
    exercise: the name of the exercise.
    status: "passed", "failed" or "not attempted".
    mistake: the name of the mistake, or None.
    parts: what to say, each part for one more time that the same thing went wrong.
    """

    exercise: str
    status: str
    mistake: str | None
    parts: tuple[str, ...]

    @property
    def message(self):
        """What to tell a learner to whom this happens for the first time."""
        return self.message_at(1)

    def message_at(self, level):
        """What to tell a learner to whom this happens for the ``level``-th time, from 1."""
        heading = {"failed": "not yet", "not attempted": "not attempted yet"}
        lines = [f"{self.exercise}: {heading.get(self.status, self.status)}."]
        for part in self.parts[: max(level, 1)]:
            for line in part.splitlines():
                indent = " " * (len(line) - len(line.lstrip()))
                lines += textwrap.wrap(
                    line, _WIDTH, subsequent_indent=indent, break_long_words=False
                ) or [""]
        return "\n".join(lines)

    def to_json(self):
        """The result as one line of text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text):
        """The result that ``to_json`` wrote."""
        fields = json.loads(text)
        return cls(**{**fields, "parts": tuple(fields["parts"])})


def passed(exercise):
    """The verdict on a right answer."""
    return Result(
        exercise.name,
        "passed",
        None,
        (f"Ours and the reasoning: python -m gdlib solution {exercise.name}",),
    )


def not_attempted(exercise):
    """The verdict on the untouched stub."""
    return Result(exercise.name, "not attempted", None, ())


def wrong(exercise, mistake, seen, expected):
    """The verdict on a mistake with a name.

    seen: what the answer does, shown at once; expected: what it should be, shown last.
    """
    named = f"This is a known mistake, “{mistake.name}”: {mistake.explanation}"
    return Result(
        exercise.name,
        "failed",
        mistake.name,
        (f"{seen}\n{mistake.question}", named, f"{expected}\n{_offer(exercise)}"),
    )


def off(exercise, seen, expected):
    """The verdict on a wrong answer without a name: hints first, what is expected last."""
    first, *more = exercise.hints
    last = "\n".join([*more, expected, _offer(exercise)])
    return Result(exercise.name, "failed", None, (seen, first, last))


def unusable(exercise, *complaint, mistake=None):
    """The verdict on an answer that cannot be compared, such as one of the wrong type."""
    return Result(exercise.name, "failed", mistake, complaint)


def _offer(exercise):
    return f"After three tries you may look: python -m gdlib solution {exercise.name}"
