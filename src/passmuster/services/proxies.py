"""By way of whom a service is asked."""

import urllib.request
from typing import Final
from urllib.parse import urlsplit

from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.services.options import LOOPBACK

KINDS: Final = frozenset({"http", "https"})


def proxy_for(address: str, named: str | None) -> str | None:
    """Return the address of the proxy by way of which a service is asked; ``None`` if it is asked directly.

    What the suite names comes first, an empty name standing for none. Then the environment says: ``HTTP_PROXY``,
    ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``, in small letters as well. A service on this machine has no proxy
    unless the suite names one. Never shown to anybody: the environment may give a name and a password in it.

    Raises:
        InvalidConfigurationError: If the environment names a proxy of another kind than HTTP.
    """
    if named is not None:
        return named or None
    parts = urlsplit(address)
    host = parts.hostname or ""
    if host in LOOPBACK or urllib.request.proxy_bypass(host):
        return None
    known = urllib.request.getproxies()
    proxy = known.get(parts.scheme) or known.get("all")
    if not proxy:
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    kind = urlsplit(proxy).scheme.lower()
    if kind not in KINDS:
        message = f"the environment names a proxy of the kind {kind!r}, which is not known here"
        hint = "name one that begins with http:// as 'proxy', or an empty text for none"
        finding = Finding(rule="proxy", severity=Severity.ERROR, message=message, hint=hint)
        raise InvalidConfigurationError([finding])
    return proxy
