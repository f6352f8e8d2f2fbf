# The one door. `make demo` to see it, `make test` to check it; everything else in README.md.
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo serve worker migrate test check bench pictures lock
juanzong := .venv/bin/juanzong
py := .venv/bin/python

help:
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/'

setup: ## prepare .venv and the system packages; nothing when all is there
	@requirements/setup.sh run

setup-dev: ## the same, with all that the tests need
	@requirements/setup.sh dev

demo: setup ## the demonstration city (RESET=1 starts over, PORT=8000)
	@$(juanzong) demo $(if $(RESET),--reset) $(if $(PORT),--port $(PORT))

serve: setup ## the web server, on JUANZONG_DATABASE_URL or the embedded server
	@$(juanzong) serve

worker: setup ## the background worker
	@$(juanzong) worker

migrate: setup ## bring the database up to date
	@$(juanzong) db upgrade

test: setup-dev ## every test
	@$(py) -m pytest -n 2 --dist loadfile --no-loadscope-reorder --cov --cov-report= $(ARGS)
	@$(py) -m coverage report --include='engine/*,workflows/*' --fail-under=95 --skip-covered --format=total > /dev/null || { $(py) -m coverage report --include='engine/*,workflows/*'; exit 1; }

check: setup-dev ## style, types, layers
	@$(py) -m ruff check .
	@$(py) -m mypy
	@.venv/bin/lint-imports --no-cache

bench: setup ## this engine beside its rivals (QUICK=1 a minute, JSON=1 one object)
	@requirements/bench.sh
	@$(juanzong) bench $(if $(QUICK),--quick) $(if $(JSON),--json)

pictures: setup-dev ## the pictures of the handbook, made anew
	@JUANZONG_PICTURES=docs/handbook/pictures $(py) -m pytest tests/browser/test_every_page.py

lock: ## renew requirements/*.txt from pyproject.toml (maintainers; needs uv)
	uv pip compile pyproject.toml --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 -q -o requirements/run.txt
	uv pip compile pyproject.toml --extra dev -c requirements/run.txt --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 -q -o requirements/dev.txt
	uv pip compile requirements/bench.in -c requirements/run.txt --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 -q -o requirements/bench.txt
