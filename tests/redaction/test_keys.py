"""Which keys announce what, and which values say that they hold nothing."""

from __future__ import annotations

import pytest

from otel_audit.redaction.keys import harmless, key_kind

ANNOUNCE = {
    "password": "DB_PASSWORD dbpass userPassword pass-phrase pw admin_pw Passwort contrase\u00f1a requirepass "
    "PGPASSWORD spring.datasource.password \uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44 db_pass_prod",
    "token": "token access_token csrfToken X-Auth-Token _authToken Authorization jwt",
    "secret": "api_key APIKEY X-Api-Key aws_secret_access_key AccountKey client-secret sessionid auth credentials "
    "SharedAccessSignature X-RapidAPI-Key X-Foo-Key otp connect.sid REDISCLI_AUTH tokens",
    "cookie": "cookie set-cookie",
}
HARMLESS = (
    "monkey keyring keyboard author token_count password_file PWD_DIR bypass compass token_type max_tokens_per_second "
    "SSH_AUTH_SOCK passthrough pass-through first_pass key sort_key passive password_changed_at existingSecret "
    "secretKeyRef no-password ask-pass TOKENIZERS_PARALLELISM secretary X-Cache-Key Idempotency-Key"
)


@pytest.mark.parametrize(("kind", "key"), [(kind, key) for kind, keys in ANNOUNCE.items() for key in keys.split()])
def test_a_key_announces_a_secret(kind: str, key: str) -> None:
    assert key_kind(key) == kind


@pytest.mark.parametrize("key", HARMLESS.split())
def test_a_key_announces_nothing(key: str) -> None:
    assert key_kind(key) is None


@pytest.mark.parametrize("key", ["key", "sig", "Signature", "code", "pin"])
def test_in_a_query_more_keys_do(key: str) -> None:
    assert key_kind(key) is None
    assert key_kind(key, query=True) == "secret"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("auth", "basic"),
        ("tokens", "100"),
        ("pad_token_id", "0"),
        ("private_key", "/etc/ssl/key.pem"),
        ("ssh-key", "~/.ssh/id_ed25519"),
        ("require_password", "yes"),
        ("session", "main"),
        ("credentials", "/run/cred.json"),
        ("secret", "id=npm,src=.npmrc"),
    ],
)
def test_a_value_says_that_it_is_none(key: str, value: str) -> None:
    assert key_kind(key) is not None
    assert harmless(key, value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("password", "1234"),
        ("password", "true"),
        ("token", "123456"),
        ("auth", "Zq7"),
        ("private_key", "MIIEvQIBADANBg"),
        ("session", "Zq7aZq7a"),
        ("session", "main\u2026"),
    ],
)
def test_a_value_does_not_excuse_its_key(key: str, value: str) -> None:
    assert not harmless(key, value)
