"""Secrets that only what stands around them gives away, and what stands there and is none."""

from __future__ import annotations

import polars as pl
import pytest

from core.redaction.engine import Redactor

REDACTOR = Redactor(b"the key of a case")
DRAWN = "9f2c41d7aa3be0c86512f47d9e80ab3341c5d6e7"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ('jwt.sign(claims, "{}")', "Zq81mXc0Vt7RbNw2Ka"),
        ("define( 'DB_PASSWORD', '{}' );", "eichel798"),
        ('load(stream, "{}".toCharArray())', "Kies3l@ufer?"),
        ("<password_sha256_hex>{}</password_sha256_hex>", DRAWN),
        (r"printf '{}\n' | openconnect --passwd-on-stdin vpn.example", "Laub375"),
        ('sudo -S apt update <<< "{}"', "Gr4s4lm28?"),
        ("rootpw --plaintext {}", "MoosFarnKies41"),
        ("CRTUSRPRF USRPRF(eva) PASSWORD({})", "D4BCE4A1"),
        ("    Key Content            : {}", "moos-farn-kiesel"),
        ("INSERT INTO staff (id, passwd, town) VALUES (4, '{}', 'Ulm')", "Apfel+Kern"),
        ("ENV APP_SECRET {}", "nebel7Wolke"),
        ("net use //nas/x /user:corp/eva {}", "Laub-9-Rot"),
        ("UPDATE staff SET password = MD5('{}') WHERE id = 7", "Regen-Tag12"),
        ("... WHERE pwd=SHA2(CONCAT('salz', '{}'), 256)", "Regen-Tag12"),
        ("WHERE token <> encode(digest('{}', 'sha256'), 'hex')", "Regen-Tag12"),
        ("Duplicate entry '{}' for key 'sessions.token'", "Zq81mXc0Vt7RbNw2Ka"),
        ("DETAIL:  Failing row contains (7, eva, null, {}, t).", "Herbst!Laub42"),
        ("DETAIL:  parameters: $1 = '{}', $2 = '7'", "Zq81mXc0Vt7RbNw2Ka"),
        ("GET /unsubscribe?t={} HTTP/1.1", "Zq81mXc0Vt7RbNw2Ka"),
        ("GET /back?code=4&state={} HTTP/1.1", "Zq81mXc0Vt7RbNw2Ka"),
        ("7z a out.7z -p{} src", "Tannenzapfen8"),
        ("sqlcmd -S db -U sa -P {}", "Kiesel-4471"),
        ('New-X (ConvertTo-SecureString "{}" -AsPlainText)', "Moos und Farn"),
        ("the passphrase is '{}'", "vier kleine graue steine"),
        ("creds for it: login with eva / {}", "Kranich!77"),
        ("your OTP is {}", "440912"),
        ('{{"salt": "{}"}}', DRAWN),
        ("{}", "https://chat.firma.example/hooks/x9f3kq7w2m4z8t5b1n6c0d"),
        ("ldap: {}", "{SSHA}Zm9vYmFyYmF6cXV4cXV1eGNvcmdlZ3JhdWx0"),
        ("      DB_PASSWORD:           {}", "Kx9-vielleicht"),
        ('  + password                  = "{}"', "Herbst-Laub_42"),
        ('  ~ master_password = "«secret-abcdefghij»" -> "{}"', "NeuesPasswort77!"),
        ("  ~ client_secret = (known after apply) -> {}".replace("{}", '"{}"'), "fresh-9secret"),
        ("Ich habe das Passwort auf {} gesetzt", "Regen-Tag12"),
        ("Kennwort: {}", "Regen-Tag12"),
        ("パスワード: {} を使用", "himitsu-77"),
        ("mot de passe : {}", "rouge-Vin8"),
        ('<property name="hibernate.connection.password">{}</property>', "orm-geheim2"),
        ('<wsse:Password Type="x#PasswordText">{}</wsse:Password>', "soap-geheim"),
        ("redis-cli -a {} ping", "r3dis-cli-pw"),
        ("snmpwalk -v2c -c {} 10.0.0.1", "acme-priv8"),
        ("auth header was 'Token {}'", DRAWN),
        ("GenieKey {}", "5f3c2c8e-6d4e-4d1a-9b0e-6a7a3c1c2b11"),
        ("etcdctl --user root:{} get /x", "etcd-root-1"),
        ("rabbitmqctl add_user svc {}", "rabbit-svc-2"),
        ("define('DB_PASSWORD', '{}');", "php-geheim4"),
        ("{{'token': b'{}'}}", "zXCot2PoPUtg3SUunWZTRTpy"),
        ("recovery code: {}", "X7K2-9PQM-4RTZ"),
        ('psk="{}"', "wlan-geheim"),
        (
            "SCRAM-SHA-256$4096:{}",
            "om1runZWbwuOdG2bhANdOA==$m4nZJ3NBO/yp4OujspJxbuV0OC=:yPxu3H4EseocKcDO+uafjEMAKHU=",
        ),
        ("bob:1001:aad3b435b51404eeaad3b435b51404ee:{}:::", DRAWN[:32]),
        ("Authorization: Acme-Token {}", "zq83hfKd02mmAAe9"),
        ('Authorization: Hawk id="dh37", ts="1353832234", mac="{}"', "6R4rV5iE+NPoym+WwjeHzj="),
        ('Authorization: Digest username="eva", realm="x", response="{}"', DRAWN[:32]),
        (r'{{"m":"{{\"i\":\"{{\\\"password\\\":\\\"{}\\\"}}\"}}"}}', "kiesel9moos"),
        ("GET /cb?state=1%26client_secret%3D{}%26x", "kiesel9moos"),
        ("bindpw {}", "nebelwald"),
        ("rwcommunity6 {} 10.0.0.0/8", "nebelwald"),
        ("myapp_ldap_authtok = {}", "nebelwald"),
        ("vncpass: {}", "nebelwald"),
        ("tacacs-server key 7 {}", "01100F175804575D72"),
        ("radius-server host 10.1.1.1 key {}", "nebelwald"),
        ("olcRootPW:: {}", "d3E5RmozaQ=="),
        ('expect "assword:" {{ send "{}\\r" }}', "nebel wald"),
        ('expect "assword:" {{ send "{}\\r" }}', "S71C}RKu0jhA"),
        ('child.sendline("{}\\n")', "Kx9vielleicht"),
        ("C: A01 AUTHENTICATE PLAIN {}", "AGRhbmEAd3E5RmozaQ=="),
        ("AUTH LOGIN {}", "ZGFuYQ=="),
        ("a7 LOGIN eva {}", "nebelwald"),
        ("SET PASSWORD FOR 'eva'@'%' = '{}'", "nebelwald"),
        ("ALTER USER eva IDENTIFIED BY {};", "nebelwald"),
        ("SELECT crypt('{}', gen_salt('bf'))", "nebelwald"),
        ("CREATE USER MAPPING FOR eva OPTIONS (user 'eva', password '{}')", "nebelwald"),
        ("connect postgres://eva:{}@db.firma.example:5432/shop failed", "p@ss/wo#rd?7"),
        ("<name>fs.s3a.secret.key</name><value>{}</value>", "nebelwald"),
        ("<password><![CDATA[{}]]></password>", "nebelwald"),
        ('"AUTH" "eva" "{}"', "nebelwald"),
        ("xfreerdp /u:eva /password:{} /v:ts1", "nebelwald"),
        ("htpasswd -bc /etc/x.htpasswd eva {}", "nebelwald"),
        ("ldapsearch -x -D cn=eva -w {} -b dc=firma", "nebelwald"),
        ("ldapmodify -w{} -f x.ldif", "nebelwald"),
        ("redis-cli -h r1 -a {} ping", "nebelwald"),
        ("mongodump -u eva -p={} --out /b", "nebelwald"),
        ("docker login -u eva -p {} reg.firma.example", "nebelwald"),
        ("helm registry login reg -u eva -p '{}'", "nebelwald"),
        ('["cqlsh", "-u", "eva", "-p", "{}"]', "nebelwald"),
        ("['mysqldump', '-u', 'eva', '-p{}', 'shop']", "nebelwald"),
        ("ipmitool -I lanplus -U eva -P {} power status", "nebelwald"),
        ("bcp shop.t out f -U sa -P{}", "nebelwald"),
        ("ssh-keygen -p -P {} -f id", "nebelwald"),
        ("ssh-keygen -t ed25519 -N '{}' -f id", "nebelwald"),
        ("schtasks /create /ru eva /rp {}", "nebelwald"),
        ("mosquitto_pub -u eva -P {} -t x", "nebelwald"),
        ("vault login -method=token {}", "nebelwald"),
        ("aws configure set profile.x.aws_secret_access_key {}", "nebelwald"),
        ("setx SHOP_API_KEY {}", "nebelwald"),
        ("lftp -u eva,{} sftp://h", "nebelwald"),
        ("sqlplus -S scott/{}@shop", "nebelwald"),
        ("expdp userid=system/{} directory=d", "nebelwald"),
        ('cryptsetup open /dev/sdb1 data <<< "{}"', "Drei nasse Wege"),
        ("xfreerdp /v:ts1 /u:eva /p:'{}'", "Nebel79*"),
        ("racadm -r 10.0.0.9 -u root -p {} getsysinfo", "Nebel.wald"),
        ("snmpget -v3 -u eva -a SHA -A eins.zwei3 -x AES -X {} 10.0.0.1", "drei_vier5"),
        ("openssl pkcs12 -export -out k.p12 -passout pass:{}", "Nebel.wald4"),
        ("rabbitmqctl add_user eva '{}'", "y7(nebel"),
        ("snyk auth {}", "cbfaf116-b5b7-4655-a147-40a699ea2339"),
        ("Enter this setup key: {}", "2cwq ephp l3yo zhsd"),
        ('{{"Name":"/qa/db-password","Type":"SecureString","Value":"{}"}}', "Nebelwald71"),
        ("https://hooks.zapier.com/hooks/catch/3424476/{}/", "et3lyr8"),
        ("ping https://hc-ping.com/{}", "0a09a6f3-a482-40a1-a71f-60b6a3f63b25"),
        ("    ProxyPassword    REG_SZ    {}", "Nebel_wald3"),
        ("mc alias set bkp https://s3.firma.example eva {}", "Nebel:wald92"),
        ('<credential-reference clear-text="{}"/>', "nebel-wald-moos"),
        ('<Pass encoding="base64">{}</Pass>', "UHJpbnRlbXBzMjAyMSM="),
        ("snmp-agent community read cipher {}", "QII6XXDS24kMGtxSlSy5"),
        ("set ike gateway GW authentication pre-shared-key key {}", "nebel6112"),
        ("register => 48816:{}@sip.firma.example/15824", "Nebel8216"),
        ("[mail.firma.example]:587 eva:{}", "JOc-K%Pnebel"),
        ("PRIVMSG NickServ :IDENTIFY {}", "0B^B=dwZR"),
        ("voici les identifiants: root / {}", "Nebel/wald6"),
        ("votre mot de passe provisoire est : {}", "Nebel@wald91"),
        ("pulumi:passphrase: {}", "Nebel indigo 564!"),
        ('the zip is encrypted, use "{}" to open it', "trumpet desert muffin"),
        ("| eva | *{} |", DRAWN.upper()),
        ("eva;{};aktiv", f"pbkdf2_sha256$870000$nebelwaldmoos0$Zq8{DRAWN}=".replace("=", "")),
        ("stored: {}", f"scrypt:32768:8:1$nebelwaldmoos$Zq8{DRAWN}{DRAWN}"),
        ("rolpassword md5{}", DRAWN[:32]),
        ("hash {}", f"0x0100{DRAWN.upper()}0A1B2C3D"),
        ("grub: {}", f"grub.pbkdf2.sha512.10000.{DRAWN.upper()}.{DRAWN.upper()}"),
        ("mail: {}", "{SHA512-CRYPT}$6$nebelwald$Zq81mXc0Vt7RbNw2KaPx"),
        ("$DCC2$10240#eva#{}", DRAWN[:32]),
        ("eva::FIRMA:{}", f"1122334455667788:{DRAWN[:32]}:0101000000{DRAWN}"),
        ("db.firma.example:5432:laden:eva:{}", "nebel-wald-moos"),
        ("http:proxy.firma.example:3128:eva:{}", "Nebelwald71"),
        ("relay.firma.example eva@firma.example:{}", "Nebelwald71"),
        ("eva:{}:1004:1004:Eva:/home/eva:/bin/false", "nebelwald"),
        ("eva:{}:ftp.firma.example", "Nebel-9-Wald!"),
        ("karaf = {},_g_:admingroup", "Nebelwald71"),
        ('> Authorization: Digest qop=auth, uri="/x", response="{}", realm="shop"', DRAWN[:32]),
        ('usm: createUser eva SHA-256 "{}" AES nebelwald77', "vier kleine graue steine"),
        ("createUser eva SHA nebelwald77 AES {}", "moosgrund88"),
        (" ip ospf message-digest-key 4 md5 {}", "fLuchtBX"),
        ("db-2:5432:orders:shop:{}", "pLIix6MEOLeMa61E"),
        ('snmp-server community "{}" restricted', "Uferweg-lampe3"),
        ("snmpget -v3 -u eva -A {} -X moosgrund88 10.0.0.1", "nebelwald77"),
        ("X-Kelp-Team: {}", "Zq81mXc0Vt7RbNw2Ka"),
        ("x-insert-key: {}", DRAWN[:32]),
        ("proxy_set_header X-Api-Key {};", DRAWN[:32]),
        ("RequestHeader set X-Api-Key {}", DRAWN[:32]),
        ("http-request set-header X-Auth-Token {}", DRAWN[:32]),
        ("GET https://up.firma.example/api/push/{}?status=up", "Zq81mXc0Vt7RbNw2"),
        ("curl https://firma.example/inbound/{}", DRAWN),
        ("ejabberdctl register eva firma.example {}", "nebelwald"),
        ("ipmitool -H 10.0.0.9 user set password 3 {}", "nebelwald"),
        ("ansible-vault encrypt_string '{}' --name x", "nebel wald"),
        ("kinit --password-file=<(echo {}) eva", "nebelwald7"),
        ('echo "{}" | cryptsetup open /dev/sdb1 d', "vier kleine graue steine"),
        ("unlock it with '{}'", "granite falcon velvet ember"),
        ("use “{}” as the password", "granite falcon velvet ember"),
        ('set psk "{}"', "granite falcon velvet ember"),
        ("password updated (was {}, now gone)", "Nebelwald71"),
        ('api_token: "old" => "{}"', "nebel-wald-7"),
        ('{{"op":"replace","path":"/spec/password","value":"{}"}}', "nebelwald"),
        ("Cookie: lang=pl; laden={}; theme=dark", "Zq81mXc0Vt7RbNw2"),
    ],
)
def test_secrets_that_their_surroundings_give_away(text: str, secret: str) -> None:
    line = text.format(secret)
    shown = REDACTOR.clean(line).text
    assert secret not in shown
    assert REDACTOR.hide(pl.Series([line])).to_list() == [shown]


