import json
import os
import shutil
import stat
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
import redis

from park.runtime import processes
from park.runtime.embedded import ThrowawayServers, last_line, wait_until_up
from park.runtime.place import Place
from park.runtime.postgres import Postgres
from park.runtime.processes import CannotStart, Service, started_at
from park.runtime.supervisor import Supervisor
from park.runtime.valkey import Valkey
from tests.runtime.conditions import command_lines, eventually

pytestmark = pytest.mark.processes


def ask(url: str, statement: str):
    connection = psycopg2.connect(url, connect_timeout=3)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None
    finally:
        connection.close()


@pytest.fixture
def servers(folder: Path):
    servers = ThrowawayServers(folder / "var")
    yield servers.start()
    servers.stop()


def test_database_speaks_chinese_on_the_loopback_address_only(servers):
    assert urlsplit(servers["DATABASE_URL"]).port < 32768
    shown = {
        name: ask(servers["DATABASE_URL"], f"show {name}")[0][0]
        for name in ("server_encoding", "timezone", "listen_addresses")
    }
    assert shown == {
        "server_encoding": "UTF8",
        "timezone": "Asia/Shanghai",
        "listen_addresses": "127.0.0.1",
    }
    # Character classes matter here: under the C locale this similarity is 0.
    assert ask(servers["DATABASE_URL"], "select similarity('崇明招商', '崇明招商局') > 0.5") == [(True,)]


def test_role_owns_its_database_and_is_no_superuser(servers):
    assert ask(servers["DATABASE_URL"], "select rolsuper, rolcreatedb from pg_roles where rolname = current_user") == [
        (False, True)
    ]
    ask(servers["DATABASE_URL"], "create database another")
    another = servers["DATABASE_URL"].rpartition("/")[0] + "/another"
    found = ask(another, "select extname from pg_extension")
    assert {("btree_gist",), ("pg_trgm",)} <= set(found)


@pytest.mark.parametrize("credentials", ["portal:wrong", "postgres:", "postgres:postgres"])
def test_database_refuses_everybody_else(servers, credentials):
    where = servers["DATABASE_URL"].rpartition("@")[2]
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(f"postgres://{credentials}@{where}", connect_timeout=3)


def test_broker_keeps_nothing_on_disk_and_asks_for_a_password(servers):
    client = redis.Redis.from_url(servers["REDIS_URL"])
    wanted = {"save": "", "appendonly": "no", "maxmemory-policy": "noeviction", "bind": "127.0.0.1"}
    assert {name: client.config_get(name)[name] for name in wanted} == wanted
    where = servers["REDIS_URL"].rpartition("@")[2]
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(f"redis://{where}").ping()


def test_addresses_are_private_and_passwords_on_no_command_line(servers):
    var = Path(servers["VAR_DIR"])
    for name in ("database_url", "redis_url", "valkey/valkey.conf"):
        assert stat.S_IMODE((var / name).stat().st_mode) == 0o600
    for url in (servers["DATABASE_URL"], servers["REDIS_URL"]):
        assert not command_lines(urlsplit(url).password)


def test_nothing_is_left_after_the_stop(folder):
    servers = ThrowawayServers(folder / "var")
    servers.start()
    kept = json.loads((folder / "var" / "processes.json").read_text())
    numbers = [entry[0] for entry in kept["processes"].values()]
    assert len([number for number in numbers if started_at(number)]) == 2
    data = servers._postgres.place.data
    servers.stop()
    assert not [number for number in numbers if started_at(number)]
    assert not data.exists()
    assert not (folder / "var").exists()


@pytest.mark.parametrize("server", ["postgresql", "valkey"])
def test_killed_server_comes_back_with_the_same_address(folder, server):
    (folder / "log").mkdir()
    postgres, valkey = Postgres(folder), Valkey(folder)
    known = {"postgresql": postgres, "valkey": valkey}[server]
    with Supervisor(folder) as supervisor:
        service = known.prepare()
        process = supervisor.keep(service)
        wait_until_up(service, process, known.answers, supervisor.pause)
        if server == "postgresql":
            ask(known.url, "create table kept as select 42 as answer")
        process.kill()
        process.wait()

        def is_back() -> bool:
            supervisor.pause(0)
            return known.answers()

        assert eventually(is_back, 30)
        if server == "postgresql":
            assert ask(known.url, "select answer from kept") == [(42,)]
    postgres.place.remove()


