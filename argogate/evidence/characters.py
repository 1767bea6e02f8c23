"""What test runners write as XML in whatever encoding → characters that XML knows, in UTF-8."""

from __future__ import annotations

import re

DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
DECLARATION = re.compile(r"\s*<\?xml[^>]{0,200}\?>")
NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
REFERENCE = re.compile(r"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,10}));")
MULTIBYTE = frozenset(
    {"big5", "euc-jp", "euc-kr", "gb18030", "gb2312", "gbk", "iso-2022-jp", "shift_jis"}
)
"""Encodings that people's test runners write and expat does not read."""


def mend(content: bytes) -> bytes:
    """Return it in UTF-8, with U+FFFD for what is no character of XML."""
    text = DECLARATION.sub("", content.decode(_encoding_of(content), "replace"), count=1)
    text = REFERENCE.sub(_valid, NO_CHARACTER.sub("\ufffd", text))
    return text.encode()


def _encoding_of(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    found = DECLARED.match(content.lstrip())
    word = found[1].decode().lower() if found else ""
    single_byte = word.startswith(("iso-8859-", "windows-125"))
    return word if single_byte or word in MULTIBYTE else "utf-8-sig"


def _valid(match: re.Match[str]) -> str:
    number = int(match[1], 16) if match[1] else int(match[2])
    valid = number <= 0x10FFFF and not NO_CHARACTER.match(chr(number))  # noqa: PLR2004 - Unicode's last
    return match[0] if valid else "\ufffd"
