"""Configuration files of made-up services, in the formats and manners that people write."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import yaml

FORMATS = ("manifest", "values", "appsettings", "properties", "toml", "ini", "env", "hcl", "proxy")
_REMARKS = ("tuned in March", "do not touch", "see the runbook", "TODO: ask ops", "was 30 once")


@dataclass
class Settings:
    """What a file sets: values by path, and what means nothing to how the service runs."""

    service: str
    values: dict[str, Any]
    owner: str
    description: str
    generated: dict[str, str]
    sidecar_digest: str

    def varied(self, rng: random.Random, generated: dict[str, str]) -> Settings:
        """The same service another day: what tools and clerks write is different."""
        newer = replace(self, values=deepcopy(self.values), generated=generated)
        if rng.random() < 0.5:  # noqa: PLR2004
            newer.owner = rng.choice(["violet", "red"])
        if rng.random() < 0.5:  # noqa: PLR2004
            newer.description = f"{self.description} (moved)"
        newer.sidecar_digest = f"{rng.getrandbits(256):064x}"
        return newer


@dataclass(frozen=True)
class Style:
    """How somebody writes: order, indentation, quotes, remarks."""

    rng: random.Random
    indent: int
    quotes: bool
    remarks: float

    @classmethod
    def of(cls, rng: random.Random) -> Style:
        """Somebody's."""
        return cls(rng, rng.choice([2, 4]), rng.random() < 0.5, rng.choice([0.0, 0.1, 0.3]))  # noqa: PLR2004

    def shuffled(self, tree: Any) -> Any:
        """The same mappings in another order."""
        if not isinstance(tree, dict):
            return [self.shuffled(member) for member in tree] if isinstance(tree, list) else tree
        keys = list(tree)
        self.rng.shuffle(keys)
        return {key: self.shuffled(tree[key]) for key in keys}

    def remarked(self, text: str, mark: str) -> str:
        """With remarks on lines of their own, and blank lines."""
        lines = []
        for line in text.splitlines():
            if self.rng.random() < self.remarks:
                lines.append(f"{mark} {self.rng.choice(_REMARKS)}")
            if self.rng.random() < self.remarks / 2:
                lines.append("")
            lines.append(line)
        return "\n".join(lines) + "\n"


def render(settings: Settings, form: str, style: Style) -> str:
    """The text of a file."""
    return _WRITERS[form](settings, style)


def _tree(settings: Settings) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path, value in settings.values.items():
        *parents, key = path.split(".")
        branch = tree
        for parent in parents:
            branch = branch.setdefault(parent, {})
        branch[key] = value
    tree["meta"] = {
        "owner": settings.owner,
        "description": settings.description,
        **settings.generated,
    }
    return tree


def _manifest(settings: Settings, style: Style) -> str:
    values = settings.values
    name = settings.service
    container = {
        "name": "main",
        "image": f"registry.corp/{name}:2.{values['image']}.0",
        "args": [values["command"], "--verbose=1"],
        "env": [{"name": "ZONE", "value": "b"}, {"name": "MODE", "value": "live"}],
        "resources": {"limits": {"memory": values["memory"], "cpu": values["cpu"]}},
        "readinessProbe": {
            "httpGet": {"path": "/ready", "port": values["targetPort"]},
            "periodSeconds": values["periodSeconds"],
        },
    }
    sidecar = {"name": "mesh", "image": f"registry.corp/mesh@sha256:{settings.sidecar_digest}"}
    labels = {"app": name, "team": settings.owner}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": name,
            "labels": labels,
            "annotations": {
                "description": settings.description,
                "build-id": settings.generated["build_id"],
                "checksum/config": settings.generated["build_id"][:20],
                "rendered-at": settings.generated["rendered_at"],
            },
        },
        "spec": {
            "replicas": values["replicas"],
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [container, sidecar]},
            },
        },
    }
    if style.rng.random() < 0.5:  # noqa: PLR2004
        containers = [sidecar, container]
        deployment["spec"]["template"]["spec"]["containers"] = containers  # type: ignore[index]
    return _yaml(deployment, style)


