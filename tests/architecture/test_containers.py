"""The container set-up keeps its promises: no root, no default password, no open database."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def service(name: str) -> str:
    """Return the text of one service."""
    services = COMPOSE.split("\nservices:\n", 1)[1].split("\nsecrets:\n", 1)[0]
    return re.split(r"\n  (?=\w+:\n)", services.split(f"  {name}:\n", 1)[1])[0]


def test_the_image_does_not_run_as_root() -> None:
    users = re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)
    assert users
    assert users[-1] not in {"root", "0"}


def test_what_is_installed_in_the_image_is_locked_by_hash() -> None:
    assert "--require-hashes -r requirements/run.txt" in DOCKERFILE


def test_databases_publish_no_port() -> None:
    assert "ports:" not in service("postgres")
    assert "ports:" not in service("valkey")
    assert COMPOSE.count("ports:") == 1
    assert '"127.0.0.1:' in service("web")


def test_the_web_server_and_the_worker_have_a_read_only_file_system_and_no_rights() -> None:
    shared = COMPOSE.split("x-hooklist:", 1)[1].split("\nservices:", 1)[0]
    assert "read_only: true" in shared
    assert "cap_drop: [ALL]" in shared
    assert "no-new-privileges:true" in shared
    for name in ("web", "worker"):
        assert "<<: *hooklist" in service(name)


def test_every_service_is_watched() -> None:
    assert "HEALTHCHECK" in DOCKERFILE
    for name in ("worker", "postgres", "valkey"):
        assert "healthcheck:" in service(name)


def test_passwords_come_from_files_alone() -> None:
    wrong = [
        line.strip()
        for line in COMPOSE.splitlines()
        if re.search(r"(?i)(password|secret_key)\w*:\s*\S", line)
        and "_FILE:" not in line
        and "/secrets/" not in line
        and not line.lstrip().startswith(("#", "secrets:"))
    ]
    assert wrong == []
