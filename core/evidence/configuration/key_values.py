"""Reads exports of stores of keys: each key with the value that its record holds in base64.

Source: Consul 1.19 (`consul kv export`, its API), etcd 3.5 (`get --prefix -w json`).
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from core.evidence.configuration.tree import Branch, Leaf

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEAST_RECORDS = 3
_STORED = ("flags", "lockindex", "modifyindex", "mod_revision", "create_revision")


def plain_keys(tree: Leaf | Branch) -> Leaf | Branch:
    """The tree with the settings of the store that it exports; else as it is."""
    records = _records(tree)
    if records is None:
        return tree
    is_of_etcd = not (isinstance(tree, Branch) and tree.is_list)
    entries: list[tuple[str, Leaf | Branch]] = []
    for record in records:
        held = {key.lower(): node for key, node in record.entries if isinstance(node, Leaf)}
        key, value = held["key"], held["value"]
        name = (_decoded(key.value) if is_of_etcd else None) or key.value
        text = _decoded(value.value)
        entries.append((name, Leaf(value.value if text is None else text, value.line)))
    return Branch(tree.line, entries=entries)


def _records(tree: Leaf | Branch) -> Sequence[Branch] | None:
    if not isinstance(tree, Branch):
        return None
    held = tree if tree.is_list else tree.branch("kvs")
    records = held.members() if held else []
    is_store = len(records) >= _LEAST_RECORDS and all(map(_is_record, records))
    return records if is_store else None


def _is_record(branch: Branch) -> bool:
    leaves = {key.lower() for key, node in branch.entries if isinstance(node, Leaf)}
    return {"key", "value"} <= leaves and not leaves.isdisjoint(_STORED)


def _decoded(value: str) -> str | None:
    try:
        text = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return text if text.replace("\n", "").replace("\t", "").isprintable() else None
