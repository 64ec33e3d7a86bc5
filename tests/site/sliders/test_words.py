"""What the figures say: the words of Python, the stability limit, and what is read aloud."""

import html
import re

from playwright.sync_api import expect

STABLE = re.compile(r"Stable.* up to ([\d.e-]+) \(")


def text_of(row):
    return row.inner_text().replace("\u00a0", " ")


def check_stability(figure):
    """Above the limit that the page states, the words say so and the slider marks it."""
    checked = 0
    for row in figure.find(".gdlib-rule").all():
        found = STABLE.search(text_of(row))
        if found is None:
            continue
        number = row.locator(".gdlib-number").first
        number.fill(str(1.5 * float(found[1])))
        number.press("Enter")
        figure.frame()
        assert f"is above the stability limit {found[1]}" in text_of(row)
        assert row.locator(".gdlib-beyond").count() == 1
        checked += 1
    return checked


def test_the_page_says_what_python_says(loaded, chapter, sliders):
    note = re.compile(r'<p class="gdlib-note">(.*?)</p>')
    said = re.findall(r'<figure class="gdlib-widget".*?</figure>', sliders.get(chapter, ""), re.S)
    for (figure, _), still in zip(loaded, said, strict=True):
        expected = html.unescape(" ".join(note.findall(still))).replace("\u00a0", " ")
        assert figure.words() == " ".join(expected.split())


def test_beyond_the_stability_limit_the_words_say_so(descents):
    for figure in descents:
        check_stability(figure)


def test_the_stability_limit_is_shown_somewhere(page, open_chapter, sliders):
    for chapter in sliders:
        if any(check_stability(f) for f in open_chapter(page, chapter) if f.is_descent):
            return
    raise AssertionError("no figure of the book states a stability limit")


def test_the_words_reach_a_screen_reader_once_the_hands_have_rested(figures):
    for figure in figures:
        if figure.is_descent:
            figure.find(".gdlib-handle").press("ArrowUp")
        else:
            slider = figure.find("input[type=range]").first
            slider.fill("1" if slider.input_value() == "0" else "0")
    for figure in figures:
        first = figure.words().split(".")[0]
        expect(figure.find("[role=status]")).to_contain_text(first)
