# Relative paths only: the folder may have spaces in its name. Every command also stands in README.md without make.
.PHONY: run present test check bench soak
PYTHON := $(shell for p in python3 python3.13 python3.12 python3.11 python; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
RUN := .venv/bin/python
# Fits multiply many small matrices: a second thread of the linear algebra gains nothing and takes a core.
export OPENBLAS_NUM_THREADS ?= 1

run: .venv/.ready
	@$(RUN) -m pipeline demo --if-missing
	@$(RUN) -m streamlit run app.py

present: .venv/.ready
	@$(RUN) -m pipeline release --if-missing
	@DYADSCOPE_MODE=presenting $(RUN) -m streamlit run app.py --server.port=8502

test: .venv/.ready-test
	@$(RUN) -m pytest -n 2 --dist loadfile

check: .venv/.ready-test
	@$(RUN) -m ruff check .
	@$(RUN) -m pytest tests/test_architecture.py tests/test_documents.py

bench: .venv/.ready-test
	@$(RUN) -m benchmarks.run

soak: .venv/.ready-test
	@$(RUN) -m pytest -m soak

.venv/.ready: requirements.txt
	@if [ -z "$(PYTHON)" ]; then echo "Dyadscope needs Python 3.11 or newer; none was found. Install it from your system's packages and run make again."; exit 1; fi
	@test -x $(RUN) || $(PYTHON) -m venv .venv
	@$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.ready-test: .venv/.ready requirements-test.txt
	@$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements-test.txt
	@touch $@
