# Two commands matter: `make book` builds the book, `make test` proves it. `make help` lists the rest.
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
RUN := $(BIN)/python

# Two threads of a linear-algebra library on a busy small machine can be far slower than one.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export PYTHONHASHSEED := 0
export JUPYTER_PLATFORM_DIRS := 1

.DEFAULT_GOAL := help
.PHONY: help book serve lab notebooks test lint types unit nbval browser binder bench lock clean

help: ## list the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

# The stamp is written last, so an installation that was interrupted is repeated, never trusted.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "This Python cannot make virtual environments; on Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@rm -f $(STAMP)
	@echo "Installing the pinned packages into $(VENV) (a few minutes the first time)"
	@$(PYTHON) -m venv $(VENV)
	@$(RUN) -m pip install --disable-pip-version-check --require-hashes --progress-bar off --quiet -r requirements.lock
	@$(RUN) -m pip install --disable-pip-version-check --no-deps --no-build-isolation --quiet -e .
	@touch $(STAMP)

lint: $(STAMP) ## style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(STAMP) ## types
	@$(BIN)/mypy

unit: $(STAMP) ## tests of the library: exact, limit, invariant, claim and contract tests
	@$(BIN)/pytest -q -n auto --ignore=tests/book

nbval: $(STAMP) ## every notebook again, its outputs compared strictly with the committed ones
	@$(BIN)/pytest -q --nbval -p no:cacheprovider -W default chapters

book: $(STAMP) ## build the book
	@$(RUN) _ext/build.py

browser: $(STAMP) book ## the built pages, in Chromium
	@$(RUN) tests/book/chromium.py
	@$(BIN)/pytest -q -n auto tests/book

test: lint types book unit nbval browser binder ## everything that guards the book

# As Binder does it: nothing but what binder/ names, in an environment that was empty.
_build/binder/.installed: binder/requirements.txt binder/postBuild requirements.lock pyproject.toml
	@rm -rf _build/binder && mkdir -p _build
	@echo "Installing binder/ into an empty environment"
	@$(PYTHON) -m venv _build/binder
	@_build/binder/bin/python -m pip install --disable-pip-version-check --progress-bar off --quiet -r binder/requirements.txt
	@PATH="$(CURDIR)/_build/binder/bin:$$PATH" binder/postBuild
	@touch $@

binder: _build/binder/.installed ## the notebooks again, in the environment that Binder makes
	@_build/binder/bin/python -m pytest -q --nbval -p no:cacheprovider -W default chapters

serve: ## serve the built book on this machine
	@test -f _build/html/index.html || $(MAKE) book
	@echo "The book is at http://127.0.0.1:$(PORT) (stop with Ctrl-C)"
	@$(PYTHON) -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

lab: $(STAMP) ## open the chapters in JupyterLab
	@$(BIN)/jupyter lab chapters

notebooks: $(STAMP) ## execute the chapters and keep their outputs in the notebooks
	@$(RUN) _ext/build.py --refresh

# imitation cannot be installed beside the pinned packages; it brings PyTorch, several gigabytes.
_build/peers/.installed: pyproject.toml
	@rm -rf _build/peers && mkdir -p _build
	@echo "Installing imitation and ndlib into an environment of their own (several GB)"
	@$(PYTHON) -m venv _build/peers
	@_build/peers/bin/python -m pip install --disable-pip-version-check --progress-bar off --quiet -e '.[peers]'
	@touch $@

bench: $(STAMP) book _build/peers/.installed ## speed of the models beside their peers, and the page's budgets
	@test -f $(VENV)/.bench || { $(BIN)/pip freeze --exclude-editable > $(VENV)/.pinned && $(BIN)/pip install --disable-pip-version-check --quiet --constraint $(VENV)/.pinned -e '.[bench]' && touch $(VENV)/.bench; }
	@$(RUN) -m benchmarks.models
	@_build/peers/bin/python -m benchmarks.models irl opinions superposition
	@$(RUN) -m benchmarks.page

lock: $(STAMP) ## renew requirements.lock
	@$(RUN) -m uv pip compile --quiet --upgrade --universal --python-version 3.11 --extra book --extra lab --extra test --extra cluster --generate-hashes --no-header --no-emit-index-url --output-file requirements.lock.new pyproject.toml
	@mv requirements.lock.new requirements.lock

clean: ## remove what was built (not the environment)
	@rm -rf _build
