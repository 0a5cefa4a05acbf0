# The example shop with otel-audit from this tree: compiled hook, OTLP exporter, Flask's instrumentation.
# The context is the root of the repository (compose.yaml); shop.Dockerfile.dockerignore says what of it is sent.
FROM python:3.13.5-slim-bookworm AS wheel
RUN apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN OTEL_PYTHON_AUDIT_REQUIRE_C=1 pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.13.5-slim-bookworm
COPY --from=wheel /wheels /wheels
# hadolint ignore=DL3013
RUN for wheel in /wheels/*.whl; do pip install --no-cache-dir "${wheel}[otlp,demo]"; done
COPY examples/flask_shop /shop
WORKDIR /shop
USER 65534:65534
ENV HOME=/tmp PYTHONUNBUFFERED=1
CMD ["opentelemetry-instrument", "python", "app.py"]
