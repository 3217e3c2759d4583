# Two stages: the first resolves nothing, it only installs what is locked; the second runs as nobody in particular.
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /srv/hooklist
COPY requirements/run.txt requirements/run.txt
RUN python -m venv /srv/venv \
 && /srv/venv/bin/pip install --require-hashes -r requirements/run.txt
COPY . .
RUN python -c "import pathlib, sysconfig; \
site = next(pathlib.Path('/srv/venv/lib').glob('python*')) / 'site-packages'; \
(site / 'hooklist.pth').write_text('/srv/hooklist\n')" \
 && printf '#!/srv/venv/bin/python\nimport sys\nfrom webapp.cli import main\nsys.exit(main())\n' \
    > /srv/venv/bin/hooklist \
 && chmod +x /srv/venv/bin/hooklist \
 && /srv/venv/bin/python -m compileall -q webapp recommender highlighter standin hooklist_genres \
    hooklist_errors.py

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin hooklist \
 && mkdir -p /data /music && chown hooklist /data
COPY --from=build /srv /srv
ENV PATH=/srv/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOOKLIST_DATA_DIR=/data \
    HOOKLIST_HOST=0.0.0.0 \
    HOOKLIST_LOG_JSON=true
USER 10001
WORKDIR /srv/hooklist
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=4s --start-period=20s --retries=4 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=3)"]
CMD ["hooklist", "serve"]
