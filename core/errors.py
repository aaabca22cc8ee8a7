"""Everything that can go wrong on purpose, as one tree.

FaultMavenError                     what failed; `next_step` says what the reader can do about it
├── Refused                         the request is at fault; asking again the same way will not help
│   ├── Unauthorised                no secret, or a wrong one
│   │   └── SessionExpired          signed in still, but the client's session is over
│   ├── WrongUsage                  a verb, option or setting that cannot be understood
│   │   └── KeyReused               an idempotency key came with another body
│   ├── WrongSecret                 the installation's secret does not open what it stored
│   ├── DatabaseLost                no database, though what its cases hold is still there
│   ├── NotFound                    no such case, hypothesis, file, delivery or job
│   ├── NotAllowedNow               understood, but the case's state forbids it
│   │   └── CaseOver                the case is resolved or closed already
│   ├── Outdated                    made for a state of the case that is not its state any more
│   ├── NotPermitted                understood, but not for this person
│   ├── TooMany                     more within a minute than one person may ask
│   ├── ChatRefused                 a platform will never take this: no channel, scope or permission
│   ├── ModelRefused                a language model answered that it will not
│   ├── BudgetSpent                 a limit of spending allows no call of a model
│   └── TooLarge                    over a documented limit
├── Unreadable                      input that was kept but could not be understood
│   ├── UnparsableDelivery          a webhook body that is not what its source sends
│   ├── UnreadableEvidence          a file that no extractor can read, or that broke one
│   └── EventTableDamaged           what we wrote of a file's events is not what rests there
├── Unavailable                     not our fault and not yours; it is safe to try again
│   ├── StoreUnavailable            the database, or the disk under it
│   │   ├── DiskFull                no room for what is to be written
│   │   ├── DatabaseDamaged         what rests on the disk is not what was written
│   │   │   └── DatabaseTaken       its file was deleted or replaced while we hold it open
│   │   ├── DatabaseReadOnly        its file, its disk or its server takes no writes
│   │   ├── SecretChanged           it rests under another secret since this process started
│   │   ├── RowDamaged              a row holds a word that no version of FaultMaven writes there
│   │   ├── TableMissing            a table or column is gone: it is being restored, or was dropped
│   │   └── DatabaseUnreachable     no server answers at its address, or none yet
│   │       └── DatabaseCrowded     it has no connection left for us, for now
│   ├── Conflict                    someone else wrote first; a second try sees what they wrote
│   ├── SourceUnavailable           a system we call did not answer
│   ├── ChatUnavailable             a chat platform did not take a message; maybe when it will
│   ├── ModelUnavailable            no language model of those that are set answered in time
│   └── Overloaded                  more waiting than we accept; nothing was stored
├── OurFault                        a bug of ours; whoever asked has been told so
├── OutOfLimits                     work stopped at its time or memory limit
├── LeaseLost                       another runner took the job over: this one must not commit
└── Tampered                        a hash chain does not add up
"""

from __future__ import annotations


class FaultMavenError(Exception):
    """Root of the tree. The message is written for the reader, never a stack trace."""

    next_step = "Run `faultmaven doctor` and follow what it says."

    def __init__(self, message: str, *, next_step: str | None = None) -> None:
        super().__init__(message)
        if next_step is not None:
            self.next_step = next_step


class Refused(FaultMavenError):
    """The request is at fault."""

    next_step = "Change the request and send it again."


class Unauthorised(Refused):
    """No secret, or a wrong one."""

    next_step = "Compare the secret on both sides."


class SessionExpired(Unauthorised):
    """Signed in still, but the client's session is over or was never there."""

    next_step = "Begin a new session; what was sent can be sent again in it."


class WrongUsage(Refused):
    """A verb, option or setting that cannot be understood."""

    next_step = "Type `help` for what is understood."


class KeyReused(WrongUsage):
    """An idempotency key came with another body than the first time."""

    next_step = "Send a new key with what is new."


class WrongSecret(Refused):
    """The secret of the installation does not open what it has stored."""

    next_step = (
        "Start with the secret that it was sealed under: FAULTMAVEN_SECRET_KEY, or `secret.key` in"
        " the data directory. To change it, name the one before in FAULTMAVEN_OLD_SECRET_KEYS."
    )


class DatabaseLost(Refused):
    """The database is gone or empty, and what its cases hold is still there."""

    next_step = (
        "Restore the newest backup: docs/how-to/back-up-and-restore.md. To begin anew, without the"
        " cases of before: faultmaven migrate --begin-anew."
    )


class NotFound(Refused):
    """No such case, hypothesis, file, delivery or job."""

    next_step = "Type `status` for what there is."


class NotAllowedNow(Refused):
    """Understood, but the state of the case forbids it."""


class CaseOver(NotAllowedNow):
    """The case is resolved or closed already."""

    next_step = "Type `reopen` if it is back."


class Outdated(Refused):
    """What is to be changed has changed since the client read it."""

    next_step = "Read it again, and change what is there then."


class NotPermitted(Refused):
    """Understood, but not for this person."""

    next_step = "Ask a member of the workspace to do it."


