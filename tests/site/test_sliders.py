"""Every slider of the built book, driven in a real browser with mouse, keyboard and finger."""

import html
import re
from pathlib import Path

import pytest

CHAPTERS = sorted(p.stem for p in (Path(__file__).parents[2] / "chapters").glob("*.ipynb"))
FRAME = "() => new Promise(requestAnimationFrame)"
PICTURE = "(f) => [...f.querySelectorAll('.gdlib-live svg')].map((s) => s.innerHTML).join('')"


def source(site, chapter):
    return (site / "chapters" / f"{chapter}.html").read_text(encoding="utf8")


@pytest.fixture
def sliders(site):
    """The chapters that hold a slider, with their HTML; one at least."""
    found = {c: source(site, c) for c in CHAPTERS}
    found = {c: text for c, text in found.items() if 'class="gdlib-widget"' in text}
    assert found
    return found


def open_chapter(page, site_url, chapter):
    """Load a page; return its figures once all are live."""
    page.goto(f"{site_url}/chapters/{chapter}.html")
    figures = page.locator("figure.gdlib-widget")
    assert page.locator("figure.gdlib-mounted").count() == figures.count() > 0
    return figures.all()


def picture(figure):
    figure.page.evaluate(FRAME)
    return figure.evaluate(PICTURE)


def words(figure):
    figure.page.evaluate(FRAME)
    notes = figure.locator(".gdlib-live .gdlib-note").all_text_contents()
    return " ".join(" ".join(notes).replace("\u00a0", " ").split())


def paths(figure):
    figure.page.evaluate(FRAME)
    return figure.locator(".gdlib-paths .gdlib-line").evaluate_all(
        "(lines) => lines.map((line) => line.getAttribute('d'))"
    )


def reset(figure):
    figure.locator(".gdlib-reset").click()
    figure.page.evaluate(FRAME)


def start_of(figure):
    figure.page.evaluate(FRAME)
    return float(figure.locator(".gdlib-handle").get_attribute("aria-valuenow"))


def check_drag(figure):
    handle = figure.locator(".gdlib-handle .gdlib-grip")
    handle.scroll_into_view_if_needed()
    box, before, said = handle.bounding_box(), paths(figure), words(figure)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse = figure.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 40, y + 25, steps=4)
    during = paths(figure)
    mouse.up()
    mouse.move(x + 90, y + 60)
    assert during != before
    assert paths(figure) == during, "the handle follows the pointer after it was let go"
    assert words(figure) != said
    moved = handle.bounding_box()
    assert moved["x"] - box["x"] == pytest.approx(40, abs=2)
    assert moved["y"] - box["y"] == pytest.approx(25, abs=2)


def check_click(figure):
    """A press anywhere on the map puts the start there."""
    field = figure.locator(".gdlib-plane .gdlib-clip")
    field.scroll_into_view_if_needed()
    box = field.bounding_box()
    x, y = box["x"] + 0.8 * box["width"], box["y"] + 0.2 * box["height"]
    figure.page.mouse.click(x, y)
    figure.page.evaluate(FRAME)
    moved = figure.locator(".gdlib-handle .gdlib-grip").bounding_box()
    assert moved["x"] + moved["width"] / 2 == pytest.approx(x, abs=2)
    assert moved["y"] + moved["height"] / 2 == pytest.approx(y, abs=2)


def check_keys(figure):
    handle, before = figure.locator(".gdlib-handle"), start_of(figure)
    handle.focus()
    handle.press("ArrowRight")
    small = start_of(figure) - before
    handle.press("Shift+ArrowRight")
    large = start_of(figure) - before - small
    assert 0 < small < large
    drawn, said = paths(figure), handle.get_attribute("aria-valuetext")
    handle.press("ArrowDown")
    assert paths(figure) != drawn
    assert handle.get_attribute("aria-valuetext") != said


