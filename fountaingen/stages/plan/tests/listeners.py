"""``tests/listeners.json``: what whoever is called back or told answers, by the contract of the call."""

from collections.abc import Mapping
from typing import Any

from fountaingen.model.service import Operation, Service
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.build.media import is_json
from fountaingen.stages.lower import Direction
from fountaingen.stages.plan.contract import ContractData
from fountaingen.stages.plan.tests.judges import Judges
from fountaingen.stages.samples import NoSample, sample


def listener_answers(service: Service, contract: ContractData) -> Mapping[str, Any]:
    """Return the answer to every callback and webhook, by key; none where no example of it can be made."""
    # What comes back enters the service as a request does.
    judges = Judges(contract.schemas["request"])
    answers = {each.key: _answer(each.call, service.spec.data, contract, judges) for each in service.outgoing}
    return {key: answer for key, answer in answers.items() if answer is not None}


def _answer(call: Operation, data: Any, contract: ContractData, judges: Judges) -> dict[str, Any] | None:
    response = call.response(call.success)
    media_type = next((each for each in response.content if is_json(each)), None) if response else None
    if response is None or media_type is None:
        return {"status": call.success}
    declared = contract.operations["outgoing"][call.operation_id]["responses"][response.status]
    accepts = judges.accepts(declared["content"][media_type]["schema"])
    body = sample(data, pointers.join(response.pointer, "content", media_type), accepts, Direction.REQUEST)
    return None if isinstance(body, NoSample) else {"status": call.success, "body": body}
