"""nginx, HAProxy and Apache in front of a server, each with the configuration that lets WebSocket through."""

from __future__ import annotations

import socket
import time
from pathlib import Path

from .program import DEADLINE, Program, find_program

MODULES = Path("/usr/lib/apache2/modules")

NGINX = """
daemon off;
error_log stderr warn;
pid {folder}/nginx.pid;
events {{}}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    map $http_upgrade $connection_upgrade {{
        default upgrade;
        '' close;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{target};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
        }}
    }}
}}
"""

HAPROXY = """
global
    log stderr format raw daemon notice
defaults
    mode http
    log global
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout tunnel 1h
frontend entrance
    bind 127.0.0.1:{port}
    default_backend echo
backend echo
    server one 127.0.0.1:{target}
"""

APACHE = """
ServerRoot {folder}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {folder}/apache.pid
DefaultRuntimeDir {folder}
ErrorLog /dev/stderr
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_http_module {modules}/mod_proxy_http.so
ProxyPass / http://127.0.0.1:{target}/ upgrade=websocket
"""


class Proxy(Program):
    """A proxy that hands everything on to a port of this machine; it accepts connections."""

    TEMPLATE: str
    COMMAND: list[str]

    def __init__(self, folder: Path, target: int) -> None:
        self.port = free_port()
        configuration = folder / f"{self.COMMAND[0]}.conf"
        values = {"folder": folder, "port": self.port, "target": target}
        configuration.write_text(self.TEMPLATE.format(**values, modules=MODULES))
        words = [word.format(configuration=configuration) for word in self.COMMAND]
        super().__init__([find_program(words[0]), *words[1:]])
        self._wait_until_it_accepts()

    def _wait_until_it_accepts(self) -> None:
        end = time.monotonic() + DEADLINE
        while not accepts(self.port):
            if not self.is_running() or time.monotonic() > end:
                raise AssertionError(f"{self.name} does not listen\n{self.report()}")
            time.sleep(0.01)


class Nginx(Proxy):
    TEMPLATE = NGINX
    # One process: a killed master would leave its workers behind.
    COMMAND = [
        *("nginx", "-e", "stderr", "-c", "{configuration}"),
        *("-g", "master_process off;"),
    ]


class HAProxy(Proxy):
    TEMPLATE = HAPROXY
    COMMAND = ["haproxy", "-db", "-f", "{configuration}"]


class Apache(Proxy):
    TEMPLATE = APACHE
    COMMAND = ["apache2", "-X", "-f", "{configuration}"]


PROXIES: dict[str, type[Proxy]] = {
    "nginx": Nginx,
    "haproxy": HAProxy,
    "apache": Apache,
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), DEADLINE).close()
    except ConnectionRefusedError:
        return False
    return True