def check_ranges(figure):
    """Each slider that can be moved changes the picture and the words."""
    for item in figure.locator("input[type=range]:visible:enabled").all():
        name = item.get_attribute("aria-label")
        before, said, value = picture(figure), words(figure), item.get_attribute("aria-valuetext")
        for key in ("Home", "End"):
            item.press(key)
            figure.page.evaluate(FRAME)
            if item.get_attribute("aria-valuetext") != value:
                break
        assert item.get_attribute("aria-valuetext") != value, name
        assert picture(figure) != before, name
        assert words(figure) != said, name
        if figure.locator(".gdlib-reset").count():
            reset(figure)


def check_play(figure):
    step, play = figure.locator("input[data-trait=step]"), figure.locator(".gdlib-play")
    step.press("End")
    last = int(step.input_value())
    for _ in range(3):
        step.press("ArrowLeft")
    before = picture(figure)
    play.click()
    figure.page.wait_for_function(
        "([input, last]) => Number(input.value) === last", arg=[step.element_handle(), last]
    )
    figure.page.evaluate(FRAME)
    assert play.text_content() == "Play"
    assert picture(figure) != before
    play.click()
    figure.page.evaluate(FRAME)
    assert play.text_content() == "Pause"
    play.click()
    figure.page.evaluate(FRAME)
    assert play.text_content() == "Play"
    assert int(step.input_value()) < last, "a new run begins at step 0 and stops where it is told"


def check_toggles(figure):
    boxes = figure.locator(".gdlib-toggle input").all()
    for box in boxes:
        count, on = len(paths(figure)), box.is_checked()
        box.click()
        assert len(paths(figure)) == count + (-1 if on else 1)
        box.press("Space")
        assert len(paths(figure)) == count


def check_objectives(figure):
    choice = figure.locator("select")
    if not choice.count():
        return
    names = [o.get_attribute("value") for o in choice.locator("option").all()]
    for name in [*names[1:], names[0]]:
        before = picture(figure)
        choice.select_option(name)
        assert picture(figure) != before
        assert f"On {name.replace('_', ' ')}" in words(figure)


def check_stability(figure):
    """Above the limit that the page states, the words say so and the slider marks it."""
    checked = 0
    for row in figure.locator(".gdlib-rule").all():
        found = re.search(r"Stable.* up to ([\d.e-]+) \(", row.inner_text().replace("\u00a0", " "))
        if found is None:
            continue
        number = row.locator(".gdlib-number").first
        number.fill(str(1.5 * float(found[1])))
        number.press("Enter")
        figure.page.evaluate(FRAME)
        text = row.inner_text().replace("\u00a0", " ")
        assert f"is above the stability limit {found[1]}" in text
        assert row.locator(".gdlib-beyond").count() == 1
        checked += 1
    reset(figure)
    return checked


def check_typing(figure):
    number = figure.locator(".gdlib-rule input.gdlib-number").first
    number.fill("0.0123")
    number.press("Enter")
    figure.page.evaluate(FRAME)
    assert number.input_value() == "0.0123"
    number.fill("-1")
    number.press("Enter")
    figure.page.evaluate(FRAME)
    assert number.input_value() == "0.0123"


def check_announcement(figure):
    """The words reach a screen reader once the hands have rested."""
    status, handle = figure.locator("[role=status]"), figure.locator(".gdlib-handle")
    handle.press("ArrowUp")
    figure.page.wait_for_timeout(800)
    assert words(figure).split(".")[0] in status.text_content()


CHECKS = (
    check_drag,
    check_click,
    check_keys,
    check_ranges,
    check_play,
    check_toggles,
    check_objectives,
    check_stability,
    check_typing,
    check_announcement,
)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_slider_answers(page, site, site_url, chapter):
    if 'class="gdlib-widget"' not in source(site, chapter):
        return
    for figure in open_chapter(page, site_url, chapter):
        if figure.get_attribute("data-kind") == "curves":
            check_ranges(figure)
            continue
        initial = picture(figure)
        for check in CHECKS:
            check(figure)
            reset(figure)
        assert picture(figure) == initial, "Reset does not lead back to the beginning"
    assert page.console_errors == []
    assert page.foreign_requests == []


def test_the_stability_limit_is_shown_somewhere(page, site_url, sliders):
    checked = 0
    for chapter in sliders:
        for figure in open_chapter(page, site_url, chapter):
            if figure.get_attribute("data-kind") == "descent":
                checked += check_stability(figure)
    assert checked


