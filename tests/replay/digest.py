"""What is compared of an answer: its canonical form, or a digest of it."""

import hashlib
import json
from collections.abc import Container
from typing import Any

SHORT = 200


def summary(body: bytes, uids: Container[str | None]) -> str:
    """The canonical form of a body, or its digest.

    Left out is what differs from server to server: managedFields, versions, other workflows.
    """
    try:
        text = json.dumps(_canonical(json.loads(body), uids), sort_keys=True, ensure_ascii=False)
    except ValueError:
        text = "\n".join(sorted(body.decode("utf-8", "surrogateescape").split("\n")))
    if len(text) <= SHORT and text.isprintable():
        return text
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _canonical(value: Any, uids: Container[str | None]) -> Any:  # noqa: ANN401 -- any JSON value
    if isinstance(value, list):
        return [_canonical(element, uids) for element in value]
    if not isinstance(value, dict):
        return value
    if "items" in value and "metadata" in value:
        rows = [row for row in value["items"] or [] if row["metadata"].get("uid") in uids]
        return {"items": [_canonical(row, uids) for row in rows]}
    ignored = {"managedFields", "resourceVersion", "gitCommit"}
    return {key: _canonical(member, uids) for key, member in value.items() if key not in ignored}
