# varsling as production runs it: no build tools, no root, nothing in it that the wheel and its locked requirements lack.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN python -m venv tools && python -m venv --without-pip /opt/varsling
COPY requirements.txt requirements-build.txt ./
RUN tools/bin/pip install --require-hashes -r requirements-build.txt \
 && tools/bin/pip --python /opt/varsling/bin/python install --require-hashes --only-binary :all: -r requirements.txt
COPY pyproject.toml README.md ./
COPY src src
COPY migrations migrations
RUN tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
 && tools/bin/pip --python /opt/varsling/bin/python install --no-deps dist/*.whl

FROM python:3.11-slim-bookworm
RUN python -m pip uninstall --yes --quiet setuptools wheel pip \
 && rm -rf /usr/local/lib/python3.11/ensurepip \
 && useradd --system --uid 10001 --home-dir /var/lib/varsling --create-home varsling
COPY --from=build /opt/varsling /opt/varsling
ENV PATH=/opt/varsling/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 VARSLING_ENVIRONMENT=production
USER 10001
WORKDIR /var/lib/varsling
EXPOSE 8000
ENTRYPOINT ["varsling"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
