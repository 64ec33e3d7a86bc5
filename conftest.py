"""Settings that hold for all tests: how strictly notebook outputs are compared."""

# What two runs of a notebook need not agree in: pictures and widget HTML are dropped from the
# committed notebooks, and everything else that a cell shows is compared letter by letter.
NOT_COMPARED = ("text/html", "image/svg+xml")


def pytest_collectstart(collector):
    """Let nbval compare the text of every output and nothing but the text."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare = (*collector.skip_compare, *NOT_COMPARED)
