"""Messages that the tests exchange."""

from __future__ import annotations

import random

KIB, MIB = 1024, 1024 * 1024

# One to four octets for each character.
MULTI_OCTET = "a ä € 漢字 😀 "

# The smallest buffers that the library allows, as the examples are given them.
TINY = ("--receive-buffer", "256", "--send-buffer", "16")


def octets(count: int) -> bytes:
    """The same octets each time, without a pattern that hides an error."""
    return random.Random(count).randbytes(count)


def pattern(count: int) -> bytes:
    """What echo_client sends for --binary-size."""
    return (bytes(range(251)) * (count // 251 + 1))[:count]


def text(count: int) -> str:
    """Text of `count` octets whose characters are cut wherever a buffer ends."""
    repeated = MULTI_OCTET * (count // len(MULTI_OCTET.encode()))
    return repeated + "." * (count - len(repeated.encode()))


# By name: what every peer echoes.
MESSAGES: dict[str, str | bytes] = {
    "text": "Hello",
    "multi-octet": MULTI_OCTET,
    "nul": "before \0 behind",
    "empty-text": "",
    "empty-binary": b"",
    "125": octets(125),
    "126": octets(126),
    "65535": octets(65535),
    "65536": octets(65536),
    "text-70000": text(70000),
    "binary-70000": octets(70000),
    "text-1MiB": text(MIB),
    "binary-1MiB": octets(MIB),
}

# By name: the code and the reason of a close; a reason has at most 123 octets.
CLOSES: dict[str, tuple[int, str]] = {
    "1000": (1000, ""),
    "1000-reason": (1000, "done"),
    "1001": (1001, "bye"),
    "3000-multi-octet": (3000, "ü" * 61),
    "4999-longest": (4999, "x" * 123),
}
