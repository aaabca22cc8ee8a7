"""Did a tool tell this while it ran? Builds, tests, roll-outs: logs without a time on their lines.

Each sort of line is one that a common tool writes and people do not.
"""

from __future__ import annotations

import re

from core.evidence.detection.sample import UNLIKE, Likeness, Sample, best

_BUILD = re.compile(  # compilers, make, package managers, builders of images, CI
    r"^(?:\S{1,200}:\d{1,6}(?::\d{1,6})?: (?:fatal )?(?:error|warning|note): |make(?:\[\d+\])?: "
    r"|::(?:error|warning|group)|##\[\w+\]|\w\S{0,100} (?:error|warning) [A-Z]{1,4}\d{2,5}: "
    r"|\S{1,200}: [Ii]n (?:(?:member |static )?function|constructor) "
    r"|(?:error|warning)(?:\[\w{1,10}\])?: \S|\s{0,8}--> \S{1,200}:\d{1,6}:\d{1,6}$"
    r"|\s{1,8}\|(?:$| {1,200}[\^~])"
    r"|npm (?:ERR!|WARN|error|warn|notice) |> Task :\S|Step \d{1,3}/\d{1,3} : [A-Z]"
    r"|#\d{1,3} (?:\[|DONE |CACHED|ERROR|sha256:|\d{1,6}\.\d)"
    r"|\s{2,12}(?:Compiling|Finished|Downloading|Downloaded|Updating|Running|Fresh) \S+ \S)"
)
_TESTS = re.compile(  # pytest, unittest, go test, cargo test, jest, TAP, surefire, ctest, RSpec
    r"^(?:={3,120} \S.{0,120} ={3,120}$|(?:FAILED|PASSED|ERROR|XFAIL) \S{1,200}::\S"
    r"|\S{1,200}\.py (?:\.|F|E|s|x){1,200}\s{1,120}\[ {0,2}\d{1,3}%\]$|E {3,7}\S"
    r"|\S{1,200}::\S{1,200} (?:PASSED|FAILED|ERROR|SKIPPED)\b"
    r"|\s{0,12}(?:=== (?:RUN|PAUSE|CONT)|--- (?:PASS|FAIL|SKIP):) |(?:ok|FAIL) {0,2}\t\S{1,200}\t"
    r"|(?:PASS|FAIL)(?:$| \S{1,200}\.[jt]sx?\b)|test \S{1,200} \.\.\. (?:ok|FAILED|ignored)\b"
    r"|(?:Tests|Test Suites|Snapshots): {1,9}\d|(?:not )?ok \d{1,6}(?: |$)"
    r"|\[?(?:INFO|ERROR)?\]? ?Tests run: \d|(?:Ran|ran) \d{1,6} tests? in |\d{1,6} examples, \d"
    r"|\s{0,4}\d{1,5}/\d{1,5} Test +#\d)"
)
_ROLLOUT = re.compile(  # Ansible, Terraform, Helm, kubectl, git
    r"^(?:(?:PLAY|TASK|RUNNING HANDLER|PLAY RECAP)\b.{0,200}\*{3,200}$"
    r"|(?:ok|changed|fatal|skipping|failed|unreachable): \[[^\]]{1,100}\]"
    r"|\S{1,80} {1,60}: ok=\d{1,6} {1,9}changed=\d"
    r"|[\w.\[\]\"/-]{3,200}: (?:Creating|Modifying|Destroying|Refreshing|Reading|Still \w{1,20}"
    r"|(?:Creation|Modifications|Destruction|Read) complete)\b"
    r"|(?:Apply|Destroy) complete! |[\u2502\u2577\u2575](?: |$)"
    r"|[a-z.]{3,60}/[\w.-]{1,100} (?:created|configured|unchanged|deleted|patched|scaled)$"
    r"|remote: \S|To (?:https|ssh|git)\S{1,200}$| ! \[\w[\w ]{1,30}\])"
)
_COMPLAINT = re.compile(  # what a command says before it gives up
    r"^(?:(?:[\w./()-]{1,60}: ){1,3}(?:\(\d{1,3}\) )?(?:error|fatal|warning|cannot|can't|could not"
    r"|unable|failed|no such|permission denied|command not found|connection)\b"
    r"|[\dA-F]{6,20}:error:)",
    re.IGNORECASE,
)
_DIALOGUE = re.compile(r"^(?:[*<>] ?$|\* \S|[<>] [\w-]{1,60}[:/ ]|[{}] \[\d{1,9} bytes data\])")
_REQUEST = re.compile(r"^(?:> [A-Z]{3,8} \S{1,400} HTTP/|< HTTP/\d|\* +Trying \S)")
_STANZA = re.compile(  # of records that lines name, empty lines between them
    r"^[A-Z][\w -]{1,30}: +\d{4}-\d\d-\d\d[T ]{1,3}\d\d:\d\d:\d\d"
)
_LEAST = 2  # lines
_SOME, _MANY, _MOST = 0.12, 0.25, 0.6


def run(sample: Sample) -> Likeness:
    """What a build, a test run, a roll-out or a command told about itself."""
    return best(
        _told(sample, _BUILD, "it tells how something was built"),
        _told(sample, _TESTS, "it tells how tests went"),
        _told(sample, _ROLLOUT, "it tells how something was rolled out"),
        Likeness(0.9 * (sample.share(_COMPLAINT) > _MOST), "a command says why it failed"),
        Likeness(
            0.9 * (sample.any(_REQUEST) and sample.share(_DIALOGUE) > _MOST / 2),
            "it tells how a request went",
        ),
        _told(sample, _STANZA, "its records tell the time"),
    )


def _told(sample: Sample, pattern: re.Pattern[str], reason: str) -> Likeness:
    count = sum(map(bool, map(pattern.match, sample.lines)))
    share = count / max(1, len(sample.lines))
    if count < _LEAST or share < _SOME:
        return UNLIKE
    return Likeness(0.92 if share > _MANY else 0.7, reason)
