"""Mail by SMTP, to a server on loopback."""

from __future__ import annotations

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from core.errors import SourceUnavailable, WrongUsage
from integrations.mail import mail_from
from tests.fakes.mail_server import MailServer, mail_server
from tests.servers import free_port

pytestmark = pytest.mark.integration


def url(server: MailServer, *, password: str = "of%20tests") -> SecretStr:  # noqa: S107
    return SecretStr(f"smtp://mailer:{password}@127.0.0.1:{server.port}")


async def test_it_arrives() -> None:
    async with mail_server() as server:
        mail = mail_from(url(server), sender="fm@shop.test")
        await mail.send("dana@shop.test", subject="A größer subject", text="The code is x\n")
    (taken,) = server.taken
    assert (taken["From"], taken["To"]) == ("fm@shop.test", "dana@shop.test")
    assert taken["Subject"] == "A größer subject"
    assert taken.get_content().strip() == "The code is x"


async def test_a_recipient_cannot_add_headers() -> None:
    async with mail_server() as server:
        mail = mail_from(url(server), sender="fm@shop.test")
        with pytest.raises(ValueError, match="linefeed"):
            await mail.send("x@shop.test\r\nBcc: y@evil.test", subject="s", text="t")
    assert not server.taken


async def test_what_fails_names_neither_the_text_nor_the_password() -> None:
    async with mail_server(refuses=True) as refusing, mail_server() as strict:
        nobody = SecretStr(f"smtp://mailer:of%20tests@127.0.0.1:{free_port()}")
        for address in (url(refusing), url(strict, password="wrong"), nobody):  # noqa: S106  # pragma: allowlist secret
            mail = mail_from(address, sender="fm@shop.test")
            with pytest.raises(SourceUnavailable) as refused:
                await mail.send("dana@shop.test", subject="s", text="The code is secret")
            assert not {"secret", "wrong", "of tests"} & set(str(refused.value).split())


async def test_without_a_server_the_log_says_that_nothing_went_out() -> None:
    with capture_logs() as logs:
        mail = mail_from(None, sender="")
        await mail.send("dana@shop.test", subject="A new password", text="The code is secret")
    (line,) = logs
    assert line["log_level"] == "warning"
    assert "secret" not in str(line)
    assert "dana" not in str(line)


@pytest.mark.parametrize("address", ["http://x", "smtp://", "mail.shop.test", ""])
def test_an_odd_address_is_refused(address: str) -> None:
    with pytest.raises(WrongUsage):
        mail_from(SecretStr(address), sender="")
