# FaultMaven with all extras but torch's. Runs as nobody in particular, writes only below /data and /files.
# A team of containers: docker-compose.yml. One that does everything:
#
#   docker build --tag faultmaven .
#   docker run --rm --read-only --tmpfs /tmp --volume faultmaven:/data --publish 8000:8000 \
#     --ulimit nofile=8192 --cap-drop all --security-opt no-new-privileges \
#     --env FAULTMAVEN_SECRET_KEY --env FAULTMAVEN_ALERTMANAGER_TOKEN faultmaven
#
# Both variables are needed because the container listens on every interface.

FROM python:3.11-slim-bookworm AS build
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1

# Dependencies change seldom: installed first, they stay in the layer cache.
# The model's weights are locked apart: what they ask for, torch, is not used.
COPY requirements/image.txt requirements/embeddings.txt requirements/build.txt requirements/
RUN python -m venv /opt/faultmaven \
    && /opt/faultmaven/bin/pip install --require-hashes --no-deps -r requirements/image.txt \
    && /opt/faultmaven/bin/pip install --require-hashes --no-deps -r requirements/embeddings.txt \
    && python -m pip install --require-hashes --no-deps -r requirements/build.txt

COPY . .
RUN python -m pip wheel --no-deps --no-index --no-build-isolation --wheel-dir /wheels . \
    && /opt/faultmaven/bin/pip install --no-deps --no-index /wheels/*.whl \
    && /opt/faultmaven/bin/python -m compileall -q /opt/faultmaven/lib \
    && /opt/faultmaven/bin/pip uninstall --yes pip setuptools


FROM python:3.11-slim-bookworm
# Read the text of screenshots (30 MB), and 7z and rar (2 MB). Security fixes of Debian come with each build.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libarchive-tools tesseract-ocr \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/faultmaven /opt/faultmaven
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data faultmaven \
    && install --directory --mode 700 --owner faultmaven --group faultmaven /data /files
USER 10001:10001
WORKDIR /data
VOLUME /data
ENV PATH=/opt/faultmaven/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    FAULTMAVEN_DATA_DIR=/data \
    FAULTMAVEN_HOST=0.0.0.0 \
    FAULTMAVEN_PORT=8000
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['FAULTMAVEN_PORT']}/health\", timeout=2)"]
ENTRYPOINT ["faultmaven"]
CMD ["up"]
