"""Certificates for the tests, made by the program openssl: a root, one below it, servers below that."""

from __future__ import annotations

import base64
import hashlib
import ssl
import subprocess
from functools import cached_property
from pathlib import Path

from .program import find_program

LEAF = ["basicConstraints=critical,CA:FALSE", "extendedKeyUsage=serverAuth"]
AUTHORITY = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"]
# In place of the machine's settings, which may add extensions.
SETTINGS = "[req]\ndistinguished_name = name\n[name]\n"


def openssl(*arguments: str | Path) -> bytes:
    done = subprocess.run([find_program("openssl"), *arguments], capture_output=True)
    assert done.returncode == 0, f"openssl {arguments}: {done.stderr.decode()}"
    return done.stdout


class Certificate:
    """A certificate with its key; signed by itself where there is no issuer."""

    def __init__(
        self,
        folder: Path,
        name: str,
        extensions: list[str],
        issuer: Certificate | None = None,
    ) -> None:
        self.file = folder / f"{name}.pem"
        self.key = folder / f"{name}.key"
        # Without a root, which no server has to send.
        self.chain: list[Path] = []
        signer: list[str | Path] = []
        extensions = [*extensions, "subjectKeyIdentifier=hash"]
        if issuer is not None:
            self.chain = [self.file, *issuer.chain]
            signer = ["-CA", issuer.file, "-CAkey", issuer.key]
            extensions.append("authorityKeyIdentifier=keyid")
        settings = folder / "settings"
        settings.write_text(SETTINGS)
        openssl(
            *("req", "-config", settings, "-x509", "-days", "2", *signer),
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"),
            *(word for line in extensions for word in ("-addext", line)),
            *("-subj", f"/CN={name}", "-keyout", self.key, "-out", self.file),
        )

    @cached_property
    def for_server(self) -> Path:
        """One file with the chain and the key, as echo_server takes it."""
        file = self.file.with_suffix(".server.pem")
        parts = [*(self.chain or [self.file]), self.key]
        file.write_text("".join(part.read_text() for part in parts))
        return file

    def server_context(self) -> ssl.SSLContext:
        """For a server in Python."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.for_server)
        return context

    def client_context(self) -> ssl.SSLContext:
        """For a client in Python that trusts this certificate and no other."""
        return ssl.create_default_context(cafile=str(self.file))

    @cached_property
    def key_hash(self) -> str:
        """Of the public key, as Chromium's --ignore-certificate-errors-spki-list takes it."""
        der = openssl("pkey", "-in", self.key, "-pubout", "-outform", "DER")
        return base64.b64encode(hashlib.sha256(der).digest()).decode()


class Certificates:
    """What the tests use: `root` is to be trusted."""

    def __init__(self, folder: Path) -> None:
        here = ["subjectAltName=IP:127.0.0.1,DNS:localhost"]
        elsewhere = ["subjectAltName=IP:192.0.2.1,DNS:elsewhere.test"]
        self.root = Certificate(folder, "root", AUTHORITY)
        between = Certificate(folder, "between", AUTHORITY, self.root)
        self.good = Certificate(folder, "good", LEAF + here, between)
        self.misnamed = Certificate(folder, "misnamed", LEAF + elsewhere, between)
        self.stranger = Certificate(folder, "stranger", LEAF + here)
