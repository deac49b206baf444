# Every command of this project; CI calls nothing else.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help doctor engine engine-stop up down session local handshake trace load swarm swarm-load swarm-down hosts hosts-down \
    images check format test unit e2e e2e-ready lessons fuzz soak bench bench-plot lock clean

export PYTHON ?= python3
CLIENTS ?= 4
RATE ?= 1000
PAGE ?= off
HOSTS ?= 3
VENV := .venv
BIN := $(VENV)/bin
COMPOSE := docker compose
BUILD := .ci/build

# Of a run that has a project of its own: two of them at once never meet.
RUN := $(shell printf '%04x%04x' $$RANDOM $$RANDOM)

# Containers have no terminal: where make has one, they are told to write in colour.
ifneq ($(MAKE_TERMOUT),)
ifndef NO_COLOR
export FORCE_COLOR ?= 1
endif
endif

# How wide the terminal is; empty where there is none.
TERMINAL := $(shell { stty size </dev/tty; } 2>/dev/null | cut -d " " -f 2)

help: ## develop: this list
	@awk -f .ci/help.awk $(MAKEFILE_LIST)

# The scope draws as wide as the terminal, less the name that Compose writes before each line (`server-1  | `). A ladder takes 80
# columns: where there is no room for both, the names go.
up: NAMELESS = $(if $(TERMINAL),$(shell (( $(TERMINAL) >= 80 + 12 )) || echo --no-log-prefix))
up: export COLUMNS = $(if $(TERMINAL),$(if $(NAMELESS),$(TERMINAL),$(shell echo $$(( $(TERMINAL) - 12 )))))
up: engine ## start: a server, a client (a session every 2 s), a scope that draws it
	@$(BUILD)
	@.ci/up $(NAMELESS) $(ARGS)

down: ## start: stop it all; its captures stay, unless ARGS='--volumes'
	$(COMPOSE) down --remove-orphans $(ARGS)

local: $(BIN)/ready ## start: the server and a client as two processes, without Docker
	@export ECHO_LOG_LEVEL=$${ECHO_LOG_LEVEL:-debug}; \
	$(BIN)/python -m services.client --sessions 0 $(ARGS) & client=$$!; \
	trap '{ kill $$client; wait $$client; } 2>/dev/null || true' EXIT; \
	$(BIN)/python -m services.server

doctor: ## start: what this machine has, what it lacks, and what that means
	@.ci/doctor

engine: ## start: have a Docker Engine answer: installs and starts one where it can
	@.ci/engine

engine-stop: ## start: end the Docker Engine that make engine has started
	@.ci/engine stop

session: engine ## look: one verified session, its result as JSON (ARGS='--message 你好')
	@$(BUILD)
	@$(COMPOSE) run --rm client --sessions 1 $(ARGS)

# A project of its own: it can run beside `make up`.
handshake: export COMPOSE_PROJECT_NAME := echoscope-handshake-$(RUN)
handshake: export ECHO_LOG_LEVEL ?= error
handshake: export ECHO_LOG_FORMAT ?= console
handshake: export ECHO_SCOPE := scope:5001
handshake: export ECHO_SCOPE_CONVERSATIONS := 1
handshake: export ECHO_SCOPE_SHOW := all
handshake: export SCOPE_FLAGS := $(ARGS)
handshake: export COLUMNS ?= $(TERMINAL)
handshake: engine ## look: one session, drawn: socket calls, segments, TCP states
	@trap '$(COMPOSE) --progress quiet down --volumes --timeout 0 --remove-orphans' EXIT; \
	$(BUILD); \
	$(COMPOSE) --progress quiet up --detach --wait server tap scope || { $(COMPOSE) logs --no-log-prefix; exit 1; }; \
	$(COMPOSE) --progress quiet run --rm --no-deps client --sessions 1 >/dev/null; \
	docker logs --follow $$($(COMPOSE) ps --all --quiet scope)

