from requests import RequestException, Session
from requests.auth import AuthBase

class GrantNotProvided(RequestException): ...
class InvalidGrantRequest(RequestException): ...

class OAuth2ClientCredentials(AuthBase):
    def __init__(
        self,
        token_url: str,
        client_id: str,
        client_secret: str,
        *,
        timeout: int = 60,
        session: Session | None = None,
        **parameters: str,
    ) -> None: ...
    def request_new_token(self) -> tuple[str, str] | tuple[str, str, int]: ...
