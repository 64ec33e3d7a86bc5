# The commands of the README. The first one makes the environment in .venv; later ones reuse it.
#   make book       run every notebook, build the site, say where to open it
#   make test       lint, build, and test everything
#   make lab        JupyterLab on the chapters
#   make serve      the built site on http://127.0.0.1:8000
#   make frameworks  also install jax, Keras and optax, so that the tests compare with them
#   make notebooks  run every chapter and write it back in its normal form
#   make clean      remove what was built; .venv stays

SHELL := /bin/sh
READY := .venv/ready
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: book test lab serve notebooks lint clean env frameworks

book: $(READY)
	@jupyter-book build . -q -W -n --keep-going
	@echo "The book is built. Open it: $(CURDIR)/_build/html/index.html"

test: lint book
	pytest -n 2 --dist loadfile --nbval --nbval-current-env

lint: $(READY)
	ruff check .
	ruff format --check .

lab: $(READY)
	jupyter lab --notebook-dir=chapters

serve: book
	@python -m http.server --bind 127.0.0.1 --directory _build/html 8000

notebooks: $(READY)
	python -m book.normalise --execute chapters/*.ipynb

clean:
	rm -rf _build .pytest_cache .ruff_cache .hypothesis

env: $(READY)

frameworks: .venv/frameworks

.venv/frameworks: requirements-frameworks.txt $(READY)
	.venv/bin/python -m pip install --quiet -c constraints.txt -r requirements-frameworks.txt
	@touch $@

# torch goes first and alone, so that nothing else chooses its build.
$(READY): requirements.txt constraints.txt pyproject.toml
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	  if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	     2>/dev/null; then found=$$python; break; fi; done; \
	if [ -z "$$found" ]; then \
	  echo "No Python 3.11, 3.12 or 3.13 found; install one, or name it: make PYTHON=/path/to/python3"; \
	  exit 1; fi; \
	test -x .venv/bin/python || $$found -m venv .venv
	.venv/bin/python -m pip install --quiet -c constraints.txt "$$(grep '^torch==' requirements.txt)"
	.venv/bin/python -m pip install --quiet -c constraints.txt -r requirements.txt
	.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@
