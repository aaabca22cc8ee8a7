"""Stack traces, the code they point into and what changed it, as a turn sees them together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.cases.model import EvidenceKind
from core.evidence.model import Finding, FindingKind, PlainFile
from core.evidence.pipeline import extract
from core.investigation.code_changes import with_code
from core.investigation.decision import Situation
from core.investigation.reasoner import decide
from core.redaction.engine import Redactor
from tests.core.investigation.sample_situations import T0, a_file

RECORDED = Path(__file__).parents[1] / "evidence" / "code" / "recorded"
REDACTOR = Redactor(b"a case")
LOG, PATCH, VIEWS = (
    (RECORDED / name).read_text() for name in ("shop.log", "history.patch", "views.txt")
)


def situation_of(folder: Path, **texts: str) -> Situation:
    """Files by name, `__` for a slash and `_` before the suffix, as a turn sees them."""
    files, findings = [], {}
    for number, (key, text) in enumerate(texts.items()):
        stem, _, suffix = key.replace("__", "/").rpartition("_")
        name, path = f"{stem}.{suffix}", folder / str(number)
        path.write_text(text)
        read = extract(PlainFile(path), name=name, service=None, redactor=REDACTOR)
        file = a_file(name, read.service, first=read.first, last=read.last, lines=read.lines)
        files.append(replace(file, id=str(number), number=number + 1, onset=read.onset))
        findings[str(number)] = read.findings
    return with_code(Situation(at=T0, files=tuple(files), findings=findings))


def of_kind(situation: Situation, kind: FindingKind) -> list[Finding]:
    every = (each for of_file in situation.findings.values() for each in of_file)
    return [each for each in every if each.kind is kind]


def functions(situation: Situation) -> list[str]:
    return [each.text.text for each in of_kind(situation, FindingKind.FUNCTION)]


def changes(situation: Situation) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.text.text, each.signals) for each in of_kind(situation, FindingKind.CHANGE)]


def trigger_of(situation: Situation) -> str | None:
    line = decide(situation).trigger
    return line.text.text if line else None


def test_traces_end_in_a_function_of_the_code(tmp_path: Path) -> None:
    situation = situation_of(tmp_path, shop_log=LOG, app__cart__views_py=VIEWS)
    (finding,) = of_kind(situation, FindingKind.FUNCTION)
    assert finding.text.text == (
        "`CartView.render_cart` (app/cart/views.py:12) is the innermost frame of 6 traces"
    )
    assert (finding.locus.label, finding.count, finding.service) == (
        "app/cart/views.py:12",
        6,
        "shop",
    )


def test_the_innermost_frame_may_be_of_a_library(tmp_path: Path) -> None:
    below = '  File "/usr/lib/python3/dist-packages/money/sum.py", line 4, in __mul__\n    x\n'
    log = LOG.replace("TypeError: ", f"{below}TypeError: ")
    situation = situation_of(tmp_path, shop_log=log, cart__views_py=VIEWS)
    assert functions(situation) == [
        "`CartView.render_cart` (cart/views.py:12) is the innermost frame of 6 traces"
        " in the code at hand"
    ]


@pytest.mark.parametrize("lines", [3, 300])
def test_another_version_is_said_by_name(tmp_path: Path, lines: int) -> None:
    """Its line is past the function, or past the end of the file at hand."""
    log = LOG.replace("line 12,", f"line {12 + lines},")
    situation = situation_of(tmp_path, shop_log=log, cart__views_py=VIEWS)
    assert functions(situation) == [
        "`CartView.render_cart` is the innermost frame of 6 traces, at another line now:"
        f" they name cart/views.py:{12 + lines}, it is at 8-13"
    ]
    (finding,) = of_kind(situation, FindingKind.FUNCTION)
    assert finding.data["is_same_version"] is False


def test_a_function_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    views = VIEWS.replace("render_cart", "render_all")
    situation = situation_of(tmp_path, shop_log=LOG, cart__views_py=views)
    assert functions(situation) == [
        "6 traces name `render_cart` at line 12 of cart/views.py, which is another version:"
        " it is not there"
    ]


def test_a_namesake_in_another_folder_is_not_meant(tmp_path: Path) -> None:
    situation = situation_of(tmp_path, shop_log=LOG, billing__views_py="def pay():\n    pass\n")
    assert functions(situation) == []


def test_of_two_files_none_is_chosen_where_both_fit(tmp_path: Path) -> None:
    situation = situation_of(
        tmp_path, shop_log=LOG, a__cart__views_py=VIEWS, b__cart__views_py=VIEWS
    )
    assert functions(situation) == []


def test_the_commit_that_touched_the_function_is_a_change(tmp_path: Path) -> None:
    situation = situation_of(tmp_path, shop_log=LOG, cart__views_py=VIEWS, history_patch=PATCH)
    newest, _, _ = of_kind(situation, FindingKind.CHANGE)
    assert newest.text.text == (
        "The change 74ac0dc (Count free items) touched `render_cart` in cart/views.py,"
        " where 6 traces end"
    )
    assert (newest.signals, newest.service) == (("changed_function",), "shop")
    leader = decide(situation).hypotheses[0]
    assert any(
        line.kind is EvidenceKind.CHANGE and line.text == newest.text for line in leader.supporting
    )


def test_without_the_code_the_lines_of_a_diff_tell(tmp_path: Path) -> None:
    situation = situation_of(tmp_path, shop_log=LOG, history_patch=PATCH)
    first, _ = changes(situation)[0]
    assert first.endswith("touched `render_cart` in cart/views.py, where 6 traces end")


def test_a_change_of_another_function_accuses_nobody(tmp_path: Path) -> None:
    patch = PATCH.replace("cart/views.py", "cart/totals.py")
    situation = situation_of(tmp_path, shop_log=LOG, cart__views_py=VIEWS, history_patch=patch)
    touched = dict(changes(situation))
    assert touched["The change 74ac0dc (Count free items) touched cart/totals.py"] == ()


def test_a_newer_version_of_a_file_is_compared_with_the_older(tmp_path: Path) -> None:
    older = VIEWS.replace("        for item", "        # each\n        for item")
    situation = situation_of(
        tmp_path, shop_log=LOG, before__cart__views_py=older, after__cart__views_py=VIEWS
    )
    assert changes(situation) == [
        (
            "The change since before/cart/views.py touched `render_cart` in after/cart/views.py,"
            " where 6 traces end",
            ("changed_function",),
        )
    ]
    assert len(functions(situation)) == 1


def test_the_change_sets_the_leading_cause_off(tmp_path: Path) -> None:
    situation = situation_of(tmp_path, shop_log=LOG, cart__views_py=VIEWS, history_patch=PATCH)
    leader = decide(situation).hypotheses[0]
    assert (leader.cause.fault, leader.cause.service) == ("bad_deploy", "shop")
    assert trigger_of(situation) == (
        "The change 74ac0dc (Count free items) touched `render_cart` in cart/views.py,"
        " where 6 traces end"
    )
    assert trigger_of(situation_of(tmp_path, shop_log=LOG)) is None


def test_no_secret_of_code_or_of_a_commit_is_told(tmp_path: Path) -> None:
    secret = "hunter2"  # noqa: S105 # pragma: allowlist secret
    views = VIEWS.replace("import decimal", f"import decimal\nurl = 'postgres://a:{secret}@db/x'")
    patch = PATCH.replace("Count free items", f"Use password={secret}")
    situation = situation_of(tmp_path, shop_log=LOG, cart__views_py=views, history_patch=patch)
    every = (each for of_file in situation.findings.values() for each in of_file)
    assert not any(secret in f"{each.text.text} {dict(each.data)}" for each in every)


def test_two_interfaces_of_a_program_are_no_versions_of_one(tmp_path: Path) -> None:
    other = VIEWS.replace("        for item", "        # each\n        for item")
    situation = situation_of(
        tmp_path, shop_log=LOG, v1__cart__views_py=other, v2__cart__views_py=VIEWS
    )
    assert changes(situation) == []
