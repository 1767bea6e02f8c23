"""What every route needs."""

from dataclasses import dataclass

from argogate.demo.access import Access
from argogate.demo.answers import JSON, Answer, Headers
from argogate.demo.cluster import Cluster
from argogate.demo.faults import Faults
from argogate.demo.golang import encode
from argogate.demo.playback import Playback
from argogate.demo.run import Object

_TRAILER = ("Grpc-Status", "Grpc-Message", "Grpc-Status-Details-Bin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One server."""

    cluster: Cluster
    access: Access
    playback: Playback
    faults: Faults

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