@pytest.mark.parametrize(
    "line",
    [
        "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/db-AbCdEf",
        "const pw = await getPassword(userId);",
        "CRTUSRPRF USRPRF(eva) PASSWORD(*NONE)",
        'sudo -S apt update <<< "$PW"',
        "api_key_id=5f3c2c8e-6d4e-4d1a-9b0e-6a7a3c1c2b11",
        'MountVolume.SetUp failed for volume "creds" : secret "db-creds-v2" not found',
        "Subject Key Identifier: 4A:5B:6C:7D:8E:9F",
        "text: 1024 2048 4096 bytes",
        "docker run --user 1000:1000 shop",
        "docker run -p 8080:80 shop",
        "WARNING! Using --password via the CLI is insecure.",
        "DB_PASSWORD=${DB_PASSWORD:?missing}",
        "encrypted with AES-256 by default",
        "mot de passe oublié : cliquez ici",
        "docker login -u eva --password-stdin",
        "docker login -u eva -p $REGISTRY_TOKEN",
        "redis-cli -h r1 -p 6379 info",
        "redis-cli -a $REDIS_PASSWORD ping",
        "mongodump --port 27017 -u eva -p",
        "ssh-keygen -t ed25519 -N '' -f id",
        "sqlplus / as sysdba",
        "rman target /",
        "aws configure set region eu-central-1",
        "setx PATH C:/tools",
        "token 12 of 40 read",
        "snmpget -v2c -c public 10.0.0.1",
        "Passwort falsch",
        "authorization: denied for user eva on db-2",
        'WWW-Authenticate: Digest realm="shop", qop="auth", algorithm=MD5',
        "auth login failed for eva",
        "key 5 of 120 loaded",
        "rocommunity public",
        "content changed '{md5}9e107d9d372bb6826bd81d3542a419d6' to a newer one",
        'send "show version\\r"',
        "http://10.0.0.7:8080/users?mail=x@",
        "CREATE TABLE users (password text NOT NULL)",
        "the bypass: closed",
        'Authorization: Digest realm="laden", nonce="dGFubmVu"',
        "Set-Cookie: theme=dark; Path=/; Max-Age=2592000",
        '<add assembly="System.Web, PublicKeyToken=b03f5f7f11d50a3a"/>',
        "Restoring cache key=deps-v3-9f2c41d7aa3be0c86512f47d9e80ab33",
        "  existingSecret: laden-redis",
        "      + password = (sensitive value)",
        '<add key="PasswordResetUrl" value="https://firma.example/reset" />',
        "Content-MD5: ugR5DCIOeuriZJvKtNXZGFGBGaPO8jLVWArfVkrv2n1",
        'endpoint = "https://A1B2C3D4E5F6.gr7.eu-west-3.eks.amazonaws.com"',
        '{"secret":"","message_id":"fcdf9726bef5e7f3@swift.generated"}',
        'laden.firma.example:8080:web:ok "connection refused by peer"',
        "X-Idempotency-Key: 9f2c41d7aa3be0c86512f47d9e80ab33",
        "https://ci.firma.example/builds/4711/log",
        "Duplicate entry 'blue-42' for key 'items.sku'",
        "Duplicate entry '7' for key 'sessions.PRIMARY'",
        "DETAIL:  Failing row contains (7, order-4711, blue-42, null).",
        "DETAIL:  parameters: $1 = 'ord4711x', $2 = 'EU-WEST-1a'",
        "UPDATE t SET pass = COALESCE('open', pass), hash = MD5('blue-42')",
        "GET /list?t=1700000000&state=pending42x&k=shoes-blue-42 HTTP/1.1",
        "pull registry.firma.example:5000/laden@sha256:9f2c41d7aa3be0c8",
    ],
)
def test_what_stands_beside_such_words_stays(line: str) -> None:
    assert REDACTOR.clean(line).text == line


