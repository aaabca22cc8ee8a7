"""What is wrong where only measurements speak? Faults without a signature of their own words."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from core.evidence.model import Level
from core.investigation.ranking.model import Sign
from core.signatures import Role, Signal, Signature, signatures
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import LiteralString

LATENCY, ERRORS, NETWORK = "slow_by_itself", "failing_by_itself", "slow_network"
CPU, MEMORY, SATURATION = "cpu_saturation", "memory_growth", "saturation"
SHOWN_ONLY = frozenset({LATENCY, ERRORS})  # how a fault shows, here or behind
# What a sign speaks for. Others tell where something is wrong, not what.
FAULT_OF: Mapping[Sign, str] = MappingProxyType(
    {
        Sign.LATENCY: LATENCY,
        Sign.OWN: LATENCY,
        Sign.ERRORS: ERRORS,
        Sign.FAILED: ERRORS,
        Sign.LOGGED: ERRORS,
        Sign.ASKED: NETWORK,
        Sign.ASKING: NETWORK,
        Sign.WAITING: NETWORK,
        Sign.CPU: CPU,
        Sign.MEMORY: MEMORY,
        Sign.SATURATION: SATURATION,
    }
)


def _fault(
    name: str,
    title: LiteralString,
    words: tuple[LiteralString, LiteralString],
    depth: int,
    check: LiteralString,
    bring: LiteralString,
    mend: LiteralString,
) -> Signature:
    return Signature(
        fault=name,
        title=Clean.say(title),
        depth=depth,
        before=Clean.say(words[0]),
        after=Clean.say(words[1]),
        check=Clean.say(check),
        bring=Clean.say(bring),
        mend=Clean.say(mend),
        signals={},
    )


FAULTS: Mapping[str, Signature] = MappingProxyType(
    {
        one.fault: one
        for one in (
            _fault(
                LATENCY,
                "Slow by itself",
                ("", " is slow by itself"),
                1,
                "take a profile or a thread dump while it is slow: its own code is at work or waits"
                " for a lock",
                "a profile, a thread dump, or its spans since the onset",
                "take back what changed there, or the work that keeps it busy; then mend what the"
                " profile shows",
            ),
            _fault(
                ERRORS,
                "Failing by itself",
                ("", " fails by itself"),
                1,
                "read its log at the time of a failed request: an error there with no failed call"
                " before it is its own",
                "its log since the onset",
                "take back what changed there; then mend the error that its log names",
            ),
            _fault(
                NETWORK,
                "Slow network or a stalled process",
                ("The way to and from ", " is slow"),
                2,
                "time a request at the service itself and from a caller's host: fast there and slow"
                " here is the way between",
                "round trip times and retransmissions of its host or pod, and its CPU throttling",
                "move it to another host, or take the slow link out; give it CPU where it is"
                " throttled",
            ),
            _fault(
                CPU,
                "CPU used up",
                ("", " uses up its CPU"),
                2,
                "look at what its threads run, and at the throttling of its container",
                "a CPU profile, and the limits and throttling of its container",
                "give it more CPU or share its load; then mend what the profile shows",
            ),
            _fault(
                MEMORY,
                "Memory grows",
                ("", " uses ever more memory"),
                2,
                "compare two heap snapshots some minutes apart: what grows is what leaks",
                "two heap snapshots, or its garbage collector's log",
                "start it again to gain time; then mend what grows",
            ),
            _fault(
                SATURATION,
                "A queue or pool is full",
                ("A queue or pool of ", " is full"),
                2,
                "look at who holds what is used up: its connections, threads or queue entries",
                "the sizes and limits of its pools and queues since the onset",
                "give it room, or end what holds its entries; then mend what holds them",
            ),
        )
    }
)


def signature_of(fault: str) -> Signature | None:
    """What is known of a fault: from the words of software, or from measurements."""
    return signatures().get(fault) or FAULTS.get(fault)


def signal_of(sign: Sign, says: Clean) -> Signal:
    """The sign as a signal that something was seen by. It matches no lines."""
    return Signal(
        name=sign.value,
        fault=FAULT_OF.get(sign, LATENCY),
        role=Role.FOR,
        says=says,
        weight=1.0,
        at_least=Level.INFO,
        needs=(),
        patterns=(),
        change_helps=True,
        examples=(),
    )
