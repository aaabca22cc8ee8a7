from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.evidence.code.patches import dated_commits, parse_date, patched_files

RECORDED = Path(__file__).with_name("recorded")
MAIL = """\
From 2f9c41d7a0 Mon Sep 17 00:00:00 2001
From: Dana <dana@example.org>
Date: Mon, 2 Mar 2026 15:02:00 +0100
Subject: [PATCH 2/3] Count free items

---
 src/cart.js | 2 +-
diff --git a/src/cart.js b/src/cart.js
--- a/src/cart.js
+++ b/src/cart.js
@@ -10,3 +10,3 @@ function renderCart(items) {
   let total = 0;
-  for (const item of items.filter(paid)) total += item.price;
+  for (const item of items) total += item.price;
   return total;
@@ -30 +30,3 @@ class Cart {
+const empty = () => {
+  return null;
 };
"""


def test_a_log_of_git_has_commits_with_their_times() -> None:
    lines = (RECORDED / "history.patch").read_text().split("\n")
    newest, app, views = patched_files(lines)
    assert (newest.commit.sha, newest.commit.subject) == ("74ac0dc", "Count free items")
    assert newest.commit.at == datetime(2026, 11, 22, 17, 20, tzinfo=UTC)
    assert (newest.path, newest.line, newest.ranges) == ("cart/views.py", 9, [(12, 12)])
    assert (app.path, views.path) == ("app.py", "cart/views.py")
    assert list(views.functions) == ["render_cart", "render_empty", "show"]
    assert views.commit.at == datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def test_a_mailed_patch_names_its_functions() -> None:
    (patched,) = patched_files(MAIL.split("\n"))
    assert patched.commit.sha == "2f9c41d7a0"  # pragma: allowlist secret
    assert patched.commit.subject == "Count free items"
    assert patched.commit.at == datetime(2026, 3, 2, 14, 2, tzinfo=UTC)
    assert list(patched.functions) == ["renderCart", "empty"]
    assert patched.ranges == [(11, 11), (30, 31)]


@pytest.mark.parametrize(
    "heading",
    [
        "def render(self, cart):",
        "func (c *Cart) render(x int) int {",
        "fn render(&self) -> u32 {",
        "fun render(cart: Cart): Int {",
        "public static int render(List<Item> items) throws IOException {",
        "static int render(const struct cart *cart, int size)",
        "export const render = async (cart) => {",
        "int shop::Cart::render(int size) const {",
    ],
)
def test_the_function_of_a_heading_is_known(heading: str) -> None:
    lines = ["--- a/x.c", "+++ b/x.c", f"@@ -9,2 +9,2 @@ {heading}", "-  a", "+  b", "   c"]
    (patched,) = patched_files(lines)
    assert list(patched.functions) == ["render"]


@pytest.mark.parametrize("heading", ["if (render(x)) {", "return render(x)", "class Cart:", ""])
def test_a_statement_is_no_function(heading: str) -> None:
    lines = ["--- a/x.c", "+++ b/x.c", f"@@ -9,2 +9,2 @@ {heading}", "-  a", "+  b", "   c"]
    (patched,) = patched_files(lines)
    assert (list(patched.functions), patched.ranges) == ([], [(9, 9)])


def test_a_deleted_file_keeps_its_name_and_settings_are_not_code() -> None:
    lines = ["--- a/gone.py", "+++ /dev/null", "@@ -1 +0,0 @@", "-x = 1"]
    lines += ["--- a/values.yaml", "+++ b/values.yaml", "@@ -1 +1 @@", "-a: 1", "+a: 2"]
    assert [each.path for each in patched_files(lines)] == ["gone.py"]


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("Sun Nov 22 17:20:00 2026 +0000", 17),
        ("2026-11-22 17:20:00 +0000", 17),
        ("2026-11-22T17:20:00+02:00", 15),
        ("Sun, 22 Nov 2026 17:20:00 -0100", 18),
    ],
)
def test_dates_of_git_are_read(text: str, hour: int) -> None:
    assert parse_date(text) == datetime(2026, 11, 22, hour, 20, tzinfo=UTC)


@pytest.mark.parametrize("text", ["3 days ago", "yesterday", "2026-11-22 17:20:00"])
def test_a_date_without_its_zone_is_none(text: str) -> None:
    assert parse_date(text) is None


LOG = """\
commit 5d20c6f1e9aa
Author: Ines <ines@example.org>
Date:   Tue Mar 3 09:15:20 2026 +0100

    router: drop rules of the old lab

diff --git a/router/forward.rules b/router/forward.rules
--- a/router/forward.rules
+++ b/router/forward.rules
@@ -3,2 +3 @@
 -A FORWARD -s 10.1.0.0/16 -j ACCEPT
--A FORWARD -s 10.9.0.4/32 -p tcp --dport 7100 -j ACCEPT

commit 11f09aa83b07
Merge: 5d20c6f 9a01c2d
Author: Ines <ines@example.org>
Date:   Mon Mar 2 22:27:40 2026 +0100

    Merge the winter branch

commit 0a1b2c3d4e5f
Author: Ines <ines@example.org>

    nobody knows when
"""


def test_each_dated_commit_of_a_log_is_a_change_whatever_it_touches() -> None:
    lines = LOG.split("\n")
    newest, merge = dated_commits(lines)
    assert (newest.commit.sha, newest.path, newest.lines) == (
        "5d20c6f1e9aa",  # pragma: allowlist secret
        "router/forward.rules",
        (1, 13),
    )
    assert newest.commit.at == datetime(2026, 3, 3, 8, 15, 20, tzinfo=UTC)
    assert (merge.commit.subject, merge.path, merge.lines) == (
        "Merge the winter branch",
        "",
        (14, 20),
    )
    assert not list(dated_commits(["commit to the plan", "Date: tomorrow"]))


HOSTS = """\
commit dbe4ad8e0d63
Author: Ines <ines@example.org>
Date:   Tue Mar 3 09:15:20 2026 +0100

    renumber the new rack

diff --git a/hosts b/hosts
--- a/hosts
+++ b/hosts
@@ -1,3 +1,3 @@
 10.0.0.2 api
-10.0.0.31 tariff
+10.0.0.13 tariff
"""


def test_a_commit_tells_the_first_line_that_is_another_one() -> None:
    (commit,) = dated_commits(HOSTS.split("\n"))
    assert commit.change == ("10.0.0.31 tariff", "10.0.0.13 tariff")
    assert all(each.change is None for each in dated_commits(LOG.split("\n")))
