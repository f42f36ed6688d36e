"""The services that this one uses."""

from app import schemas
from app.runtime.peers import Peer, PeerClient, PeerClients
from app.runtime.views import wire


class CentralSequenceServiceClient(PeerClient):
    """Central Sequence Service API."""

    async def generate_sequence_number(self, body: schemas.SequenceRequest) -> schemas.SequenceResponse:
        """Give an element its number."""
        return self.typed(schemas.SequenceResponse, await self.call("POST", "/sequence", body=wire(body)))

    async def get_sequence(self, element_id: int, *, kinds: list[str] | None = None) -> schemas.SequenceResponse:
        """Read the number of an element."""
        answer = await self.call("GET", "/sequence/{elementId}", path={"elementId": element_id}, query={"kinds": kinds})
        return self.typed(schemas.SequenceResponse, answer)


class Clients(PeerClients):
    """One client a service."""

    def __init__(self) -> None:
        self.central_sequence_service = CentralSequenceServiceClient(
            Peer.from_environment("central_sequence_service", api_key="X-API-KEY")
        )


clients = Clients()
