set shell := ["bash", "-euo", "pipefail", "-c"]

# List the recipes.
default:
    @{{ just_executable() }} --list --unsorted

# Run the tour through both APIs, and a service that follows its configuration, against a real Redis.
demo:
    scripts/demo

# Run every test; arguments go to cargo test.
test *arguments:
    scripts/test {{ arguments }}

# Run the fault tests alone, through both APIs.
test-faults:
    scripts/test -p tests faults

# Run the tests against servers in containers (REDIS_IMAGE chooses the image).
test-containers *arguments:
    TESTKIT_BACKEND=container scripts/test {{ arguments }}

# Run both APIs under load, random faults and replies out of step, and compare the server with what callers were told (SOAK_SEED repeats).
soak seconds="120":
    cargo run --quiet -p tests --example soak -- {{ seconds }}

# The same for the configuration store: writers and watchers, and what they were told held against the servers' logs.
soak-config seconds="120":
    cargo run --quiet -p tests --example soak-config -- {{ seconds }}

# Walk over a million keys and delete them, through both APIs; shows times and memory.
million:
    cargo test --release -p tests a_million_keys -- --ignored --nocapture --test-threads 1

# Measure every line of work beside the other clients, and write docs/benchmarks.
bench *arguments:
    cargo run --quiet --release -p benchmarks -- {{ arguments }}

# The same in about a minute, with shorter turns.
bench-quick *arguments:
    cargo run --quiet --release -p benchmarks -- --quick {{ arguments }}

# Count allocations, processor time and instructions (needs valgrind) of one operation, as a section of docs/benchmarks/counts.md.
count label:
    cargo build --quiet --release -p benchmarks --bins
    cargo run --quiet --release -p benchmarks --bin counts -- {{ label }}

# Format everything.
fmt:
    cargo fmt --all

# What to run before each commit: formatting, lints, and the invariants that no lint sees.
check:
    scripts/gates fmt clippy invariants

# Build each API alone and both together, without warnings.
features:
    scripts/gates features

# Show that a blocking-only build has no async runtime in its tree.
lean:
    scripts/gates lean

# Build the API documentation, without warnings.
doc:
    scripts/gates doc

# Check what neither rustc nor clippy sees of the invariants in docs/architecture.md.
invariants:
    scripts/gates invariants

# Show that no dependency needs a newer rustc than Cargo.toml states.
msrv:
    scripts/gates msrv

# Check the guide's pages, and build it if mdbook is installed.
book:
    scripts/gates book

# Run shellcheck over the scripts.
scripts:
    scripts/gates scripts

# Run every gate.
gates:
    scripts/gates

# Count the lines of each ring.
lines:
    @scripts/lines

# Start the servers of docker-compose.yml and wait until they are healthy.
up:
    docker compose up --detach --wait

# Stop them.
down:
    docker compose down

# All that CI runs: the gates, every test, and the tests in containers where an engine can be had.
ci:
    .ci/run
