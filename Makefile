# `make help` lists what there is. Each target does its own set-up.

VENV := .venv
BIN := $(VENV)/bin
PEERS := torch==2.13.0 torch-brain==0.2.1 einops==0.8.2 jupyter-scatter==1.0.1 ipykernel
NAME ?= all
SCREEN := $(if $(DISPLAY)$(WAYLAND_DISPLAY),,xvfb-run -a -s "-screen 0 1600x1000x24")
export QT_API := pyqt6

.DEFAULT_GOAL := help
.PHONY: help setup demo pictures test lint bench bench-peers docs soak clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*##/\1 /p' $(MAKEFILE_LIST) | awk '{name = $$1; $$1 = ""; printf "make %-12s%s\n", name, $$0}'

$(VENV)/.ready: constraints.txt pyproject.toml scripts/setup
	@PYTHON="$(PYTHON)" scripts/setup $(VENV)
	@touch $@

setup: $(VENV)/.ready  ## the virtual environment .venv, with the system packages it needs

demo: $(VENV)/.ready  ## napari with the demo workspace, or with ARGS="FILE..."; without a display: pictures in demo/
	$(SCREEN) $(BIN)/python -m napari_neurofm.demo $(if $(SCREEN),--pictures demo) $(ARGS)

pictures: $(VENV)/.ready  ## those of README and docs, drawn now: the window of the demo, and every view
	XDG_DATA_HOME=$$(mktemp -d) $(SCREEN) $(BIN)/python -m napari_neurofm.demo --pictures demo
	OMP_NUM_THREADS=1 $(BIN)/python examples/view_pictures.py docs/views demo/6-picked.png
	mv docs/views/6-picked.png docs/window.png

test: lint  ## every check
	OMP_NUM_THREADS=1 $(SCREEN) $(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

lint: $(VENV)/.ready  ## style, types, imports and manifest
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/npe2 validate --imports napari-neurofm

bench: $(VENV)/.ready  ## the tables of the README, measured now; NAME=ca1 for one of them
	$(SCREEN) $(BIN)/neurofm bench $(NAME) $(ARGS)

.peers/.ready: Makefile $(VENV)/.ready
	@[ -x .peers/bin/python ] || $(BIN)/python -m venv .peers
	@.peers/bin/python -m pip --disable-pip-version-check install --quiet $(PEERS)
	@touch $@

bench-peers: .peers/.ready bench  ## the same, beside the peers, in an environment of their own

$(VENV)/.docs: constraints.txt pyproject.toml $(VENV)/.ready
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt --group docs
	@touch $@

docs: $(VENV)/.docs  ## the pages of docs/ as a site in docs/_build, its examples run; a warning is an error
	OMP_NUM_THREADS=1 XDG_DATA_HOME=$$(mktemp -d) $(SCREEN) $(BIN)/python -m sphinx -W --keep-going -q docs docs/_build

soak: $(VENV)/.ready  ## a thousand picks and fifty jobs in one window; its memory must stay flat
	NEUROFM_SOAK=1 $(SCREEN) $(BIN)/python -m pytest -s tests/napari_neurofm/qt/test_soak.py

clean:  ## remove what was built, measured and drawn, but no environment and no run
	rm -rf build dist demo docs/_build docs/gallery .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src napari_neurofm tests -name __pycache__ -prune -exec rm -rf {} +
