"""Lines of JSON in, lines of JSON out, for peers in Python."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any


def tell(event: str, **fields: Any) -> None:
    print(json.dumps({"event": event, **fields}), flush=True)


def tell_message(message: str | bytes) -> None:
    octets = message.encode() if isinstance(message, str) else message
    tell(
        "message",
        binary=isinstance(message, bytes),
        length=len(octets),
        sha256=hashlib.sha256(octets).hexdigest(),
    )


def payload(command: dict[str, Any]) -> str | bytes:
    """A command carries text as it is and octets in base64."""
    if "text" in command:
        return str(command["text"])
    return base64.b64decode(command["base64"])
