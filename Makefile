# The two commands of the README, and what development needs.

BACKSTORY := target/release/backstory
NEXTEST := $(shell cargo nextest --version >/dev/null 2>&1 && echo yes)

.PHONY: demo test model lint measure leak faults load sources chaos courtesy

demo: $(BACKSTORY) ## Builds, gets the model, runs the demo
	$(BACKSTORY) models pull
	$(BACKSTORY) demo --data-dir ./backstory-demo

.PHONY: $(BACKSTORY)
$(BACKSTORY):
	cargo build --release --locked -p cli

test: ## Installs what tests need and runs everything
	scripts/postgres.sh
	scripts/chromium.sh
	$(MAKE) lint
ifeq ($(NEXTEST),yes)
	cargo nextest run --workspace --lib --bins --tests --locked --no-fail-fast
else
	cargo test --workspace --locked --lib --bins --tests
endif
	cargo test --workspace --locked --doc

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

measure: ## Measures on ../shared/data and writes target/measure/summary.json
# In one selection: another one has other features, and builds the vector engine again.
	cargo build --release --locked -p cli -p app -p index -p responder --bin backstory --example answer_bench --example rebuild_bench --example search_bench --example tenants_bench --example draft_measure
	$(BACKSTORY) models pull
	python3 scripts/measure/measure.py

# Proofs with figures, whole; as tests they run small. SEED=2 draws other numbers, PROGRAM=target/release/backstory
# puts another build of the program to the proof.
leak faults load sources chaos courtesy: ## Leaks; what crashes and faults lose; how much comes in; sources read exactly, in chaos, and beside questions
	cargo test --workspace --locked --no-run
	cargo test --workspace --locked --test proofs -- full $@ $(if $(SEED),--seed $(SEED)) $(if $(PROGRAM),--binary $(abspath $(PROGRAM)))
