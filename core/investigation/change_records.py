"""Which folders and files are called after changes: what changes things, or tells of them."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

# What changes things, or tells of changes: folders and files are called after it.
_CALLED_AFTER_CHANGES = re.compile(
    r"(?i)ansible|audit|calendar|ci|cd|cicd|changes?|change[-_]?logs?|chat|chatops|chef|deploys?"
    r"|deployments?|(?:feature[-_]?)?flags?|git|gitlab|gitops|helm|jenkins|history|itsm|journals?|migrations?|pipelines?"
    r"|pulumi|puppet|releases?|rollouts?|rundeck|salt|schema|shell|slack(?:[-_]export)?|terraform|tf"
    r"|tickets?|tofu|toggles"
)
_APART = re.compile(r"[-_. \d]+")  # words of a name
_HISTORY = re.compile(r"(?i)(?:^|[/._-])(?:bash|zsh|sh|psql|mysql|rediscli)_history$")
# A log of a tool that changes things, with whatever else its name tells: `terraform-apply.log`.
_OF_TOOL = re.compile(
    r"(?i)(?<![a-z])(?:ansible|argocd|buildkite|circleci|executions?|flux|flyway|gitlab|helm|jenkins"
    r"|kubectl|liquibase|octopus|pulumi|puppet|rundeck|spinnaker|terraform|tofu)(?![a-z])"
)


def is_called_after_changes(name: str) -> bool:
    """Whether a folder or a file bears a name of what changes things, and of no service."""
    return _CALLED_AFTER_CHANGES.fullmatch(name) is not None


def is_record_of_changes(path: str) -> bool:
    """Whether a file bears the name of a record of changes, or lies among such."""
    place = PurePosixPath(path)
    names = [*place.parts[:-1], place.stem, *_APART.split(place.stem)]
    is_called_so = any(map(is_called_after_changes, names)) or _HISTORY.search(path) is not None
    return is_called_so or _OF_TOOL.search(path) is not None
