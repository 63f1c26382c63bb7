# The service without a PostgreSQL of its own: DATABASE_URL is to be given (adr/0013, docs/container.md).

# hadolint ignore=DL3007
FROM cgr.dev/chainguard/python:latest-dev AS builder
# hadolint ignore=DL3002
USER 0
# The time of every file, so that the same sources make the same image.
ARG SOURCE_DATE_EPOCH=1577836800
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore \
    # npm trusts the certificates that the base image trusts.
    NODE_USE_SYSTEM_CA=1

# Everything from elsewhere is held against its hash, what builds the wheels included.
WORKDIR /build
COPY tools/requirements-build.lock ./
RUN python -m venv build-tools \
    && build-tools/bin/pip install --require-hashes --only-binary :all: --requirement requirements-build.lock
COPY requirements.lock ./
RUN build-tools/bin/pip wheel --require-hashes --no-deps --no-build-isolation --requirement requirements.lock \
        --wheel-dir wheels

COPY pyproject.toml README.md CHANGELOG.md LICENSE ./
COPY tools/hatch_build.py tools/
COPY conf conf
COPY migrations migrations
COPY src src
COPY tools/trim.py ./
RUN build-tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir wheels .

# The file system is read-only later, so bytecode is made now, in a form that does not ask for the source's time.
RUN python -m venv --without-pip /app/venv \
    && build-tools/bin/pip --python /app/venv/bin/python install --no-index --no-deps --no-compile wheels/*.whl \
    && python trim.py /app/venv/lib/python3.*/site-packages \
    && /app/venv/bin/python -m compileall -q --invalidation-mode unchecked-hash /app/venv/lib \
    && find /app -exec touch -h -d "@${SOURCE_DATE_EPOCH}" {} +

# hadolint ignore=DL3007
FROM cgr.dev/chainguard/python:latest
LABEL org.opencontainers.image.title="Datastore" \
      org.opencontainers.image.description="A PostgreSQL-backed store of JSON records, with REST and GraphQL." \
      org.opencontainers.image.licenses="MIT"
ENV DATASTORE_ENV=container \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
COPY --from=builder /app /app
WORKDIR /app
USER 65532:65532
# The two bases have to carry the same Python; where they do not, it shows here.
RUN ["/app/venv/bin/python", "-c", "import datastore_service.main"]
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=3 \
    CMD ["/app/venv/bin/python", "-ISc", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('DATASTORE_PORT') or 8080), timeout=4); c.request('GET', '/health/ready'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["/app/venv/bin/python", "-m", "datastore_service"]
CMD ["serve"]
