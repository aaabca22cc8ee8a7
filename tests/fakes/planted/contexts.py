"""Where secrets turn up that have no form of their own: what stands around them tells.

`{v}` is the secret. Of each value, what is planted must be gone; what stands around it may stay.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from tests.fakes.planted.letters import (
    ALNUM,
    DIGITS,
    HEX,
    LOWER,
    PASSWORD,
    SAFE,
    base64_of,
    some,
    url_base64_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

WORDS = ("granite", "otter", "violet", "harbor", "copper", "lantern", "maple", "falcon", "tundra")


def password(chance: Random) -> str:
    """As people and generators make them: 10 to 20 characters with a letter and a digit."""
    body = some(chance, PASSWORD, chance.randint(8, 18))
    return f"{chance.choice(ALNUM)}{body}{chance.choice(DIGITS)}"


def passphrase(chance: Random) -> str:
    return "-".join(chance.sample(WORDS, 3)) + chance.choice(DIGITS)


def _hex_of(length: int) -> Callable[[Random], str]:
    return lambda chance: some(chance, HEX, length)


def _alnum_of(length: int) -> Callable[[Random], str]:
    return lambda chance: some(chance, ALNUM, length)


def _basic(chance: Random) -> str:
    """RFC 7617: base64 of user:password."""
    return base64.b64encode(f"svc-{some(chance, LOWER, 5)}:{password(chance)}".encode()).decode()


# Name: what makes the value, and the line around it.
CONTEXTS: Mapping[str, tuple[Callable[[Random], str], str]] = {
    "env": (password, "export DB_PASSWORD={v}"),
    "dotenv quoted": (password, 'MAIL_PASSWORD="{v}"'),
    "systemd": (passphrase, 'Environment="PGPASSWORD={v}" "PGHOST=db-2"'),
    "properties": (password, "spring.datasource.password={v}"),
    "properties colon": (password, "ldap.bind.password: {v}"),
    "yaml": (password, "      password: {v}"),
    "yaml quoted": (passphrase, "  admin_password: '{v}'"),
    "json": (password, '{{"user":"svc-mail","password":"{v}","port":25}}'),
    "json nested": (password, '{{"level":"debug","msg":"cfg {{\\"db_pass\\":\\"{v}\\"}}"}}'),
    "logfmt": (password, "level=info msg=connecting user=svc password={v} host=db-2"),
    "php array": (password, "'password' => '{v}',"),
    "ruby hash": (password, 'database.connect(host: "db-2", password: "{v}")'),
    "python repr": (password, "Config(host='db-2', password='{v}', timeout=30)"),
    "java setter": (password, 'config.setPassword("{v}");'),
    "hcl": (passphrase, '  admin_password = "{v}"'),
    "xml element": (password, "    <password>{v}</password>"),
    "xml attribute": (password, '<add key="SmtpPassword" value="{v}" />'),
    "url": (_alnum_of(16), "fatal: unable to access 'https://deploy:{v}@git.corp.example/a.git/'"),
    "postgres url": (_alnum_of(18), "DATABASE_URL=postgresql://shop:{v}@db-2:5432/orders"),
    "redis url": (_alnum_of(18), "connecting to redis://:{v}@cache-1:6379/0"),
    "mongo url": (_alnum_of(18), "mongodb+srv://app:{v}@cluster0.example.net/?retryWrites=true"),
    "amqp url": (_alnum_of(14), "amqp connect failed: amqps://svc:{v}@mq-1:5671/%2F"),
    "jdbc": (_alnum_of(14), "jdbc:mysql://db-2:3306/shop?user=shop&password={v}&useSSL=true"),
    "ado.net": (password, "Server=db-2;Database=shop;User Id=shop;Password={v};Encrypt=True"),
    "odbc": (_alnum_of(12), "Driver={{ODBC Driver 18}};Server=db-2;UID=app;PWD={v};"),
    "libpq": (_alnum_of(14), "host=db-2 port=5432 dbname=orders user=shop password={v}"),
    "go mysql": (_alnum_of(14), "dial shop:{v}@tcp(db-2:3306)/orders?parseTime=true"),
    "azure storage": (
        lambda r: base64_of(r, 64),
        "DefaultEndpointsProtocol=https;AccountName=corp;AccountKey={v};EndpointSuffix=x.example",
    ),
    "azure service bus": (
        lambda r: base64_of(r, 32),
        "Endpoint=sb://q.example/;SharedAccessKeyName=root;SharedAccessKey={v}",
    ),
    "azure sas": (
        lambda r: base64_of(r, 32).replace("+", "%2B").replace("/", "%2F").replace("=", "%3D"),
        "GET /c/b.txt?sv=2023-11-03&se=2026-12-01&sr=b&sp=r&sig={v} HTTP/1.1",
    ),
    "aws secret": (lambda r: base64_of(r, 30), "aws_secret_access_key = {v}"),
    "aws secret env": (lambda r: base64_of(r, 30), "AWS_SECRET_ACCESS_KEY={v}"),
    "aws presigned": (
        _hex_of(64),
        "GET https://b.s3.example/k?X-Amz-Date=20261120T000000Z&X-Amz-Signature={v}",
    ),
    "aws session": (lambda r: base64_of(r, 180), '"SessionToken": "{v}",'),
    "basic header": (_basic, "Authorization: Basic {v}"),
    "bearer header": (lambda r: url_base64_of(r, 30), "> authorization: Bearer {v}"),
    "bearer opaque": (_hex_of(40), '"headers":{{"Authorization":"Bearer {v}","Accept":"*/*"}}'),
    "curl header": (_hex_of(40), "curl -s -H 'Authorization: Token {v}' https://api.example/v1"),
    "curl user": (password, "curl -u admin:{v} https://nexus.corp.example/service/rest"),
    "api key header": (_alnum_of(32), "X-Api-Key: {v}"),
    "api key json": (_alnum_of(32), '"x-api-key": "{v}"'),
    "api key query": (_alnum_of(32), "GET /v1/weather?city=Oslo&api_key={v}&units=metric 200 12ms"),
    "access token query": (_alnum_of(40), "GET /me?access_token={v} HTTP/1.1"),
    "subscription key": (_hex_of(32), "Ocp-Apim-Subscription-Key: {v}"),
    "cookie": (lambda r: url_base64_of(r, 24), "Cookie: sid={v}; theme=dark"),
    "set-cookie": (_alnum_of(32), "< Set-Cookie: SESSION={v}; Path=/; HttpOnly; SameSite=Lax"),
    "jsessionid": (lambda r: some(r, HEX.upper(), 32), "Cookie: JSESSIONID={v}"),
    "csrf": (lambda r: url_base64_of(r, 24), "X-CSRF-Token: {v}"),
    "npmrc": (_alnum_of(40), "//registry.corp.example/:_authToken={v}"),
    "npmrc auth": (_basic, "//registry.corp.example/:_auth={v}"),
    "netrc": (password, "machine git.corp.example login deploy password {v}"),
    "pgpass": (_alnum_of(16), "db-2:5432:orders:shop:{v}"),
    "docker config": (_basic, '{{"auths":{{"registry.corp.example":{{"auth":"{v}"}}}}}}'),
    "kubernetes secret": (
        lambda r: base64.b64encode(password(r).encode()).decode(),
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: mail\ndata:\n  password: {v}",
    ),
    "kubectl literal": (password, "kubectl create secret generic db --from-literal=password={v}"),
    "helm set": (_alnum_of(20), "helm upgrade shop . --set auth.rootPassword={v} --wait"),
    "mysql flag": (_alnum_of(12), "mysqldump -u root -p{v} shop > /backup/shop.sql"),
    "mysql long flag": (_alnum_of(12), "mysql --user=root --password={v} shop"),
    "sshpass": (_alnum_of(12), "sshpass -p {v} ssh deploy@db-2"),
    "redis-cli": (_alnum_of(16), "redis-cli -h cache-1 -a {v} ping"),
    "redis config": (_alnum_of(24), "requirepass {v}"),
    "ldapsearch": (_alnum_of(14), "ldapsearch -x -D cn=admin,dc=corp -w {v} -b dc=corp"),
    "openssl": (_alnum_of(14), "openssl rsa -in server.key -passin pass:{v}"),
    "docker login": (_alnum_of(20), "docker login -u ci -p {v} registry.corp.example"),
    "flag with blank": (_alnum_of(20), "vault-agent --role-token {v} --log-level info"),
    "sql create": (passphrase, "CREATE USER shop WITH PASSWORD '{v}';"),
    "sql identified": (passphrase, "ALTER USER 'shop'@'%' IDENTIFIED BY '{v}'"),
    "snmp": (_alnum_of(12), "snmp-server user mon auth sha {v}"),
    "htpasswd": (lambda r: "$apr1$" + some(r, ALNUM, 8) + "$" + some(r, ALNUM, 22), "dana:{v}"),
    "shadow": (
        lambda r: "$6$" + some(r, ALNUM, 16) + "$" + some(r, ALNUM, 86),
        "dana:{v}:19800:0:99999:7:::",
    ),
    "bcrypt": (lambda r: "$2b$12$" + some(r, ALNUM, 53), "password_hash={v}"),
    "datadog": (_hex_of(32), "DD_API_KEY={v}"),
    "pagerduty": (lambda r: "u+" + some(r, SAFE, 18), "PAGERDUTY_TOKEN: {v}"),
    "cloudflare": (lambda r: some(r, SAFE, 40), "CF_API_TOKEN={v}"),
    "twilio": (_hex_of(32), "TWILIO_AUTH_TOKEN={v}"),
    "oauth body": (
        lambda r: some(r, SAFE, 40),
        "grant_type=refresh_token&client_id=web&client_secret={v}",
    ),
    "oauth json": (lambda r: some(r, SAFE, 64), '{{"refresh_token": "{v}", "expires_in": 3600}}'),
    "otp": (lambda r: some(r, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 32), "totp_secret={v}"),
    "otpauth": (
        lambda r: some(r, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 32),
        "otpauth://totp/Corp:dana?secret={v}&issuer=Corp",
    ),
    "slack hook": (
        lambda r: f"T{some(r, DIGITS, 9)}/B{some(r, DIGITS, 9)}/{some(r, ALNUM, 24)}",
        "posting to https://hooks.slack.com/services/{v}",
    ),
    "discord hook": (
        lambda r: some(r, SAFE, 68),
        "https://discord.com/api/webhooks/118765432109876543/{v}",
    ),
    "teams hook": (
        _hex_of(32),
        "https://corp.webhook.office.com/webhookb2/a@b/IncomingWebhook/{v}/c",
    ),
    "said": (password, "the password for the bastion is {v}"),
    "said short": (password, "pw: {v}"),
    "said and": (password, "login with admin / password {v} please"),
    "signing": (lambda r: base64_of(r, 48), "JWT_SIGNING_KEY={v}"),
    "encryption": (_hex_of(64), "encryption-key: {v}"),
    "rails": (_hex_of(128), "SECRET_KEY_BASE={v}"),
    "django": (
        lambda r: some(r, ALNUM + "!@#%^&*(-_=+)", 50),
        "SECRET_KEY = 'django-insecure-{v}'",
    ),
    "wifi": (passphrase, 'wpa_passphrase="{v}"'),
    "vault unseal": (lambda r: base64_of(r, 33), "Unseal Key 1: {v}"),
    "vault root": (lambda r: some(r, ALNUM, 24), "Initial Root Token: s.{v}"),
    "query password": (_alnum_of(14), "POST /login?user=dana&passwd={v} 302"),
    "form body": (_alnum_of(14), 'body="username=dana&password={v}&remember=1"'),
    "connection uri in json": (_alnum_of(16), '{{"uri":"ldap://cn=admin:{v}@ldap-1:389/"}}'),
}

LINES = tuple(line for _, line in CONTEXTS.values())
