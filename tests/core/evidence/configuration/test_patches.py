from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.evidence.configuration.changes import is_of_settings
from core.evidence.model import DataType, FindingKind, PlainFile
from core.evidence.pipeline import extract
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.model import Finding

YAML = """\
diff --git a/cart/values.yaml b/cart/values.yaml
index 1111111..2222222 100644
--- a/cart/values.yaml
+++ b/cart/values.yaml
@@ -10,9 +10,9 @@ cart:
   containers:
     - name: api
-      image: cart:1.4   # old
+      image: cart:1.5
       env:
         - name: POOL
-          value: "40"
+          value: "4"
+      command: run
   # end
@@ -40,2 +40,2 @@
-buildId: 0f1e2d3c4b
+buildId: 9a8b7c6d5e
"""


def changes(folder: Path, name: str, text: str) -> tuple[DataType, list[Finding]]:
    (folder / "f").write_text(text)
    extraction = extract(PlainFile(folder / "f"), name=name, service=None, redactor=Redactor(b"k"))
    patched = [each for each in extraction.findings if each.kind is FindingKind.CHANGE]
    return extraction.data_type, patched


def test_a_diff_tells_each_setting_with_both_values(tmp_path: Path) -> None:
    data_type, patched = changes(tmp_path, "release.diff", YAML)
    assert data_type is DataType.CODE
    assert [(each.text.text, each.locus.line_start, each.first) for each in patched] == [
        (
            "cart.containers[api].image: cart:1.4 → cart:1.5 (before: cart/values.yaml:12)",
            9,
            None,
        ),
        (
            "cart.containers[api].env[POOL].value: 40 → 4 (before: cart/values.yaml:15)",
            13,
            None,
        ),
        (
            "cart.containers[api].command: not set → run (before: cart/values.yaml:16)",
            14,
            None,
        ),
    ]
    assert {each.signals for each in patched} == {("changed_setting",)}


@pytest.mark.parametrize(
    ("name", "hunk", "text"),
    [
        ("n.conf", " server {\n-  resend 30s;\n+  resend 3s;\n }\n", "server.resend: 30s → 3s"),
        ("m.tf", ' resource "d" "x" {\n-  n = "l"\n+  n = "s"\n }\n', "resource d x.n: l → s"),
        ("a.ini", " [pool]\n-size = 40\n+size = 4\n", "pool.size: 40 → 4"),
        ("a.json", ' {\n   "db": {\n-    "pool": 40,\n+    "pool": 4,\n', "db.pool: 40 → 4"),
        (".env", "-POOL=40\n+POOL=4\n", "POOL: 40 → 4"),
    ],
)  # fmt: skip
def test_each_format_has_its_path(tmp_path: Path, name: str, hunk: str, text: str) -> None:
    _, [change] = changes(
        tmp_path, "x.patch", f"--- a/{name}\n+++ b/{name}\n@@ -1,3 +1,3 @@\n{hunk}"
    )
    assert (
        change.text.text
        == f"{text} (before: {name}:{'1' if name == '.env' else change_line(hunk)})"
    )


def change_line(hunk: str) -> int:
    return next(at for at, line in enumerate(hunk.split("\n"), 1) if line.startswith("-"))


def test_a_diff_within_a_message_is_read_and_one_of_a_program_is_not(tmp_path: Path) -> None:
    message = (
        "Hi all, this is what we rolled out before it broke.\n\n--- a/app.yaml\n+++ b/app.yaml\n"
        "@@ -1,2 +1,2 @@\n pool:\n-  size: 40\n+  size: 4\n\nCan somebody have a look at it?\n"
    )
    assert [each.text.text for each in changes(tmp_path, "note", message)[1]] == [
        "pool.size: 40 → 4 (before: app.yaml:2)"
    ]
    program = YAML.replace("values.yaml", "main.py")
    data_type, findings = changes(tmp_path, "release.diff", program)
    assert (data_type, list(filter(is_of_settings, findings))) == (DataType.CODE, [])


def test_no_secret_of_a_diff_is_told(tmp_path: Path) -> None:
    text = (
        "--- a/app.properties\n+++ b/app.properties\n@@ -1,1 +1,1 @@\n"
        "-db.password=Tr0ub4dor-and-3\n+db.password=C0rrect-h0rse\n"
    )
    _, patched = changes(tmp_path, "x.diff", text)
    shown = " ".join(f"{each.text.text} {dict(each.data)}" for each in patched)
    assert "Tr0ub" not in shown
    assert "h0rse" not in shown
