"""Who may ask: the server's check of the form, then that of Kubernetes."""

import base64
import binascii
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie

from argo_replay.answers import Refusal
from argo_replay.request import Request

_USER = "system:serviceaccount:argo:ci"


class Access:
    """One valid token with all rights in the given namespaces; None: auth mode `server`.

    Of a token that expires, a function tells which one is valid now.
    """

    def __init__(
        self,
        token: str | Callable[[], str] | None,
        namespaces: frozenset[str],
        version: tuple[int, ...],
    ) -> None:
        self._token = token
        self._namespaces = namespaces
        self._version = version

    def form(self, request: Request) -> str:
        """Check that some credentials were sent, as every call does; return them."""
        credentials = request.headers.get("Authorization")
        if credentials is None:
            try:
                cookie = SimpleCookie(request.headers.get("Cookie", "")).get("authorization")
            except CookieError:
                cookie = None
            credentials = "" if cookie is None else cookie.value
        if self._token is None or credentials.startswith(("Bearer ", "Basic ")):
            return credentials
        raise Refusal(16, self._invalid())

    def identify(self, request: Request) -> str:
        """Check the credentials as Kubernetes does; return the user's name."""
        credentials = self.form(request)
        if self._token is None:
            return _USER
        scheme, _, value = credentials.partition(" ")
        if scheme == "Basic":
            return self._basic(value)
        if value.strip() != self._valid(self._token):
            raise Refusal(16, "Unauthorized")
        return _USER

    @staticmethod
    def _valid(token: str | Callable[[], str]) -> str:
        text = token if isinstance(token, str) else token()
        return text.removeprefix("Bearer ").strip()

    def check(
        self,
        request: Request,
        verb: str,
        namespace: str,
        name: str = "",
        resource: str = "workflows",
    ) -> None:
        """Check the right to do something with a resource."""
        user = self.identify(request)
        if self._token is None or (user == _USER and namespace in self._namespaces):
            return
        group = "argoproj.io" if resource == "workflows" else ""
        full = ".".join(filter(None, (resource, group)))
        which = f'{full} "{name}"' if name else full
        where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
        raise Refusal(
            7,
            f'{which} is forbidden: User "{user}" cannot {verb} resource "{resource}" '
            f'in API group "{group}" {where}',
        )

    def check_list(self, request: Request, namespace: str) -> None:
        """Check the right to list, which the server asks for and refuses itself since v3.5.7."""
        if self._version < (3, 5, 7):
            self.check(request, "list", namespace)
            return
        try:
            self.check(request, "list", namespace)
        except Refusal as refusal:
            if refusal.code != 7:  # noqa: PLR2004 -- gRPC's PermissionDenied
                raise
            message = (
                f"Permission denied, you are not allowed to list workflows in namespace "
                f'"{namespace}". Maybe you want to specify a namespace with query parameter '
                f"`.namespace={namespace}`?"
            )
            raise Refusal(7, message) from None

    def _basic(self, value: str) -> str:
        try:
            well_formed = b":" in base64.b64decode(value, validate=True)
        except binascii.Error:
            well_formed = False
        if well_formed:
            return "system:anonymous"
        raise Refusal(16, "failed to create REST config: error parsing basic authentication")

    def _invalid(self) -> str:
        if self._version < (3, 5):
            return "token not valid for running mode"
        release = "release-3.5" if self._version < (3, 6) else "latest"
        return f"token not valid. see https://argo-workflows.readthedocs.io/en/{release}/faq/"
