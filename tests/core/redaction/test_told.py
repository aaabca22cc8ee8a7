"""Secrets that a sentence tells, in whatever language, and codes of digits beside their word."""

from __future__ import annotations

import time

import pytest

from core.redaction.engine import Redactor
from core.redaction.shapes import is_told

SENTENCES = (
    "das Passwort für db-2 lautet {}",
    "habe {} als Passwort gesetzt",
    "le mot de passe de srv2 est {}",
    "j'ai mis {} comme mot de passe",
    "he puesto {} como contraseña de root en srv12",
    "troquei a palavra-passe para {}, avisa o pessoal",
    "@oncall la password del database è {}",
    "parola d'ordine del wifi ospiti: {}",
    "ik heb {} als wachtwoord ingesteld",
    "lösenordet till db1 är {}",
    "kodeordet er {}",
    "passordet til ruteren er {}",
    "salasana on {}",
    "zmieniłem hasło na {}",
    "heslo na wifi: {}",
    "az adatbázis jelszava {}",
    "am schimbat parola în {}",
    "паролата за сървъра: {}",
    "логин app_rw пароль {}",
    "поставил {} в качестве пароля",
    "змінив пароль на {}",
    "ο κωδικός πρόσβασης είναι {}",  # noqa: RUF001 - Greek
    "wifi şifremiz: {}",
    "كلمة المرور هي {}",
    "סיסמה לשרת: {}",
    "सर्वर का पासवर्ड: {}",
    "รหัสผ่านคือ {}",
    "đổi mật khẩu thành {}",
    "sandi wifi adalah {}",
    "root 密码已改为 {}",
    "{} をパスワードに設定しました",
    "서버 비밀번호: {}",
    "postavio sam {} kao lozinku",
    "лозинка је {}",  # noqa: RUF001 - Serbian
    "slaptažodis yra {}",
    "la contrasenya és {}",
    "guest wifi: ssid kontor-guest, key {}",
    "try {} for the password",
    "what's the db password again?\nmarta: {}",
    "какой пароль?\n{}",
)
# With a word for now, or with signs of an assignment within the password.
NEWS = {
    "WLAN-Schlüssel: Papel nieve violin saddle 87": "Papel nieve violin saddle 87",
    "clé wifi : papel nieve violin saddle": "papel nieve violin saddle",
    "WPA2 key: maple river stone": "maple river stone",
    "hotspot key is maple river stone bridge": "maple river stone bridge",
    "Passwort: grüne wiese über dächer": "grüne wiese über dächer",
    "пароль: зелёная трава синее небо": "зелёная трава синее небо",
    "a senha do cluster agora é Qr7Tuvwx": "Qr7Tuvwx",
    "la contraseña del router ahora es Qr7Tuvwx": "Qr7Tuvwx",
    "la password del bastione ora è Qr7Tuvwx": "Qr7Tuvwx",
    "le mot de passe du bastion est désormais Qr7Tuvwx": "Qr7Tuvwx",
    "das Kennwort vom Switch ist jetzt Qr7Tuvwx": "Qr7Tuvwx",
    "het wachtwoord van de switch is nu Qr7Tuvwx": "Qr7Tuvwx",
    "hasło do bastionu to teraz Qr7Tuvwx": "Qr7Tuvwx",
    "vpn şifresi artık Qr7Tuvwx": "Qr7Tuvwx",  # noqa: RUF001 - Turkish
    "пароль от роутера теперь Qr7Tuvwx": "Qr7Tuvwx",
    "I changed the root password on gw-3 to z!kP_=4WQ_81Lm yesterday": "z!kP_=4WQ_81Lm",
    "the new pw is n-WKQ$=~T=-5%r": "n-WKQ$=~T=-5%r",
    "habe das Passwort auf gw-3 auf z~9K=Lp2$w geändert": "z~9K=Lp2$w",
    "cambié la contraseña de root a m#4=Qz8vT+x ayer": "m#4=Qz8vT+x",
    "new guest wifi pw: G7!x=bb~2": "G7!x=bb~2",
}
CODES = (
    "Your Acme code is {}. Don't share it.",
    "{} is your Acme code",
    "Ihr Acme-Code lautet {}. Geben Sie ihn nicht weiter.",
    "Votre code Acme est {}. Ne le partagez pas.",
    "Tu código de Acme es {}. No lo compartas.",
    "Twoj kod to {}. Nie podawaj go nikomu.",
    "認証コードは{}です。他人に教えないでください",
    "Enter {} to confirm your identity",
    "Acme: use {} to sign in",
    "Der Türcode für den Serverraum ist {}",
    "TAN für die Freigabe: {}",
    "VPNの暗証番号は {} です",
    "for the incident: the safe in the server room: code is {}",
    "the code to the cage is {}",
    "le code de l'alarme est {}",
    "código de la puerta: {}",
    "код от двери {}",
    "deurcode: {}",
    "kod do drzwi: {}",
    "Alarmanlage: {} ist der Code",
    "lockbox combo is {}",
    "door: {}",
    "bob: code for the safe?\namy: {}",
    "pin?\n{}",
)
KEPT = (
    "Your error code is 50012. Don't share the log",
    "process exited with code 13370, do not share it",
    "use 8080 to access the dashboard",
    "Your order 482913 is confirmed. Do not share it",
    "Passwort wurde gestern zurückgesetzt",
    "das Passwort bitte beim Helpdesk erfragen",
    "le mot de passe à changer dès réception",
    "wifi key must rotate every quarter",
    "WLAN geht nicht, Schlüssel prüfen bitte danke",
    "het wachtwoord wordt nu beheerd door de kluis",
    "a senha expirou na versão Build7Alpha",
    "le mot de passe est géré maintenant par LdapSync2Server",
    "pw policy: x!=y and a+=b",
    "password check failed, code=E!42=7",
    "hasło wygasa teraz co 90 dni",
    "das Passwort ist jetzt abgelaufen",
    "the password for jenkins42 is in the vault",
    "password is managed by keycloak2024",
    "password reset to default for Orders2025",
    "password is Case-sensitive",
    "wachtwoord staat in kluis2024",
    "le mot de passe est dans Vault-prod",
    "secret is kept for Kubernetes-main",
    "maria2024 - password expired",
    "which secret?\nbilling-api-prod",
    "exit code 137417 from the pod at the gate",
    "код ошибки 40312 при входе в дверь",
    "AADSTS: sign-in failed, error code: 50126",
    "Jul 27 14:41:57 combo kernel: DMA zone: 4096 pages",
    "alarm 4711 fired on db-2",
    "WARN hot key: session_count:use1 12k ops/s",
    "$ echo $HOSTNAME\nweb-1-prod-eu",
    "$ cat /etc/ssh/host_key.pub\nweb-1-prod-eu",
    "$ kubectl get secret\nbilling-api-prod",
    'acl {\n  tokens {\n    ttl = "30m"\n    policy = "read-only-agents"\n  }\n}',
)
PRINTED = "bikb-2Ayw7UGH6gnVVFzXJ5Fcnt8fSu"  # pragma: allowlist secret
KEY_7 = "07D455F51029F84672077B"  # pragma: allowlist secret
IDENTIFIER = "fed4a0dc-ee5b-469e-b278-da56e70e23af"
OTHERS = {
    f'acl {{\n  tokens {{\n    agent = "{IDENTIFIER}"\n  }}\n}}': IDENTIFIER,
    f"use token {IDENTIFIER}": IDENTIFIER,
    f"$ echo $DEPLOY_KEY\n{PRINTED}": PRINTED,
    "2026-06-04T02:29:32Z ##[debug] $ echo $A_TOKEN\n2026-06-04T02:29:32Z Kx9-vbTq2": "Kx9-vbTq2",
    "$ cat /var/lib/rabbitmq/.erlang.cookie\nGYY9CPWQB8RQFMTWUWZ9": "GYY9CPWQB8RQFMTWUWZ9",
    "> echo %SECRET%\nKx9-vbTq2": "Kx9-vbTq2",
    f"tacacs server T1\n key 7 {KEY_7}": KEY_7,
    '<Data Name="CommandLine">schtasks /create /ru A\\b /rp welkom65</Data>': "welkom65",
    "certutil -p welkom65 -importpfx a.pfx": "welkom65",
    "cqlsh mon29-prod -u ops -p YjKA.xnN1DV6": "YjKA.xnN1DV6",
    "GET /invite/k3J9xQ2mV7bN4cL8pR1sW6tY": "k3J9xQ2mV7bN4cL8pR1sW6tY",  # pragma: allowlist secret
    f"GET /forgot-password/{IDENTIFIER} 500": IDENTIFIER,
    f"GET /auth/reset/{IDENTIFIER}": IDENTIFIER,
    f"https://shop.example/reset_password?lang=de&t={IDENTIFIER}": IDENTIFIER,
    f"https://shop.example/set-password/{IDENTIFIER}": IDENTIFIER,
    f"GET /login/magic/{IDENTIFIER}": IDENTIFIER,
    "PUT /passwords/k3J9xQ2mV7bN4cL8pR1s/edit": "k3J9xQ2mV7bN4cL8pR1s",  # pragma: allowlist secret
    f'<add value="{IDENTIFIER}" key="ApiKey"/>': IDENTIFIER,
    "user/pass ops/Rainfall83": "Rainfall83",
    "the dump opens with Rainfall83": "Rainfall83",
    "ops@example.com | Rainfall83": "Rainfall83",
    "join K10k3J9xQ2mV7bN4cL8pR1sW6tY::server:4c1de9a07b3f52e8": "4c1de9a07b3f52e8",
}


