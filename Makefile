# Everything a newcomer and CI run. Each target stands on `install`; nothing is asked, nothing outside this folder is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: install demo test check format lint types bench clean

install: $(VENV)/installed

$(VENV)/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if (3, 11) <= v < (3, 13) else f"mitsua needs Python 3.11 or 3.12, this is {v.major}.{v.minor}; run: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	$(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) (PyTorch is large: a minute or two)"
	PIP_FIND_LINKS= $(BIN)/python -m pip install -qq --disable-pip-version-check --constraint constraints.txt --editable '.[train,distributed,dev]'
	@touch $@

demo: install
	$(BIN)/mitsua demo --workspace workspace-demo $(DEMO)

format: install
	$(BIN)/ruff format --check .

lint: install
	$(BIN)/ruff check .

types: install
	$(BIN)/mypy

test: install
	$(BIN)/python -m pytest $(TEST)

check: format lint types test

bench: install
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
