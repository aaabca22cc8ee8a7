"""What everybody may know stays; the secret beside it, of the same form, does not."""

from __future__ import annotations

import base64
import random

import pytest

from tests.core.redaction.cleaned_texts import cleaned, cleaned_in_blocks

# A text, what leaves it and what stays in it.
HIDDEN = [
    (
        "sending, password=job_01a2177115f27111abd1542663b0df99",  # pragma: allowlist secret
        "01a2177115f27111abd1542663b0df99",  # pragma: allowlist secret
        "sending",
    ),
    (  # no id of ours: it is random where a UUIDv7 has its version
        "case.investigate job_5be0b0d6b5f1e02b0b9b54266b0bdf99 failed: sealed under another secret",
        "5be0b0d6b5f1e02b0b9b54266b0bdf99",  # pragma: allowlist secret
        "case.investigate",
    ),
    (
        "h1:Kiesel77Moos opens it, password: Kiesel77Moos",  # pragma: allowlist secret
        "Kiesel77Moos",
        "opens it",
    ),
    ("token: secret/Zk9pQ2mLw8xY", "Zk9pQ2mLw8xY", "token: "),  # pragma: allowlist secret
    (
        "password: kv/data/kX9dhU3j5Tq2",  # pragma: allowlist secret
        "kX9dhU3j5Tq2",
        "password: ",
    ),
    (
        "api key: uploads/2024/kX9dhU3j5Tq2.aabd",
        "kX9dhU3j5Tq2",  # pragma: allowlist secret
        "api key",
    ),
    (
        "pip -i https://__token__:Kiesel77@pypi.firma.example/a",  # pragma: allowlist secret
        "Kiesel77",
        "pypi.firma.example",
    ),
    (
        "git pull https://x-token-auth:Kiesel77Moos@git.firma.example",  # pragma: allowlist secret
        "Kiesel77Moos",
        "git.firma.example",
    ),
    (
        "auth: sha512-rsa, password: Sha512-Rose!",  # pragma: allowlist secret
        "Sha512-Rose!",  # pragma: allowlist secret
        "sha512-rsa",
    ),
    (
        "ghcr.io pull: app:4f2a91bc0d12 token=Xk2Qm9Ya0Nf7AqA4EbRt",
        "Xk2Qm9Ya0Nf7AqA4EbRt",  # pragma: allowlist secret
        "4f2a91bc0d12",  # pragma: allowlist secret
    ),
    (
        "lftp sftp://backup:Emb3r%40Rib@mail-17.eu.saltgrid.cloud/in",  # pragma: allowlist secret
        "Emb3r%40Rib",  # pragma: allowlist secret
        "mail-17.eu.saltgrid.cloud",
    ),
    (
        "impdp hr/Meadow_2538@db-03.fra1.quillon.cloud:1521/PROD",
        "Meadow_2538",  # pragma: allowlist secret
        "db-03.fra1.quillon.cloud",
    ),
    (
        "rsync_user:K3stel!Wald9@nas-2.corp.example.org::mod",
        "K3stel!Wald9",  # pragma: allowlist secret
        "nas-2.corp.example.org",
    ),
    (
        (
            "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY="
            "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k\n"  # pragma: allowlist secret
            "CLERK_SECRET_KEY=sk_live_Y2xlcmsuZXhhbXBsZS5jb20k9X"  # pragma: allowlist secret
        ),
        "sk_live_Y2xlcmsuZXhhbXBsZS5jb20k9X",  # pragma: allowlist secret
        "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k",
    ),
    (
        (
            'data-sitekey="6LeP6LD8WCbxJVOJOrQ6oveAIT6b2N0zN7GRs6ke"\n'  # pragma: allowlist secret
            "recaptcha_secret=6LeP6LD8WCbxJVOJOrQ6oveAIT6b2N0zN7GRs6kX"  # pragma: allowlist secret
        ),
        "6LeP6LD8WCbxJVOJOrQ6oveAIT6b2N0zN7GRs6kX",  # pragma: allowlist secret
        "6LeP6LD8WCbxJVOJOrQ6oveAIT6b2N0zN7GRs6ke",  # pragma: allowlist secret
    ),
    (
        (
            '{"turnstile":{"siteKey":"0x4AAAAAAAB1cD2eF3gH4iJ5","secretKey":"0x4AAA'
            'AAAAkL6mN7oP8qR9sT0uV1wX2yZ3aB"}}'
        ),
        "0x4AAAAAAAkL6mN7oP8qR9sT0uV1wX2yZ3aB",  # pragma: allowlist secret
        "0x4AAAAAAAB1cD2eF3gH4iJ5",
    ),
    (
        "{Password:IVt9vW GitCommit:2866c3a9 Port:1}",
        "IVt9vW",
        "2866c3a9",
    ),  # pragma: allowlist secret
    (
        (
            'settings: {"api_token":"Xk2Qm9Ya0Nf7AqA4","vcs.revision":"d00323e1f63c'
            '486549ce2ca637add59380a4a2c6"}'
        ),
        "Xk2Qm9Ya0Nf7AqA4",  # pragma: allowlist secret
        "d00323e1f63c486549ce2ca637add59380a4a2c6",  # pragma: allowlist secret
    ),
    (
        "podman pull registry.example/api:44e6e265 with password Wald77Moos",
        "Wald77Moos",  # pragma: allowlist secret
        "44e6e265",
    ),
    (
        ("kubectl set image deploy/app app=reg.example/app:7f3e2a1 password=Wald77Moos"),
        "Wald77Moos",  # pragma: allowlist secret
        "7f3e2a1",
    ),
    (
        "dist/token.3f2a1b9c.chunk.js 12 kB password: Wald77Moos",
        "Wald77Moos",  # pragma: allowlist secret
        "3f2a1b9c",
    ),
    (
        "static/media/secret-key-D_x9k2aB.svg 12 kB password: Wald77Moos",
        "Wald77Moos",  # pragma: allowlist secret
        "D_x9k2aB",
    ),
]
KEPT = [
    "TASK [secrets : write password files] ****",
    "RUNNING HANDLER [secret : restart billing] ****",
    "x.dev/y v0.59.0 h1:XpC0BZ2oFMs/A+PEgEr9TGcsDaomNkWVe/P+Oy8HoyY=",  # pragma: allowlist secret
    "downloaded: h1:CdUKF4oLOkan8/AuT8zXh55KQQiEmzCiyRI4jEAOKlQ=",  # pragma: allowlist secret
    "vault.hashicorp.com/agent-inject-secret-db: secret/data/app/postgres",
    "vault.hashicorp.com/agent-inject-secret-db: database/creds/app-rw",
    "secretKey: internal/data/database/config",
    "vaultSecret: kv/prod/db#password",
    "password: kv-v2/data/team/mail#smtp_password",
    'mail._domainkey IN TXT "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A3DHfazpCnMXp05/4T"',
    "NoSuchKey: The specified key does not exist. Key: exports/2024/metrics/part-00002.parquet",
    "Signature Algorithm: ecdsa-with-SHA384",
    "Signature Algorithm: dsa_with_SHA256",
    "auth failed: key exchange ecdh-sha2-nistp521, rsa_pss_rsae_sha256",
    "password hash: PBKDF2-HMAC-SHA512",
    "auth=TLS_AES_256_GCM_SHA384",
    "token cipher: AES/CBC/PKCS5Padding",
    "key type sk-ecdsa-sha2-nistp256@openssh.com",
    ".password-input_lAzg1n{border:1px}",
    "a:hover, .token-badge_Qx81Za:focus > b { color: red }",
    '<div class="auth_secret-row__3xYz1Q open">',
    "x-amz-id-2: JA8nlVA75WPMmyus1RCOWD4qyue6mHdcVvwE4TJiVTzX=",  # pragma: allowlist secret
    '"x-amz-cf-id": "3Zf8kq0Xv1nB7mPq9LrT5yWc2HdJ6sGa4UeKoIiVbw=="',  # pragma: allowlist secret
    "S3 Extended Request ID: JA8nlVA75WPMmyus1RCOWD4qyue6mHdcVv",  # pragma: allowlist secret
    "x-guploader-uploadid: ABPtcPqLx81ZkQ0vT7yRm3nWc9HdJ2sGa4Ue",  # pragma: allowlist secret
    "GET /assets/login-4f5e6a7b.css 200",
    "rolled back to 218801a; build 7f3e2a1",
    "docker tag billing:44e6e265 reg/billing:44e6e265",
    "my api at https://ldap-18.eu-west.lumenroute.net is down",
    # What our own log says of a job that failed.
    "evidence.process job_01a2177115f27111abd1542663b0df99 failed: the database was sealed under"
    " another secret, or was changed on the disk",
]


