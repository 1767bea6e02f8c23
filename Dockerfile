# A small image that carries argogate, for GitLab's `image:`, Tekton, Argo itself or `docker run`.
#
#   docker build --tag argogate .
#   docker run --rm --env ARGO_SERVER --env ARGO_TOKEN argogate argogate wait nightly-7f
#
# To pin the base, give its digest (docker buildx imagetools inspect python:3.13-alpine):
#   docker build --build-arg BASE=python:3.13-alpine@sha256:… .
ARG BASE=python:3.13-alpine

FROM ${BASE} AS build
WORKDIR /src
RUN python -m venv /opt/argogate
COPY requirements/runtime.txt requirements/
RUN /opt/argogate/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps \
      --require-hashes --only-binary=:all: --requirement requirements/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY argo_replay argo_replay
COPY argogate argogate
RUN /opt/argogate/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps . \
 && /opt/argogate/bin/pip uninstall --yes --quiet pip

FROM ${BASE}
COPY --from=build /opt/argogate /opt/argogate
ENV PATH=/opt/argogate/bin:$PATH PYTHONUTF8=1
USER 65532:65532
WORKDIR /tmp
CMD ["argogate", "--help"]
