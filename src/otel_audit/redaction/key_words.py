"""The words that keys of secrets are made of, and the words that say a key is none."""

from __future__ import annotations

from otel_audit.redaction.words import words

KEY_HINTS = (
    "pass", "key", "token", "auth", "secret", "pw", "sid", "sess", "cred", "cookie", "sig", "code", "pin", "otp", "jwt",
    "bearer", "wort", "contrase", "cvv", "cvc", "ssn", "%",
)  # fmt: skip
"""Without one of these, in lowercase, no key in a text announces a secret; a percent sign may hide one."""

PASSWORD_ENDINGS = (
    "password", "passwd", "passphrase", "passcode", "passwort", "kennwort", "contrasena", "passe", "pwd", "pass",
)  # fmt: skip
PASSWORD_WORDS = words("pw passwords passwds")
NO_PASSWORDS = words(
    "bypass compass encompass trespass overpass underpass surpass multipass singlepass onepass twopass lowpass "
    "highpass bandpass allpass askpass"
)
BEFORE_PASS = words("first second third one two three single multi num low high band per each all")
"""`first_pass=1` counts."""
AFTER_PASS = words("through thru by filenames filter rate if all along env count counts on plugin")
"""`--pass-through` hands on."""
PASS_PAIRS = words("word phrase code")
"""`pass-phrase`."""

TOKEN_ENDINGS = ("token", "bearer", "jwt", "authorization")
SECRET_ENDINGS = (
    "secret", "apikey", "accesskey", "secretkey", "privatekey", "authkey", "signingkey", "accountkey", "encryptionkey",
    "sessionkey", "sessionid", "sessid", "hexkey", "authcode", "dbkey", "masterauth", "iamkey", "cloudkey",
    "cloudantkey", "cloukey", "softlayerkey", "ibmkey", "clkey", "slkey",
)  # fmt: skip
SECRET_WORDS = words("otp cvv cvc ssn credential credentials creds")
LAST_WORDS = words("auth secrets tokens")
"""Only where a key ends: `SSH_AUTH_SOCK` is a socket, `tokens_used` a number."""
KEY_OWNERS = words(
    "api access secret private priv auth signing encryption account license master app application deploy consumer "
    "session storage subscription aes hmac rsa ssh client service db database integration insert ibm iam cos cloud "
    "cloudant clou cl softlayer sl"
)
KEY_OWNER_ENDINGS = ("api", "cloud", "iam", "access", "secret")
NO_HEADER_KEYS = words("cache surrogate idempotency partition routing sort message object public websocket row")
"""`X-Foo-Key` is a secret, `X-Cache-Key` is not."""
QUERY_KEYS = words("key sig signature auth code credential session sid pin pass pw")
"""Secret as the name of a query parameter only (`?key=`, `X-Amz-Signature`); `sort key=name` is not."""

HARMLESS_ENDS = words(
    "file path dir directory url uri endpoint host length len size count limit min max policy timeout ttl expiry "
    "expires expiration type field name names enabled required disabled stdin fd prompt algorithm algo alg service "
    "manager store provider reset changed change age version strength rotation py txt json html env var command cmd "
    "eval helper ref regex pattern format mode status scheme realm issuer audience scope scopes column label hint "
    "placeholder usage budget fingerprint authentication at on date time since until days"
)
"""`password_file=/run/secrets/db` says where, not what."""
HARMLESS_HEADS = words("no ask prompt without with")

RANDOM_ONLY = words("session sid")
"""Secret only when the value looks like an identifier: `session=main`."""
DOUBTFUL = words("auth tokens secrets")
"""Announce a secret unless the value is a plain word or number: `auth=basic`, `max_tokens=100`."""
VERBS = words("enable disable allow skip use require has is force reset change forgot show hide verify check generate")
"""`require_password=yes` asks."""
PLAIN_VALUES = words(
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
