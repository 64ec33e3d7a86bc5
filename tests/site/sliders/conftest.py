"""The figures of the built book, driven as a reader drives them.

A test that takes `figures` or `descents` runs once for each chapter; the page is loaded once for
all tests of a file. Afterwards Reset must lead back to the beginning, without a complaint.
"""

import numpy as np
import pytest

from gdlib.widget import bundle, curves

FRAME = "() => new Promise(requestAnimationFrame)"
PICTURE = "(f) => [...f.querySelectorAll('.gdlib-live svg')].map((s) => s.innerHTML).join('')"
LINES = "(lines) => lines.map((line) => line.getAttribute('d'))"


class Figure:
    """A figure on a page: what it shows now, and its parts."""

    def __init__(self, node):
        self.node, self.page = node, node.page
        self.find = node.locator
        self.is_descent = node.get_attribute("data-kind") == "descent"

    def frame(self):
        """Wait until what was asked for is drawn."""
        self.page.evaluate(FRAME)

    def picture(self):
        """All drawings, as text."""
        self.frame()
        return self.node.evaluate(PICTURE)

    def words(self):
        """What the figure says of itself."""
        self.frame()
        notes = self.find(".gdlib-live .gdlib-note").all_text_contents()
        return " ".join(" ".join(notes).replace("\u00a0", " ").split())

    def paths(self):
        """The paths on the map."""
        self.frame()
        return self.find(".gdlib-paths .gdlib-line").evaluate_all(LINES)

    def reset(self):
        """Press Reset, where there is one."""
        button = self.find(".gdlib-reset")
        if button.count():
            button.click()
            self.frame()


def live_figures(page):
    """The figures of a page that is loaded; all must be live."""
    nodes = page.locator("figure.gdlib-widget")
    assert page.locator("figure.gdlib-mounted").count() == nodes.count() > 0
    return [Figure(node) for node in nodes.all()]


@pytest.fixture(scope="session")
def sliders(site, chapters):
    """The chapters that hold a figure, with their HTML; one at least."""
    found = {c: (site / "chapters" / f"{c}.html").read_text(encoding="utf8") for c in chapters}
    found = {c: text for c, text in found.items() if 'class="gdlib-widget"' in text}
    assert found
    return found


@pytest.fixture
def open_chapter(site_url):
    """A function that loads a chapter and returns its figures, all live."""

    def load(page, chapter, root=site_url):
        page.goto(f"{root}/chapters/{chapter}.html")
        return live_figures(page)

    return load


@pytest.fixture
def open_widgets(tmp_path):
    """A function that loads a page with these widgets alone and returns their figures, all live."""

    def load(page, *widgets, script=True):
        code = f"<script>{bundle.page_script({})}</script>" if script else ""
        path = tmp_path / "widgets.html"
        path.write_text(
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>Widgets</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<style>{bundle.style()}</style><main><h1>Widgets</h1>"
            f"{''.join(w.html() for w in widgets)}</main>{code}</html>",
            encoding="utf8",
        )
        page.goto(path.as_uri())
        return live_figures(page) if script else []

    return load


@pytest.fixture
def several():
    """A widget with several controls: names to choose from and two sliders."""
    layers, depths, gains = np.arange(1, 9), np.array([2, 4, 8]), np.array([0.5, 1.0, 2.0])
    size = np.array([0.25, 0.9, 1.0])[:, None, None, None]
    back = depths[:, None] - layers
    return curves(
        layers,
        np.where(back >= 0, size * gains[:, None, None] ** back, np.nan),
        slider=[("activation", ["sigmoid", "tanh", "ReLU"]), ("gain", gains), ("depth", depths)],
        initial=("tanh", 1.0, 4),
        labels="gradient norm",
        xlabel="layer",
        ylabel="gradient norm",
        yscale="log",
        lines=lambda activation, gain, depth: [("x", depth, f"{depth} layers")],
    )


@pytest.fixture(scope="module")
def loaded(shared_page, site_url, sliders, chapter):
    """The figures of a chapter as they came to life, each with its first picture."""
    if chapter not in sliders:
        return []
    shared_page.goto(f"{site_url}/chapters/{chapter}.html")
    return [(figure, figure.picture()) for figure in live_figures(shared_page)]


@pytest.fixture
def figures(loaded, shared_page):
    """The figures of a chapter, at their beginning."""
    yield [figure for figure, _ in loaded]
    for figure, first in loaded:
        if figure.is_descent:
            figure.reset()
            assert figure.picture() == first, "Reset does not lead back to the beginning"
    assert shared_page.console_errors == []
    assert shared_page.foreign_requests == []


@pytest.fixture
def descents(figures):
    """The figures of a chapter that show a descent."""
    return [figure for figure in figures if figure.is_descent]