def _yaml(tree: Any, style: Style) -> str:
    text = yaml.safe_dump(
        style.shuffled(tree),
        sort_keys=False,
        indent=style.indent,
        default_style='"' if style.quotes and style.rng.random() < 0.3 else None,  # noqa: PLR2004
        width=200,
    )
    return style.remarked(text, "#")


def _values(settings: Settings, style: Style) -> str:
    return _yaml({settings.service: _tree(settings)}, style)


def _appsettings(settings: Settings, style: Style) -> str:
    text = json.dumps(style.shuffled(_camel(_tree(settings))), indent=style.indent)
    return style.remarked(text, "//")


def _camel(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    return {
        "".join(map(str.capitalize, key.split("_"))): _camel(part) for key, part in tree.items()
    }


def _flat(settings: Settings, style: Style) -> list[tuple[str, str]]:
    rows = [
        (path, str(value).lower() if isinstance(value, bool) else str(value))
        for path, value in settings.values.items()
    ]
    rows += [(f"meta.{key}", value) for key, value in settings.generated.items()]
    rows += [("meta.owner", settings.owner), ("meta.description", settings.description)]
    style.rng.shuffle(rows)
    return rows


def _properties(settings: Settings, style: Style) -> str:
    sign = style.rng.choice(["=", " = ", ": "])
    rows = [f"{path.replace('_', '-')}{sign}{value}" for path, value in _flat(settings, style)]
    return style.remarked("\n".join(rows), "#")


def _env(settings: Settings, style: Style) -> str:
    rows = []
    for path, value in _flat(settings, style):
        quoted = f'"{value}"' if style.quotes or " " in value else value
        rows.append(f"{path.replace('.', '_').upper()}={quoted}")
    return style.remarked("\n".join(rows), "#")


def _sections(settings: Settings, style: Style) -> dict[str, list[tuple[str, Any]]]:
    sections: dict[str, list[tuple[str, Any]]] = {}
    for path, value in _flat(settings, style):
        *parents, key = path.split(".")
        sections.setdefault(".".join(parents), []).append((key, value))
    return sections


def _toml(settings: Settings, style: Style) -> str:
    lines = []
    for section, rows in _sections(settings, style).items():
        lines.append(f"[{section}]")
        for key, value in rows:
            is_plain = value.isdecimal() or value in ("true", "false")
            lines.append(f"{key} = {value}" if is_plain else f'{key} = "{value}"')
    return style.remarked("\n".join(lines), "#")


def _ini(settings: Settings, style: Style) -> str:
    gap = style.rng.choice(["=", " = "])
    lines = []
    for section, rows in _sections(settings, style).items():
        lines.append(f"[{section}]")
        lines += [f"{key}{gap}{value}" for key, value in rows]
    return style.remarked("\n".join(lines), ";")


def _hcl(settings: Settings, style: Style) -> str:
    pad = " " * style.indent
    lines = [f'service "{settings.service}" {{']
    for section, rows in _sections(settings, style).items():
        lines.append(f"{pad}{section.replace('.', '_')} {{")
        width = max(len(key) for key, _ in rows) if style.quotes else 0
        for key, value in rows:
            is_plain = value.isdecimal() or value in ("true", "false")
            shown = value if is_plain else f'"{value}"'
            lines.append(f"{pad}{pad}{key:<{width}} = {shown}")
        lines.append(f"{pad}}}")
    lines.append("}")
    return style.remarked("\n".join(lines), "#")


def _proxy(settings: Settings, style: Style) -> str:
    """A server of nginx's kind: directives, and a block for each part of the service."""
    lines = [f"upstream {settings.service} {{", "  least_conn;", "  server 10.4.2.9:8443;", "}"]
    lines += ["server {", f"  server_name {settings.service}.corp.example;"]
    for section, rows in _sections(settings, style).items():
        lines.append(f"  location /{section.replace('.', '/')} {{")
        for key, value in rows:
            shown = f'"{value}"' if " " in value or style.quotes else value
            lines.append(f"    {key} {shown};")
        lines.append("  }")
    lines.append("}")
    return style.remarked("\n".join(lines), "#")


_WRITERS = {
    "manifest": _manifest,
    "values": _values,
    "appsettings": _appsettings,
    "properties": _properties,
    "toml": _toml,
    "ini": _ini,
    "env": _env,
    "hcl": _hcl,
    "proxy": _proxy,
}
