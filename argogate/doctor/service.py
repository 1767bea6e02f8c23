"""The middle rungs: is it an Argo Server, which release, whose clock, and does it know us?"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from argogate import spell
from argogate.argo.credentials.jwt import claims_of, expiry_of
from argogate.argo.deadline import Deadline, within
from argogate.argo.documents import list_document, version_in
from argogate.argo.remedies import says_argo
from argogate.doctor.ladder import failed, ok, skipped, warning
from argogate.errors import ArgoError, Denied
from argogate.values import replace
from argogate.verdict.conclusion import Conclusion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from argogate.argo.answers import Answer
    from argogate.doctor.ladder import Rung, Visit

OLDEST = (3, 4)
"""The oldest release that argogate was tried with."""
SKEW = 60.0
"""Seconds; Kubernetes accepts tokens for about as long after their end."""
REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


def service(visit: Visit) -> Iterator[Rung]:
    """Climb until the server knows us; end at the first rung that is broken."""
    try:
        with within(Deadline(visit.timeout)):
            header = visit.transport.credential.header()
    except ArgoError as error:
        yield failed("credentials", error.message, Conclusion.DENIED)
        return
    try:
        # It answers whoever has anything that looks like a token.
        answer = _asked(visit, "/api/v1/version", {})
        version = "" if answer.status in REFUSED else version_in(answer)
    except ArgoError as error:
        yield failed("api", error.message, _conclusion(error))
        return
    yield ok("api", "an Argo Server answers")
    yield _released(version)
    yield _timed(answer, visit.now())
    yield _known(visit, header)


def listing(visit: Visit) -> None:
    """List one workflow: the cheapest question that needs a valid token. Raises ArgoError."""
    path = f"/api/v1/workflows/{quote(visit.namespace, safe='')}"
    answer = _asked(visit, path, {"listOptions.limit": "1", "fields": "metadata"})
    if answer.status in REFUSED:
        raise visit.transport.error(answer)
    list_document(answer)


def _asked(visit: Visit, path: str, query: dict[str, str]) -> Answer:
    """Return a good answer or Argo's own refusal. Raises ArgoError for all others."""
    answer = visit.transport.get(path, query, what=path, timeout=visit.timeout)
    refused = answer.status in REFUSED and says_argo(answer)
    if answer.status != HTTPStatus.OK and not refused:
        raise visit.transport.error(answer)
    return answer


def _conclusion(error: ArgoError) -> Conclusion:
    return Conclusion.DENIED if isinstance(error, Denied) else Conclusion.UNREACHABLE


def _released(version: str) -> Rung:
    if not version:
        return skipped("version", "told only to those with credentials")
    numbers = re.match(r"v?(\d+)\.(\d+)", version)
    if numbers and tuple(map(int, numbers.groups())) < OLDEST:
        return warning(
            "version", version, "argogate was tried with v3.4 and later; outputs may be missing"
        )
    return ok("version", version)


def _timed(answer: Answer, now: datetime) -> Rung:
    if answer.server_time is None:
        return skipped("clock", "the server does not say its time")
    ahead = (now - answer.server_time).total_seconds()
    if abs(ahead) < SKEW:
        return ok("clock", "agrees with the server's")
    apart = f"{spell.duration(abs(ahead))} {'ahead of' if ahead > 0 else 'behind'} the server's"
    return warning("clock", apart, "set the clock: ages, tokens and certificates are judged by it")


def _known(visit: Visit, header: str) -> Rung:
    life = _life(header, visit.now())
    try:
        listing(visit)
    except ArgoError as error:
        # A 403 is for somebody who is known, and may not list.
        if not isinstance(error, Denied) or error.status != HTTPStatus.FORBIDDEN:
            broken = failed("credentials", error.message, _conclusion(error))
            return replace(broken, detail=broken.detail + life)
    return ok("credentials", (visit.transport.credential.source or "none sent") + life)


def _life(header: str, now: datetime) -> str:
    """Spell when the token ends, where it says so."""
    expiry = expiry_of(claims_of(header))
    if expiry is None:
        return ""
    moment = datetime.fromtimestamp(expiry, UTC)
    left = (moment - now).total_seconds()
    ends = f"expires in {spell.duration(left)}" if left > 0 else "has expired"
    return f" ({ends}, {moment:%Y-%m-%d %H:%M} UTC)"
