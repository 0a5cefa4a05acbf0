# `make demo` and `make test` are all one needs; each prepares its own environment.
PYTHON ?= python3
VENV ?= .venv
ROUNDS ?= 2
SETUP = tools/setup "$(PYTHON)"
WORKERS ?= $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))# tests wait for processes and intervals most of the time
PYTEST = -m pytest -q -n $(WORKERS) --dist worksteal
DEPENDENT = $(addprefix tests/,capture configuration custom e2e events fuzz inheritance interpreters laws otlp sinks) \
	$(wildcard tests/test_*.py)# what an interpreter or the SDK's version may change: rules, texts and tools are not among it
SHORT_FORM = $(if $(SHORT),$(DEPENDENT))

BENCH_PYTHONS ?= $(foreach minor,11 13,$(firstword $(wildcard $(HOME)/.pyenv/versions/3.$(minor).*/bin/python) $(shell command -v python3.$(minor))))
COMPAT_ALSO ?= $(firstword $(wildcard $(HOME)/.pyenv/versions/3.13.*/bin/python) $(shell command -v python3.13))# process models and tools once more
STACK = OTEL_PYTHON_AUDIT_REQUIRE_C=1 $(SETUP) $(VENV)-stack otlp,demo,report,top,stack,deploy

.PHONY: help demo test test-all test-min test-stack test-compat test-wheels suites suites-short soak soak-short overhead lint \
	dashboards dashboards-check stack lint-deploy scaling screenshots events drift sanitize \
	fuzz fuzz-short bench bench-check clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: ## a web shop under the bridge: live structured logs, then a summary
	@$(SETUP) $(VENV) otlp,demo
	@$(VENV)/bin/otel-audit run examples/flask_shop/app.py --demo $(ROUNDS)

test: ## all tests, both cores, on this interpreter
	@OTEL_PYTHON_AUDIT_REQUIRE_C=1 $(SETUP) $(VENV)-dev otlp,dev
	@$(VENV)-dev/bin/python $(PYTEST)

test-all: ## the same on every installed CPython from 3.10; SKIP=3.11 without that one, SHORT=1 what may differ there
	@WORKERS=$(WORKERS) tools/test-all "$(SKIP)" $(SHORT_FORM)

test-min: ## with the oldest dependencies that are promised; SHORT=1 as above
	@OTEL_PYTHON_AUDIT_REQUIRE_C=1 $(SETUP) $(VENV)-min otlp,dev -c tools/oldest.txt
	@$(VENV)-min/bin/python $(PYTEST) $(SHORT_FORM)

test-stack: ## against real backends on loopback: collector, Prometheus, Alertmanager, a trace and log store, a browser
	@$(STACK)
	@tools/test-stack $(VENV)-stack/bin/python

test-wheels: ## sdist and wheels of it for every interpreter here, each installed where nothing else is, and used
	@tools/test-wheels "$(PYTHON)" $(VENV)-wheels $(ARGUMENTS)

suites: ## test suites of Flask, requests, httpx, SQLAlchemy, structlog and CPython with and without the bridge: hours; writes docs/suites.md
	@OTEL_PYTHON_AUDIT_REQUIRE_C=1 $(SETUP) $(VENV)-dev otlp,dev
	@$(VENV)-dev/bin/python -m tools.suites $(ARGUMENTS)

suites-short: ## structlog's, Flask's and a few of CPython's, in three minutes
	@OTEL_PYTHON_AUDIT_REQUIRE_C=1 $(SETUP) $(VENV)-dev otlp,dev
	@$(VENV)-dev/bin/python -m tools.suites --short

soak: ## twenty minutes at a high rate with forks, outages of the collector, leaks looked for; writes docs/soak.md; ARGUMENTS=--help tells more
	@OTEL_PYTHON_AUDIT_REQUIRE_C=1 $(SETUP) $(VENV)-dev otlp,dev
	@$(VENV)-dev/bin/python -m tools.soak --write docs/soak.md $(ARGUMENTS)

soak-short: ## the same in a minute, both cores one after the other; writes nothing
	@OTEL_PYTHON_AUDIT_REQUIRE_C=1 $(SETUP) $(VENV)-dev otlp,dev
	@$(VENV)-dev/bin/python -m tools.soak --minutes 1
	@$(VENV)-dev/bin/python -m tools.soak --minutes 0.5 --core python

