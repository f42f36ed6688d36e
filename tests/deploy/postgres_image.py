"""A stand-in for the image of PostgreSQL: the real server from Debian's packages, entered as the real image is."""

from pathlib import Path

from deploy.base_image import DEBIAN, cached
from deploy.engine import Engine

_KEPT = "fountaingen-postgres"
_DOCKERFILE = f"""
FROM {DEBIAN}
RUN apt-get update -q \\
 && mkdir -p /etc/postgresql-common/createcluster.d \\
 && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/none.conf \\
 && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends postgresql \\
 && chmod 3777 /var/run/postgresql \\
 && ln -s /usr/lib/postgresql/*/bin/* /usr/local/bin/ \\
 && rm -rf /var/lib/apt/lists/* /usr/lib/*/libLLVM*
COPY entrypoint.sh /usr/local/bin/
ENV PGDATA=/var/lib/postgresql/data
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
ENTRYPOINT ["entrypoint.sh"]
CMD ["postgres"]
"""
_ENTRYPOINT = """#!/bin/sh
set -eu
[ "$1" = postgres ] || exec "$@"
if [ "$(id -u)" = 0 ]; then
    chown -R postgres:postgres "$PGDATA"
    chmod 0700 "$PGDATA"
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    : "${POSTGRES_PASSWORD:?it is not set}"
    umask 077
    printf '%s' "$POSTGRES_PASSWORD" >/tmp/password
    # shellcheck disable=SC2086
    initdb --pgdata="$PGDATA" --username=postgres --pwfile=/tmp/password ${POSTGRES_INITDB_ARGS:-}
    rm /tmp/password
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
fi
exec "$@" -c listen_addresses='*'
"""


def make(engine: Engine, name: str, folder: Path) -> None:
    """Give the engine an image called ``name``, made once and kept in the user's cache; ``folder`` is to make it in."""
    archive = cached("postgres", _DOCKERFILE, _ENTRYPOINT)
    if archive.exists():
        engine.docker("load", "--input", archive)
    else:
        folder.mkdir()
        (folder / "Dockerfile").write_text(_DOCKERFILE)
        (folder / "entrypoint.sh").write_text(_ENTRYPOINT)
        (folder / "entrypoint.sh").chmod(0o755)
        engine.docker("build", "--quiet", "--network", "host", "--tag", _KEPT, folder)
        engine.docker("save", "--output", archive.with_suffix(".new"), _KEPT)
        archive.with_suffix(".new").replace(archive)
    engine.docker("tag", _KEPT, name)
