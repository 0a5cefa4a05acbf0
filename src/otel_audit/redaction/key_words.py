"""The words that keys of secrets are made of, and the words that say a key is none."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PASSWORD_ENDINGS = (
    "password", "passwd", "passphrase", "passcode", "passwort", "kennwort", "contrasena", "passe", "pwd", "pass",
)  # fmt: skip
PASSWORD_WORDS = _words("pw passwords passwds")
NO_PASSWORDS = _words(
    "bypass compass encompass trespass overpass underpass surpass multipass singlepass onepass twopass lowpass "
    "highpass bandpass allpass"
)
BEFORE_PASS = _words("first second third one two three single multi num low high band per each all")
"""`first_pass=1` counts."""
AFTER_PASS = _words("through thru by filenames filter rate if all along env count counts on plugin")
"""`--pass-through` hands on."""
PASS_PAIRS = _words("word phrase code")
"""`pass-phrase`."""

TOKEN_ENDINGS = ("token", "bearer", "jwt", "authorization")
SECRET_ENDINGS = (
    "secret", "apikey", "accesskey", "secretkey", "privatekey", "authkey", "signingkey", "accountkey", "encryptionkey",
    "sessionkey", "sessionid", "sessid", "hexkey", "authcode", "dbkey", "masterauth", "community",
)  # fmt: skip
SECRET_WORDS = _words("otp cvv cvc ssn credentials credential creds secrets tokens auth")
KEY_OWNERS = _words(
    "api access secret private priv auth signing encryption account license master app application deploy consumer "
    "session storage subscription aes hmac rsa ssh client service db database integration insert"
)
NO_HEADER_KEYS = _words("cache surrogate idempotency partition routing sort message object public websocket row")
"""`X-Foo-Key` is a secret, `X-Cache-Key` is not."""
QUERY_KEYS = _words("key sig signature auth code credential session sid pin pass pw")
"""Secret as the name of a query parameter only (`?key=`, `X-Amz-Signature`); `sort key=name` is not."""

HARMLESS_ENDS = _words(
    "file path dir directory url uri endpoint host length len size count limit min max policy timeout ttl expiry "
    "expires expiration type field name names enabled required disabled stdin fd prompt algorithm algo alg service "
    "manager store provider reset changed change age version strength rotation py txt json html env var command cmd "
    "eval helper ref regex pattern format mode status scheme realm issuer audience scope scopes column label hint "
    "placeholder usage budget fingerprint authentication at on date time since until days"
)
"""`password_file=/run/secrets/db` says where, not what."""
HARMLESS_HEADS = _words("no ask prompt without with")

RANDOM_ONLY = _words("session sid")
"""Secret only when the value looks like an identifier: `session=main`."""
DOUBTFUL = _words("auth tokens secrets")
"""Announce a secret unless the value is a plain word or number: `auth=basic`, `max_tokens=100`."""
VERBS = _words(
    "enable disable allow skip use require has is force reset change forgot show hide verify check generate"
)
"""`require_password=yes` asks."""
PLAIN_VALUES = _words(
    "true false yes no on off none null nil 0 1 any all required optional enabled disabled basic digest ntlm negotiate "
    "kerberos plain login cram-md5 xoauth2 trust md5 peer ldap pam oauth oauth2 jwt token bearer saml sso auto default "
    "scram-sha-256 gssapi external anonymous"
)
KEY_FILE_ENDINGS = (
    ".pem", ".key", ".crt", ".cer", ".p12", ".pfx", ".jks", ".json", ".pub", ".ppk", ".asc", ".gpg", ".kdbx",
)  # fmt: skip
KEY_FILE_STARTS = (
    "~/", "./", "../", "/etc/", "/home/", "/root/", "/run/", "/var/", "/tmp/", "/usr/", "/opt/", "/srv/", "/Users/",
)  # fmt: skip
"""`private_key=/etc/ssl/x` says where."""
