"""The figures as part of a page: from a file, without a script, in their place, for everyone."""

import pytest
from axe_playwright_python.sync_playwright import Axe

HEIGHTS = "(figures) => figures.map((figure) => figure.offsetHeight)"
WIDTHS = (1280, 390)


def heights(page, width=None):
    """The heights of the figures, at a width of the page if given."""
    if width:
        page.set_viewport_size({"width": width, "height": 900})
    for _ in range(2):  # what a new size leads to is drawn in the frame after it is noticed
        page.evaluate("() => new Promise(requestAnimationFrame)")
    return page.locator("figure.gdlib-widget").evaluate_all(HEIGHTS)


def test_sliders_work_in_a_page_opened_from_a_file(page, site, open_chapter, sliders):
    for chapter in sliders:
        for figure in open_chapter(page, chapter, site.as_uri()):
            control = figure.find("input[type=range]:visible:enabled").last
            control.press("Home")
            at_home = figure.picture()
            control.press("End")
            assert figure.picture() != at_home
    assert page.console_errors == []


def test_without_script_the_picture_and_the_words_remain(new_page, site_url, sliders):
    page = new_page(java_script_enabled=False)
    for chapter in sliders:
        page.goto(f"{site_url}/chapters/{chapter}.html")
        for figure in page.locator("figure.gdlib-widget").all():
            assert figure.locator("svg").first.bounding_box()["height"] > 100
            assert figure.locator(".gdlib-note").first.is_visible()
            assert not figure.locator(":is(.gdlib-player, .gdlib-slider):visible").count()


def test_reduced_motion_shows_the_end_at_once(new_page, open_chapter, sliders):
    page = new_page(reduced_motion="reduce")
    for chapter in sliders:
        for figure in open_chapter(page, chapter):
            if figure.is_descent:
                step = figure.find("input[data-trait=step]")
                step.press("Home")
                figure.find(".gdlib-play").click()
                figure.frame()
                assert step.input_value() == step.get_attribute("max")
                assert figure.find(".gdlib-play").text_content() == "Play"


def test_the_text_below_stays_in_place_when_a_slider_comes_to_life(new_page, site_url, sliders):
    live, still = new_page(), new_page()
    browser = still.context.new_cdp_session(still)
    browser.send("Network.enable")
    browser.send("Network.setBlockedURLs", {"urls": ["*gdlib-widget.js*"]})
    for chapter in sliders:
        for page in (live, still):
            page.goto(f"{site_url}/chapters/{chapter}.html")
        assert live.locator(".gdlib-mounted").count() > still.locator(".gdlib-mounted").count() == 0
        for width in WIDTHS:
            assert heights(still, width) == pytest.approx(heights(live, width), abs=30)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("touch", [False, True])
def test_several_controls_have_their_room_before_they_come_to_life(
    new_page, open_widgets, several, width, touch
):
    page = new_page(viewport={"width": width, "height": 900}, has_touch=touch, is_mobile=touch)
    open_widgets(page, several, script=False)
    still = heights(page)
    (figure,) = open_widgets(page, several)
    assert still == pytest.approx(heights(page), abs=3)
    targets = figure.find("input[type=range], .gdlib-option").all()
    assert len(targets) == 5
    assert min(item.bounding_box()["height"] for item in targets) >= (44 if touch else 24)
    if touch:
        figure.find(".gdlib-option").last.tap()
        assert "activation function: ReLU" in figure.words()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault_with_several_controls(page, open_widgets, several, scheme):
    open_widgets(page, several)
    page.evaluate("(scheme) => (document.documentElement.dataset.theme = scheme)", scheme)
    page.add_style_tag(content="html[data-theme=dark] { background: #14181d; color: #e3e7ec }")
    assert Axe().run(page).response["violations"] == []