def test_data_survives_and_a_lost_address_gets_a_new_password(folder):
    (folder / "log").mkdir()

    def one_run(statement: str):
        postgres = Postgres(folder)
        with Supervisor(folder) as supervisor:
            service = postgres.prepare()
            wait_until_up(service, supervisor.keep(service), postgres.answers, supervisor.pause)
            return postgres.url, ask(postgres.url, statement)

    first, _ = one_run("create table kept as select 42 as answer")
    again, found = one_run("select answer from kept")
    assert (again, found) == (first, [(42,)])
    (folder / "database_url").unlink()
    new, found = one_run("select answer from kept")
    assert found == [(42,)]
    assert urlsplit(new).password != urlsplit(first).password
    Postgres(folder).place.remove()


def modes(path: Path) -> dict[Path, int]:
    return {parent: stat.S_IMODE(parent.stat().st_mode) for parent in path.parents}


def test_closed_parent_folder_stays_closed(folder):
    """As root the data must then lie elsewhere, owned by the server's user; as anybody else it lies in the folder."""
    closed = folder / "home"
    closed.mkdir(mode=0o700)
    closed.chmod(0o700)
    before = modes(closed / "var")
    servers = ThrowawayServers(closed / "var")
    try:
        found = servers.start()
        assert ask(found["DATABASE_URL"], "select 1") == [(1,)]
        data = servers._postgres.place.data
        assert modes(closed / "var") == before
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        if os.geteuid() == 0:
            assert closed not in data.parents
            assert data.stat().st_uid not in (0, closed.stat().st_uid)
            assert stat.S_IMODE(data.parent.stat().st_mode) == 0o700
        else:
            assert data == closed / "var" / "postgres"
    finally:
        servers.stop()
    assert not data.exists()
    assert modes(closed / "var") == before


def test_programs_out_of_reach_are_copied_for_the_server(folder, monkeypatch):
    """Only root's server is another user; anybody else runs the programs where they are."""
    package = Path(Place(folder).programs).parent.parent
    Place(folder).remove()
    closed = folder / "site-packages"
    closed.mkdir()
    for tree in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(tree, closed / tree.name, ignore=shutil.ignore_patterns("include", "*.a", "*.pyc"))
    closed.chmod(0o700)
    monkeypatch.syspath_prepend(str(closed))
    servers = ThrowawayServers(folder / "var")
    try:
        assert ask(servers.start()["DATABASE_URL"], "select 1") == [(1,)]
        assert (closed in servers._postgres.place.programs.parents) == (os.geteuid() != 0)
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    finally:
        servers.stop()


def test_moved_folder_is_told_where_its_database_is(folder):
    elsewhere = folder / "elsewhere" / "postgres"
    elsewhere.mkdir(parents=True)
    (folder / "postgres_at").write_text(str(elsewhere))
    with pytest.raises(CannotStart, match=f"mv {elsewhere.parent}"):
        Place(folder)


def test_broken_setup_is_begun_again(folder):
    (folder / "log").mkdir()
    place = Place(folder)
    (place.data / "PG_VERSION").write_text("18\n")
    postgres = Postgres(folder)
    service = postgres.prepare()
    process = processes.start(service)
    wait_until_up(service, process, postgres.answers)
    processes.stop([(service, process)])
    postgres.place.remove()


def test_server_that_ends_at_once_is_named_with_its_reason(tmp_path):
    service = Service("valkey", ["sh", "-c", "echo 'FATAL: no memory'; echo bye; exit 1"], tmp_path / "valkey.log")
    with pytest.raises(CannotStart, match="valkey did not start: FATAL: no memory"):
        wait_until_up(service, processes.start(service), lambda: False)


def test_last_line_of_no_log():
    assert last_line(None) == "no log"
