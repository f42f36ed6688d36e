"""``tests/peers.json``: what stands in for the services that this one uses answers, by their own contracts."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fountaingen.model.service import Service
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.build.media import is_json
from fountaingen.stages.lower import Direction
from fountaingen.stages.plan.contract import contract_data
from fountaingen.stages.plan.tests.judges import Judges
from fountaingen.stages.samples import NoSample, sample


def peer_answers(peers: Iterable[Service]) -> Mapping[str, Any]:
    """Return the answers of every operation of every peer; literal paths stand before those with parameters."""
    return {peer.name: sorted(_answers(peer), key=lambda each: str(each["path"]).count("{")) for peer in peers}


def _answers(peer: Service) -> Iterator[dict[str, Any]]:
    contract = contract_data(peer)
    if contract.problems:
        return
    judges = Judges(contract.schemas["response"])
    for operation in peer.operations:
        response = operation.response(operation.success)
        answer: dict[str, Any] = {"method": operation.method, "path": operation.path, "status": operation.success}
        media_type = next((each for each in response.content if is_json(each)), None) if response else None
        if response is not None and media_type is not None:
            declared = contract.operations["operations"][operation.operation_id]["responses"][response.status]
            accepts = judges.accepts(declared["content"][media_type]["schema"])
            pointer = pointers.join(response.pointer, "content", media_type)
            body = sample(peer.spec.data, pointer, accepts, Direction.RESPONSE)
            if isinstance(body, NoSample):
                continue
            answer["body"] = body
        yield answer
