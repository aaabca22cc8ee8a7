"""Files of daemons, tools, profilers, tracers and people: each is told by its structure."""

from __future__ import annotations

import pytest

from core.evidence.extractor import Head, extractors
from core.evidence.pipeline import detect

_SETTINGS = {
    "switched_off": "# The port of the service.\n#port 7000\n\n# How long to wait. If it is 0, "
    "the service never gives up.\n#wait 30\n#logfile /var/log/a.log\nverbose\nuser nobody\n",
    "template": "# Defaults are shown.\n#\n#Storage=auto\n#Compress=yes\n#MaxUse=4G\n#Forward=no\n",
    "behind": "# limits\nset cycle 60   # check twice a minute\nset log /var/log/x.log  # where\n"
    "include /etc/x.d/*\n",
    "pam": "# This is the stack for the shop\nauth  required  pam_a.so nullok\n"
    "account  sufficient  pam_b.so\n@include common-session\n",
    "served": "# If the page is static, it is served from disk.\n#\n# Include the rest.\nserver {\n"
    "\tlisten 81 default_server;\n\troot /srv/a;\n\tlocation / {\n\t\treturn 301 https://a/;\n"
    "\t}\n}\n",
    "types": "types {\n  text/html      html htm;\n  image/x-a      a;\n  font/woff      woff;\n"
    "}\n",
    "allman": "/* options */\nFetch\n{\n  // how often\n  Retries \"2\";\n  Timeout \"9\";\n};\n",
    "rotated": "/var/log/shop/*.log {\n  weekly\n  rotate 4\n  postrotate\n"
    "    [ ! -x /bin/a ] || /bin/a --now\n  endscript\n}\n",
    "braces": 'devices {\n  dir = "/dev"\n  scan = [ "/dev" ]\n}\nlog {\n  level = 3\n'
    '  file = "a"\n}\n',
    "network": 'network={\n  ssid="shop"\n  psk="a b c"\n  priority=3\n}\n',
    "sites": "<VirtualHost *:80>\n  ServerName shop.example.com\n  DocumentRoot /srv/shop.d\n"
    "  LogLevel info ssl:warn\n  <Directory /srv>\n    Require all granted\n  </Directory>\n"
    "</VirtualHost>\n",
    "bus": '<!DOCTYPE busconfig PUBLIC "-//a//DTD D-BUS 1.0//EN"\n "http://a/b.dtd">\n<busconfig>\n'
    '  <policy user="root">\n    <allow own="com.a.B"/>\n  </policy>\n</busconfig>\n',
}  # fmt: skip
_TOLD = {
    "memory": "MemTotal:       16384000 kB\nMemFree:          204800 kB\n"
    "Buffers:            1024 kB\n",
    "cpus": "processor\t: 0\nmodel name\t: A\ncpu cores\t: 2\n\nprocessor\t: 1\nmodel name\t: A\n"
    "cpu cores\t: 2\n",
    "card": "Settings for eth0:\n\tSupported ports: [ TP ]\n\tLink modes: full\n"
    "\tAuto speed: 1000\n",
    "packages": "Name: a\nVersion: 1\nSize: 12\n\nName: b\nVersion: 2\nSize: 19\n",
    "counters": "Ip:\n    120 total packets received\n    3 with invalid addresses\n"
    "    0 forwarded\n"
    "Tcp:\n    14 active connection openings\n    2 resets sent\n",
    "ranges": "00000000-00000fff : Reserved\n00001000-0009fbff : System RAM\n"
    "000a0000-000bffff : PCI\n",
    "links": "1: lo: <LOOPBACK,UP> mtu 65536 qdisc noqueue\n    link/loopback 00:00:00:00:00:00\n"
    "    inet 127.0.0.1/8 scope host lo\n    RX:  bytes packets\n    99       3\n",
    "irqs": "         CPU0    CPU1\n 24:     1     0  IO-APIC  5-edge  a\n"
    " 25:     9     3  IO-APIC  4  b\n",
    "neighbours": "IP address    HW type  Flags  HW address         Mask  Device\n"
    "10.0.0.1      0x1      0x2    02:fc:00:00:00:05  *     eth0\n",
    "ulimits": "core file size  (blocks, -c) 0\nopen files      (-n) 1024\n"
    "stack size      (kB, -s) 8192\n",
    "titles": "1\n00:00:01,000 --> 00:00:02,500\nHello there.\n\n2\n"
    "00:00:03,000 --> 00:00:04,000\nHi.\n",
    "talk": "[03/11/2026, 08:15:01] Kim: is it down?\n[03/11/2026, 08:15:44] Lee: looks like it\n"
    "[03/11/2026, 08:16:09] Kim: on my way\n",
    "sessions": "          now           | pid |  user  |  state  | query\n"
    "------------------------+-----+--------+---------+-------\n"
    " 2026-11-26 18:27:09+00 |  84 | orders | idle    | SELECT 1\n"
    " 2026-11-26 18:27:09+00 |  85 | orders | active  | COMMIT\n(2 rows)\n",
    "boxed": "+----+--------+---------+\n| Id | User   | Command |\n+----+--------+---------+\n"
    "|  4 | orders | Sleep   |\n+----+--------+---------+\n",
    "meeting": "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nSUMMARY:Review\nEND:VEVENT\n"
    "END:VCALENDAR\n",
    "goods": "code,title,price,left\n" + "".join(
        f'A{n},"Chair, no {n}",{n}.50,{n}\n' for n in range(30)
    ),
}  # fmt: skip
_PROFILES = {
    "allocated": "/srv/a.py:52: size=304 KiB, count=5012, average=62 B\n",
    "counted": "         1204 function calls in 0.310 seconds\n\n   Ordered by: internal time\n",
    "columns": "Routine            Calls   Self ms   Total ms   Self %\n"
    "A.run                 12      3.1\n",
    "calls": "% time     seconds  usecs/call     calls    errors syscall\n"
    " 61.20    0.0012     9    128  read\n",
    "ruby": "==================================\n  Mode: cpu(1000)\n"
    "  Samples: 4203 (0.00% miss rate)\n",
    "node": "Statistical profiling result from a.log, (903 ticks)\n\n [JavaScript]:\n",
    "heap_bands": 'JOB "shop"\nDATE "Mon"\nSAMPLE_UNIT "seconds"\nVALUE_UNIT "bytes"\n',
    "maps": "@[\n    a_read+12\n    sys_read+3\n]: 41\n@[\n    a_write+7\n    sys_write+9\n]: 7\n",
    "shares": "92.1% shop.web::serve (a.rs:3)\n  61.0% shop.db::query (b.rs:9)\n"
    "  11.2% c::d (c.rs:1)\n",
    "flames.json": '{"name":"root","value":9,"children":[{"name":"a","value":9,"children":[]}]}',
    "hits.json": '{"main()":{"ct":1,"wt":900},"main()==>query":{"ct":4,"wt":700}}',
}  # fmt: skip
_TRACES = {
    "elastic": '{"metadata":{"service":{"name":"a"}}}\n{"transaction":{"trace_id":"1f","id":"2e",'
    '"parent_id":"3d","name":"GET","duration":3.5,"timestamp":1795000000000000}}\n',
    "cloud": '{"projectId":"p","traceId":"1f","spans":[{"spanId":"2","name":"a","startTime":"t"}]}',
    "found": '{"traces":[{"traceID":"1f","rootServiceName":"web","durationMs":12}]}',
    "go": '{"Name":"a","SpanContext":{"TraceID":"1f","SpanID":"2e"},'
    '"StartTime":"2026-11-03T08:00:00Z"}',
}  # fmt: skip
_PROGRAMS = {
    "fortran": "program a\n  implicit none\n  real :: u(9)\n  integer :: i\n  do i = 1, 9\n"
    "    u(i) = 2.0\n"
    "  end do\n  print *, u\nend program a\n",
    "cobol": "       IDENTIFICATION DIVISION.\n       PROGRAM-ID. SHOP.\n       DATA DIVISION.\n"
    "       01 W-SUM PIC 9(5).\n       PROCEDURE DIVISION.\n           ADD 1 TO W-SUM.\n",
    "ada": "with Ada.Text_IO;\nprocedure Shop is\n   N : Integer;\nbegin\n   N := 3;\n"
    "   Put_Line (\"a\");\nend Shop;\n",
    "lisp": "(defun total (xs)\n  (reduce #'+ xs))\n(setq a 3)\n(require 'shop)\n",
    "chip": "module count(input clk);\n  reg [3:0] n;\n  always @(posedge clk)\n"
    "    n <= n + 1;\nendmodule\n",
    "lua_names": 'local a = require("a")\na.names = {\n'
    + "".join(f'  ["key-{n}"] = "Key-{n}",\n' for n in range(40))
    + "}\nreturn a\n",
}  # fmt: skip
_LOGS = {
    "hex": "".join(f"69f0a1b{n}.196b7eff 0x7f73 conn={n} op=0 BIND dn=\"cn=a\"\n"
    f"" for n in range(8)),
    "debugger": "Program received signal SIGSEGV, Segmentation fault.\n0x0000 in main () at a.c:3\n"
    "#0  0x0000 in main () at a.c:3\nrax            0x0                 0\n"
    "rbx            0x7ffc              140\nrcx            0x1                 1\n",
    "warned": "[23.11.2026 02:13:20] WARNUNG: Platte voll\n"
    "[23.11.2026 02:13:27] HINWEIS: Neustart\n"
    "[23.11.2026 02:13:34] FEHLER: Abbruch\n",
}  # fmt: skip
_KINDS = {
    "config": _SETTINGS, "text": _TOLD, "profile": _PROFILES, "trace": _TRACES, "code": _PROGRAMS,
    "log": _LOGS,
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, texts in _KINDS.items() for name in texts]
)
def test_files_are_told_by_their_structure(kind: str, name: str) -> None:
    claim = detect(Head(_KINDS[kind][name].encode(), name), extractors())
    assert claim.data_type.value == kind, claim


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("name: shop\nport: 8080\nhost: a\nlimits:\n  cpu: 2\n  memory: 1Gi\n", "config"),
        ("#include <stdio.h>\n#if A\nint f(void) {\n  return 1;\n}\n#endif\n", "code"),
        ("# Plan\nWe will meet at noon and then go for the bread.\nBring it with you.\n", "text"),
        ("# words\nalpha\nbeta\ngamma\n", "text"),
        ("09:00 < ann> deploy at noon?\n09:01 < kim> brb\n09:02 < ann> hi all\n", "text"),
    ],
)
def test_what_looks_alike_stays_what_it_is(text: str, kind: str) -> None:
    assert detect(Head(text.encode(), "dropped"), extractors()).data_type.value == kind


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("conf.d/50-limits", "use strict;\n$max_servers = 2;\nsub start { return 1; }\n1;\n"),
        ("mods-enabled/passwd.cf", "timeout 2\nretries 4\n"),
        ("puma.rb.prev", "# puma\nworkers 3\nthreads 5, 5\npreload_app!\n"),
    ],
)
def test_where_a_file_is_kept_and_its_older_copies_tell_what_it_is(name: str, text: str) -> None:
    kind = detect(Head(text.encode(), name), extractors()).data_type
    assert kind == ("code" if "puma" in name else "config")
