"""``hooklist sbom``: what this release is made of, as CycloneDX 1.5 (ECMA-424), from its lock."""

from __future__ import annotations

import argparse
import json
import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

from webapp.errors import ConfigurationError

LOCK = Path(__file__).resolve().parents[2] / "requirements" / "run.txt"
_ENTRY = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def sbom(options: argparse.Namespace) -> int:
    """Print the bill of materials."""
    try:
        lock = Path(options.lock or LOCK).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            "cannot tell what this release is made of",
            which=str(options.lock or LOCK),
            why=getattr(error, "strerror", None) or "it is no text",
            next_step="name the lock that was installed: --lock requirements/run.txt",
        ) from error
    print(json.dumps(bill_of_materials(lock), ensure_ascii=False, indent=1))
    return 0


def bill_of_materials(lock: str) -> dict[str, Any]:
    """Return the packages of a lock as a CycloneDX document.

    Parameters
    ----------
    lock
        The text of a requirements file with hashes.
    """
    entries = list(_ENTRY.finditer(lock))
    ends = [entry.start() for entry in entries[1:]] + [len(lock)]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "hooklist"}},
        "components": [
            _component(entry.group(1), entry.group(2), lock[entry.end() : end])
            for entry, end in zip(entries, ends, strict=True)
        ],
    }


def _component(name: str, version: str, rest: str) -> dict[str, Any]:
    address = f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": address,
        "name": name,
        "version": version,
        "purl": address,
        "hashes": [{"alg": "SHA-256", "content": found} for found in _HASH.findall(rest)],
    }
    licence = _licence(name)
    return {**component, "licenses": [{"license": {"name": licence}}]} if licence else component


def _licence(name: str) -> str:
    """Return the licence that the installed package states, in a few words; empty if none."""
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return ""
    fields = ("License-Expression", "License")
    stated = next(filter(None, (told[field] for field in fields if field in told)), "")
    return stated.splitlines()[0][:100] if stated else ""
