# The short front door. Everything else is a script under tools/ or a test under test/.
NODE := tools/node
CONFIG ?=
ARGS ?=

.PHONY: help run check test unit integration contract types lint structure docs bench demo clean
help:
	@echo "make run      set up and serve: export DOCKER_HOST=unix:///run/sdc-docker/docker.sock"
	@echo "make check    set up and pass every test"
	@echo "make bench    measure beside a real dockerd"
	@echo "make clean    remove containers, images and state (asks first)"

run:
	@tools/set-up.sh run
	@exec $(NODE) tools/run.ts $(if $(CONFIG),--config $(CONFIG)) $(ARGS)

check:
	@tools/set-up.sh check
	@$(NODE) tools/check/run.ts

test: check

unit:
	@$(NODE) --test 'test/unit/**/*.test.ts'
integration:
	@$(NODE) --test --test-concurrency=2 'test/integration/**/*.test.ts'
contract:
	@$(NODE) --test 'test/contract/**/*.test.ts'
types:
	@$(NODE) node_modules/typescript/bin/tsc --noEmit
lint:
	@$(NODE) node_modules/@biomejs/biome/bin/biome check --error-on-warnings .
structure:
	@$(NODE) tools/check/structure.ts
docs:
	@$(NODE) tools/generate-divergence.ts

bench:
	@tools/set-up.sh check
	@$(NODE) tools/bench/main.ts $(ARGS)
demo:
	@tools/set-up.sh check
	@$(NODE) tools/demo/main.ts $(ARGS)
clean:
	@$(NODE) tools/clean.ts $(if $(CONFIG),--config $(CONFIG)) $(ARGS)
