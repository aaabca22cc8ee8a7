"""What Salt changed is told by its state."""

from __future__ import annotations

import polars as pl

from core.evidence.logs.salt_states import changed_state

STATE = """\
web-1:
----------
          ID: hardening
    Function: file.managed
        Name: /etc/nginx/conf.d/10-hardening.conf
      Result: True
     Comment: File /etc/nginx/conf.d/10-hardening.conf updated
     Started: 01:45:09.350222
    Duration: 33.9 ms
     Changes:
              ----------
              diff:
                  ---
                  +++
                  @@ -1,2 +1,3 @@
                   server_tokens off;
                  +client_max_body_size 1k;
----------
          ID: nginx
     Comment: Service reloaded""".splitlines()


def test_a_state_is_told_with_its_difference_and_its_clock() -> None:
    state = changed_state(pl.Series(STATE), 6)
    assert state is not None
    assert state.text == (
        "File /etc/nginx/conf.d/10-hardening.conf updated: +client_max_body_size 1k;"
    )
    assert (state.row, state.end, state.clock) == (2, 16, "01:45:09")


def test_what_is_no_comment_is_no_state() -> None:
    assert changed_state(pl.Series(STATE), 7) is None


def test_the_last_state_may_tell_no_clock() -> None:
    state = changed_state(pl.Series(STATE), 19)
    assert state is not None
    assert (state.text, state.clock) == ("Service reloaded", "")
