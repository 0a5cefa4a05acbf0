"""The table of programs that take secrets among their arguments. How to read a row stands in `programs`."""

from __future__ import annotations

from typing import NamedTuple

from otel_audit.redaction.words import words


class Row(NamedTuple):
    """Some programs, by what of their command line is secret.

    Args:
        names: separated by spaces.
        secret: options whose value is one, as a word of its own, behind `=` or, of a short option, glued to it.
        glued: options whose value is one only when glued: alone they ask for it.
        pair: options whose value holds one behind `separator`.
        separator: `:` of `user:password`; `@` for `user:password@host`.
        after: `word:n`: the nth word behind this word is one, `word:n+` that and all that follow; without a word,
            behind the program's name; a separator at the end as above, `word:n/`.
        when: the row holds behind one of these words only.
        cluster: short options may be glued to each other.
        loose: short options never have their value glued.
        common: the name is an ordinary word too, so it is a program only where a command may begin.
        windows: words that begin with a slash are options too, `\\\\server` and drive letters are no secrets.
    """

    names: str
    secret: str = ""
    glued: str = ""
    pair: str = ""
    separator: str = ":"
    after: str = ""
    when: str = ""
    cluster: bool = False
    loose: bool = False
    common: bool = False
    windows: bool = False


_SNMP = "-A -X -c -3m -3M -3k -3K"

