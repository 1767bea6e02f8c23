"""The identity that a CI system gives its jobs, as an OIDC token."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import urllib3
from id import IdentityError, detect_credential

from argogate.argo.credentials.base import Grant, Renewed
from argogate.argo.credentials.jwt import claims_of, expiry_of
from argogate.argo.deadline import at_most
from argogate.argo.secrecy import Secrets
from argogate.errors import Unavailable
from argogate.spell import one_line
from argogate.together import together

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

REQUEST_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"  # noqa: S105 - the name of a variable of GitHub
TIMEOUT = 30.0
"""Seconds that the CI system gets, unless the request that needs its token has less."""
AWAY = re.compile(r"\(code=(5\d\d|408|429)\b|timed out")
"""How the library says that there was no proper answer."""
ABSENT = (
    "offers none here: a GitHub job needs 'permissions: {id-token: write}', a GitLab job an "
    "entry NAME_ID_TOKEN under id_tokens, NAME being the audience in capitals, odd letters as _"
)


class CiIdentity(Renewed):
    """Asks GitHub, GitLab, Buildkite, CircleCI or Google Cloud, whichever runs this job.

    All but GitLab are asked by the library `id`, which reads the environment itself. It would
    prefer the machine's identity to the job's where GitLab runs jobs on Google's machines.
    """

    def __init__(
        self, audience: str, wall: Callable[[], float], environ: Mapping[str, str]
    ) -> None:
        super().__init__(f"the CI's identity for the audience {audience}", wall)
        self._audience = audience
        self._environ = environ
        # An answer could repeat it.
        self._secrets |= {secret for secret in [environ.get(REQUEST_TOKEN, "")] if secret}

    def fetch(self) -> Grant:
        """Ask for a token."""
        token = self._of_gitlab() if self._environ.get("GITLAB_CI") else self._asked()
        if not token:
            raise self.failure(ABSENT)
        header = f"Bearer {token}"
        return Grant(header=header, expires=expiry_of(claims_of(header)))

    def _of_gitlab(self) -> str:
        """Return what a job's `id_tokens` put into a variable, named as `id` and sigstore do."""
        name = re.sub(r"[^A-Z0-9_]|^[^A-Z_]", "_", self._audience.upper())
        return self._environ.get(f"{name}_ID_TOKEN", "")

    def _asked(self) -> str | None:
        """Ask in a thread of its own: the library bounds pauses, not the whole, and tries again."""
        try:
            [heard] = together(
                lambda audience: (detect_credential(audience),),
                [self._audience],
                jobs=1,
                seconds=at_most(TIMEOUT),
            )
        except IdentityError as error:
            reason = Secrets(self._secrets).cut(str(error))
            msg = f"cannot be had: {one_line(reason)}"
            if AWAY.search(reason):
                raise self._away(msg) from None
            raise self.failure(msg) from None
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            # Their text may hold the URL with its query.
            msg = f"cannot be had: {type(error).__name__}"
            wrong = isinstance(error, ValueError)  # the address
            raise (self.failure(msg) if wrong else self._away(msg)) from None
        if heard is None:
            msg = "cannot be had: no answer in time"
            raise self._away(msg)
        return heard[0]

    def _away(self, reason: str) -> Unavailable:
        return Unavailable(f"{self.source} {reason}")
