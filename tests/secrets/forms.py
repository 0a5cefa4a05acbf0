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
    *_all("with at", _bare, "http://bob:§@example.com/", "postgresql://bob:§@db.example.com:5432/shop"),
    *_all("with slash", _bare, "http://bob:§@example.com/", "postgresql://bob:§@db.example.com:5432/shop"),
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
        "https://example.com/?next=%2Flogin%3Ftoken%3D§",
    ),
    Form("https://example.com/?password=§&x=1", "text", quote_plus),
    Form("https://example.com/?next=https%3A%2F%2Fbob%3A§%40h%2F", "userinfo", _percent),
    Form("mssql+pyodbc:///?odbc_connect=DRIVER%3D%7Bx%7D%3BUID%3Dsa%3BPWD%3D§", "odbc", _percent),
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
        "https://example.com/?jwt=§",
        "https://example.com/?otp=§",
        "https://example.com/?user[password]=§",
        "https://example.com/#access_token=§",
        "/callback?code=§&state=1",
        "?password=§",
        "user=bob&password=§",
        "password=§&user=bob",
    ),
    *_all("identifier", _bare, "https://example.com/?session=§", "https://example.com/?sid=§&x=1", "?session=§"),
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
    Form("mongodb://bob@corp.com:§@h/db", "with at"),
    *_all(
        "userinfo",
        _bare,
        "postgresql://bob:§@db:5432/shop",
        "postgresql://bob:§@db1:5432,db2:5433/shop?sslmode=require",
        "postgresql+psycopg2://bob:§@/shop?host=/tmp",
        "mysql+pymysql://bob:§@db/shop?charset=utf8mb4",
        "mongodb://bob:§@h1:27017,h2:27017,h3/db?replicaSet=rs",
        "postgresql://bob:§@[::1]:5432,[fe80::1]/shop",
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
        "clientSecret: §",
        "client_secret=§",
        "secret_key=§",
        "webhook-secret: §",
        "token=§",
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
    *_all("identifier", _bare, "tokens=§", "secrets=§"),  # `tokens=100` is a count
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
        "USER bob\r\nPASS §\r\nLIST\r\n",
        "ACCT §",
        "AUTHINFO PASS §",
        "a001 LOGIN bob §",
        "LOGIN bob §\r\n",
    ),
    *_all("line", _json_unicode, 'a001 LOGIN "bob" "§"', 'tag7 login "bob smith" "§"\r\n'),
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
    *_all(
        "word",
        _bare,
        "pass §\r\n",
        "APOP bob §",
        "AUTH §",
        "AUTH bob §",
        "HELLO 3 AUTH default §",
        "CONFIG SET requirepass §",
    ),
    *_all("ascii", _python, "b'PASS §\\r\\n'", "b'a001 LOGIN bob §\\r\\n'"),
)
"""Command lines of mail, file, news and cache servers."""