# Any server and client, under strace. HOST and PORT tell the programs where the server is; its name is `server`.
trace: export COMPOSE_PROJECT_NAME := echoscope-trace-$(RUN)
trace: export TRACE_SERVER := $(SERVER)
trace: export TRACE_CLIENT := $(CLIENT)
trace: export TRACE_CODE := $(abspath $(or $(CODE),docs/tutorial))
trace: export TRACE_CLIENTS := $(if $(filter file,$(origin CLIENTS)),1,$(CLIENTS))
trace: export ECHO_PORT := $(or $(PORT),5000)
trace: export ARGS := $(ARGS)
trace: export COLUMNS ?= $(TERMINAL)
trace: engine ## look: any server and client under strace (SERVER=… CLIENT=…)
	@.ci/trace

# A project of its own: it can run beside `make up`. Each replica starts to measure when all are there. The report follows
# their log, in a job of its own, which Ctrl-C does not reach: it stops the replicas, and what they print is still merged.
# Where a recipe fails, make says with which code, and itself exits with 2.
load: export COMPOSE_PROJECT_NAME := echoscope-load-$(RUN)
load: export CLIENT_COMMAND := load
load: export ECHO_LOAD_EXPECT_CLIENTS := $(CLIENTS)
load: export ECHO_LOAD_RATE := $(RATE)
load: export ECHO_LOG_LEVEL ?= info
load: export ECHO_LOG_FORMAT := json
load: export ECHO_SCOPE ?=
# With PAGE=on the clients tell a scope of each second; nobody copies packets or watches calls, which would be measured as well.
load: engine $(BIN)/ready ## load: CLIENTS=4 clients, RATE=1000/s each; one report; PAGE=on: live
	@[[ "$(CLIENTS)" =~ ^[1-9][0-9]{0,2}$$|^1000$$ ]] || \
	    { echo "CLIENTS is '$(CLIENTS)': should be a whole number from 1 to 1000" >&2; exit 2; }; \
	[[ "$(PAGE)" =~ ^(on|off)$$ ]] || { echo "PAGE is '$(PAGE)': should be on or off" >&2; exit 2; }; \
	trap '$(COMPOSE) down --volumes --timeout 0 --remove-orphans >/dev/null 2>&1' EXIT; \
	$(BUILD); \
	$(COMPOSE) --progress quiet up --detach --wait server || { $(COMPOSE) logs --no-log-prefix; exit 1; }; \
	html= flags= begun=$$EPOCHSECONDS; \
	if [[ "$(PAGE)" == on ]]; then \
	    html=$$(sed -nE 's/(^|.* )--html[ =]([^ ]+).*/\2/p' <<<"$(REPORT)"); \
	    [[ -n $$html ]] || { html=load.html; flags="--html load.html"; }; \
	    ECHO_SCOPE_CAPTURES= $(COMPOSE) --progress quiet up --detach --no-deps --wait scope && .ci/page '#/load' || true; \
	    export ECHO_SCOPE=scope:5001; \
	fi; \
	$(COMPOSE) --progress quiet up --detach --no-deps --scale client=$(CLIENTS) client; \
	stopped=; trap 'stopped=1; $(COMPOSE) --progress quiet kill --signal INT client >/dev/null 2>&1 || true' INT TERM; \
	set -m +e; \
	{ $(COMPOSE) logs --follow client | $(BIN)/python -m services.client report --live $(REPORT) $$flags -; } & \
	set +m; \
	while wait $$!; code=$$?; kill -0 $$! 2>/dev/null; do :; done; \
	if $(COMPOSE) ps --all --format '{{.ExitCode}}' client | grep -qx 2; then code=2; fi; \
	if [[ -n $$html && -n $$(find "$$html" -newermt "@$$begun" 2>/dev/null) ]]; then \
	    echo "report: open file://$$(realpath "$$html") in a browser" >&2; \
	fi; \
	exit $$(( stopped ? 130 : code ))

