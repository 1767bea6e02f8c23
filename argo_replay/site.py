"""What every route needs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from argo_replay.access import Access
from argo_replay.answers import JSON, Answer, Headers
from argo_replay.cluster import Cluster
from argo_replay.faults import Faults
from argo_replay.golang import encode
from argo_replay.limiter import Limiter
from argo_replay.playback import Playback
from argo_replay.run import Object

_TRAILER = ("Grpc-Status", "Grpc-Message", "Grpc-Status-Details-Bin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One server."""

    cluster: Cluster
    access: Access
    playback: Playback
    faults: Faults
    limiter: Limiter
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    """Of the workflows that clients create."""

    def metadata(self, *, success: bool) -> Headers:
        """The headers that gRPC adds: the version only to a unary success, and since v3.6."""
        headers: Headers = (("Grpc-Metadata-Content-Type", "application/grpc"),)
        if self.cluster.version >= (3, 6):
            headers += tuple(("Grpc-Metadata-Trailer", name) for name in _TRAILER)
            if success:
                headers += (("Grpc-Metadata-Argo-Version", self.cluster.argo),)
        return headers

    def unary(self, document: Object) -> Answer:
        """A successful answer."""
        return Answer(200, JSON + self.metadata(success=True), encode(document))
