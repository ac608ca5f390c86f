# The five commands of the project. Each installs what it needs first, into .venv, and only when something changed.
PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
# a process for each core, of one thread; files that share what takes long stay together
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n logical --maxprocesses 8 --dist loadfile

.PHONY: help run test check format demo bench clean
.DEFAULT_GOAL := help

help:
	@echo "make run     install, then open the app at http://localhost:$(PORT)   (PORT=8502 for another port)"
	@echo "make test    install, then run every test, browser tests included"
	@echo "make check   formatting, lint, types, then every test"
	@echo "make format  let ruff format and mend what it can"
	@echo "make demo    rebuild the demo world from nothing (two to three hours of one core) and report on it"
	@echo "make bench   measure speed and memory"

run: $(VENV)/.run
	@$(BIN)/python -c 'import socket, sys; sys.exit(socket.socket().connect_ex(("127.0.0.1", $(PORT))) == 0)' || \
		{ echo "Port $(PORT) is taken, perhaps by a Circuit Explorer that already runs. Choose another: make run PORT=8502"; exit 1; }
	$(BIN)/streamlit run app/main.py --server.port $(PORT)

test: $(VENV)/.dev
	$(PYTEST)

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(PYTEST)

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

demo: $(VENV)/.run
	$(BIN)/python -m precompute run precompute/recipes/demo.toml --out assets/demo
	$(BIN)/python -m precompute report

bench: $(VENV)/.run
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.shift
	$(BIN)/python -m benchmarks.probe_strength
	$(BIN)/python -m benchmarks.page_rerun
	$(BIN)/python -m benchmarks.store --fraction 0.1
	$(BIN)/python -m benchmarks.dashboards --sites 4
	$(BIN)/python -m benchmarks.engines

clean:
	rm -rf build $(VENV)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Circuit Explorer needs Python 3.11 or newer; $(PYTHON) is older or missing. Name another: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "$(PYTHON) could not make a virtual environment. On Debian or Ubuntu: apt install python3-venv"; rm -rf $(VENV); exit 1; }

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	@$(call install,requirements.txt)
	@touch $@

$(VENV)/.dev: requirements.txt requirements-cluster.txt requirements-dev.txt | $(VENV)/bin/python
	@$(call install,requirements-dev.txt)
	@touch $@ $(VENV)/.run

define install
echo "Installing $(1) into $(VENV): the one step that needs the network" && \
$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(1) || \
	{ echo "Installing $(1) failed: is this machine on the network? Nothing after this step needs it. Then: make $(MAKECMDGOALS)"; exit 1; }
endef
