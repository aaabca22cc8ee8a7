"""Mail by SMTP, or into the log where no server is set."""

from __future__ import annotations

import asyncio
import smtplib
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import structlog

from core.errors import SourceUnavailable, WrongUsage

if TYPE_CHECKING:
    from pydantic import SecretStr

LIMIT_S = 20.0
PORTS = {"smtp": 587, "smtps": 465}

_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class SmtpMail:
    """A server that takes mail. user: "" where it asks for none. tls: from the first byte on."""

    host: str
    port: int
    sender: str
    tls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)

    async def send(self, address: str, *, subject: str, text: str) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self.sender, address, subject
        mail.set_content(text)
        try:
            await asyncio.to_thread(self._hand_over, mail)
        except (OSError, smtplib.SMTPException) as error:
            message = f"the mail server {self.host} did not take it: {type(error).__name__}"
            raise SourceUnavailable(message) from error

    def _hand_over(self, mail: EmailMessage) -> None:
        kind = smtplib.SMTP_SSL if self.tls else smtplib.SMTP
        with kind(self.host, self.port, timeout=LIMIT_S) as server:
            if not self.tls and server.has_extn("starttls"):
                server.starttls()
            if self.user:
                server.login(self.user, self.password)
            server.send_message(mail)


@dataclass(frozen=True)
class MailToLog:
    """Nobody is reached: whoever reads the log sees that somebody asked, and not the code."""

    async def send(self, address: str, *, subject: str, text: str) -> None:
        _log.warning(
            "mail is not set up: nothing was sent",
            subject=subject,
            next_step="Set FAULTMAVEN_SMTP_URL, or run `faultmaven user password NAME`.",
        )


def mail_from(url: SecretStr | None, *, sender: str) -> SmtpMail | MailToLog:
    """url: `smtp://`, or `smtps://` for TLS from the first byte. Raises WrongUsage."""
    if url is None:
        return MailToLog()
    parts = urlsplit(url.get_secret_value())
    if parts.scheme not in PORTS or not parts.hostname:
        message = "the address of a mail server begins with smtp:// or smtps://"
        raise WrongUsage(message)
    return SmtpMail(
        host=parts.hostname,
        port=parts.port or PORTS[parts.scheme],
        sender=sender or f"faultmaven@{parts.hostname}",
        tls=parts.scheme == "smtps",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )
