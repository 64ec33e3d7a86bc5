"""Every chapter as committed: in normal form, run, described, and in the table of contents."""

from pathlib import Path

import pytest
import yaml

from book.normalise import dumps, normalise, problems, read

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
ADDRESS = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]["url"]


def source(path):
    return "\n".join(cell.source for cell in read(path).cells)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
class TestChapter:
    def test_is_in_normal_form(self, path):
        text = path.read_text(encoding="utf8")
        assert dumps(normalise(read(path))) == text, f"run: python -m book.normalise {path}"

    def test_has_run_without_warnings_and_describes_its_figures(self, path):
        assert problems(read(path)) == []

    def test_says_where_a_downloaded_copy_gets_gdlib(self, path):
        first = "\n".join(cell.source for cell in read(path).cells[:3])
        assert f"pip install git+{ADDRESS}" in first

    def test_names_no_other_address_of_the_repository(self, path):
        for line in source(path).splitlines():
            assert "pip install git+" not in line or ADDRESS in line


def test_the_table_of_contents_lists_every_chapter_once():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    listed = [c["file"] for part in toc["parts"] for c in part["chapters"]]
    assert sorted(f for f in listed if f.startswith("chapters/")) == [
        f"chapters/{path.stem}" for path in CHAPTERS
    ]
