# `make demo` and `make test` are all one needs; each prepares its own environment.
PYTHON ?= python3
VENV ?= .venv
ROUNDS ?= 2
SETUP = tools/setup "$(PYTHON)"
PYTEST = -m pytest -q -n auto

STACK = OTEL_PYTHON_AUDIT_REQUIRE_C=1 $(SETUP) $(VENV)-stack otlp,demo,report,top,stack

.PHONY: help demo test test-all test-min test-stack lint dashboards dashboards-check stack screenshots events drift sanitize \
	fuzz fuzz-short bench clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: ## a web shop under the bridge: live structured logs, then a summary
	@$(SETUP) $(VENV) otlp,demo
	@$(VENV)/bin/otel-audit run examples/flask_shop/app.py --demo $(ROUNDS)

test: ## all tests, both cores, on this interpreter
	@OTEL_PYTHON_AUDIT_REQUIRE_C=1 $(SETUP) $(VENV)-dev otlp,dev
	@$(VENV)-dev/bin/python $(PYTEST)

test-all: ## the same on every installed CPython from 3.10
	@tools/test-all

test-min: ## with the oldest dependencies that are promised
	@OTEL_PYTHON_AUDIT_REQUIRE_C=1 $(SETUP) $(VENV)-min otlp,dev -c tools/oldest.txt
	@$(VENV)-min/bin/python $(PYTEST)

test-stack: ## against real backends on loopback: collector, Prometheus, Alertmanager, a trace and log store, a browser
	@$(STACK)
	@tools/test-stack $(VENV)-stack/bin/python

stack: ## the same backends with the shop under load, and the pages to open; ARGUMENTS=--help tells more
	@$(STACK)
	@$(VENV)-stack/bin/python -m tools.stack $(ARGUMENTS)

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
	@$(SETUP) $(VENV)-lint otlp,dev,lint,report,top,stack
	@tools/lint $(VENV)-lint/bin

events: ## every audit event there is, fired for real through both cores; ARGUMENTS=--help tells more
	@OTEL_PYTHON_AUDIT_REQUIRE_C=1 $(SETUP) $(VENV)-dev otlp,dev
	@$(VENV)-dev/bin/python -m tools.fire $(ARGUMENTS)

drift: ## what this interpreter can raise, against the catalogue
	@OTEL_PYTHON_AUDIT_REQUIRE_C=1 $(SETUP) $(VENV)-dev otlp,dev
	@$(VENV)-dev/bin/python -m tools.drift $(ARGUMENTS)

sanitize: ## the C core under AddressSanitizer and UndefinedBehaviorSanitizer, and a million events without growth
	@tools/sanitize "$(PYTHON)" $(VENV)-sanitize

fuzz: ## ten million records through hook, decoder, description and redaction, a part of them under sanitizers: some 25 minutes
	@fuzz/run "$(PYTHON)" $(VENV)-fuzz $(ARGUMENTS)

fuzz-short: ## the same in two minutes
	@fuzz/run "$(PYTHON)" $(VENV)-fuzz --time 120 $(ARGUMENTS)

bench: ## cost of the hook, and of describing and redacting, as ratios in one run
	@OTEL_PYTHON_AUDIT_REQUIRE_C=1 $(SETUP) $(VENV)-dev otlp,dev
	@$(VENV)-dev/bin/python -m benchmarks.hook
	@$(VENV)-dev/bin/python -m benchmarks.describe

clean: ## remove everything that can be made again
	rm -rf .venv* build dist src/*.egg-info src/otel_audit/capture/*.so .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
