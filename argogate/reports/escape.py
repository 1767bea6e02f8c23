"""Foreign text made harmless.

Node names, messages, logs and parameters come from whoever can push a branch. Nothing of them
may colour a terminal, issue a CI command, or leave its place in XML or Markdown.
"""

from __future__ import annotations

import re

# None of these may scan the same text twice: a log line can have megabytes. What few texts are
# scanned for is compiled on use.
_TERMINAL_SEQUENCE = (
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|(?:\x1b[\]P^_X]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x80-\x9f\n]*(?:\x07|\x1b\\|\x9c)"  # OSC …
    r"|\x1b[ -/]*[0-Z\\^-~]"
)
_LINE_END = "\r+\n?|[\v\f\u2028\u2029]"
_NO_TEXT = (
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    "\u202a-\u202e\u2066-\u2069"  # they reverse what is read
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
    )
    + "]"
)
_ATTACHMENT = re.compile(r"\[(?=\[ATTACHMENT\|)", re.IGNORECASE)
_OLD_COMMAND = re.compile(r"##(?=\w*\[)")


def plain(text: str) -> str:
    """Remove terminal sequences; line ends become newlines, what is no text becomes U+FFFD."""
    if text.isprintable():
        return text
    text = re.sub(_LINE_END, "\n", re.sub(_TERMINAL_SEQUENCE, "", text))
    return re.sub(_NO_TEXT, "\ufffd", text)


def line(text: str) -> str:
    """Return plain text on one line."""
    return " ".join(plain(text).split())


def xml_text(text: str) -> str:
    """Return characters that XML 1.0 can hold, and no `[[ATTACHMENT|path]]` of a test reader."""
    return _ATTACHMENT.sub("[ ", plain(text))


def json_text(document: str) -> str:
    """Return JSON that means the same, without a command to a CI runner (`##[…]`, `##vso[…]`)."""
    return document.replace("##", r"\u0023\u0023")


def terminal_line(text: str) -> str:
    """Return one line for a log: no control characters, no command to a CI runner.

    GitHub obeys `::command::` at the start of a line and `##[command]` anywhere in it, Azure
    and TeamCity `##vso[…]` and `##teamcity[…]`.
    """
    shown = _OLD_COMMAND.sub("# #", line(text))
    return f": {shown[1:]}" if shown.startswith("::") else shown


def logged_line(text: str, most: int = 1000) -> str:
    """Return one line of somebody's log behind a mark, indented as it was.

    The mark keeps it from being a command, and from what looks for errors at the start of lines.
    """
    shown = plain(text[:most]).expandtabs().replace("\n", " ").rstrip()
    return f"  | {_OLD_COMMAND.sub('# #', shown)}"


def log_lines(text: str, most: int = 1000) -> list[str]:
    """Return what somebody printed as lines of plain text, indented as they were: one at least.

    A progress bar that overwrites itself is a line for each of its states.
    """
    lines = [line.expandtabs().rstrip() for line in plain(text).split("\n")]
    shown = [line if len(line) <= most else f"{line[:most]}…" for line in lines if line]
    return shown or [""]


def followed_line(source: str, text: str) -> str:
    """Return a line of `log_lines` behind the name of whose it is.

    What stands before it keeps it from being a command, as in `logged_line`.
    """
    return _OLD_COMMAND.sub("# #", f"[{line(source)}] {text}".rstrip())


def cut(text: str, most: int) -> str:
    """Return the beginning of plain text in at most `most` bytes, saying that it was cut."""
    encoded = text.encode()
    if len(encoded) <= most:
        return text
    return f"{encoded[:most].decode(errors='ignore')}\n… (cut)"