swarm swarm-load: export CLIENTS := $(if $(filter file,$(origin CLIENTS)),6,$(CLIENTS))
swarm-load: export RATE := $(RATE)
swarm swarm-load: export PAGE := $(PAGE)
swarm: export COLUMNS ?= $(TERMINAL)
swarm: ## hosts: deploy to a Swarm, CLIENTS=6 over its nodes (REGISTRY=… PAGE=on)
	@.ci/swarm check
	@[[ -z "$${REGISTRY:-}" ]] || $(BUILD)
	@.ci/swarm deploy

swarm-load: $(BIN)/ready ## hosts: CLIENTS=6 clients load that server, RATE=1000 each; one report
	@.ci/swarm load $(REPORT)

swarm-down: ## hosts: remove the stack from the Swarm
	@.ci/swarm down

hosts: engine $(BIN)/ready ## hosts: HOSTS=3 hosts on this machine, with engines of their own (root)
	@$(BIN)/python -m tests.e2e.hosts up --hosts "$(HOSTS)"

hosts-down: $(BIN)/ready ## hosts: remove these hosts, and all that they left
	@$(BIN)/python -m tests.e2e.hosts down

images: engine ## develop: build the images and report their sizes
	@$(BUILD)
	@docker images --format '{{.Repository}}:{{.Tag}}  {{.Size}}' | grep '^echoscope/' | sort

check: $(BIN)/ready ## develop: lint, format check, floors of imports, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy
	.ci/javascript

format: $(BIN)/ready ## develop: format, and mend what the linter can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	.ci/javascript --write

# A selection may find nothing in one of the suites. Results of the last run: test-results/.
test: $(BIN)/ready ## test: everything: unit tests, then end to end in containers
	@$(BIN)/python -m tests.suites unit e2e -- $(ARGS)

unit: $(BIN)/ready ## test: unit tests
	@$(BIN)/python -m tests.suites unit -- $(ARGS)

e2e: $(BIN)/ready ## test: end-to-end tests in containers
	@$(BIN)/python -m tests.suites e2e -- $(ARGS)

e2e-ready: engine $(BIN)/ready
	@$(BUILD)
	@$(BIN)/python -m tests.e2e.harness.tools
	@docker version --format 'Docker Engine {{.Server.Version}}, API {{.Server.APIVersion}}, {{.Server.Os}}/{{.Server.Arch}}'

lessons: $(BIN)/ready engine ## look: play the lessons, and record them in docs/lessons
	@$(BUILD)
	LESSONS=docs/lessons $(BIN)/pytest tests/e2e/lessons $(ARGS)

fuzz: $(BIN)/ready ## test: damaged captures for the scope's reader (ARGS='--seconds 600')
	$(BIN)/python -m tests.fuzz $(ARGS)

soak: $(BIN)/ready engine ## test: ECHO_SOAK_MINUTES=10 of mixed load: memory has to stay flat
	@$(BUILD)
	$(BIN)/python -m tests.soak

bench: $(BIN)/bench-ready ## load: the server beside its peers (ARGS='--only 64B,idle --rounds 3')
	$(BIN)/python -m tests.bench $(ARGS)

bench-plot: $(BIN)/bench-ready ## load: the figures of the last whole make bench as an SVG
	$(BIN)/python -m tests.bench.report.plot $(ARGS)

lock: $(BIN)/ready ## develop: compile the requirement files, with hashes, from pyproject.toml
	@for pair in server:services/server client:services/client scope:services/scope tap:services/tap tracer:services/tracer tests:tests bench:tests/bench; do \
	    $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	        --upgrade --extra "$${pair%%:*}" -o "$${pair#*:}/requirements.txt" pyproject.toml; done

clean: ## develop: remove .venv, caches, this project's containers and images
	-@$(COMPOSE) down --remove-orphans --volumes --rmi local 2>/dev/null
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis test-results build.log venv.log

# The script leaves it as it is where there is nothing to do: so it looks each time whether its Python still runs.
$(BIN)/ready: FORCE
	@.ci/venv

FORCE:

$(BIN)/bench-ready: $(BIN)/ready tests/bench/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r tests/bench/requirements.txt
	@touch $@
