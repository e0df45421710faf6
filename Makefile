# medkit: `make lab` opens the lessons, `make test` runs every test. Both make .venv first, once.
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
# The first Python on the PATH that TensorFlow is published for. Choose another with PYTHON=...
CANDIDATES := python3 python3.13 python3.12 python3.11 python3.10 python
SERVED := import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for p in $(CANDIDATES); do $$p -c "$(SERVED)" 2>/dev/null && echo $$p && break; done)
ROOT_FLAG := $(if $(filter 0,$(shell id -u)),--allow-root)
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
# Two lessons at a time, each whole, because its cells need each other; on a GPU they share its memory.
export TF_FORCE_GPU_ALLOW_GROWTH ?= true
NBVAL := $(BIN)/python -m pytest -n 2 --dist loadfile --nbval --nbval-cell-timeout=$(or $(MEDKIT_CELL_TIMEOUT),600) -p no:cacheprovider -W default

# A home that may not be written to, as in some classrooms: Jupyter and matplotlib keep their files elsewhere.
ifneq ($(shell [ -w "$${HOME:-/}" ] || echo closed),)
ELSEWHERE := $(shell mktemp -d)
export JUPYTER_RUNTIME_DIR ?= $(ELSEWHERE)/runtime
export IPYTHONDIR ?= $(ELSEWHERE)/ipython
export MPLCONFIGDIR ?= $(ELSEWHERE)/matplotlib
endif

.PHONY: help lab test check demos page notebooks student bench lint constraints clean

help:
	@echo "make lab        open the lessons in JupyterLab"
	@echo "make test       run every test, the notebooks and the browser included"
	@echo "make check      the part of the tests that takes under 3 minutes"
	@echo "make demos      serve the widgets alone, with Voila"
	@echo "make page       write the widgets as one HTML file, build/gallery.html"
	@echo "make notebooks  run every lesson and save it in canonical form"
	@echo "make student    write the hand-outs, without solutions, to handouts"
	@echo "make bench      print what is fast, and against what"

$(VENV)/bin/python:
	@$(or $(PYTHON),false) -c "$(SERVED)" 2>/dev/null || { \
	  echo "medkit needs Python 3.10, 3.11, 3.12 or 3.13, because TensorFlow is published for these;" \
	       "found: $$($(or $(PYTHON),python3) --version 2>/dev/null || echo none). Install one of them, or name it: make lab PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "$(PYTHON) cannot make a virtual environment. On Debian or Ubuntu: sudo apt-get install python3-venv"; exit 1; }

$(VENV)/.lab: requirements.txt constraints.txt pyproject.toml tools/jupyterlab_overrides.json | $(VENV)/bin/python
	@echo "Installing into $(VENV) (about 2.5 GB, some minutes, once) ..."
	@$(INSTALL) -r requirements.txt -e .
	@mkdir -p $(VENV)/share/jupyter/lab/settings  # JupyterLab asks nobody for news
	@cp tools/jupyterlab_overrides.json $(VENV)/share/jupyter/lab/settings/overrides.json
	@touch $@

$(VENV)/.test: requirements-dev.txt $(VENV)/.lab
	@$(INSTALL) -r requirements-dev.txt
	@touch $@

lab: $(VENV)/.lab
	JUPYTER_CONFIG_PATH=tools/jupyter $(BIN)/jupyter lab --ip=127.0.0.1 --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb $(ROOT_FLAG)

demos: $(VENV)/.lab
	JUPYTER_PATH=tools/jupyter JUPYTER_CONFIG_PATH=tools/jupyter $(BIN)/voila --Voila.ip=127.0.0.1 --token --template=medkit --strip_sources=True notebooks/90_widget_gallery.ipynb

page: $(VENV)/.lab
	$(BIN)/python tools/static_page.py notebooks/90_widget_gallery.ipynb --to build/gallery.html

test: lint
	$(BIN)/python -m pytest -n 2 --dist worksteal
	$(NBVAL) notebooks

check: lint
	$(BIN)/python -m pytest -n 2 -m "not slow"

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python tools/notebooks.py check notebooks/*.ipynb
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml

notebooks: $(VENV)/.test
	$(BIN)/python tools/notebooks.py run notebooks/*.ipynb

student: $(VENV)/.lab
	$(BIN)/python tools/notebooks.py student notebooks/*.ipynb --to handouts

bench: $(VENV)/.test
	$(BIN)/python -m benchmarks

constraints:
	@echo "# The exact versions tested, for Python 3.10 to 3.13 on Linux, macOS and Windows. Made by \`make constraints\`." > constraints.txt
	uv pip compile --quiet --universal --python-version 3.10 --no-annotate --no-header requirements-dev.txt >> constraints.txt

clean:
	rm -rf $(VENV) build *.egg-info
