"""A secret among the arguments of a program never comes out: an item is a value as a whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.redaction.said import ANY, LINE, MARK, SAFE, argv, default

ARGVS: list[tuple[list[str], st.SearchStrategy[str]]] = [
    (["tool", "--password", "{}"], ANY),
    (["tool", "--password={}"], ANY),
    (["tool", "--db-password={}", "x"], ANY),
    (["tool", "--token", "{}", "x"], ANY),
    (["tool", "-token", "{}"], ANY),
    (["tool", "--api-key", "{}"], ANY),
    (["mysql", "-uroot", "-p{}"], ANY),
    (["/usr/bin/mysqldump", "-p{}", "db"], ANY),
    (["sudo", "mariadb", "-p{}"], ANY),
    (["sshpass", "-p", "{}", "ssh"], ANY),
    (["sshpass", "-p{}", "ssh"], ANY),
    (["redis-cli", "-a", "{}"], ANY),
    (["curl", "-u", "bob:{}", "https://x/"], ANY),
    (["curl", "-ubob:{}"], ANY),
    (["curl", "--user", "bob:{}"], ANY),
    (["curl", "--user=bob:{}"], ANY),
    (["wget", "-u", "bob:{}"], ANY),
    (["curl", "-b", "a={}"], ANY),
    (["curl", "-H", "Authorization: {}"], LINE),
    (["env", "DB_PASSWORD={}", "app"], ANY),
    (["docker", "run", "--env=API_TOKEN={}", "app"], ANY),
    (["java", "-Dspring.datasource.password={}"], ANY),
    (["sh", "-c", "MY_SECRET={} app"], SAFE),
    (["bash", "-lc", "mysql -p{} db"], SAFE),
]


@pytest.mark.parametrize(("template", "secrets"), ARGVS, ids=[" ".join(items) for items, _ in ARGVS])
def test_a_secret_among_arguments_never_comes_out(template: list[str], secrets: st.SearchStrategy[str]) -> None:
    @given(secrets)
    def check(secret: str) -> None:
        found = argv(*(item.replace("{}", secret) for item in template))
        assert MARK not in "\n".join(found)
        assert len(found) == len(template)
        assert argv(*found) == found

    check()


def test_the_secret_beside_an_access_key_id_of_aws() -> None:
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    found = argv("mc", "alias", "AKIAIOSFODNN7EXAMPLE", secret)
    assert found == ["mc", "alias", "[redacted:token]", "[redacted:secret]"]
    assert secret not in default.text(f"AKIAIOSFODNN7EXAMPLE {secret}")
    assert default.text("da39a3ee5e6b4b0d3255bfef95601890afd80709 AKIA") != "[redacted:secret] AKIA"
