"""What a chapter may cost: seconds to run, as the book's build measured it."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
SECONDS = 20  # the budget is 10; twice that, for the machine may be busy


@pytest.fixture(scope="module")
def seconds():
    """Seconds that each notebook took, by name, from the execution cache of the build."""
    from jupyter_cache import get_cache

    folder = ROOT / "_build" / ".jupyter_cache"
    if not folder.exists():
        pytest.fail(f"the book is not built: {folder} is missing; run: make book")
    records = get_cache(folder).list_cache_records()
    return {Path(record.uri).stem: record.data["execution_seconds"] for record in records}


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_runs_within_its_budget(path, seconds):
    assert path.stem in seconds, "the built book is older than this chapter; run: make book"
    assert seconds[path.stem] <= SECONDS
