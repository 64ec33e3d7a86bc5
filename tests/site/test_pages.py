"""Every page of the built site, as a reader's browser meets it."""

import gzip
import re

import pytest

BUDGET = 400_000  # bytes, gzipped, of everything that a first visit to a chapter loads
MATH_LEFT = re.compile(r"(?<![\w\\])\$[^$\n]{1,80}\$|\\\(|\\\[|\\begin\{")


def names(site):
    """Path of every page below the root, without what Sphinx generates on its own."""
    made = {"index.html", "genindex.html", "py-modindex.html", "search.html"}
    pages = (path.relative_to(site) for path in site.rglob("*.html"))
    return sorted(str(p) for p in pages if p.name not in made and p.parts[0] != "_static")


def chapters(site):
    return [name for name in names(site) if name.startswith("chapters/")]


def each(found):
    """The pages to look at; a test over no page proves nothing."""
    assert found, "the site has no such pages"
    return found


def test_pages_ask_nobody_else_and_log_no_error(page, site, site_url):
    for name in each(names(site)):
        page.goto(f"{site_url}/{name}", wait_until="networkidle")
    assert page.foreign_requests == []
    assert page.console_errors == []


def test_pages_work_from_files_without_a_server(page, site):
    for name in each(names(site)):
        page.goto((site / name).as_uri(), wait_until="networkidle")
        assert page.locator("article h1").count() == 1, name
    assert page.foreign_requests == []
    assert page.console_errors == []


def test_the_root_leads_to_the_introduction(page, site_url):
    page.goto(f"{site_url}/index.html")
    page.wait_for_url("**/book/intro.html")
    assert page.locator("article h1").inner_text().startswith("Taming the Gradient")


def test_math_is_rendered(page, site, site_url):
    for name in each(chapters(site)):
        page.goto(f"{site_url}/{name}")
        assert page.locator("article .katex").count() >= 3, f"{name} shows no formulas"
        assert page.locator(".katex-error").count() == 0, name
        left = page.evaluate(
            """() => {
                const article = document.querySelector("article").cloneNode(true);
                for (const node of article.querySelectorAll(".katex, pre, code, script"))
                    node.remove();
                return article.innerText;
            }"""
        )
        assert MATH_LEFT.findall(left) == [], f"{name} shows formulas as text"


def test_math_fonts_load_from_the_site(page, site, site_url):
    page.goto(f"{site_url}/{each(chapters(site))[0]}", wait_until="networkidle")
    loaded = page.evaluate(
        "() => [...document.fonts].filter(f => f.status == 'loaded').map(f => f.family)"
    )
    assert any("KaTeX" in family for family in loaded)


@pytest.mark.parametrize("over", ["http", "file"])
def test_search_finds_momentum(page, site, site_url, over):
    root = site_url if over == "http" else site.as_uri()
    page.goto(f"{root}/search.html?q=momentum", wait_until="networkidle")
    page.wait_for_selector("#search-results li a")
    links = page.locator("#search-results li a").evaluate_all("a => a.map(x => x.href)")
    assert any("/chapters/momentum.html" in link for link in links)
    assert page.console_errors == []


def test_every_figure_says_what_it_shows(page, site, site_url):
    for name in each(chapters(site)):
        page.goto(f"{site_url}/{name}")
        described = page.locator("article img").evaluate_all("all => all.map(i => i.alt)")
        for alt in described:
            assert len(alt.split()) >= 5, f"{name}: alt text {alt!r}"
            assert not re.search(r"\.(svg|png)$", alt), f"{name}: alt text {alt!r}"
        silent = page.locator("article svg").evaluate_all(
            """all => all.filter(s => !s.parentElement.closest("svg, .katex, summary, button, a")
                && !s.closest("[aria-hidden=true]") && !s.getAttribute("aria-label")
                && !s.getAttribute("aria-labelledby") && !s.querySelector(":scope > title"))
                .map(s => s.outerHTML.slice(0, 120))"""
        )
        assert silent == [], f"{name}: drawings without a name"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_a_phone(new_page, site, site_url, scheme):
    page = new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    for name in each(names(site)):
        page.goto(f"{site_url}/{name}")
        wide = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{name} is {wide} px wider than 390 px"


def test_dark_mode_has_light_text_on_a_dark_ground(new_page, site, site_url):
    shades = {}
    for scheme in ("light", "dark"):
        page = new_page(color_scheme=scheme)
        page.goto(f"{site_url}/{each(chapters(site))[0]}")
        shades[scheme] = [
            page.evaluate(f"() => getComputedStyle(document.querySelector('{of}')).{what}")
            for of, what in (("body", "backgroundColor"), ("article p", "color"))
        ]
    light, dark = [[sum(map(int, re.findall(r"\d+", s)[:3])) for s in v] for v in shades.values()]
    assert light[0] > light[1]
    assert dark[0] < dark[1]


def test_a_first_visit_to_a_chapter_is_light(new_page, site, site_url):
    for name in each(chapters(site)):
        page, sizes = new_page(viewport={"width": 1280, "height": 900}), {}
        page.on(
            "response",
            lambda r, sizes=sizes: sizes.update({r.url: len(gzip.compress(r.body(), 6))}),
        )
        page.goto(f"{site_url}/{name}", wait_until="networkidle")
        page.evaluate("() => window.scrollTo(0, document.body.scrollHeight)")
        page.wait_for_load_state("networkidle")
        largest = sorted(((n, url.rsplit("/", 1)[-1]) for url, n in sizes.items()), reverse=True)
        print(f"{name}: {sum(sizes.values()) / 1000:.0f} kB gzipped")
        assert sum(sizes.values()) <= BUDGET, f"{name}: {largest[:6]}"


def test_what_is_folded_opens(page, site, site_url):
    for name in each(chapters(site)):
        page.goto(f"{site_url}/{name}")
        folds = page.locator("article details")
        assert folds.count() >= 1, f"{name} folds nothing"
        for fold in folds.all():
            assert fold.get_attribute("open") is None, name
            fold.locator("summary").first.click()
            assert fold.get_attribute("open") is not None, name


def test_sliders_come_without_the_kernels_copy_of_them(site):
    for name in each(chapters(site)):
        page = (site / name).read_text(encoding="utf8")
        assert "gdlib-config" in page, f"{name} has no slider"
        assert "widget-state+json" not in page, f"{name} carries the kernel's widgets"