@pytest.mark.parametrize(("text", "secret", "kept"), HIDDEN)
def test_what_is_secret_leaves_and_the_rest_stays(text: str, secret: str, kept: str) -> None:
    shown = cleaned(text)
    assert secret not in shown
    assert kept in shown


@pytest.mark.parametrize(("text", "secret", "kept"), HIDDEN)
def test_lines_that_come_in_blocks_go_through_the_same(text: str, secret: str, kept: str) -> None:
    shown = cleaned_in_blocks(text)
    assert secret not in shown
    assert kept in shown


@pytest.mark.parametrize("text", KEPT)
def test_what_only_looks_so_stays(text: str) -> None:
    assert cleaned(text) == text


@pytest.mark.parametrize("seed", range(20))
def test_no_line_of_a_certificate_is_hidden(seed: int) -> None:
    body = base64.b64encode(random.Random(seed).randbytes(900)).decode()  # noqa: S311
    rows = [body[at : at + 64] for at in range(0, len(body), 64)]
    text = "\n".join(["-----BEGIN CERTIFICATE-----", *rows, "-----END CERTIFICATE-----"])
    assert cleaned(text) == text


def test_a_private_key_between_public_blocks_is_hidden() -> None:
    public = "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n"
    key = "-----BEGIN PRIVATE KEY-----\nMIIEowIBAAKCAQEAy8Db\n"  # pragma: allowlist secret
    key += "-----END PRIVATE KEY-----\n"
    shown = cleaned(public + key + public)
    assert "MIIEow" not in shown
    assert shown.count("MIIC") == 2


def test_a_token_that_an_issuer_marks_is_none_of_a_request() -> None:
    issued = "ghp_" + "aB3dE6gH9jK2mN5p" * 2 + "q8Rt"
    assert issued not in cleaned(f"request_id={issued}")
    plain = "request-id: req_011CSHoEeqs5C35K2UUqR7Fy"
    assert cleaned(plain) == plain
