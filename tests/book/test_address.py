"""The repository's address stands in _config.yml; every other mention agrees with it."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ADDRESS = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]["url"]
MENTION = re.compile(r"https?://[\w.-]+/[\w-]+/taming-the-gradient(?:\.git)?")
TEXTS = sorted(
    path
    for pattern in ("*.md", "*.toml", "book/**/*.md", "chapters/*.ipynb", "gdlib/**/*.py")
    for path in ROOT.glob(pattern)
)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_mentions_agree_with_the_config(path):
    mentions = MENTION.findall(path.read_text(encoding="utf8"))
    assert set(mentions) <= {ADDRESS}


def test_the_readme_says_where_to_clone_and_install_from():
    text = (ROOT / "README.md").read_text()
    assert f"git clone {ADDRESS}\n" in text
    assert f"pip install git+{ADDRESS}\n" in text