PAIRS = {
    "RDP to 10.2.3.4 as Administrator / P^ESsC8hZP-hX?MV": "P^ESsC8hZP-hX?MV",
    'etcdctl --user="orders_rw:goMilo111" get /registry': "goMilo111",
    "lftp -u backup,Liverpool170. ftp://mail-21 -e bye": "Liverpool170",
    "rabbitmqctl authenticate_user etl_user xAbuP3we3SdyMu54Wr": "xAbuP3we3SdyMu54Wr",
    "composer config http-basic.repo.example.org ann Felix903": "Felix903",
    "ann:Felix903@10.0.0.1": "Felix903",
    "Authentication failed for ann/glacier1220horse": "glacier1220horse",
    "dana / ginger-cactus-granite": "ginger-cactus-granite",
    "unrar x -procket7276pickle warehouse.rar": "rocket7276pickle",
    "schtasks /create /tn x /ru corp\\ann /rp glacier1220horse": "glacier1220horse",
    'DriverManager.getConnection("jdbc:x:y", "ann", "Felix903")': "Felix903",
    '["tool", "--passphrase", "violin falcon ember meadow", "run"]': "violin falcon ember meadow",
    '"password": {"plain": "Felix903"}': "Felix903",
    '{"github-oauth": {"github.com": "i908GEE58Y_RWowjl9iXQCs3"}}': "i908GEE58Y_RWowjl9iXQCs3",
    "backup_pw-Mango-cactus67.zip": "Mango-cactus67",
    "wifi password is Bella1045.png": "Bella1045",
    "AnyDesk: 123456789, glacier1220horse": "glacier1220horse",
    "user etl_user on >Felix903 ~cache:* +get": "Felix903",
    "snmp-server community glacier1220horse RO": "glacier1220horse",
    'createUser deploy SHA "harbor_correct_thunder_orbit" AES': "harbor_correct_thunder_orbit",
    'secret "$9$iMM5Xsso751vgoFRn2PaDsS7"; ## SECRET-DATA': "$9$iMM5Xsso751vgoFRn2PaDsS7",
    "DefaultPassword    REG_SZ    da3c51c49cdccb46f655e3de3ad4b7fa": (
        "da3c51c49cdccb46f655e3de3ad4b7fa"  # pragma: allowlist secret
    ),
    f"CLIENT_RANDOM {'0f' * 32} {'9ac3' * 24}": "9ac3" * 24,
    "sasl: binding [1] UPDATE users SET secret = ? ['glacier1220horse', 7]": "glacier1220horse",
    "idrac of srv24: root / Z.dAiOFvLMG6b4nyOtkcN6": "Z.dAiOFvLMG6b4nyOtkcN6",
}
NO_PAIRS = [
    "GET /api/v1/cart/37791837 200 in 126ms",
    "user root, action restart, host web-12",
    "image nginx:1.25@sha256:0f1e2d3c",
    "[error] main.c:123 failed for user svc",
    "second pass: compaction finished",
    "from_secret: deploy_ssh_key",
    "credentialsId: 'nexus-ci-deployer'",
    "DB_PASSWORD: <set to the key 'password' in secret 'inventory-db'>",
    "password-reset-policy.md",
    '"password": {"type": "string", "format": "password"}',
    'GET "sess:count:55449"',
    "serial=5777D8C7553F0C52076BAE5D1F29A6C3046C",
]


