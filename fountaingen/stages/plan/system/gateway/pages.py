"""The pages that a service has beside its contract, and which of them whoever comes from outside must not see."""

from fountaingen.model.service import Service
from fountaingen.stages.plan.system.gateway.paths import meet, segments

_PAGES = ("/health", "/ready", "/metrics", "/docs", "/openapi.json", "/openapi.yaml")


def hidden(service: Service) -> list[str]:
    """Return the pages whose paths are not, and cannot be taken for, those of an operation of the contract."""
    templates = [segments(operation.path) for operation in service.operations]
    return [page for page in _PAGES if not any(meet(segments(page), template) for template in templates)]