class TooMany(Refused):
    """More within a minute than one person may ask. retry_after_s: when the next is taken."""

    next_step = "Wait a minute, then say it again."

    def __init__(
        self, message: str, *, next_step: str | None = None, retry_after_s: int = 60
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.retry_after_s = retry_after_s


class ChatRefused(Refused):
    """A platform will never take this: no channel, scope or permission, or nothing it can show."""

    next_step = "Run `faultmaven doctor`: it names the scope, permission or channel."


class ModelRefused(Refused):
    """A language model answered that it will not, or its provider's filter did."""

    next_step = "Ask in other words; everything that needs no model goes on."


class BudgetSpent(Refused):
    """A limit of spending allows no call of a model."""

    next_step = "See `faultmaven spend`. The limit of a case is FAULTMAVEN_MODEL_CASE_LIMIT."


class TooLarge(Refused):
    """Over a documented limit."""

    next_step = "Send less: the window around the incident is enough."


class Unreadable(FaultMavenError):
    """Input that was kept but could not be understood."""


class UnparsableDelivery(Unreadable):
    """A webhook body that is not what its source sends."""

    next_step = "Check what posts here; `faultmaven replay --delivery ID` after a fix."


class UnreadableEvidence(Unreadable):
    """A file that no extractor can read, or that broke one."""

    next_step = "The file is kept. Send it as text, or the lines that matter."


class EventTableDamaged(Unreadable):
    """What we wrote of a file's events is not what rests there; the file itself is."""

    next_step = "Have the file read again, by its number: `evidence again e2`."


class Unavailable(FaultMavenError):
    """Not our fault and not yours; it is safe to try again.

    retry_after_s: when, where whoever was unavailable said so.
    """

    next_step = "Nothing to do: it is tried again."

    def __init__(
        self, message: str, *, next_step: str | None = None, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.retry_after_s = retry_after_s


class StoreUnavailable(Unavailable):
    """The database, or the disk under it, did not take a write or answer a read."""

    next_step = "Check free disk space and the database; nothing acknowledged is lost."


class DiskFull(StoreUnavailable):
    """The disk under the database has no room for what is to be written."""

    next_step = "Free disk space; what is refused meanwhile is sent again by its sender."


class DatabaseDamaged(StoreUnavailable):
    """Pages of the database are not what was written there."""

    next_step = (
        "Stop FaultMaven, keep a copy of the data directory, and restore the newest backup:"
        " docs/how-to/back-up-and-restore.md. `faultmaven doctor` says what is damaged."
    )


class DatabaseTaken(DatabaseDamaged):
    """The file that is held open is not in its place: what is written is gone with this process."""

    next_step = (
        "Before you stop FaultMaven, save its open cases (`faultmaven export`): it still has them."
        " Then restore the newest backup: docs/how-to/back-up-and-restore.md."
    )


class DatabaseReadOnly(StoreUnavailable):
    """The database can be read, not written."""

    next_step = (
        "See whether its disk is mounted read-only, its file belongs to another account, or"
        " FAULTMAVEN_DATABASE_URL names a standby."
    )


class SecretChanged(StoreUnavailable):
    """The database was moved to another secret while this process runs."""

    next_step = (
        "Restart this process with the new secret in FAULTMAVEN_SECRET_KEY; what it refuses until"
        " then is sent again by its sender."
    )


class RowDamaged(StoreUnavailable):
    """A row of the database holds what no version of FaultMaven writes there."""

    next_step = (
        "Somebody changed it by hand, or a newer version wrote it: install that, or restore the"
        " newest backup (docs/how-to/back-up-and-restore.md), and ask who had access."
    )


class TableMissing(StoreUnavailable):
    """A table of the database is not there, for now or for good."""

    next_step = (
        "If the database is being restored or upgraded, wait until that has ended; else restore"
        " the newest backup (docs/how-to/back-up-and-restore.md)."
    )


class DatabaseUnreachable(StoreUnavailable):
    """No server answers at the database's address, or it takes no connections yet."""

    next_step = "Start the server of FAULTMAVEN_DATABASE_URL, or correct its address."


class DatabaseCrowded(DatabaseUnreachable):
    """Its server has no connection left for us, for now."""

    next_step = (
        "Raise `max_connections` of the server of FAULTMAVEN_DATABASE_URL, or let fewer others"
        " in; what waits is done as soon as one is free."
    )


class Conflict(Unavailable):
    """Someone else wrote first, and only one may: trying again sees what they wrote."""


class SourceUnavailable(Unavailable):
    """A system we call did not answer."""


class ChatUnavailable(Unavailable):
    """A chat platform did not take a message."""


class ModelUnavailable(Unavailable):
    """No language model of those that are set answered in time."""

    next_step = "Run `faultmaven doctor`: it says which models answer."


class Overloaded(Unavailable):
    """More is waiting than we accept; nothing was stored."""


class OurFault(FaultMavenError):
    """A bug of ours: trying again would not help, and whoever asked has been told."""

    next_step = "Report it with the line that `faultmaven jobs list` shows."


class OutOfLimits(FaultMavenError):
    """Work stopped at its time or memory limit."""

    next_step = "Send a smaller part of the file; the rest of the case goes on."


class LeaseLost(FaultMavenError):
    """Another runner took the job over: whoever sees this must not commit."""


class Tampered(FaultMavenError):
    """A hash chain does not add up."""

    next_step = "Restore from a backup and compare; do not write to this case."
