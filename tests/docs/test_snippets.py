"""What the pages say works: commands run, programs compile, settings and files are there."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml

from faultmaven.settings import Settings
from tests.docs.pages import FencedBlock, all_blocks, blocks, name_of, pages
from tests.docs.shell import reader
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

ALONE = {"docs/how-to/run-as-a-team.md", "docs/how-to/back-up-and-restore.md"}
BLOCKS = all_blocks()
LANGUAGES = {"sh", "text", "python", "yaml", "json"}
FOLLOWED = [
    page
    for page in pages()
    if any(block.task for block in blocks(page)) and name_of(page) not in ALONE
]
COMMAND = re.compile(r"(?:^|[\s/(`])faultmaven (?:--[a-z-]+ \S+ )*((?:[a-z-]+ ?){1,2})")


def of(*languages: str) -> list[FencedBlock]:
    return [block for block in BLOCKS if block.language in languages]


@pytest.mark.e2e
@pytest.mark.parametrize("page", FOLLOWED, ids=name_of)
def test_who_follows_the_page_gets_what_it_says(page: Path, tmp_path: Path) -> None:
    with reader(tmp_path) as reading:
        for block in blocks(page):
            reading.follow(block)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.where)
def test_a_block_says_what_language_it_is(block: FencedBlock) -> None:
    assert block.language in LANGUAGES


@pytest.mark.parametrize("block", of("sh"), ids=lambda block: block.where)
def test_a_shell_block_is_shell(block: FencedBlock) -> None:
    subprocess.run(("bash", "-n"), input=block.text, text=True, check=True)


def test_a_block_of_code_is_code() -> None:
    for block in of("python", "json", "yaml"):
        match block.language:
            case "python":
                ast.parse(block.text, filename=block.where)
            case "json":
                json.loads(block.text)
            case _:
                yaml.safe_load(block.text)


def test_every_command_that_a_page_names_exists() -> None:
    reference = (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")
    known = set(re.findall(r"^## faultmaven (.+)$", reference, re.MULTILINE))
    for page in pages():
        for named in COMMAND.findall(page.read_text(encoding="utf-8")):
            words = named.split()
            assert " ".join(words) in known or words[0] in known, f"{name_of(page)}: {named}"


def test_every_setting_that_a_page_names_exists() -> None:
    known = {f"FAULTMAVEN_{name.upper()}" for name in Settings.model_fields}
    known |= {"FAULTMAVEN_TEST_POSTGRES_URL", "FAULTMAVEN_TEST_LLAMA_URL"}
    for page in pages():
        named = set(re.findall(r"FAULTMAVEN_[A-Z_]+[A-Z]", page.read_text(encoding="utf-8")))
        assert named <= known, name_of(page)


def test_every_folder_and_file_that_the_readme_names_exists() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    folders = re.findall(r"^([a-z]+)/ ", text, re.MULTILINE)
    assert len(folders) > 5
    for name in [*folders, *re.findall(r"`((?:core|docs|tests)/[\w./]+)`", text)]:
        assert (ROOT / name).exists(), name
