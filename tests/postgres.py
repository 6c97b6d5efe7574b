"""Is there a PostgreSQL server that the suite may make databases on? `python -m tests.postgres` says so."""

import os
import sys

import psycopg

PLACES = (
    os.environ.get("ENGAWA_TEST_POSTGRES_URL", ""),
    "postgresql://root@127.0.0.1/postgres",
    "postgresql://postgres@127.0.0.1/postgres",
    "postgresql:///postgres",
)


def find_server() -> str | None:
    """Return the address of a server where databases may be made; None when there is none."""
    for url in filter(None, PLACES):
        try:
            with psycopg.connect(url, connect_timeout=2) as connection:
                row = connection.execute(
                    "SELECT rolcreatedb AND rolsuper FROM pg_roles WHERE rolname = current_user"
                ).fetchone()
        except psycopg.Error:
            continue
        if row and row[0]:
            return url
    return None


if __name__ == "__main__":
    found = find_server()
    if found is None:
        sys.stderr.write(
            "PostgreSQL: skipped. To run the suite on it too, start a server and give its address with a "
            "superuser, as in ENGAWA_TEST_POSTGRES_URL=postgresql://USER:PASSWORD@127.0.0.1/postgres\n"
        )
        sys.exit(1)
    if "--url" in sys.argv:
        sys.stdout.write(f"{found}\n")