def clean(text: str) -> str:
    return str(Redactor(b"case").clean(text).text)


@pytest.mark.parametrize("value", ["welkom65", "Helios_root", "Kx9-vbTq2"])
@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_tells_a_password(sentence: str, value: str) -> None:
    assert value not in clean(sentence.format(value))


@pytest.mark.parametrize(("sentence", "value"), NEWS.items())
def test_a_sentence_tells_what_a_password_is_now(sentence: str, value: str) -> None:
    assert clean(sentence).partition("«")[0] == sentence.partition(value)[0]
    assert clean(sentence).rpartition("»")[2] == sentence.rpartition(value)[2]


@pytest.mark.parametrize("value", ["4719", "980361", "66180888"])
@pytest.mark.parametrize("sentence", CODES)
def test_a_sentence_tells_a_code(sentence: str, value: str) -> None:
    assert value not in clean(sentence.format(value))


@pytest.mark.parametrize("text", KEPT)
def test_what_no_sentence_tells_stays(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(("text", "secret"), OTHERS.items())
def test_places_where_a_secret_is_due(text: str, secret: str) -> None:
    assert secret not in clean(text)


def test_what_a_person_may_have_chosen() -> None:
    assert is_told("Orders2025")
    assert is_told("parola_77")
    assert not is_told("srv12")
    assert not is_told("Case-sensitive")
    assert not is_told("required")


@pytest.mark.parametrize("text", ["code 1234 door ", "пароль is ", "/reset/", "$ echo secret "])
def test_many_words_that_announce_take_no_long_time(text: str) -> None:
    began = time.process_time()
    clean(text * (100_000 // len(text)))
    assert time.process_time() - began < 3