ROWS = (
    # Databases
    Row("mysql mariadb mytop innotop xtrabackup innobackupex mariabackup", glued="-p"),
    Row("mysqladmin mariadb-admin", glued="-p", after="password:1"),
    Row("mysqlsh", glued="-p", pair="--uri", separator="@", after=":1@"),
    Row("mycli mydumper myloader maxctrl", "-p"),
    Row("mongo mongosh mongodump mongorestore mongoexport mongoimport mongostat mongotop mongofiles", "-p"),
    Row("redis-cli valkey-cli keydb-cli", "-a --pass", after="auth:1+ AUTH:1+ requirepass:1 masterauth:1"),
    Row("sqlcmd osql bcp sqsh tsql fisql mssql-cli", "-P"),
    Row("sqlplus sqlplus64 expdp impdp sqlldr rman", after=":1/ target:1/"),
    Row("exp imp", after=":1/", common=True),
    Row("isql iusql", after=":3", common=True),
    Row("db2 clpplus", after="using:1 USING:1"),
    Row("cqlsh cbq cypher-shell beeline", "-p"),
    Row("nodetool", "-pw"),
    Row("neo4j-admin", after="set-initial-password:1"),
    Row("cbc couchbase-cli cbbackupmgr cbbackup", "-p -P"),
    Row("vsql gpload", "-w"),
    Row("influx", "-password --token -t"),
    Row("etcdctl", pair="--user"),
    # Web and transfer
    Row(
        "curl",
        "--pass --proxy-pass cookie:-b cookie:--cookie token:--oauth2-bearer",
        pair="-u --user -U --proxy-user -E --cert --proxy-cert",
        cluster=True,
    ),
    Row("wget wget2", pair="-u --user --proxy-user"),
    Row("http https xh xhs httpie", pair="-a --auth", common=True),
    Row("ab hey", pair="-A -P -a", common=True),
    Row("sqlmap", pair="--auth-cred --proxy-cred"),
    Row("lftp", pair="-u", separator=","),
    Row("ncftp ncftpput ncftpget ncftpls ftp-upload", "-p"),
    Row("sftp scp", after=":1+@"),
    Row("wkhtmltopdf wkhtmltoimage", after="--cookie:2 --custom-header:2"),
    Row("mosquitto_pub mosquitto_sub mosquitto_rr", "-P --pw"),
    Row("swaks sendemail", "-ap -xp"),
    Row("yt-dlp youtube-dl gallery-dl", "-p -2 --twofactor"),
    # Remote shells and desktops
    Row("sshpass", "-p"),
    Row("plink pscp psftp putty kitty pageant", "-pw -pwfile"),
    Row("ssh-keygen", "-N -P", loose=True),
    Row("rdesktop evil-winrm crackmapexec netexec nxc psexec psexec64 winrs medusa hydra", "-p"),
    Row("xfreerdp wfreerdp freerdp sdl-freerdp", "/p /pth", windows=True),
    Row("signtool schtasks cmdkey wmic", "/p /rp /pass", windows=True),
    Row("smbclient", pair="-U --user", separator="%", after=":2"),
    Row("rpcclient smbget smbcacls winexe pth-winexe", pair="-U --user", separator="%"),
    Row("wbinfo ntlm_auth", pair="-a -K", separator="%"),
    Row("net", pair="-U --user", separator="%", after="user:2 use:1+ USER:2 USE:1+", common=True, windows=True),
    Row("secretsdump secretsdump.py psexec.py wmiexec.py smbexec.py atexec.py lookupsid.py impacket", after=":1@"),
    # Directories and accounts
    Row("ldapsearch ldapmodify ldapadd ldapdelete ldapwhoami ldapcompare ldapmodrdn ldapexop ldapurl", "-w"),
    Row("ldappasswd", "-w -s -a"),
    Row("slappasswd", "-s"),
    Row("kadmin kadmin.local", "-w -pw"),
    Row("ktpass", "/pass -pass"),
    Row("ipa-client-install dsconf", "-w"),
    Row("samba-tool", after="create:2 add:2"),
    Row("useradd usermod adduser", "-p"),
    Row("htpasswd mosquitto_passwd", after="-b:3+ -n:2"),
    Row("mkpasswd", after=":1+"),
    Row("wpa_passphrase", after=":2"),
    Row("nmcli", after="password:1 psk:1"),
    Row("iwconfig", after="key:1"),
    Row("rabbitmqctl", after="add_user:2 change_password:2 authenticate_user:2"),
    Row("rabbitmqadmin", "-p"),
    Row("grafana-cli", after="reset-admin-password:1"),
    Row("kcadm.sh kcadm add-user.sh jboss-cli.sh elasticsearch-users", "-p"),
    Row("sysadminctl dscl", "-password -newPassword", after="-passwd:2+"),
    Row("security", "-w -p -P", common=True),
    # Hardware and networks
    Row("ipmitool", "-P -k -y", after="password:2"),
    Row("ipmi-sensors ipmipower ipmi-chassis bmc-info racadm idracadm7 ilorest fence_ipmilan", "-p -k"),
    Row("snmpget snmpwalk snmpset snmpbulkwalk snmpbulkget snmpgetnext snmptrap snmpinform snmptable", _SNMP),
    Row("snmpstatus snmpdelta snmptest snmpusm snmpdf", _SNMP),
    # Files
    Row("zip unzip zipcloak", "-P"),
    Row("7z 7za 7zr 7zz", glued="-p"),
    Row("rar unrar", glued="-p -hp"),
    Row("openssl", "-k -K -passin -passout -pass -password -hmac -psk -srppass", after="passwd:1+", loose=True),
    Row("gpg gpg2 gpg-preset-passphrase", "-P --passphrase", loose=True),
    Row("keytool jarsigner apksigner", "-storepass -keypass -new --ks-pass --key-pass", loose=True),
    Row("pdftotext pdftoppm pdftohtml pdfinfo pdfimages pdftocairo", "-upw -opw", loose=True),
    Row("pdftk", after="input_pw:1 user_pw:1 owner_pw:1"),
    Row("qpdf", after="--encrypt:1+"),
    Row("mutool steghide", "-p"),
    # Containers, clouds, packages
    Row("docker podman nerdctl buildah skopeo helm crane oras regctl singularity apptainer", "-p", when="login"),
    Row("oc cf ibmcloud az", "-p", when="login"),
    Row("cf", after="auth:2", common=True),
    Row("kubectl", pair="--from-literal", separator="="),
    Row("vault", after="login:1 put:2+= write:2+= patch:2+=", common=True),
    Row("doctl flyctl vercel codecov", "token:-t"),
    Row("gh", "secret:-b secret:--body", when="secret"),
    Row("mc", after="set:3+ add:3+", common=True),
    Row("swift", "-K --key", common=True),
    Row("b2", after="authorize-account:2 authorize:2", common=True),
    Row("snyk", after="auth:1"),
    Row("ngrok", after="authtoken:1 add-authtoken:1"),
    Row("heroku", after="config:set:1+=", common=True),
    Row("twine", "-p"),
    Row("poetry uv", "-p token:-t", when="publish"),
    Row("airflow", "-p", when="create"),
    Row("cargo", after="login:1", common=True),
    Row("npm yarn pnpm", "--_auth --_authToken"),
    Row("nuget choco dotnet", "-ApiKey -k -Password -p", after="setapikey:2", when="push setapikey add sources source"),
    Row("mvn", "-ep -emp", loose=True),
    Row("rclone", after="obscure:1 pass:1"),
    Row("steamcmd", after="+login:2"),
    Row("ansible-vault", after="encrypt_string:1"),
)

NAMES = frozenset(name for row in ROWS for name in row.names.split())
"""Of all of them."""

FAMILIES = (("mysql", "mysql"), ("mariadb", "mysql"), ("ipmi-", "ipmi-sensors"))
"""Beginning of a name, and the program it is like: `mysql5.7`, `mariadb-dump`."""

WRAPPERS = words(
    "sudo doas env nohup nice ionice timeout time xargs exec command setsid stdbuf chroot su runuser sh bash zsh dash "
    "ssh watch strace unshare flock systemd-run docker podman kubectl exec -- proxychains proxychains4 cmd powershell "
    "if then else elif do while until !"
)
"""Behind these another command may begin."""

SETTERS = words("set config setx setenv put configure")
"""`config set password x`."""
