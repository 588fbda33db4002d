"""Where a night's message goes: an address and a secret, looked up by name, and never printed."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from passmuster.composition.secrets import Secrets
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import fingerprint_of
from passmuster.services.webhook import Delivery, Letter, complaint_of_address, deliver


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Sends messages to one address.

    Attributes:
        secrets: Where names are looked up.
        webhook: The name of the variable with the address, or the address.
        signer: The name of the variable with the secret that signs; ``None`` for no signature.
    """

    secrets: Secrets
    webhook: str
    signer: str | None

    def refuse_unusable(self) -> None:
        """Refuse what cannot be sent to, before anything is asked and paid for.

        Raises:
            InvalidConfigurationError: With everything that is missing or wrong.
        """
        findings = [
            Finding(rule="webhook", severity=Severity.ERROR, message=message, hint=hint)
            for message, hint in self._complaints()
        ]
        if findings:
            raise InvalidConfigurationError(findings)

    def send(self, document: Mapping[str, Any], now: datetime) -> Delivery:
        """Send a message."""
        letter = Letter(
            address=self._address or "",
            body=json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8"),
            key=fingerprint_of([document["kind"], document["suite"], document["run"]]),
            at=int(now.timestamp()),
            secret=None if self.signer is None else self.secrets.value(self.signer),
        )
        return asyncio.run(deliver(letter, asyncio.sleep))

    @property
    def _address(self) -> str | None:
        return self.webhook if "://" in self.webhook else self.secrets.value(self.webhook)

    def _complaints(self) -> Iterator[tuple[str, str]]:
        where = "--webhook" if "://" in self.webhook else f"the environment variable {self.webhook!r}"
        address = self._address
        if address is None:
            yield f"{where} is not set", "set it to the webhook's address, or name a file that has it with --env-file"
        elif wrong := complaint_of_address(address):
            yield f"{where} names no webhook: {wrong}", "write the webhook's address alone, as its service shows it"
        if self.signer is not None and self.secrets.value(self.signer) is None:
            yield (
                f"the environment variable {self.signer!r} is not set, which --webhook-secret names",
                "set it to the secret that the receiver knows, or leave --webhook-secret out",
            )