test-compat: ## with real servers, process models and tools, the last two on 3.13 too; what it counts is docs/compatibility.md
	@OTEL_PYTHON_AUDIT_REQUIRE_C=1 $(SETUP) $(VENV)-compat otlp,dev,compat,servers
	@$(COMPAT_ALSO:%=OTEL_PYTHON_AUDIT_REQUIRE_C=1 tools/setup "%" $(VENV)-compat-also otlp,dev,compat)
	@$(VENV)-compat/bin/python -m tools.compatibility run $(COMPAT_ALSO:%=--also $(VENV)-compat-also/bin/python) $(ARGUMENTS)

overhead: ## what the bridge costs each of these servers, on a quiet machine: some 20 minutes; ARGUMENTS="'gunicorn, sync'" for less
	@OTEL_PYTHON_AUDIT_REQUIRE_C=1 $(SETUP) $(VENV)-compat otlp,dev,compat,servers
	@$(VENV)-compat/bin/python -m tools.compatibility overhead $(ARGUMENTS)

stack: ## the same backends with the shop under load, and the pages to open; ARGUMENTS=--help tells more
	@$(STACK)
	@$(VENV)-stack/bin/python -m tools.stack $(ARGUMENTS)

lint-deploy: ## Dockerfiles, manifests, functions and scripts of deploy/
	@$(STACK)
	@$(VENV)-stack/bin/python -m tools.deployment

scaling: ## what a process sends and a fleet needs; ARGUMENTS=--write puts it into docs/scaling.md
	@$(STACK)
	@$(VENV)-stack/bin/python -m tools.scaling $(ARGUMENTS)

dashboards: ## write grafana/files from its sources
	@$(STACK)
	@$(VENV)-stack/bin/python -m grafana.build
	@$(VENV)-stack/bin/python -m tools.rules

dashboards-check: ## whether they are current, of Grafana's schema, and every query parses
	@$(STACK)
	@$(VENV)-stack/bin/python -m grafana.build --check
	@$(VENV)-stack/bin/python -m tools.rules --check
	@$(VENV)-stack/bin/python -m tools.schema

screenshots: ## the pictures in docs/images
	@$(STACK)
	@$(VENV)-stack/bin/python -m tools.screenshots

lint: ## formatting, lint, types, import contract
	@$(SETUP) $(VENV)-lint otlp,dev,lint,report,top,stack,deploy
	@tools/lint $(VENV)-lint/bin

events: ## every audit event there is, fired for real through both cores; ARGUMENTS=--help tells more
	@OTEL_PYTHON_AUDIT_REQUIRE_C=1 $(SETUP) $(VENV)-dev otlp,dev
	@$(VENV)-dev/bin/python -m tools.fire $(ARGUMENTS)

drift: ## what this interpreter can raise, against the catalogue
	@OTEL_PYTHON_AUDIT_REQUIRE_C=1 $(SETUP) $(VENV)-dev otlp,dev
	@$(VENV)-dev/bin/python -m tools.drift $(ARGUMENTS)

sanitize: ## what is in C under AddressSanitizer and UndefinedBehaviorSanitizer, and a million events without growth
	@tools/sanitize "$(PYTHON)" $(VENV)-sanitize

fuzz: ## ten million records through hook, decoder, description and redaction, a part of them under sanitizers: some 25 minutes
	@fuzz/run "$(PYTHON)" $(VENV)-fuzz $(ARGUMENTS)

fuzz-short: ## the same in two minutes
	@fuzz/run "$(PYTHON)" $(VENV)-fuzz --time 120 $(ARGUMENTS)

bench: ## all of docs/performance.md on CPython 3.11 and 3.13: some 40 minutes; ARGUMENTS="--only hook,programs" or --quick for less
	@for python in $(BENCH_PYTHONS); do \
		OTEL_PYTHON_AUDIT_REQUIRE_C=1 tools/setup "$$python" $(VENV)-bench-$$("$$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])') otlp,dev,bench || exit 1; \
	done
	@set -- $$(ls -d $(VENV)-bench-3.*/bin/python); "$$1" -m benchmarks $(ARGUMENTS) "$$@"

bench-check: ## whether the hook needs more instructions than the revision in benchmarks/reference; needs valgrind
	@OTEL_PYTHON_AUDIT_REQUIRE_C=1 $(SETUP) $(VENV)-dev otlp,dev
	@command -v valgrind >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq valgrind >/dev/null; } || true
	@$(VENV)-dev/bin/python -m benchmarks.check $(ARGUMENTS)

clean: ## remove everything that can be made again
	find src -name '*.so' -delete
	rm -rf .venv* build dist src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
