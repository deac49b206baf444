# Every command of this project; CI calls nothing else.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help engine engine-stop up down session handshake load swarm swarm-load swarm-down hosts hosts-down local images check format test unit e2e e2e-ready lessons fuzz soak bench \
    bench-plot lock clean

PYTHON ?= python3
CLIENTS ?= 4
RATE ?= 1000
HOSTS ?= 3
VENV := .venv
BIN := $(VENV)/bin
COMPOSE := docker compose

# Containers have no terminal: where make has one, they are told to write in colour.
ifneq ($(MAKE_TERMOUT),)
ifndef NO_COLOR
export FORCE_COLOR ?= 1
endif
endif

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

engine: ## make sure that a Docker Engine answers: installs and starts one where it can (ENGINE=off: skip)
	@.ci/engine

engine-stop: ## end the Docker Engine that make engine started
	@.ci/engine stop

up: engine ## start the system: a server, and a client that runs a session every 2 s (ARGS='--scale client=8')
	$(COMPOSE) up --build $(ARGS)

down: ## stop the system and remove its containers; its captures stay (ARGS='--volumes')
	$(COMPOSE) down --remove-orphans $(ARGS)

session: engine ## one verified session between two containers (ARGS='--message 你好')
	@$(COMPOSE) build --quiet >&2
	@$(COMPOSE) run --rm client --sessions 1 $(ARGS)

# A project of its own: it can run beside `make up`.
handshake: export COMPOSE_PROJECT_NAME := echoscope-handshake
handshake: export ECHO_LOG_LEVEL ?= error
handshake: export ECHO_LOG_FORMAT ?= console
handshake: export ECHO_SCOPE := scope:5001
handshake: export ECHO_SCOPE_CONVERSATIONS := 1
handshake: export ECHO_SCOPE_SHOW := all
handshake: export SCOPE_FLAGS := $(ARGS)
handshake: export COLUMNS ?= $(shell { stty size </dev/tty; } 2>/dev/null | cut -d " " -f 2)
handshake: engine ## one session between fresh containers, drawn: calls, segments, states (ARGS='--explain --lang zh')
	@trap '$(COMPOSE) --progress quiet down --volumes --timeout 0 --remove-orphans' EXIT; \
	$(COMPOSE) build --quiet; \
	$(COMPOSE) --progress quiet up --detach --wait server tap scope || { $(COMPOSE) logs --no-log-prefix; exit 1; }; \
	$(COMPOSE) --progress quiet run --rm --no-deps client --sessions 1 >/dev/null; \
	docker logs --follow $$($(COMPOSE) ps --all --quiet scope)

# A project of its own: it can run beside `make up`. Each replica starts to measure when all are there. The report follows
# their log, in a job of its own, which Ctrl-C does not reach: it stops the replicas, and what they print is still merged.
# Where a recipe fails, make says with which code, and itself exits with 2.
load: export COMPOSE_PROJECT_NAME := echoscope-load
load: export CLIENT_COMMAND := load
load: export ECHO_LOAD_EXPECT_CLIENTS := $(CLIENTS)
load: export ECHO_LOAD_RATE := $(RATE)
load: export ECHO_LOG_LEVEL ?= info
load: export ECHO_LOG_FORMAT := json
load: export ECHO_SCOPE ?=
load: engine $(BIN)/ready ## CLIENTS=4 replicas load one server with RATE=1000 messages/s each; one merged report (REPORT='--html load.html')
	@[[ "$(CLIENTS)" =~ ^[1-9][0-9]{0,2}$$|^1000$$ ]] || \
	    { echo "CLIENTS is '$(CLIENTS)': should be a whole number from 1 to 1000" >&2; exit 2; }; \
	trap '$(COMPOSE) down --volumes --timeout 0 --remove-orphans >/dev/null 2>&1' EXIT; \
	$(COMPOSE) build --quiet; \
	$(COMPOSE) --progress quiet up --detach --wait server || { $(COMPOSE) logs --no-log-prefix; exit 1; }; \
	$(COMPOSE) --progress quiet up --detach --no-deps --scale client=$(CLIENTS) client; \
	stopped=; trap 'stopped=1; $(COMPOSE) --progress quiet kill --signal INT client || true' INT TERM; \
	set -m +e; \
	{ $(COMPOSE) logs --follow client | $(BIN)/python -m services.client report --live $(REPORT) -; } & \
	set +m; \
	while wait $$!; code=$$?; kill -0 $$! 2>/dev/null; do :; done; \
	if $(COMPOSE) ps --all --format '{{.ExitCode}}' client | grep -qx 2; then code=2; fi; \
	exit $$(( stopped ? 130 : code ))

