# The commands of Demain's developers; `make` alone explains them. Only Python 3.11+ and make are needed.

.DEFAULT_GOAL := help
.SUFFIXES:
.NOTPARALLEL:
.SILENT:
.PHONY: help run test test-kafka test-deployed test-faults check audit bench format lock run-environment dev-environment clean

# The first Python that is new enough; else deploy/environment.py says what is missing.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && exit; \
	done; echo python3)
IN := .venv/bin/

help: ## Explain these commands
	echo "Demain, a forum on the city of tomorrow. The commands:"
	sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 20
	echo "Afterwards $(IN)demain --help shows all that the platform can be asked."

run: run-environment ## Set up what is needed and run the whole platform on http://127.0.0.1:8000
	exec $(IN)demain run

# As many as small machines have processors: with more, what waits for other processes waits too long. Files stay whole.
WORKERS ?= 2

test: dev-environment ## Run the whole test suite (TESTS=… for a part of it, WORKERS=… for so many processes)
	exec $(IN)python -m pytest $(if $(TESTS),$(TESTS),-n $(WORKERS) --dist loadfile --no-loadscope-reorder)

test-kafka: dev-environment ## Run what concerns the log against Apache Kafka itself (needs Java 17 and Maven)
	$(if $(TESTS),DEMAIN_TEST_KAFKA=apache exec $(IN)python -m pytest $(TESTS),exec $(IN)python -m tests.kafka)

test-deployed: dev-environment ## Run every journey on the processes of docker-compose.yml (needs Caddy and a Chromium)
	exec $(IN)python -m pytest -m "not faults" tests/deploy/journeys

test-faults: dev-environment ## Let a storm of faults loose on the platform and check what must hold (SEED=…, MINUTES=…; on Apache Kafka where Java and Maven are)
	export DEMAIN_TEST_KAFKA=$${DEMAIN_TEST_KAFKA-$$(command -v java >/dev/null && command -v mvn >/dev/null && echo apache)}; \
	exec $(IN)python -m tests.faults.storm $(if $(SEED),--seed $(SEED)) $(if $(MINUTES),--minutes $(MINUTES))

check: dev-environment ## Check format, lint, types, the walls between modules, and packages for known holes
	$(IN)ruff format --check --quiet . || { echo "make format mends this"; exit 1; }
	$(IN)ruff check --quiet .
	$(IN)mypy
	$(IN)lint-imports --no-logo
	$(IN)python deploy/audit.py $(ADVISORIES)

audit: dev-environment ## Look for known vulnerabilities in the pinned packages (ADVISORIES=address of an OSV service)
	$(IN)python deploy/audit.py $(ADVISORIES)

bench: dev-environment ## Measure, each number beside its limit on this machine
	exec $(IN)python -m tests.bench

format: dev-environment ## Format all Python files and mend what can be mended
	$(IN)ruff format --quiet .
	$(IN)ruff check --quiet --fix .

# The locks name packages, versions and hashes, and no address: pip takes them from where it takes packages.
lock: ## Write both lock files anew from pyproject.toml (needs uv)
	command -v uv >/dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv" >&2; exit 1; }
	uv lock --quiet $(if $(UPGRADE),--upgrade)
	uv export --quiet --no-header --no-annotate --no-emit-project --no-dev --group build >requirements.lock
	uv export --quiet --no-header --no-annotate --no-emit-project --group build >requirements-dev.lock

clean: ## Remove the environment and what tools have left; data folders stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

run-environment dev-environment:
	command -v $(PYTHON) >/dev/null || { echo "make: Demain needs Python 3.11 or newer, and none is installed." >&2; exit 1; }
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: Demain needs Python 3.11 or newer, and $(PYTHON) is older: install a newer one, or name it with make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) deploy/environment.py $(@:-environment=)
