"""Every form in which a secret is announced: a template with `§` in its place, and how the form writes a secret down.

One list for the property tests and for the planted secrets.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote, quote_plus

HERE = "§"
"""Where the secret stands in a template."""

Write = Callable[[str], str]


def _bare(secret: str) -> str:
    return secret


def _double_quoted(secret: str) -> str:
    return "".join("\\" + char if char in '"\\$`' else char for char in secret)


def _json(secret: str) -> str:
    return json.dumps(secret)[1:-1]


def _json_unicode(secret: str) -> str:
    return json.dumps(secret, ensure_ascii=False)[1:-1]


def _json_in_json(secret: str) -> str:
    return json.dumps(_json(secret))[1:-1]


def _json_in_json_in_json(secret: str) -> str:
    return json.dumps(_json_in_json(secret))[1:-1]


def _percent(secret: str) -> str:
    return quote(secret, safe="")


def _xml(secret: str) -> str:
    return html.escape(secret)


def _sql(secret: str) -> str:
    return secret.replace("'", "''")


def _base64(secret: str) -> str:
    return base64.b64encode(secret.encode()).decode()


def _python(secret: str) -> str:
    """Inside single quotes, as repr writes it."""
    return repr(secret + '"')[1:-2] if "'" not in secret else repr(secret.replace("'", ""))[1:-1]


class Form(NamedTuple):
    """A way to say a secret.

    Args:
        template: text with `§`.
        alphabet: name of the characters a secret may have here, before it is written down; see `grammar`.
        write: escapes it.
    """

    template: str
    alphabet: str = "word"
    write: Write = _bare


def _all(alphabet: str, write: Write, *templates: str) -> tuple[Form, ...]:
    return tuple(Form(template, alphabet, write) for template in templates)


URLS = (
    *_all(
        "userinfo",
        _bare,
        "http://bob:§@example.com/",
        "https://bob:§@example.com:8443/a?b=c#d",
        "HTTPS://Bob:§@EXAMPLE.COM/",
        "http://bob:§@[::1]:8080/x",
        "http://bob:§@[fe80::1%25eth0]/",
        "http://:§@example.com/",
        "https://x-access-token:§@github.com/o/r.git",
        "git+https://oauth2:§@gitlab.com/o/r.git@main#egg=r",
        "ftp://anonymous:§@ftp.example.com/pub",
        "ssh://bob:§@example.com:22/",
        "ldap://cn=admin:§@ldap/dc=x",
        "see http://bob:§@example.com, then go",
        "(http://bob:§@example.com/)",
        '"http://bob:§@example.com/"',
        "https://example.com/?u=https://bob:§@h/",
        "https://bob:§@h",
    ),
    *_all(
        "text",
        _percent,
        "http://bob:§@example.com/",
        "postgresql://bob%40corp:§@db/shop",
        "https://example.com/?password=§",
        "https://example.com/?a=1&access_token=§&b=2#c",
        "https://example.com/cb#id_token=§&token_type=bearer",
        "https://example.com/?user%5Bpassword%5D=§",
        "https://example.com/?next=https%3A%2F%2Fbob%3A§%40h%2F",
        "https://example.com/?next=%2Flogin%3Ftoken%3D§",
        "mssql+pyodbc:///?odbc_connect=DRIVER%3D%7Bx%7D%3BUID%3Dsa%3BPWD%3D§",
    ),
    Form("https://example.com/?password=§&x=1", "text", quote_plus),
    *_all(
        "query",
        _bare,
        "https://example.com/?password=§",
        "https://example.com/?Password=§&x=1",
        "https://example.com/?pwd=§",
        "https://example.com/?pass=§",
        "https://example.com/?token=§#x",
        "https://example.com/?x&token=§",
        "https://example.com/?api_key=§",
        "https://example.com/?apikey=§",
        "https://example.com/?key=§&q=x",
        "https://example.com/?secret=§",
        "https://example.com/?client_secret=§",
        "https://example.com/?sig=§&se=2030",
        "https://example.com/?signature=§",
        "https://example.com/?X-Amz-Signature=§",
        "https://example.com/?X-Amz-Security-Token=§",
        "https://example.com/?code=§&state=x",
        "https://example.com/?auth=§",
        "https://example.com/?session=§",
        "https://example.com/?sid=§",
        "https://example.com/?jwt=§",
        "https://example.com/?otp=§",
        "https://example.com/?user[password]=§",
        "https://example.com/#access_token=§",
        "/callback?code=§&state=1",
        "?password=§",
        "user=bob&password=§",
        "password=§&user=bob",
    ),
    *_all(
        "word",
        _bare,
        "https://example.com/x;jsessionid=§?a=1",
        "https://example.com/?a=1;token=§",
        "https://example.com/?a=1&amp;token=§",
        "https://§:x-oauth-basic@github.com/o/r.git",
    ),
)
"""URLs and query strings."""

DSNS = (
    *_all(
        "userinfo",
        _bare,
        "postgresql://bob:§@db:5432/shop",
        "postgresql://bob:§@db1:5432,db2:5433/shop?sslmode=require",
        "postgresql+psycopg2://bob:§@/shop?host=/tmp",
        "mysql+pymysql://bob:§@db/shop?charset=utf8mb4",
        "mongodb://bob:§@h1:27017,h2:27017,h3/db?replicaSet=rs",
        "mongodb+srv://bob:§@cluster0.ab1cd.mongodb.net/db",
        "redis://:§@cache:6379/0",
        "rediss://default:§@cache:6379",
        "amqp://guest:§@mq/%2F",
        "amqps://a:x@h1,b:§@h2/",
        "snowflake://bob:§@acct/db",
        "jdbc:mysql://bob:§@db/shop",
        "smb://dom;bob:§@nas/share",
    ),
    *_all(
        "query",
        _bare,
        "jdbc:postgresql://db/shop?user=bob&password=§&ssl=true",
        "postgresql://db/shop?password=§&user=bob",
        "redis://cache:6379?password=§",
        "file:x.db?mode=ro&key=§",
        "file:x.db?hexkey=§",
        "sqlite:///x.db?password=§",
    ),
    *_all(
        "odbc",
        _bare,
        "Server=db;Database=shop;User Id=sa;Password=§;Encrypt=yes",
        "Server=db;Uid=sa;Pwd=§;",
        "DRIVER={x};SERVER=db;UID=sa;PWD=§",
        "jdbc:sqlserver://db:1433;databaseName=d;user=sa;password=§;encrypt=true",
        "Server=db;Pwd={§};x=1",
        'Server=db;Pwd="§";x=1',
        "Server=db;Pwd='§';x=1",
        "Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=R;SharedAccessKey=§",
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=§;EndpointSuffix=core.windows.net",
    ),
    *_all(
        "bare",
        _bare,
        "host=db port=5432 user=bob password=§ dbname=shop",
        "sasl.mechanism=PLAIN sasl.password=§",
    ),
    *_all("word", _bare, "jdbc:oracle:thin:bob/§@//db:1521/s", "jdbc:oracle:thin:bob/§@db:1521:s"),
    Form("host=db password='§' dbname=shop", "single"),
    Form('sasl.jaas.config=x required username="b" password="§";', "text", _json_unicode),
)
"""Data source names of databases, queues and clouds."""

HEADERS = (
    *_all(
        "line",
        _bare,
        "Authorization: §",
        "authorization: Bearer §",
        "AUTHORIZATION: Basic §",
        "Authorization:Bearer §",
        'Authorization: Digest username="b", response="§"',
        "Authorization: AWS4-HMAC-SHA256 Credential=x, SignedHeaders=h, Signature=§",
        "Proxy-Authorization: §",
        "Cookie: a=1; b=§",
        "Set-Cookie: sid=§; Path=/; HttpOnly",
        "GET / HTTP/1.1\r\nHost: h\r\nAuthorization: Basic §\r\nAccept: */*\r\n\r\n",
    ),
    *_all(
        "bare",
        _bare,
        "X-Api-Key: §",
        "x-api-key:§",
        "X-Auth-Token: §",
        "X-Vault-Token: §",
        "PRIVATE-TOKEN: §",
        "X-Goog-Api-Key: §",
        "X-Amz-Security-Token: §",
        "Ocp-Apim-Subscription-Key: §",
        "X-Csrf-Token: §",
        "DD-API-KEY: §",
    ),
    *_all(
        "text",
        _python,
        "{'Authorization': 'Basic §'}",
        "('Authorization', 'Basic §')",
        "('X-Api-Key', '§')",
        "[('Accept', '*/*'), ('Cookie', 'sid=§')]",
        "Headers({'authorization': 'Bearer §', 'accept': '*/*'})",
    ),
    *_all("ascii", _python, "(b'authorization', b'Basic §')", "[(b'host', b'h'), (b'cookie', b'sid=§')]"),
    *_all("text", _json, '{"Authorization": "Bearer §"}', '{"headers": {"x-api-key": "§"}}'),
    Form('{"authorization": ["Basic §"]}', "text", _json),
)
"""Headers as lines, and as Python and JSON print them."""

PAIRS = (
    *_all(
        "bare",
        _bare,
        "password=§",
        "password = §",
        "password: §",
        "passwd=§",
        "PASSWORD: §",
        "userPassword=§",
        "new_password=§",
        "old-password: §",
        "password1=§",
        "pass=§",
        "pwd=§",
        "passphrase: §",
        "secret=§",
        "secrets=§",
        "clientSecret: §",
        "client_secret=§",
        "secret_key=§",
        "webhook-secret: §",
        "token=§",
        "tokens=§",
        "accessToken=§",
        "refresh_token: §",
        "csrfmiddlewaretoken=§",
        "api_key=§",
        "apiKey: §",
        "API Key: §",
        "aws_secret_access_key = §",
        "private_key=§",
        "encryption_key: §",
        "session_id=§",
        "PHPSESSID=§",
        "credentials=§",
        "credential: §",
        "creds=§",
        "authorization=§",
        "//registry.npmjs.org/:_authToken=§",
        "[client]\npassword=§\nuser=bob",
        "environ: DB_PASSWORD=§ A=1",
        "user logged in: password=§",
        "user bob, password: §, from 10.0.0.1",
        "password=   §",
        "password:     §",
        "password\u00a0=\u00a0§",
    ),
    *_all(
        "text",
        _json,
        '{"password": "§"}',
        '{"user":"bob","password":"§","n":1}',
        '{"a": {"client_secret" : "§"}}',
        '{"passwords": ["§", "x"]}',
        '{"name":"DB_PASSWORD","value":"§"}',
        '{"key": "api_token", "value": "§"}',
    ),
    *_all("text", _json_unicode, '{"password": "§"}'),
    *_all("text", _json_in_json, '{"a": "{\\"password\\": \\"§\\"}"}', '{\\"token\\": \\"§\\"}'),
    *_all("text", _json_in_json_in_json, '{"a":"{\\\\\\"password\\\\\\":\\\\\\"§\\\\\\"}"}'),
    *_all(
        "text",
        _python,
        "{'password': '§'}",
        "{'DB_PASSWORD': '§', 'A': '1'}",
        "environ({'API_TOKEN': '§'})",
        "connect(password='§')",
        "os.environ['TOKEN'] = '§'",
        "('password', '§')",
        "['--password', '§']",
    ),
    *_all(
        "text",
        _xml,
        "<password>§</password>",
        '<add key="password" value="§"/>',
        '<property name="password" value="§"/>',
    ),
    *_all("yaml", _bare, "password: '§'\nuser: bob", "- name: DB_PASSWORD\n  value: §\n"),
    *_all(
        "single",
        _bare,
        "password='§' port=5432",
        "PRAGMA key='§'",
    ),
    *_all(
        "text",
        _sql,
        "ALTER USER bob WITH PASSWORD '§'",
        "CREATE ROLE bob LOGIN ENCRYPTED PASSWORD '§' VALID UNTIL 'x'",
        "CREATE USER 'bob'@'h' IDENTIFIED BY '§'",
        "ALTER USER bob IDENTIFIED WITH mysql_native_password BY '§'",
        "SET PASSWORD FOR bob = PASSWORD('§')",
    ),
)
"""Keys with values, as people and programs write them."""

PROTOCOLS = (
    *_all(
        "line",
        _bare,
        "PASS §",
        "pass §\r\n",
        "USER bob\r\nPASS §\r\nLIST\r\n",
        "ACCT §",
        "AUTHINFO PASS §",
        "a001 LOGIN bob §",
        "LOGIN bob §\r\n",
    ),
    *_all("text", _json_unicode, 'a001 LOGIN "bob" "§"', 'tag7 login "bob smith" "§"\r\n'),
    *_all(
        "long",
        _base64,
        "AUTH PLAIN §",
        "auth plain §\r\n",
        "AUTH LOGIN §",
        "AUTH XOAUTH2 §",
        "a1 AUTHENTICATE PLAIN §",
        "AUTHENTICATE XOAUTH2 §",
    ),
    *_all("word", _bare, "APOP bob §", "AUTH §", "AUTH bob §", "HELLO 3 AUTH default §", "CONFIG SET requirepass §"),
    *_all("ascii", _python, "b'PASS §\\r\\n'", "b'a001 LOGIN bob §\\r\\n'"),
)
"""Command lines of mail, file, news and cache servers."""

ENVIRONMENT_KEYS = (
    "PASSWORD", "PGPASSWORD", "MYSQL_PWD", "DB_PASSWORD", "DB_PASS", "DBPASS", "SSHPASS", "REDISCLI_AUTH", "SECRET",
    "SECRET_KEY", "DJANGO_SECRET_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AZURE_CLIENT_SECRET", "TOKEN",
    "GITHUB_TOKEN", "NPM_TOKEN", "VAULT_TOKEN", "API_KEY", "APIKEY", "STRIPE_API_KEY", "ENCRYPTION_KEY",
    "TWINE_PASSWORD", "RESTIC_PASSWORD", "GPG_PASSPHRASE", "db_password", "appSecret",
)  # fmt: skip

OPTIONS = (
    "--password", "--passwd", "--pass", "--pwd", "--passphrase", "--db-password", "--db_password", "--dbPassword",
    "--http-password", "--admin.password", "--PASSWORD", "--token", "--access-token", "--accessToken", "--auth-token",
    "--api-key", "--api_key", "--apikey", "--apiKey", "--secret", "--client-secret", "--client_secret", "--secret-key",
    "--private-key", "--encryption-key", "--session-token", "--credentials", "--bearer", "--jwt", "--oauth2-bearer",
    "-password", "-passwd", "-token", "-storepass", "-keypass", "-Password", "-ApiKey",
)  # fmt: skip
"""Options of any program: the value behind `=` or in the next word."""


class Known(NamedTuple):
    """An option of a program one has to know.

    Args:
        program: its name.
        before: words before the option.
        option: the option, with the secret's place.
    """

    program: str
    before: tuple[str, ...]
    option: tuple[str, ...]


def _known(programs: str, before: str, *options: str) -> tuple[Known, ...]:
    return tuple(
        Known(program, tuple(before.split()), tuple(option.split()))
        for program in programs.split()
        for option in options
    )


KNOWN = (
    *_known("mysql mysqldump mysqladmin mysqlimport mysqlcheck mysqlbinlog mariadb mariadb-dump", "-u root", "-p§"),
    *_known("mysql5.7 mysql.exe mycli", "", "-p§"),
    *_known("sshpass", "", "-p §", "-p§"),
    *_known("redis-cli", "-h cache", "-a §", "--pass §"),
    *_known("mongo mongosh mongodump mongorestore mongoexport mongoimport", "-u bob", "-p §"),
    *_known("ldapsearch ldapadd ldapmodify ldapdelete ldapwhoami", "-x -D cn=admin", "-w §", "-w§"),
    *_known("zip unzip", "-r", "-P §"),
    *_known("7z 7za", "x", "-p§"),
    *_known("rar unrar", "x", "-p§"),
    *_known("openssl", "enc -aes-256-cbc", "-k §", "-pass pass:§"),
    *_known("openssl", "rsa -in x", "-passin pass:§", "-passout pass:§"),
    *_known("curl", "-sS", "-u bob:§", "-ubob:§", "--user bob:§", "--user=bob:§", "-b sid=§", "--cookie sid=§",
            "-x http://bob:§@proxy:3128", "--proxy-user bob:§", "-d password=§", "-F token=§"),
    *_known("wget", "-q", "--password=§", "--http-password=§", "--header=X-Api-Key:§"),
    *_known("http https", "GET", "-a bob:§", "--auth bob:§"),
    *_known("docker podman", "login -u bob", "-p §", "--password=§"),
    *_known("docker podman", "run", "-e DB_PASSWORD=§", "--env DB_PASSWORD=§", "--env=DB_PASSWORD=§"),
    *_known("docker", "build", "--build-arg NPM_TOKEN=§"),
    *_known("kubectl", "create secret generic x", "--from-literal=password=§"),
    *_known("helm", "install x", "--set db.password=§", "--set auth.rootPassword=§"),
    *_known("az", "login", "-p §"),
    *_known("sqlcmd", "-U sa", "-P §", "-P§"),
    *_known("twine", "upload", "-p §"),
    *_known("etcdctl", "", "--user root:§", "--user=root:§"),
    *_known("smbclient", "//nas/share", "-U bob%§"),
    *_known("lftp", "", "-u bob,§"),
    *_known("gpg", "--batch", "--passphrase §", "--passphrase=§"),
    *_known("java", "", "-Ddb.password=§", "-Djavax.net.ssl.keyStorePassword=§"),
    *_known("ansible-playbook", "", "-e ansible_password=§"),
    *_known("terraform", "apply", "-var db_password=§", "-var=db_password=§"),
    *_known("sqlplus", "-s", "bob/§@db"),
    *_known("mysqladmin", "-u root", "password §"),
    *_known("aws", "configure set", "aws_secret_access_key §"),
    *_known("useradd", "", "-p §"),
    *_known("ssh-keygen", "-t rsa", "-N §"),
)  # fmt: skip
"""Options that only mean a secret to their program."""

_B64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_HEX = "0123456789abcdef"
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Shape(NamedTuple):
    """A token one knows by sight.

    Args:
        before: what it begins with.
        alphabet: of the rest.
        length: of the rest.
        after: what it ends with.
    """

    before: str
    alphabet: str
    length: int
    after: str = ""


SHAPES = (
    Shape("AKIA", _UPPER, 16),
    Shape("ASIA", _UPPER, 16),
    *(Shape(f"gh{kind}_", _B64, 36) for kind in "pousr"),
    Shape("github_pat_", _B64, 82),
    Shape("glpat-", _B64, 20),
    Shape("glrt-", _B64, 20),
    Shape("gldt-", _B64, 20),
    Shape("xoxb-", _B64, 40),
    Shape("xoxp-", _B64, 40),
    Shape("xapp-1-A", _UPPER, 60),
    Shape("https://hooks.slack.com/services/T00000000/B00000000/", _B64, 24),
    Shape("sk_live_", _B64, 24),
    Shape("rk_live_", _B64, 24),
    Shape("sk_test_", _B64, 24),
    Shape("whsec_", _B64, 32),
    Shape("SG.", _B64, 22, ".x"),
    Shape("npm_", _B64, 36),
    Shape("pypi-AgEIcHlwaS5vcmc", _B64, 80),
    Shape("rubygems_", _HEX, 48),
    Shape("dckr_pat_", _B64, 27),
    Shape("hf_", _B64, 34),
    Shape("sk-", _B64, 48),
    Shape("sk-proj-", _B64, 74),
    Shape("sk-ant-api03-", _B64, 93, "AA"),
    Shape("AIza", _B64, 35),
    Shape("ya29.", _B64, 60),
    Shape("GOCSPX-", _B64, 28),
    Shape("dop_v1_", _HEX, 64),
    Shape("dapi", _HEX, 32),
    Shape("shpat_", _HEX, 32),
    Shape("https://api.telegram.org/bot123456789:AA", _B64, 33, "/sendMessage"),
    Shape("https://discord.com/api/webhooks/123456789012345678/", _B64, 68),
    Shape("lin_api_", _B64, 40),
    Shape("PMAK-", _HEX, 24, "-0123456789abcdef0123456789abcdef01"),
    Shape("NRAK-", _UPPER, 27),
    Shape("glsa_", _B64, 32, "_0a1b2c3d"),
    Shape("sntrys_", _B64, 60),
    Shape("hvs.", _B64, 90),
    Shape("dp.pt.", _B64, 43),
    Shape("AGE-SECRET-KEY-1", _UPPER, 58),
    Shape("ATATT3xFfGF0", _B64, 60),
    Shape("tskey-auth-", _B64, 32),
    Shape("gsk_", _B64, 52),
    Shape("eyJhbGciOiJIUzI1NiJ9.eyJ", _B64, 40, ".c2ln"),
    Shape("Bearer ", _B64, 24),
    Shape("-----BEGIN PRIVATE KEY-----\n", _B64, 64, "\n-----END PRIVATE KEY-----"),
    Shape("-----BEGIN RSA PRIVATE KEY-----\n", _B64, 64, "\n-----END RSA PRIVATE KEY-----\n"),
    Shape("-----BEGIN OPENSSH PRIVATE KEY-----\\n", _B64, 64, "\\n-----END OPENSSH PRIVATE KEY-----\\n"),
    Shape("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n", _B64, 64, "\n-----END PGP PRIVATE KEY BLOCK-----"),
)
"""Tokens of well-known services. Sources: GitHub's secret scanning patterns and the services' own documentation."""
