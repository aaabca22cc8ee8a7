"""Secrets as single products write them, and ids of products that only look like secrets."""

from __future__ import annotations

import base64

import pytest

from tests.core.redaction.cleaned_texts import cleaned, cleaned_among_many, cleaned_in_blocks

_HEX = (
    "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"  # pragma: allowlist secret
)
_UUID = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d"
_BODY = "VhtW95zzWvq04pZEcg8b7eqtgCfMyCZjPDBUzLeKhQpYeY5PQbUG"  # pragma: allowlist secret
_ENROLMENT = base64.b64encode(
    b'{"ver": "9.0.1", "adr": ["10.1.2.3:9200"], '
    b'"key": "Zx42VFo1xmZCzefZHPO:rO7jQEvtCsS4XG2bGjYQYX8"}'  # pragma: allowlist secret
).decode()

# A line, what leaves it and what stays in it.
HIDDEN = [
    # the keys of wallets, as libraries take them
    (f'const signer = new Wallet("0x{_HEX}", rpc)', _HEX, "new Wallet("),
    (f'acct = Account.from_key("{_HEX}")', _HEX, "from_key"),
    (f"eth.accounts.privateKeyToAccount('0x{_HEX}')", _HEX, "privateKeyToAccount"),
    # keys and their stores, by their first bytes
    (f"KEYSTORE_B64=MIIKkQIBAzCC{_BODY}", _BODY, "KEYSTORE_B64"),
    (f'"pfx": "MIIJYAIBAzCC{_BODY}",', _BODY, "pfx"),
    (f"signing: MIIEvQIBADANBgkqhkiG9w0{_BODY}", _BODY, "signing"),
    (f"RELEASE_STORE=/u3+7QAAAAIAAAAB{_BODY}", _BODY, "RELEASE_STORE"),
    # what is sent to a relay, piped to a tool or tells what it is by its form
    ("client_send = : relayuser : pepperbravo1985", "pepperbravo1985", "relayuser"),
    ("client_send = ^relayuser^mangozebra396", "mangozebra396", "relayuser"),
    ("GOVC_URL=administrator@vsphere.local:Falcon997@vc1", "Falcon997", "vc1"),
    ("psexec.py acme/joe:kaffeeviking5731@10.0.0.1", "kaffeeviking5731", "10.0.0.1"),
    (r"445 DC [+] ACME\joe:sunsetmaple9682 (Pwn3d!)", "sunsetmaple9682", "Pwn3d"),
    ("add system user joe sunsetotter5884 -timeout 900", "sunsetotter5884", "timeout"),
    ("{xor}TQTWrkrdrcW0epEHu+U=", "TQTWrkrdrcW0epEHu", "xor"),
    ('bin/elasticsearch-keystore add x <<< "tigerbravo8530"', "tigerbravo8530", "keystore"),
    ("printf %s tigercomet1737 | cryptsetup open -", "tigercomet1737", "cryptsetup"),
    (r'printf "joe\nLotustulpe277\n" | vpn -s connect h', "Lotustulpe277", "connect"),
    ("--ldap_password_" + 'cmd="echo -n rocketsunset6657"', "rocketsunset6657", "ldap"),
    ("Ki=0123456789abcdef0123456789abcdef", "0123456789abcdef", "Ki"),
    ("  shared_key Falconraven7102", "Falconraven7102", "shared_key"),
    ('env=[{"name":"DB_PW","value":"Tiger_falconQ"}]', "Tiger_falconQ", "DB_PW"),
    # switches and routers
    (" local-user admin password cipher quartzotter4324", "quartzotter4324", "admin"),
    (" area-password md5 Bravoraven2448", "Bravoraven2448", "md5"),
    ('password manager user-name "eva" plaintext "x(b1@/F;"', "x(b1@/F;", "eva"),
    ("password operator plaintext kestrel9", "kestrel9", "operator"),
    (" ospf authentication-mode hmac-sha256 5 cipher %^%#x9Lm2Qp", "%^%#x9Lm2Qp", "hmac-sha256 5"),
    (" isis authentication-mode simple plain harborlight level-2", "harborlight", "level-2"),
    (" rip authentication-mode md5 usual Rip4key9", "Rip4key9", "usual"),
    (" neighbor 10.0.0.9 password riverbank", "riverbank", "10.0.0.9"),
    (" ppp chap password 0 tango77x", "tango77x", "chap"),
    ("enable algorithm-type scrypt secret Plain5ec9", "Plain5ec9", "scrypt"),
    ("  wpa-psk ascii 0 wifi4allofus", "wifi4allofus", "ascii 0"),
    # hashes, with what they are of
    (f"{_HEX[:32]}:Sommer22", "Sommer22", ""),
    (f"{_HEX}:hunter!two", _HEX, ""),
    (f"anna = -pbkdf2:sha256-{_HEX[:40]},{_HEX[:32]},600000", _HEX[:32], "anna"),
    (f"otto = -hashed-{_HEX[:40]},{_HEX[:32]}", _HEX[:40], "otto"),
    # codes and seeds of a second factor
    ("steamcmd +login acme Wiese77x R5K2D +app_update 740", "R5K2D", "acme"),
    ("Steam Guard code: T7XQ2", "T7XQ2", "Steam"),
    ("Your TOTP seed is JBSW Y3DP EHPK 3PXP", "Y3DP", "TOTP"),
    ("Dein Code lautet 482 913", "482 913", "lautet"),
    # pairs, whatever signs the password has
    ("login for grafana: svc_a / x$9/kPq(!2", "x$9/kPq(!2", "svc_a"),
    ("creds: etl_rw / k9/&rT_q-B+D^-M", "7h/&nW_n", "etl_rw"),
    # brokers and servers, each its own way
    (
        'd.PlainLoginModule required user_eva="brook" user_max="stream";',
        "stream",
        "PlainLoginModule",
    ),
    ('  user_admin="plainword"', "plainword", "user_admin"),
    ("    user anna insecure-password elgato", "elgato", "anna"),
    ("  stats auth ops:sunflower", "sunflower", "ops"),
    ("smtp_sasl_password_maps = static:relay:zebra", "zebra", "relay"),
    ('vpnuser l2tpd "open door" *', "open door", "vpnuser"),
    ("Login OK: [eva/spring99] (from client wlc port 0)", "spring99", "client wlc"),
    ("MS-CHAP2-Response = 0x0100aabbccddeeff00112233", "aabbccdd", "MS-CHAP2-Response"),
    ('C: a LOGIN "eva" "two words"', "two words", "eva"),
    ("C: . login eva carrot", "carrot", "eva"),
    ("## Erlang cookie on this node: EUZPCMHUCHUSWOZZBIQS", "EUZPC", "this node"),
    ("createUser mon MD5 FirstPass1 DES SecondPass2", "FirstPass1", "mon"),
    ("nsupdate -y hmac-sha512:xfer:c2VjcmV0MTIzNDU2Nzg5", "c2VjcmV0", "xfer"),
    # a NUL between a name and its value
    (r"\x05login\x00eva\x00\x08password\x00Rosalind47\x00", "Rosalind47", "eva"),
    (r"user\0root\0database\0orders\0pwd\0rainbow7\0", "rainbow7", "orders"),
    # addresses
    ("http://cam/snapshot.cgi?loginuse=eva&loginpas=Hy0kSd7m&res=2", "Hy0kSd7m", "loginuse=eva"),
    (f"https://sink-7.loggly.com/inputs/{_UUID}/tag/shop", _UUID, "/tag/shop"),
    (f"https://intake.logs.example.com/v1/input/{_UUID}", _UUID, "intake.logs.example.com"),
    # providers whose keys look like ids
    (f'POSTMARK: "{_UUID}"', _UUID, "POSTMARK"),
    (f"sparkpost_live = {_HEX[:40]}", _HEX[:40], "sparkpost_live"),
    (f"configured, join with {_ENROLMENT}", _ENROLMENT, "configured"),
    # what a store keeps as a string
    (
        r'"SecretString": "{\"username\":\"svc\",\"api\":\"zzkjh8899\",\"host\":\"db.corp.io\"}"',
        "zzkjh8899",
        "db.corp.io",
    ),
    # personal data under names
    ('{"card":{"number":"5301928374655512","brand":"visa"}}', "5301928374655512", "visa"),
    ("SET phone='06-31772940' WHERE id=774102", "31772940", "774102"),
    ("mdp: fromage", "fromage", "mdp"),
    # clients of registries, by where the argument stands
    (
        "npm config set //registry.corp.io/:_authToken abc123def456",  # pragma: allowlist secret
        "abc123def456",  # pragma: allowlist secret
        "corp.io",
    ),
    ("poetry config http-basic.corp ci hedgerow", "hedgerow", "http-basic.corp"),
    ('BUNDLE_GEMS__CORP__IO: "ci:gem77x"', "gem77x", "BUNDLE_GEMS__CORP__IO"),
    ("dotnet nuget push a.nupkg -k oy2abcdef -s https://x", "oy2abcdef", "a.nupkg"),
    # a login in one argument, or after two words
    ("etcdctl --user root:brook get /", "brook", "root"),
    ("exten => s,n,Dial(SIP/alice:meadow@10.1.1.1/100)", "meadow", "alice"),
    ("incoming_user = user1 chapsecret12", "chapsecret12", "user1"),
    ("$USER3$=resource77x", "resource77x", "$USER3$"),
    ('poll imap.x.org user "eva" password "meadow" is eva here', "meadow", "imap.x.org"),
    ("psk=sunny day in june", "sunny day", "psk"),
    ("nmcli dev wifi connect Office password meadowlark", "meadowlark", "Office"),
    ('lösenordet till wifi är "fika fika 12"', "fika 12", "wifi"),
    ("gebruiker piet ww Fiets123", "Fiets123", "piet"),
    ("ユーザー: tanaka パス: Fuji2024", "Fuji2024", "tanaka"),
]
# Several lines, what leaves them and what stays in them.
HIDDEN_BELOW = [
    (
        'config system snmp community\n  edit 1\n    set name "harbor22"\n    config hosts',
        "harbor22",
        "config hosts",
    ),
    (
        "/snmp community\nadd addresses=10.0.0.0/8 name=quayside read-access=yes",
        "quayside",
        "10.0.0.0/8",
    ),
    ("$ pwgen 12 1\nAeth3oojeiGh\n$ uptime", "Aeth3oojeiGh", "uptime"),
    ("$ openssl rand -hex 16\n9f86d081884c7d659a2feaa0c55ad015\n$ ls", "9f86d081", "ls"),
    (
        "$ cat priv\nqB7xW0pZr4mKc9LtYv2HsDf6JgE1uNaR5oTiXw8QkVs=",  # pragma: allowlist secret
        "vuN2Es",
        "cat priv",
    ),
    ('host,user,password,owner\ndb-1,app_ro,"2PK9,BXQ8Qq",qa', "2PK9,BXQ8Qq", "app_ro"),
    ('name;kennwort;ort\nkarl;"sand;er9X";Bern', "sand;er9X", "karl"),
]
KEPT = [
    (
        "TWILIO_ACCOUNT_SID=AC0f8e7d6c5b4a39281706f5e4d3c2b1a0",  # pragma: allowlist secret
        "AC0f8e7d6c5b4a",  # pragma: allowlist secret
    ),
    ("docker login -u $CI_USER -p $CI_PASSWORD registry.corp.io", "registry.corp.io"),
    ("FATAL 28P01 (invalid_password)", "28P01"),
    ("ValidationException: password: size must be between 12 and 128", "size must"),
    ("secret: value is too short (minimum is 16 characters)", "value is"),
    ("Passwort: muss mindestens 8 Zeichen lang sein", "muss"),
    ("  -t, --token path        Read token from file", "path"),
    ("* 4ac8d0e77 (HEAD -> main) Remove password column", "4ac8d0e77"),
    (";; SERVER: 10.0.0.203#53 COOKIE: 0a9d3c57e1b84f26d7c08e5b91f3a264", "0a9d3c57"),
    ("  secrets: secret/data/ci npm_token | NPM_TOKEN", "secret/data/ci"),
    ("declined, event evt_9pQrStUvWx12Ab34Cd56Ef78", "evt_9pQr"),
    ("OPENAI_ORG=org-q2W3e4R5t6Y7u8I9o0P1a2Sd", "org-q2W3"),  # pragma: allowlist secret
    ("core-sw1#show run | i secret|key", "core-sw1#show"),
    ("mint EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", "EPjFWdd5"),
    ("nkey: UCS4EC4I3PDRB7RNJPCMOP2D6ZBUJVEYVA6UQQTVPVMCB5JGS3KLRW4T", "UCS4EC4I"),
    ('user_agent="curl/8.1" user_id="a77bc"', "a77bc"),
    (f"{_HEX[:32]}:app.js", "app.js"),
    (f"https://api.corp.io/v1/orders/{_UUID}/items", _UUID),
    (f"tx 0x{_HEX} mined", _HEX),
    ("$USER1$=/usr/lib/nagios/plugins", "/usr/lib/nagios"),
    ("psk=$WIFI_PSK", "$WIFI_PSK"),
    ("        passphrase=passphrase,", "=passphrase,"),
    ("edges = range(0, size / phases).round().astype(np.int64)", "phases).round()"),
    ("npm config set registry https://registry.corp.io", "registry.corp.io"),
    ("path is /etc/nginx / /opt/app-2/bin", "/opt/app-2/bin"),
    ("ssh: negotiated cipher aes256-gcm@openssh.com", "aes256-gcm@openssh.com"),
]
KEPT_BELOW = [
    ('monitor {\n  password Walfang712socket\n  send "GET /healthz HTTP/1.1"\n}', "GET /healthz"),
    ("$ wg genkey | tee priv | wg pubkey\nZt5oLp2vQc8RsX1yWn7KdFh3MgJ6uBaE9iTqVw4CkYs=", "Zt5oLp2"),
]


