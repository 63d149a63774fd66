"""Locations of a configuration that lead to a real server on loopback, through a proxy that can break the line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.transfer_sites import PASSWORD, PROXY_HOST

if TYPE_CHECKING:
    from pathlib import Path

    from support.transfer_sites import Site


def location_through_proxy(site: Site, directory: str, *, timeout: int) -> str:
    """Return the table of a location that reaches ``directory`` of a site by way of the proxy."""
    password: Path = site.root.parent / "password"
    password.write_text(PASSWORD, encoding="utf-8")
    password.chmod(0o600)
    (site.root / directory).mkdir(exist_ok=True)
    lines = [
        f'protocol = "{site.protocol}"',
        f'host = "{PROXY_HOST}"',
        f"port = {site.ports[0]}",
        'username = "pendel"',
        f'password = {{ file = "{password}" }}',
        f'directory = "{directory}"',
        f"timeout = {timeout}",
    ]
    if site.protocol == "sftp":
        lines.append(f'known_hosts = "{site.known_hosts}"')
    else:
        lines.append(f'ca_file = "{site.settings.ca_file}"')  # type: ignore[union-attr]
    return "\n".join(lines)