def test_the_page_says_what_python_says(page, site_url, sliders):
    note = re.compile(r'<p class="gdlib-note">(.*?)</p>')
    for chapter, text in sliders.items():
        said = re.findall(r'<figure class="gdlib-widget".*?</figure>', text, re.DOTALL)
        for figure, still in zip(open_chapter(page, site_url, chapter), said, strict=True):
            expected = html.unescape(" ".join(note.findall(still))).replace("\u00a0", " ")
            assert words(figure) == " ".join(expected.split())


def test_sliders_work_in_a_page_opened_from_a_file(page, site, sliders):
    for chapter in sliders:
        for figure in open_chapter(page, site.as_uri(), chapter):
            before = picture(figure)
            figure.locator("input[type=range]:visible:enabled").last.press("End")
            figure.locator("input[type=range]:visible:enabled").last.press("PageDown")
            assert picture(figure) != before
    assert page.console_errors == []


def test_a_finger_drags_the_start_and_fits_every_target(new_page, site_url, sliders):
    page = new_page(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    touch = page.context.new_cdp_session(page)
    for chapter in sliders:
        for figure in open_chapter(page, site_url, chapter):
            assert figure.evaluate("(f) => f.scrollWidth <= f.clientWidth")
            ranges = figure.locator("input[type=range]:visible").all()
            assert all(item.bounding_box()["height"] >= 44 for item in ranges)
            handle = figure.locator(".gdlib-handle .gdlib-target")
            if not handle.count():
                continue
            handle.evaluate("(node) => node.scrollIntoView({ block: 'center' })")
            box, before = handle.bounding_box(), paths(figure)
            assert min(box["width"], box["height"]) >= 43.5
            x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            scrolled = page.evaluate("scrollY")
            for kind, moves in (("Start", [0]), ("Move", [10, 30, 40]), ("End", [None])):
                for d in moves:
                    points = [] if d is None else [{"x": x + d, "y": y + d}]
                    event = {"type": f"touch{kind}", "touchPoints": points}
                    touch.send("Input.dispatchTouchEvent", event)
            assert paths(figure) != before
            assert page.evaluate("scrollY") == scrolled, "dragging scrolls the page"
            moved = handle.bounding_box()
            assert moved["x"] - box["x"] == pytest.approx(40, abs=2)
            assert moved["y"] - box["y"] == pytest.approx(40, abs=2)


def test_reduced_motion_shows_the_end_at_once(new_page, site_url, sliders):
    page = new_page(reduced_motion="reduce")
    for chapter in sliders:
        for figure in open_chapter(page, site_url, chapter):
            if figure.get_attribute("data-kind") == "descent":
                step = figure.locator("input[data-trait=step]")
                step.press("Home")
                figure.locator(".gdlib-play").click()
                page.evaluate(FRAME)
                assert step.input_value() == step.get_attribute("max")
                assert figure.locator(".gdlib-play").text_content() == "Play"


def test_without_script_the_picture_and_the_words_remain(new_page, site_url, sliders):
    page = new_page(java_script_enabled=False)
    for chapter in sliders:
        page.goto(f"{site_url}/chapters/{chapter}.html")
        for figure in page.locator("figure.gdlib-widget").all():
            assert figure.locator("svg").first.bounding_box()["height"] > 100
            assert figure.locator(".gdlib-note").first.is_visible()
            assert not figure.locator(".gdlib-player:visible").count()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_text_below_stays_in_place_when_a_slider_comes_to_life(
    new_page, site_url, sliders, width
):
    page = new_page(viewport={"width": width, "height": 900})
    heights = "(figures) => figures.map((figure) => figure.offsetHeight)"
    for chapter in sliders:
        address = f"{site_url}/chapters/{chapter}.html"
        page.goto(address)
        page.evaluate(FRAME)
        live = page.locator("figure.gdlib-widget").evaluate_all(heights)
        page.route("**/gdlib-widget.js*", lambda route: route.abort())
        page.goto(address)
        still = page.locator("figure.gdlib-widget").evaluate_all(heights)
        page.unroute("**/gdlib-widget.js*")
        assert still == pytest.approx(live, abs=30)