@pytest.mark.unit
@pytest.mark.parametrize("text", PAIRS)
def test_a_password_beside_its_account_is_hidden_in_a_text_and_in_many_lines(text: str) -> None:
    assert PAIRS[text] not in REDACTOR.clean(text).text
    lines = REDACTOR.hide(
        pl.Series([text, *[f"line {number} is ordinary" for number in range(40)]])
    )
    assert lines[0] == REDACTOR.clean(text).text


@pytest.mark.unit
@pytest.mark.parametrize("text", NO_PAIRS)
def test_what_merely_stands_beside_a_name_is_kept(text: str) -> None:
    assert REDACTOR.clean(text).text == text


@pytest.mark.unit
@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (r'{{"password":"{}","user":"eva"}}', r"kiesel\"9moos"),
        (r'{{"password":"{}","user":"eva"}}', r"\"kiesel9moos"),
        (r'{{"password":"{}","user":"eva"}}', r"kiesel9moos\\\"wald"),
        (r'{{"m":"{{\"password\":\"{}\",\"user\":\"eva\"}}"}}', r"kiesel\\\"9moos"),
        (r"db_password='{}' user='eva'", r"kiesel\'9moos"),
        (r'{{"key":"password","value":"{}","z":1}}', r"kiesel\"9moos"),
        (r'mysql --password "{}" -h db', r"kiesel\"9moos"),
        (r'{{"name":"x","args":["--password","{}","-h"]}}', r"kiesel\"9moos"),
        (r'<env name="DB_PASSWORD" value="{}"/>', r"kiesel\"9moos"),
        ("ALTER USER eva WITH PASSWORD '{}' VALID", "kiesel''9moos"),
        ('env:\n- name: DB_PASSWORD\n  value: "{}"\n', r"kiesel\"9moos"),
        ('env:\n- name: DB_PASSWORD\n  value: "{}"\n', "kiesel's9moos"),
        ('kind: Secret\nstringData:\n  word: "{}"\n', "kiesel's9moos"),
        ('passwords:\n- "{}"\n', r"kiesel\"9moos"),
    ],
)
def test_a_quote_within_a_secret_ends_nothing(text: str, secret: str) -> None:
    before, after = text.split("{}")
    redacted = REDACTOR.clean(text.format(secret)).text
    assert redacted.startswith(f"{before.format()}«")
    assert redacted.endswith(f"»{after.format()}")
    assert redacted.count("»") == 1


@pytest.mark.parametrize("sign", ["\x1b[31m", "\u200b", "\\e[31m", "\\u001b[1m"])
def test_styles_and_characters_of_no_width_do_not_part_a_name(sign: str) -> None:
    text = f"pass{sign}word={sign}hunter2-s3cr3t{sign} ok"
    assert "hunter2" not in REDACTOR.clean(text).text
    assert REDACTOR.clean(text).text.endswith(f"{sign} ok")
    assert REDACTOR.hide(pl.Series([text] * 40))[0] == REDACTOR.clean(text).text
