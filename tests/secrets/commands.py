"""Secrets among the arguments and in the environment of programs."""

from __future__ import annotations

from typing import NamedTuple

from tests.secrets.forms import HERE, Form

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

SHELL = tuple(
    Form(template)
    for template in (
        "tool.exe /password:§ /v",
        '"C:\\Program Files\\MySQL\\bin\\mysql.exe" -p§ shop',
        'cmd /c "set PASSWORD=§&& run.exe"',
        "setx DB_PASSWORD §",
        '$env:API_TOKEN="§"; ./run.ps1',
        "powershell -Command \"Connect -Password '§'\"",
        "xfreerdp /u:bob /p:§ /v:host",
        "export TOKEN=§; ./run",
        "declare -x TOKEN=§",
        "set -x; mysql -p§",
        "make deploy API_TOKEN=§",
        "npm run deploy -- --token=§",
        "python manage.py loaduser --password §",
        "vault kv put secret/x password=§",
        "echo '§' | docker login -u bob --password-stdin reg",
        "echo bob:§ | chpasswd",
        "find . -name x -exec mysql -p§ {} \\;",
        "ls | xargs -I{} curl -u bob:§ {}",
        'watch -n 5 "curl -su bob:§ https://h/"',
        "ssh host 'sudo mysql -p§'",
        "docker compose exec -T db mysql -uroot -p§ shop",
        "kubectl exec pod -- sh -c 'mysql -p§'",
        'su - bob -c "mysql -p§"',
        "* * * * * root mysql -p§ shop > /dev/null",
        "tool --password \\\n  §",
        "tool --password=$(echo §)",
        "sh -c \"sh -c 'tool --token §'\"",
        'sh -c "tool --password \\"§\\""',
        'git -c http.extraHeader="Authorization: Basic §" clone https://h/r',
        "curl -H 'Authorization: Bearer §' -H 'Accept: */*' https://h/",
        'curl -H "X-Api-Key: §" https://h/',
        'curl -d \'{"user": "bob", "password": "§"}\' https://h/',
        "curl --data-urlencode password=§ https://h/",
        "curl 'https://h/?api_key=§&x=1'",
        "psql postgresql://bob:§@db/shop",
        "psql 'host=db user=bob password=§'",
        "mysqladmin -u root password '§'",
        "psql -c \"ALTER USER bob WITH PASSWORD '§'\"",
        "mount -t cifs //nas/share /mnt -o username=bob,password=§",
        "ansible-playbook -e 'ansible_become_pass=§ x=y' site.yml",
        'docker run -e "TOKEN=§" -e A=1 img',
    )
)
"""What people type and scripts say."""

COMMANDS = (
    *((known.program, *known.before, *known.option) for known in KNOWN),
    *(("tool", option, HERE) for option in OPTIONS),
    *(("tool", f"{option}={HERE}") for option in OPTIONS),
    *(("env", f"{key}={HERE}", "app") for key in ENVIRONMENT_KEYS),
)
"""Words of commands, one of them with the secret's place."""
