"""Configuration and programs that software writes, and parts of Python's own library."""

from __future__ import annotations

import ast
import configparser
import difflib
import inspect
import io
import json

import yaml

WANTED = {
    "name": "shop",
    "replicas": 3,
    "ports": [8080, 9090],
    "limits": {"cpu": "500m", "memory": "1Gi"},
    "debug": False,
}


def files() -> dict[str, dict[str, str | bytes]]:
    return {
        "config": {
            "values.yaml": yaml.safe_dump(WANTED),
            "two.yml": yaml.safe_dump_all([{"kind": "A", "spec": WANTED}, {"kind": "B"}]),
            "settings.json": json.dumps(WANTED, indent=2),
            "settings.min.json": json.dumps(WANTED),
            "server.ini": _ini(),
        },
        "code": {
            "tree.py": inspect.getsource(ast.NodeVisitor),
            "difflib": inspect.getsource(difflib.SequenceMatcher),
            "fix.patch": _difference(),
        },
    }


def _ini() -> str:
    parser = configparser.ConfigParser()
    parser.read_dict({"server": {"host": "shop", "port": "8080"}, "db": {"pool": "20"}})
    written = io.StringIO()
    parser.write(written)
    return written.getvalue()


def _difference() -> str:
    before = ["timeout = 5\n", "retries = 3\n", "pool = 20\n"]
    after = ["timeout = 30\n", "retries = 3\n", "pool = 50\n"]
    return "".join(difflib.unified_diff(before, after, "a/shop.toml", "b/shop.toml"))