@pytest.mark.parametrize(("line", "secret", "rest"), HIDDEN)
def test_the_secret_is_hidden_and_the_rest_stays(line: str, secret: str, rest: str) -> None:
    for shown in (cleaned(line), cleaned_among_many(line)):
        assert secret not in shown
        assert rest in shown


@pytest.mark.parametrize(("text", "secret", "rest"), HIDDEN_BELOW)
def test_a_secret_below_its_heading_is_hidden(text: str, secret: str, rest: str) -> None:
    for shown in (cleaned(text), cleaned_in_blocks(text)):
        assert secret not in shown
        assert rest in shown


@pytest.mark.parametrize(("line", "public"), KEPT)
def test_an_id_stays(line: str, public: str) -> None:
    assert public in cleaned(line)
    assert public in cleaned_among_many(line)


@pytest.mark.parametrize(("text", "public"), KEPT_BELOW)
def test_what_is_public_stays_below_a_heading(text: str, public: str) -> None:
    assert public in cleaned(text)
    assert public in cleaned_in_blocks(text)


def test_the_secret_beside_a_public_id_is_hidden() -> None:
    shown = cleaned(f"PHPSESSID={_HEX[:32]} sid=AC0f8e7d6c5b4a39281706f5e4d3c2b1a0")
    assert _HEX[:32] not in shown
    line = "token=evt_9pQrStUvWx12Ab34Cd56Ef78"  # pragma: allowlist secret
    assert line not in cleaned(line)
