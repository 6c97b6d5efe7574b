"""A change wakes a worker through any of the queues; a queue that is lost costs haste and nothing else."""

import gc
import shutil
import sqlite3
import subprocess
import sys
import warnings
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from psycopg.sql import SQL, Identifier
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from sqlalchemy.orm import Session

from bench.site import free_port
from portal.core import outbox
from portal.core.activity import ActivitiesNoted
from portal.core.clock import utc_now
from portal.core.config import Settings
from portal.core.db import transaction
from portal.core.jobs import Jobs
from tests.conftest import NOW, own_database
from tests.postgres import find_server
from tests.processes import environment_of, wait_until, worker_began_at

AWAKE_WITHIN_SECONDS = 20.0  # Without the queue, the clock would wake the worker once a minute.

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@dataclass(frozen=True)
class Queue:
    """Where a queue is, and how to lose it."""

    url: str
    lose: Callable[[], None]


@contextmanager
def sqlite_queue(folder: Path) -> Iterator[Queue]:
    def lose() -> None:
        with closing(sqlite3.connect(folder / "queue.db")) as connection:
            connection.execute("DROP TABLE task")

    yield Queue("", lose)


@contextmanager
def redis_queue(folder: Path) -> Iterator[Queue]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no redis-server; on Debian: apt-get install redis-server")
    port = free_port()
    command = [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def lose() -> None:
        server.kill()
        server.wait(timeout=30)

    with Redis(port=port, retry=Retry(ConstantBackoff(0.05), retries=600)) as client:
        client.ping()
    yield Queue(f"redis://127.0.0.1:{port}/0", lose)
    lose()


@contextmanager
def postgresql_queue(folder: Path) -> Iterator[Queue]:
    server = find_server()
    if server is None:
        pytest.skip("no PostgreSQL; on Debian: apt-get install postgresql, then see python -m tests.postgres")
    with own_database(server, "queue") as url, psycopg.connect(server, autocommit=True) as connection:

        def lose() -> None:
            connection.execute(
                SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(url.rpartition("/")[2]))
            )

        yield Queue(url, lose)


QUEUES: dict[str, Callable[[Path], AbstractContextManager[Queue]]] = {
    "sqlite": sqlite_queue,
    "redis": redis_queue,
    "postgresql": postgresql_queue,
}


@pytest.fixture(params=QUEUES)
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Queue]:
    with QUEUES[request.param](tmp_path) as queue:
        yield queue


@pytest.fixture
def worked() -> list[str]:
    """One entry for each time that a worker has worked."""
    return []


@pytest.fixture
def settings(app: Flask, queue: Queue, tmp_path: Path) -> Settings:
    """The settings of a site that shares the app's database and has this queue."""
    settings: Settings = app.extensions["settings"]
    url = settings.database_url or settings.sqlalchemy_url
    return replace(settings, data_dir=tmp_path, database_url=url, queue_url=queue.url)


@pytest.fixture
def make_jobs(
    app: Flask, settings: Settings, worked: list[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Jobs]:
    """Give the app jobs that go through the queue."""

    def work() -> None:
        worked.append("worked")

    def make() -> Jobs:
        monkeypatch.setitem(app.extensions, "jobs", None)
        return Jobs(app, settings, work=work)

    return make


@pytest.fixture
def jobs(make_jobs: Callable[[], Jobs]) -> Iterator[Jobs]:
    jobs = make_jobs()
    yield jobs
    jobs.close()


def change_something() -> None:
    with transaction() as session:
        outbox.record(session, ActivitiesNoted(activities=()))


def waiting(session: Session) -> int:
    session.rollback()
    return outbox.status(session, now=utc_now()).waiting


def test_a_change_reaches_who_listens_to_the_queue(jobs: Jobs, worked: list[str]) -> None:
    change_something()
    assert jobs.queue.pending_count() == 1
    jobs.queue.execute(jobs.queue.dequeue())
    assert worked == ["worked"]
    assert jobs.queue.pending_count() == 0


def test_who_was_asked_and_has_not_begun_is_not_asked_again(jobs: Jobs, worked: list[str]) -> None:
    change_something()
    change_something()
    assert jobs.queue.pending_count() == 1
    begun = jobs.queue.dequeue()
    change_something()
    jobs.queue.execute(begun)
    jobs.queue.execute(jobs.queue.dequeue())
    assert worked == ["worked"] * 2


def test_other_tasks_that_wait_are_no_answer_to_a_change(jobs: Jobs) -> None:
    for task in jobs.queue.read_periodic(NOW):
        jobs.queue.enqueue(task)
    change_something()
    change_something()
    assert [task.name for task in jobs.queue.pending()] == ["work_by_the_clock", "work"]


def test_a_change_that_is_taken_back_wakes_nobody(jobs: Jobs, session: Session) -> None:
    with pytest.raises(RuntimeError), transaction() as writing:
        outbox.record(writing, ActivitiesNoted(activities=()))
        raise RuntimeError
    assert waiting(session) == 0
    assert jobs.queue.pending_count() == 0


def test_a_change_is_kept_when_the_queue_is_lost(
    jobs: Jobs, queue: Queue, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    change_something()
    assert "the queue cannot be reached" not in caplog.text
    queue.lose()
    change_something()
    assert "the queue cannot be reached" in caplog.text
    assert waiting(session) == 2


def test_every_connection_is_given_back(app: Flask, make_jobs: Callable[[], Jobs]) -> None:
    jobs = make_jobs()
    change_something()
    assert jobs.queue.dequeue()
    assert not jobs.queue.dequeue()
    jobs.close()
    storage = weakref.ref(jobs.queue.storage)
    with warnings.catch_warnings(record=True) as left_open:
        warnings.simplefilter("always")
        gc.collect()  # What other tests left is not ours to count.
        left_open.clear()
        del jobs, app.extensions["jobs"]
        gc.collect()
    assert storage() is None
    assert [str(warning.message) for warning in left_open] == []


@pytest.mark.slow
def test_a_worker_is_awake_at_once(jobs: Jobs, session: Session, settings: Settings) -> None:
    with worker(settings) as process:
        for _ in range(2):  # The first may be found by a worker that has just begun.
            change_something()
            wait_until(lambda: waiting(session) == 0, seconds=AWAKE_WITHIN_SECONDS)
        process.terminate()
        assert process.wait(timeout=30) == 0


@contextmanager
def worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """Run a site's worker."""
    environment = environment_of(settings)
    with (settings.data_dir / "worker.log").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "portal", "worker"],
            env=environment,
            stdout=out,
            stderr=out,
        )
    try:
        wait_until(lambda: worker_began_at(settings.data_dir / "worker.log"))
        yield process
    finally:
        process.kill()
        process.wait(timeout=30)
