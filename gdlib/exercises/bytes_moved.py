"""Exercise: how many bytes a step moves, one operation at a time and all at once."""

from functools import partial

from gdlib.exercises._exercise import code_exercise, wrong_code


def bytes_moved(operations, results, width):
    """Count the bytes that a step moves for each parameter.

    operations: a dict, name of the array made → names of the arrays it is
        made from, in order: {"a": ("g", "v"), "x_new": ("x", "a")}. A name
        may stand twice, as in g · g. Numbers that are the same for all
        parameters, such as lr, are left out.
    results: names of those arrays made that must be in memory in the end.
    width: a dict, name → bytes of one number in this array.

    Arrays are as long as the parameters. Return two numbers:
    separate: each operation passes over memory by itself. It reads each
        array that it needs once and writes the array that it makes.
    fused: one pass does all operations. What is made on the way stays in
        registers. Each array that was there before is read at most once,
        and the results are written.
    """
    separate = 0
    loaded = set()
    for made, inputs in operations.items():
        separate += width[made]
        for name in set(inputs):
            separate += width[name]
            if name not in operations:
                loaded.add(name)
    fused = sum(width[name] for name in loaded)
    fused += sum(width[name] for name in results)
    return separate, fused


def _by_sets(operations, results, width):
    passes = [{made, *inputs} for made, inputs in operations.items()]
    outside = set().union(*passes) - set(operations)
    return (
        sum(width[name] for each in passes for name in each),
        sum(width[name] for name in [*outside, *results]),
    )


def _moved_once(operations, results, width):
    reads = {name for inputs in operations.values() for name in inputs}
    count = sum(map(width.get, operations))
    for inputs in operations.values():
        count += sum(map(width.get, dict.fromkeys(inputs)))
    return count, sum(map(width.get, reads.difference(operations).union(results)))


_MOMENTUM = {"a": ("v",), "v_new": ("a", "g"), "b": ("v_new",), "x_new": ("x", "b")}
_RMSPROP = {
    "a": ("v",),
    "square": ("g", "g"),
    "b": ("square",),
    "v_new": ("a", "b"),
    "root": ("v_new",),
    "c": ("g",),
    "change": ("c", "root"),
    "master_new": ("master", "change"),
    "x_new": ("master_new",),
}
_WIDE = dict.fromkeys([*_MOMENTUM, *_RMSPROP, "x", "g", "v", "master"], 4)
_NARROW = {**_WIDE, "g": 2, "x": 2, "x_new": 2}

_wrong = partial(wrong_code, bytes_moved)

exercise = code_exercise(
    bytes_moved,
    chapter="gpu",
    outputs=("separate", "fused"),
    scalars=("separate", "fused"),
    alternatives=(_by_sets, _moved_once),
    probes=(
        ({"x_new": ("x", "g")}, ("x_new",), {"x": 4, "g": 4, "x_new": 4}),
        (_MOMENTUM, ("x_new", "v_new"), {n: _WIDE[n] for n in (*_MOMENTUM, "x", "g", "v")}),
        (
            _RMSPROP,
            ("master_new", "v_new", "x_new"),
            {n: _NARROW[n] for n in (*_RMSPROP, "g", "v", "master")},
        ),
    ),
    hints=(
        "Take gradient descent, x_new made from x and g, with 4 bytes each: what is read, what is "
        "written? Then split it in two: a made from g, x_new made from x and a.",
        "For separate, go through the operations and add what each of them reads and writes. For "
        "fused, collect the names that no operation makes, each once, and add the results.",
    ),
    mistakes=(
        _wrong(
            "one pass writes all it makes",
            "Who reads the arrays made on the way, once everything is one pass?",
            "Your fused pass writes every array that is made. Only the results are wanted in "
            "memory; the others live in registers for a moment and are forgotten.",
            ("for name in results)", "for name in operations)"),
        ),
        _wrong(
            "one pass reads back what it has made",
            "Where is a number that the same pass has made a line before?",
            "Your fused pass reads from memory what it has made itself. That is still in a "
            "register: only arrays that no operation makes are read.",
            ("if name not in operations:", "if name:"),
        ),
        _wrong(
            "one pass reads an array at each use",
            "The second time that one pass needs g, where is it?",
            "You count an array for each operation that uses it. In one pass it is read the "
            "first time and stays in a register.",
            ("loaded = set()", "loaded = []"),
            ("loaded.add", "loaded.append"),
        ),
        _wrong(
            "writes left out of separate",
            "Where does an operation leave what it makes, so that the next one finds it?",
            "Each separate operation also writes its result to memory, and that costs as much as "
            "reading it.",
            ("separate += width[made]", "separate += 0"),
        ),
        _wrong(
            "writes left out of fused",
            "Where are the new parameters and the new state after the pass?",
            "You count what the fused pass reads. The results are written, and that costs as much.",
            ("fused += sum(width[name] for name in results)", "fused += 0"),
        ),
        _wrong(
            "an operation reads g twice to square it",
            "To multiply g by itself, how often must it be fetched?",
            "Where a name stands twice in one operation, you count it twice. It is the same array, "
            "read once.",
            ("set(inputs)", "inputs"),
        ),
        _wrong(
            "read back, and read twice",
            "To multiply g by itself, how often must it be fetched? And where is a number that "
            "the same pass has made a line before?",
            "Two things. An operation that uses an array twice reads it once. And what the fused "
            "pass has made itself is still in a register: only arrays that no operation makes are "
            "read.",
            ("set(inputs)", "inputs"),
            ("if name not in operations:", "if name:"),
        ),
        _wrong(
            "the two exchanged",
            "Which of your two numbers is larger? Which of the two ways should move more?",
            "You return fused first. Asked for are separate, fused, in this order.",
            ("return separate, fused", "return fused, separate"),
        ),
        _wrong(
            "one width for all",
            "How many bytes has a number in bfloat16?",
            "You take 4 bytes for every array. What an array takes stands in width.",
            ("separate = 0", "separate, width = 0, dict.fromkeys(width, 4)"),
        ),
        _wrong(
            "arrays, not bytes",
            "What is the unit of your numbers?",
            "You count arrays. Each moves as many bytes for a parameter as width says.",
            ("separate = 0", "separate, width = 0, dict.fromkeys(width, 1)"),
        ),
        _wrong(
            "only what changes is read",
            "Is there an array that the step reads and leaves as it is?",
            "You read as much as you write. The gradient is read too, and nobody writes it.",
            (
                "fused = sum(width[name] for name in loaded)",
                "fused = sum(width[name] for name in results)",
            ),
        ),
        _wrong(
            "separate remembers",
            "When an operation is done and the next one begins, where is the array g?",
            "You count each array once for the whole step. Separate passes keep nothing: an array "
            "too large for the cache comes from memory again each time.",
            ("separate += width[name]", "separate += width[name] * (name not in loaded)"),
        ),
    ),
    reasoning="A separate operation reads each of its different arrays and writes one. Fused, only "
    "what was in memory before must be read, once, and only what must be there afterwards is "
    "written: all that is made in between never leaves the registers. The count of the first way "
    "grows with the number of operations, that of the second with the size of the state alone.",
)
