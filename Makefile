# The two commands that matter: `make run` and `make test`. Both set everything up first.
PYTHON ?= python3
BIN := .venv/bin
export BURGRAVE_HOME ?= $(CURDIR)/var
BIND ?= 127.0.0.1:8000

.PHONY: run test test-spark setup setup-dev setup-spark lint format lock bench docs clean

run: setup
	@exec $(BIN)/burgrave serve --bind $(BIND)

test: setup-dev
	@$(BIN)/python tools/run_tests.py

setup:
	@$(PYTHON) tools/setup.py core

setup-dev:
	@$(PYTHON) tools/setup.py dev

setup-spark:
	@$(PYTHON) tools/setup.py spark

# A real cluster of Apache Spark on this machine, compared with one process. It needs Java 17 and fetches 460 MB once.
test-spark: setup-spark
	@$(BIN)/python -m pytest -q -n 0 -m cluster src/burgrave/engines/cluster

lint: setup-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python tools/check_house.py

format: setup-dev
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: setup-dev
	@$(BIN)/python tools/lock.py

bench: setup-dev
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

docs: setup-dev
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache site-docs