swarm swarm-load: export CLIENTS := $(if $(filter file,$(origin CLIENTS)),6,$(CLIENTS))
swarm-load: export RATE := $(RATE)
swarm: ## deploy to the Docker Swarm of the engine that `docker info` names: CLIENTS=6 over its nodes (REGISTRY=host/name)
	@.ci/swarm deploy

swarm-load: $(BIN)/ready ## CLIENTS=6 replicas load that server as one job, with RATE=1000 messages/s each; one merged report
	@.ci/swarm load | $(BIN)/python -m services.client report $(REPORT) -

swarm-down: ## remove the stack from the Swarm
	@.ci/swarm down

hosts: engine $(BIN)/ready ## make HOSTS=3 hosts on this machine, each with an engine of its own, that form a Swarm (root)
	$(COMPOSE) build --quiet
	@$(BIN)/python -m tests.e2e.hosts up --hosts $(HOSTS)

hosts-down: $(BIN)/ready ## remove these hosts, and all that they left
	@$(BIN)/python -m tests.e2e.hosts down

local: $(BIN)/ready ## the same server and client as two processes on loopback, without Docker
	@export ECHO_LOG_LEVEL=$${ECHO_LOG_LEVEL:-debug}; \
	$(BIN)/python -m services.client --sessions 0 $(ARGS) & client=$$!; \
	trap '{ kill $$client; wait $$client; } 2>/dev/null || true' EXIT; \
	$(BIN)/python -m services.server

images: engine ## build the images and report their sizes
	$(COMPOSE) build --quiet
	@docker images --format '{{.Repository}}:{{.Tag}}  {{.Size}}' | grep '^echoscope/' | sort

check: $(BIN)/ready ## lint, format check, floors of imports, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

format: $(BIN)/ready ## format, and mend what the linter can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# A selection may find nothing in one of the suites. Results of the last run: test-results/.
test: $(BIN)/ready ## every test: unit, then end to end in containers (ARGS='-k name')
	@$(BIN)/python -m tests.suites unit e2e -- $(ARGS)

unit: $(BIN)/ready ## unit tests (ARGS='-k name')
	@$(BIN)/python -m tests.suites unit -- $(ARGS)

e2e: $(BIN)/ready ## end-to-end tests in containers (ARGS='-k name')
	@$(BIN)/python -m tests.suites e2e -- $(ARGS)

e2e-ready: engine
	$(COMPOSE) build --quiet
	@docker version --format 'Docker Engine {{.Server.Version}}, API {{.Server.APIVersion}}, {{.Server.Os}}/{{.Server.Arch}}'

lessons: $(BIN)/ready engine ## play the lessons between containers, and draw their pictures into docs/lessons
	$(COMPOSE) build --quiet
	LESSONS=docs/lessons $(BIN)/pytest tests/e2e/lessons $(ARGS)

fuzz: $(BIN)/ready ## feed damaged captures to the scope's reader (ARGS='--seconds 600 --seed 1')
	$(BIN)/python -m tests.fuzz $(ARGS)

soak: $(BIN)/ready engine ## ten minutes of mixed load: memory and descriptors must stay flat (ECHO_SOAK_MINUTES=10)
	$(COMPOSE) build --quiet
	$(BIN)/python -m tests.soak

bench: $(BIN)/bench-ready ## measure the server against its peers (ARGS='--only 64B,idle --rounds 3 --seconds 1')
	$(BIN)/python -m tests.bench $(ARGS)

bench-plot: $(BIN)/bench-ready ## draw the figures of the last whole make bench as an SVG
	$(BIN)/python -m tests.bench.report.plot $(ARGS)

lock: $(BIN)/ready ## compile pyproject's extras into requirement files with hashes
	@for pair in server:services/server client:services/client scope:services/scope tap:services/tap tests:tests bench:tests/bench; do \
	    $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	        --upgrade --extra "$${pair%%:*}" -o "$${pair#*:}/requirements.txt" pyproject.toml; done

clean: ## remove the virtual environment, caches, and this project's containers and images
	-@$(COMPOSE) down --remove-orphans --volumes --rmi local 2>/dev/null
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis test-results

$(BIN)/ready: tests/requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.txt
	@touch $@

$(BIN)/bench-ready: $(BIN)/ready tests/bench/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r tests/bench/requirements.txt
	@touch $@
