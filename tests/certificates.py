"""An authority of the tests' own and what it signs: certificates that are good, out of date, or another host's. Made by the program `openssl`."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

OPENSSL = shutil.which("openssl")
_CONFIG = """
[ca]
default_ca = test
[test]
database = {folder}/index.txt
serial = {folder}/serial
new_certs_dir = {folder}
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = none
prompt = no
x509_extensions = authority
[none]
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
"""


class Authority:
    """Sign certificates in a folder; `trusted` is the file that makes them good."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.trusted = folder / "authority.pem"
        self._config = folder / "openssl.cnf"
        self._config.write_text(_CONFIG.format(folder=folder))
        (folder / "index.txt").touch()
        (folder / "serial").write_text("1000")
        self._run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=Tests", "-days", "2",
                  "-keyout", str(folder / "authority.key"), "-out", str(self.trusted))  # fmt: skip

    def issue(self, name: str, host: str = "localhost", *, until: str = "20491231235959Z") -> Path:
        """Sign a certificate for a host, good from 2020 until a moment; give the file with key and certificate."""
        key, wish, made = (self._folder / f"{name}.{ending}" for ending in ("key", "csr", "pem"))
        self._run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={host}", "-keyout", str(key),
                  "-addext", f"subjectAltName=DNS:{host}", "-out", str(wish))  # fmt: skip
        self._run("ca", "-batch", "-notext", "-keyfile", str(self._folder / "authority.key"), "-cert", str(self.trusted), "-in", str(wish),
                  "-startdate", "20200101000000Z", "-enddate", until, "-out", str(made))  # fmt: skip
        made.write_text(key.read_text() + made.read_text())
        return made

    def self_signed(self) -> Path:
        """Make a certificate for this machine that nobody signed."""
        made = self._folder / "self.pem"
        self._run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost", "-days", "2",
                  "-addext", "subjectAltName=DNS:localhost", "-keyout", f"{made}.key", "-out", str(made))  # fmt: skip
        made.write_text(Path(f"{made}.key").read_text() + made.read_text())
        return made

    def _run(self, command: str, *arguments: str) -> None:
        asked = [OPENSSL or "openssl", command, "-config", str(self._config), *arguments]
        subprocess.run(asked, check=True, capture_output=True, stdin=subprocess.DEVNULL)


@dataclass
class Guarded:
    """Remember what came through a port that speaks TLS, once both sides had agreed; `refused` counts those who did not like the certificate."""

    url: str = ""
    heard: list[bytes] = field(default_factory=list)
    refused: int = 0


@contextmanager
def guarded(certificate: Path) -> Iterator[Guarded]:
    """Listen with a certificate on this machine; whoever trusts it is heard and told 404."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    port = Guarded()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port.url = f"https://localhost:{server.getsockname()[1]}"

        def serve() -> None:
            while True:
                try:
                    connection = server.accept()[0]
                except OSError:
                    return
                _met(connection, context, port)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield port
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def _met(connection: socket.socket, context: ssl.SSLContext, port: Guarded) -> None:
    connection.settimeout(10)
    try:
        with context.wrap_socket(connection, server_side=True) as secured:
            heard = secured.recv(65536)  # with TLS 1.3 the other side says only here that it does not trust us
            if heard:
                port.heard.append(heard)
                secured.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
            else:
                port.refused += 1
    except OSError:
        port.refused += 1
    finally:
        connection.close()
