"""The objects that a file holds: manifests of Kubernetes by kind and name, else the file as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.configuration.tree import Branch, Leaf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LABELS = ("app.kubernetes.io/name", "app", "k8s-app", "app.kubernetes.io/instance", "service")


@dataclass(frozen=True)
class ConfigurationObject:
    """One object of a file. kind, name, namespace: those of Kubernetes; empty for other files."""

    tree: Leaf | Branch
    kind: str = ""
    name: str = ""
    namespace: str = ""

    @property
    def identity(self) -> str:
        """`Deployment/shop/checkout`; empty where nothing names it."""
        parts = (self.kind, self.namespace, self._lasting_name)
        return "/".join(filter(None, parts)) if self.name else ""

    @property
    def is_version(self) -> bool:
        """Whether it is what a Deployment once asked for, which its template alone tells."""
        return self.kind == "ReplicaSet" and bool(self._deployed)

    @property
    def revision(self) -> int:
        """How often it was changed, as its cluster counts; 0 where nothing says."""
        counted = self._deployed if self.is_version else self._text("metadata", "generation")
        return int(counted) if counted.isdecimal() else 0

    @property
    def _lasting_name(self) -> str:
        """Without the hash of its version."""
        return self.name.rpartition("-")[0] if self.is_version else self.name

    @property
    def _deployed(self) -> str:
        return self._text("metadata", "annotations", "deployment.kubernetes.io/revision")

    def _text(self, *keys: str) -> str:
        return self.tree.text(*keys) if isinstance(self.tree, Branch) else ""

    @property
    def app(self) -> str:
        """The application that its labels name, or its own name."""
        if not isinstance(self.tree, Branch):
            return ""
        labels = [("metadata", "labels", label) for label in _LABELS]
        named = (self.tree.text(*keys) for keys in labels)
        return next(filter(None, named), "") or self._lasting_name


def objects_of(trees: Iterable[Leaf | Branch]) -> Iterator[ConfigurationObject]:
    """The objects of a file's documents, also of those within a list of Kubernetes."""
    for tree in trees:
        members = tree.members("items") if isinstance(tree, Branch) else []
        if members and isinstance(tree, Branch) and _is_list(tree, members):
            yield from (_object(member, tree) for member in members)
        else:
            yield _object(tree)


def _is_list(tree: Branch, members: list[Branch]) -> bool:
    is_named = tree.text("kind").endswith("List")
    return is_named or all(each.text("kind") and each.branch("metadata") for each in members)


def _object(tree: Leaf | Branch, parent: Branch | None = None) -> ConfigurationObject:
    if not isinstance(tree, Branch):
        return ConfigurationObject(tree)
    kind = tree.text("kind") or (parent.text("kind").removesuffix("List") if parent else "")
    name = tree.text("metadata", "name") or tree.text("metadata", "generateName")
    if not kind or not name:
        return ConfigurationObject(tree)
    return ConfigurationObject(tree, kind, name, tree.text("metadata", "namespace"))
