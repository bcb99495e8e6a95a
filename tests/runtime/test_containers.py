import re
import subprocess
import sys

import pytest
import yaml

from park.runtime.addresses import BASE_DIR

COMPOSE = yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = ["migrate", "web", "worker-deadlines", "worker-mail", "beat-1", "beat-2"]


def test_compose_has_every_part_of_the_portal():
    assert sorted(SERVICES) == sorted([*OURS, "postgres", "valkey", "nginx"])
    assert SERVICES["postgres"]["image"] == "postgres:18"
    assert SERVICES["valkey"]["image"] == "valkey/valkey:9"
    assert {SERVICES[name]["image"] for name in OURS} == {"park-portal"}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_compose_checks_the_health_of_all_that_runs(name):
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries"} <= set(check)


@pytest.mark.parametrize("name", OURS)
def test_compose_commands_exist(name):
    """The real command line parser takes them; --help at the end keeps it from running them."""
    program, *arguments = SERVICES[name]["command"]
    assert program == "python"
    done = subprocess.run([sys.executable, *arguments, "--help"], cwd=BASE_DIR, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_compose_waits_for_the_tables_and_the_database():
    for name in ("web", "worker-deadlines", "worker-mail", "beat-1", "beat-2"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert SERVICES["migrate"]["restart"] == "no"


def test_compose_workers_take_every_queue_between_them():
    from django.conf import settings

    taken = {
        queue for name in SERVICES if name.startswith("worker") for queue in SERVICES[name]["command"][-1].split(",")
    }
    used = {entry["options"]["queue"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert used | {settings.CELERY_TASK_DEFAULT_QUEUE} <= taken


def settings_variables() -> set[str]:
    text = (BASE_DIR / "park" / "settings.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', text))
    return read | {"VAR_DIR", "DATABASE_URL", "REDIS_URL", "SECRET_KEY"}


def test_example_environment_explains_every_variable():
    lines = (BASE_DIR / ".env.example").read_text().splitlines()
    explained = {
        line[1:].split("=")[0]: lines[number - 1] for number, line in enumerate(lines) if re.match(r"#[A-Z_]+=", line)
    }
    assert settings_variables() <= set(explained)
    assert all(comment.startswith("# ") for comment in explained.values())


def test_compose_uses_only_variables_that_are_explained():
    named = set(re.findall(r"\$\{([A-Z_]+)", (BASE_DIR / "docker-compose.yml").read_text()))
    explained = set(re.findall(r"^#([A-Z_]+)=", (BASE_DIR / ".env.example").read_text(), re.MULTILINE))
    assert named <= explained
