"""A server that takes mail by SMTP, as smtplib speaks it; it wants a name and a password."""

from __future__ import annotations

import asyncio
import base64
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KNOWN = b"\0mailer\0of tests"


@dataclass
class MailServer:
    """What it took. refuses: every recipient."""

    port: int = 0
    refuses: bool = False
    taken: list[EmailMessage] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        writer.write(b"220 mail.test\r\n")
        while line := (await reader.readline()).strip():
            verb = line.split()[0].upper()
            if verb == b"DATA":
                writer.write(b"354 go on\r\n")
                body = await reader.readuntil(b"\r\n.\r\n")
                self.taken.append(message_from_bytes(body[:-5], policy=default))
            writer.write(self._answer(verb, line))
            if verb == b"QUIT":
                break
        await writer.drain()
        writer.close()

    def _answer(self, verb: bytes, line: bytes) -> bytes:
        match verb:
            case b"EHLO":
                return b"250-mail.test\r\n250 AUTH PLAIN\r\n"
            case b"AUTH":
                is_known = base64.b64decode(line.split()[-1]) == KNOWN
                return b"235 welcome\r\n" if is_known else b"535 no\r\n"
            case b"RCPT" if self.refuses:
                return b"550 nobody here\r\n"
            case b"QUIT":
                return b"221 bye\r\n"
            case _:
                return b"250 ok\r\n"


@asynccontextmanager
async def mail_server(*, refuses: bool = False) -> AsyncIterator[MailServer]:
    """On a port of its own."""
    mail = MailServer(refuses=refuses)
    async with await asyncio.start_server(mail.talk, "127.0.0.1", 0) as server:
        mail.port = server.sockets[0].getsockname()[1]
        yield mail
