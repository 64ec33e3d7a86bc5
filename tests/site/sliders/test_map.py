"""The start on the map: dragged, clicked, moved with keys and with a finger."""

import pytest


def middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def across(figure):
    """Where the start is along x₁."""
    figure.frame()
    return float(figure.find(".gdlib-handle").get_attribute("aria-valuenow"))


def test_the_start_follows_the_mouse_until_it_is_let_go(descents):
    for figure in descents:
        handle, mouse = figure.find(".gdlib-handle .gdlib-grip"), figure.page.mouse
        handle.scroll_into_view_if_needed()
        before, said = figure.paths(), figure.words()
        x, y = middle(handle)
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + 40, y + 25, steps=4)
        during = figure.paths()
        mouse.up()
        mouse.move(x + 90, y + 60)
        assert during != before
        assert figure.paths() == during, "the handle follows the pointer after it was let go"
        assert figure.words() != said
        assert middle(handle) == pytest.approx((x + 40, y + 25), abs=2)


def test_a_press_anywhere_on_the_map_puts_the_start_there(descents):
    for figure in descents:
        field = figure.find(".gdlib-plane .gdlib-clip")
        field.scroll_into_view_if_needed()
        box = field.bounding_box()
        at = box["x"] + 0.8 * box["width"], box["y"] + 0.2 * box["height"]
        figure.page.mouse.click(*at)
        figure.frame()
        assert middle(figure.find(".gdlib-handle .gdlib-grip")) == pytest.approx(at, abs=2)


def test_arrow_keys_move_the_start_and_shift_moves_it_further(descents):
    for figure in descents:
        handle, before = figure.find(".gdlib-handle"), across(figure)
        handle.focus()
        handle.press("ArrowRight")
        small = across(figure) - before
        handle.press("Shift+ArrowRight")
        large = across(figure) - before - small
        assert 0 < small < large
        drawn, said = figure.paths(), handle.get_attribute("aria-valuetext")
        handle.press("ArrowDown")
        assert figure.paths() != drawn
        assert handle.get_attribute("aria-valuetext") != said


def test_a_finger_drags_the_start_and_fits_every_target(new_page, open_chapter, sliders):
    page = new_page(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    touch = page.context.new_cdp_session(page)
    for chapter in sliders:
        for figure in open_chapter(page, chapter):
            assert figure.node.evaluate("(f) => f.scrollWidth <= f.clientWidth")
            targets = figure.find("input[type=range]:visible, .gdlib-option").all()
            assert all(item.bounding_box()["height"] >= 44 for item in targets)
            if not figure.is_descent:
                continue
            handle = figure.find(".gdlib-handle .gdlib-target")
            handle.evaluate("(node) => node.scrollIntoView({ block: 'center' })")
            box, before = handle.bounding_box(), figure.paths()
            assert min(box["width"], box["height"]) >= 43.5
            x, y = middle(handle)
            scrolled = page.evaluate("scrollY")
            for kind, moves in (("Start", [0]), ("Move", [10, 30, 40]), ("End", [None])):
                for d in moves:
                    points = [] if d is None else [{"x": x + d, "y": y + d}]
                    event = {"type": f"touch{kind}", "touchPoints": points}
                    touch.send("Input.dispatchTouchEvent", event)
            assert figure.paths() != before
            assert page.evaluate("scrollY") == scrolled, "dragging scrolls the page"
            assert middle(handle) == pytest.approx((x + 40, y + 40), abs=2)
