# Two commands do all the set-up on a fresh machine: make demo, make test.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3

.PHONY: demo test test-windows soak lint bench examples workbooks manual bundle clean

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/.developed: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test,lint]'
	touch $@

demo: $(VENV)/.installed
	rm -rf demo
	$(BIN)/xltools demo demo

test: $(VENV)/.developed
	sh tests/system-packages.sh
	$(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder

# The same proofs at length: many more random rows and damaged files.
# CORPUS=folder: instead, every workbook in it to every verb that reads one, and beside other readers (tests/corpus).
soak: $(VENV)/.developed
ifdef CORPUS
	$(BIN)/python tests/corpus/run.py "$(CORPUS)"
else
	sh tests/system-packages.sh
	$(BIN)/python -m pytest -q -n auto -m soak
endif
# The office's folder under Wine, with the real Python for Windows; root, Debian. QUICK=1: about 3 minutes when warm.
test-windows: $(VENV)/.installed
	$(BIN)/python tests/windows/run.py $(if $(QUICK),--quick)

lint: $(VENV)/.developed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.developed
	$(BIN)/python -m benchmarks.bench

examples: $(VENV)/.installed
	$(BIN)/python examples/make_nantong.py

workbooks: $(VENV)/.developed
	$(BIN)/xltools workbooks

manual: $(VENV)/.developed
	$(BIN)/python docs/make_manual.py

# The folder for an office: make bundle PYTHON_ZIP=python-3.13.2-embed-amd64.zip [WHEELS=folder] [OUT=folder]
# For Linux desktops as well: LINUX=3.11 (their Python; 3.11-aarch64 for ARM) [LINUX_WHEELS=folder]
bundle: $(VENV)/.installed
	$(BIN)/python -m xltools.office.bundle --python-zip "$(PYTHON_ZIP)" --wheels "$(WHEELS)" --out "$(OUT)" \
		--linux "$(LINUX)" --linux-wheels "$(LINUX_WHEELS)"

clean:
	rm -rf $(VENV) demo build dist *.egg-info
