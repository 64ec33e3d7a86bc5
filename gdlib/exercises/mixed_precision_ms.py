"""Exercise: the least time of a clipped Adam step in mixed precision."""

from gdlib.exercises._exercise import number_exercise, wrong_number

PARAMETERS, BANDWIDTH = 7e9, 2e12
BYTES = 2 + (2 + 4 + 4 + 4) + (4 + 4 + 4 + 2)


def milliseconds(count):
    """The time to move so many bytes a parameter."""
    return count * PARAMETERS / BANDWIDTH * 1000


def _observe(value):
    """How many bytes a parameter this time has room for."""
    if value <= 0:
        return f"A step that takes {value:g} ms moves nothing."
    count = value / 1000 * BANDWIDTH / PARAMETERS
    return f"In {value:.4g} ms the memory moves {count:.4g} bytes for each parameter."


exercise = number_exercise(
    "mixed_precision_ms",
    """
    A model has 7 billion parameters. Its weights and gradients are bfloat16. Adam keeps m, v and
    a master copy of the weights in float32. Gradients are clipped to a global norm, and this is
    fused: a first pass computes the norm, a second one does everything else. The step starts
    from the master copy, does not look at the bfloat16 weights, and writes both.

    The memory moves 2 terabytes a second, 2e12 bytes. How many milliseconds does the step take
    at least? Predict it before you run anything.
    """,
    milliseconds(BYTES),
    chapter="gpu",
    alternatives=(105.0, 7 * 30 / 2),
    tolerance=0.005,
    observe=_observe,
    hints=(
        "List the arrays that the first pass reads; then those that the second one reads, and "
        "those that it writes. Put 2 or 4 bytes beside each.",
        "The second pass reads g, m, v and the master copy. Which of these does it write again, "
        "and what else? Bytes for a parameter, times 7e9, divided by 2e12, are seconds.",
    ),
    mistakes=(
        wrong_number(
            milliseconds(32),
            "two bytes too many",
            "Is everything as wide as in float32? And are the bfloat16 weights read?",
            "32 bytes are what clip and Adam move if all is float32, and also what you get if the "
            "bfloat16 weights are read beside the master copy. They are only written here.",
        ),
        wrong_number(
            milliseconds(28),
            "two bytes too few",
            "How often is the gradient read? And which weights does the next forward pass use?",
            "28 bytes leave out two: either the first pass, which reads g for the norm, or the "
            "bfloat16 weights, which must be written for the next forward pass.",
        ),
        wrong_number(
            milliseconds(16),
            "sixteen bytes",
            "Do you count what is stored, or what is moved? Which arrays are read and written?",
            "16 bytes a parameter is what is kept in memory; it is also what is read alone, and "
            "what would move if everything were bfloat16. Here m, v and the master copy are "
            "float32, and each is read and written.",
        ),
        wrong_number(
            milliseconds(34),
            "clipped gradients written back",
            "Where is the factor of the clipping applied?",
            "In your count a pass of its own reads g, multiplies it and writes it. Fused, g is "
            "multiplied in the register that it was read into for the update.",
        ),
        wrong_number(
            milliseconds(40),
            "three passes in float32",
            "Where is the factor applied, and how wide is a bfloat16?",
            "40 bytes are clip and Adam in float32, with a pass for the norm, one for the "
            "factor and one for the step. Here it is two passes, and two arrays are narrow.",
        ),
        wrong_number(
            milliseconds(22),
            "the state moved once",
            "Are m and v the same after the step as before it?",
            "You count eight bytes too few: m and v are each read and written.",
        ),
        wrong_number(
            milliseconds(26),
            "the master copy moved once",
            "Is the master copy the same after the step as before it?",
            "The master copy is read, changed and written: 8 bytes, not 4.",
        ),
        wrong_number(
            milliseconds(24),
            "no master copy",
            "To which numbers is the step added?",
            "You let the step read and write bfloat16 weights, without a master copy. The master "
            "copy adds 8 bytes, and the reading of the narrow weights falls away.",
        ),
        wrong_number(
            milliseconds(BYTES) / 1000,
            "seconds",
            "Which unit is asked for?",
            "That is the time in seconds.",
        ),
        wrong_number(
            milliseconds(BYTES) * 8,
            "bits",
            "Is the bandwidth given in bits or in bytes?",
            "You have multiplied by 8. Both numbers are in bytes.",
        ),
        wrong_number(
            1000 / milliseconds(BYTES),
            "steps in a second",
            "How many steps fit into a second, and how long does one take?",
            "That is the number of steps in a second.",
        ),
        wrong_number(
            BYTES,
            "bytes a parameter",
            "How many parameters are there, and how many bytes go by in a second?",
            "That is the number of bytes for each parameter. Now multiply by the number of "
            "parameters and divide by the bandwidth.",
        ),
    ),
    reasoning="The norm reads g: 2 bytes. The update reads g, the master copy, m and v: 2 + 4 + 4 "
    "+ 4 = 14. It writes the master copy, m and v and the bfloat16 weights: 4 + 4 + 4 + 2 = 14. "
    "Together 30 bytes a parameter, 210 GB for all, and 210 GB at 2000 GB/s are 0.105 s.",
)
