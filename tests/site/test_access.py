"""The built site for readers who use a keyboard or a screen reader, judged by axe-core."""

import pytest
from axe_playwright_python.sync_playwright import Axe

# Faults of the tools, each with the reason why it stays: {axe's rule: part of the element}.
THEIRS = {
    # Sphinx puts entries with the role doc-biblioentry into a list; screen readers read them.
    "aria-required-children": ('class="citation-list"',),
}

# Thousands of coloured words and parts of formulas would tell axe the same again and again: code
# whose colours the page has shown before becomes plain text, and so does what a formula in a line
# of text is made of.
FLATTEN = """
() => {
  const seen = new Set();
  const ground = (node) => {
    const colour = node && getComputedStyle(node).backgroundColor;
    return node && colour === "rgba(0, 0, 0, 0)" ? ground(node.parentElement) : colour;
  };
  for (const block of document.querySelectorAll(".highlight pre")) {
    const spans = [...block.querySelectorAll("span")];
    const colours = spans.map((span) => `${span.className} on ${ground(block)}`);
    if (colours.every((colour) => seen.has(colour))) block.textContent = block.textContent;
    colours.forEach((colour) => seen.add(colour));
  }
  for (const part of document.querySelectorAll("p .katex-html, td .katex-html")) {
    if (!part.closest(".katex-display")) part.textContent = part.textContent;
  }
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(new_page, site, site_url, scheme):
    page = new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    pages = sorted([*site.glob("chapters/*.html"), *site.glob("book/*.html")])
    assert pages
    faults = []
    for path in pages:
        name = path.relative_to(site)
        page.goto(f"{site_url}/{name}", wait_until="networkidle")
        page.evaluate(FLATTEN)
        for found in Axe().run(page).response["violations"]:
            if found["impact"] in ("serious", "critical"):
                faults += [
                    f"{name}: {found['id']}: {node['html'][:160]}"
                    for node in found["nodes"]
                    if not any(part in node["html"] for part in THEIRS.get(found["id"], ()))
                ]
    assert faults == []
