"""Names and labels of series in JSON, by what stands around them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from core.evidence.series.families import Family, classify_name
from core.evidence.series.json_documents import mapping
from core.evidence.series.json_values import time_in

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMES = ("metric", "metricName", "metric_name", "__name__", "name", "target", "title", "label")
_NAMES_INSIDE = ("type", "__name__", "name", "value")
_LONGEST = 200
# Places that say nothing of what stands there.
_FRAMES = frozenset({
    *("data", "result", "results", "response", "responses", "answer", "series", "metrics"),
    *("measurements", "points", "datapoints", "values", "value", "samples", "timeseries"),
    *("time_series", "history", "items", "list", "rows", "records", "panels", "payload", "body"),
    *("attributes", "stats", "output", "export", "fields", "frames"),
})  # fmt: skip
_OWNERS = {
    **dict.fromkeys(("services", "service", "apps", "applications", "deployments"), "service"),
    **dict.fromkeys(("pods", "pod"), "pod"),
    **dict.fromkeys(("hosts", "host", "nodes", "servers", "instances", "machines"), "instance"),
    **dict.fromkeys(("containers", "container"), "container"),
}
_LABELLED = frozenset({
    *("labels", "label", "tags", "tag_set", "group_tags", "dimensions", "dims", "attributes"),
})  # fmt: skip
_DESCRIBED = ("metric", "resource")
_PAIR = re.compile(r"([A-Za-z_][\w.-]{0,99})[:=](\S.{0,199})")


@dataclass(frozen=True)
class SeriesContext:
    """What stands around a series: the keys that lead to it, and what the objects there say.

    name: what the nearest object is called, "" where it has no name.
    """

    path: tuple[str, ...] = ()
    name: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""

    def below(self, key: str) -> SeriesContext:
        """The context of what stands at a key; a key that tells something has its own name."""
        path = (*self.path, key)
        if not self.name or key.lower() in _FRAMES | _OWNERS.keys():
            return replace(self, path=path)
        return SeriesContext(path, "", {**self.labels, "group": self.name}, self.unit)

    def within(self, item: Mapping[str, Any]) -> SeriesContext:
        """With what an object says of all that is in it."""
        labels = {**self.labels, **dict(_labels(item))}
        name = next((text for key in _NAMES if (text := _name_in(item.get(key)))), "")
        if name and self.name and name != self.name:
            labels["group"] = self.name
        unit = item.get("unit")
        return SeriesContext(
            self.path, name or self.name, labels, unit if isinstance(unit, str) else self.unit
        )

    def named(self, quantity: str = "") -> tuple[str, dict[str, str]]:
        """The name and labels of a series here. quantity: what its own key says it is."""
        labels, owners = dict(self.labels), self._keys()
        if not self.name:
            name, owners = _quantity_of([*owners, *([quantity] if quantity else [])])
        elif quantity and _is_quantity(quantity) and not _is_quantity(self.name):
            name, labels["group"] = quantity, self.name
        else:
            name = f"{self.name}_{quantity}" if quantity else self.name
        for owner in owners:
            label = self._label_for(owner)
            labels[label if label not in labels else "group"] = owner
        return name, labels

    def _keys(self) -> list[str]:
        return [key for key in self.path if key.lower() not in _FRAMES | _OWNERS.keys()]

    def _label_for(self, owner: str) -> str:
        """The label for what a key names: as the key above it has it, else an instance."""
        at = self.path.index(owner) if owner in self.path else 0
        return _OWNERS.get(self.path[at - 1].lower(), "instance") if at else "instance"


def _is_quantity(name: str) -> bool:
    return classify_name(name).family is not Family.OTHER


def _quantity_of(keys: list[str]) -> tuple[str, list[str]]:
    """Of keys from the outside in, the one that is a quantity, and the others."""
    if not keys:
        return "", []
    known = [at for at, key in enumerate(keys) if _is_quantity(key)]
    at = known[-1] if known else len(keys) - 1
    return keys[at], keys[:at] + keys[at + 1 :]


def _name_in(value: object) -> str:
    """A name as a text, or in an object of its own as Azure and Google have it."""
    if isinstance(value, dict):
        value = next((value[key] for key in _NAMES_INSIDE if key in value), "")
    is_name = isinstance(value, str) and 0 < len(value) <= _LONGEST and time_in(value) is None
    return str(value) if is_name else ""


def _labels(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The short texts of an object but its name, and what it has of labels and tags."""
    for key, value in item.items():
        if key.lower() in _LABELLED:
            yield from _pairs(value)
        elif key in _DESCRIBED and isinstance(value, dict):
            yield from _pairs(value.get("labels", value))
        elif isinstance(value, str) and key not in (*_NAMES, "unit") and _is_label(value):
            yield key, value


def _pairs(value: object) -> Iterator[tuple[str, str]]:
    """Labels as an object, as `key:value` texts, or as objects of a key and a value each."""
    for key, text in mapping(value).items():
        if isinstance(text, str | int) and key != "__name__":
            yield str(key), str(text)
    for each in value if isinstance(value, list) else ():
        if isinstance(each, str) and (pair := _PAIR.fullmatch(each)):
            yield pair[1], pair[2]
        elif isinstance(each, dict):
            small = {str(key).lower(): text for key, text in each.items()}
            if {"value"} <= small.keys() and ("name" in small or "key" in small):
                yield str(small.get("name", small.get("key"))), str(small["value"])


def _is_label(text: str) -> bool:
    return 0 < len(text) <= _LONGEST and "\n" not in text and time_in(text) is None


def without_constants(all_labels: list[dict[str, str]]) -> list[dict[str, str]]:
    """Labels without those that are the same for all series and say nobody's name."""
    if len(all_labels) < 2:  # noqa: PLR2004 - then none differs
        same = {key: text for labels in all_labels for key, text in labels.items()}
    else:
        first, *others = all_labels
        same = {k: text for k, text in first.items() if all(o.get(k) == text for o in others)}
    spare = {key for key in same if key.lower() not in _KEPT}
    return [{key: text for key, text in each.items() if key not in spare} for each in all_labels]


_KEPT = frozenset({
    *("service", "svc", "app", "application", "service_name", "deployment", "container", "job"),
    *("pod", "pod_name", "kubernetes_pod_name", "instance", "host", "hostname", "node", "server"),
})  # fmt: skip
