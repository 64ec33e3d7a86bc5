"""What the command line understands."""

import argparse
import math
from pathlib import Path

from gdlib.cli import files, report, solution


def main(arguments=None):
    """Run a command; return the exit status.

    0: done, and all passed where it grades; 1: not all passed, or not shown yet; 2: misused.
    """
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except UsageError as error:
        options.parser.error(str(error))  # exits with status 2
    except KeyboardInterrupt:
        return 130


class UsageError(Exception):
    """The command cannot do what it was told."""


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m gdlib", description="The exercises of Taming the Gradient."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    exercises = commands.add_parser(
        "exercises", help="write the exercises as files to fill in", description=files.__doc__
    )
    exercises.add_argument("folder", metavar="DIR", type=Path, help="made if it is not there")
    exercises.add_argument(
        "--force", action="store_true", help="start afresh: overwrite what you have written"
    )
    exercises.set_defaults(run=_exercises, parser=exercises)

    grade = commands.add_parser(
        "grade", help="grade the exercises in a folder", description=report.__doc__
    )
    grade.add_argument("folder", metavar="DIR", type=Path, help="what `exercises DIR` wrote")
    grade.add_argument("--json", metavar="FILE", help="write the verdicts there; - is stdout")
    grade.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=_seconds,
        default=10.0,
        help="time limit for each exercise (default: %(default)g)",
    )
    grade.add_argument(
        "--no-progress",
        action="store_true",
        help="leave your own progress alone, as when you grade somebody else's folder",
    )
    grade.set_defaults(run=_grade, parser=grade)

    show = commands.add_parser(
        "solution", help="show a solution and why it is right", description=solution.__doc__
    )
    show.add_argument("name", metavar="NAME", help="of an exercise, such as adam_step")
    show.set_defaults(run=_solution, parser=show)
    return parser


def _seconds(text):
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"must be a positive number of seconds, got {text}")
    return value


def _exercises(options):
    if options.folder.exists() and not options.folder.is_dir():
        raise UsageError(f"{options.folder} is not a folder")
    try:
        files.write(options.folder, options.force)
    except OSError as error:
        raise UsageError(f"cannot write there: {error}") from error
    return 0


def _grade(options):
    if not options.folder.is_dir():
        raise UsageError(f"there is no folder {options.folder}")
    if options.json not in (None, "-") and not Path(options.json).resolve().parent.is_dir():
        raise UsageError(f"there is no folder for {options.json}")
    return report.grade_folder(
        options.folder, options.timeout, options.json, record=not options.no_progress
    )


def _solution(options):
    try:
        return solution.show(options.name)
    except ValueError as error:
        raise UsageError(str(error)) from error
