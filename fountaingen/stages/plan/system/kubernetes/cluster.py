"""A service as a cluster runs it: how many pods of it there can be, what they are told, where its rows are."""

from collections.abc import Mapping
from dataclasses import dataclass

from fountaingen.model.kubernetes import Kubernetes
from fountaingen.model.service import Service
from fountaingen.model.system import PORT, System
from fountaingen.stages.plan.system.compose import variables
from fountaingen.stages.plan.system.compose.variables import Optional, Required, Variable
from fountaingen.stages.plan.system.images import image_name
from fountaingen.stages.plan.system.kubernetes.objects import Naming

DATABASE = Required("DATABASE_URL", "the service's own database, postgresql://user:password@host:5432/name")


@dataclass(frozen=True)
class Workload:
    """A service, in the system that it is of, with what the settings say about the cluster."""

    system: System
    service: Service
    settings: Kubernetes

    @property
    def label(self) -> str:
        """What the service is called in networks, and its objects with it."""
        return self.system.labels[self.service.name]

    @property
    def naming(self) -> Naming:
        """How objects of the service are called."""
        return Naming(self.settings.namespace, self.label)

    @property
    def image(self) -> str:
        """The image of the service."""
        return image_name(self.system, self.service)

    @property
    def uses_volume(self) -> bool:
        """Whether the service's rows are in a file, which one pod alone may have."""
        return bool(self.service.entities) and self.settings.database == "sqlite"

    @property
    def uses_server(self) -> bool:
        """Whether the service's rows are on a server of databases."""
        return bool(self.service.entities) and self.settings.database == "postgresql"

    @property
    def scales(self) -> bool:
        """Whether an autoscaler decides how many pods the service has."""
        return not self.uses_volume and self.settings.most_replicas > self.settings.replicas

    @property
    def peers(self) -> tuple[str, ...]:
        """The labels of the services that this one calls."""
        return tuple(self.system.labels[name] for name in self.service.uses)

    @property
    def callers(self) -> tuple[str, ...]:
        """The labels of the services that call this one."""
        using = (each for each in self.system.services if self.service.name in each.uses)
        return tuple(self.system.labels[each.name] for each in using if each is not self.service)

    @property
    def secrets(self) -> tuple[Variable, ...]:
        """The variables that come from the Secret of the service."""
        found = (
            *((DATABASE,) if self.uses_server else ()),
            *variables.credentials(self.system, self.service),
            *variables.peers(self.system, self.service),
        )
        return tuple({each.name: each for each in found}.values())

    @property
    def configuration(self) -> Mapping[str, str]:
        """The variables that are no secrets."""
        stored = {} if self.uses_server else {"DATABASE_URL": f"sqlite:////data/{self.service.name}.db"}
        urls = {
            f"{name.upper()}_URL": f"http://{label}:{PORT}"
            for name, label in zip(self.service.uses, self.peers, strict=True)
        }
        traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": self.settings.traces, "OTEL_SERVICE_NAME": self.label}
        return {"LOG_LEVEL": "INFO", **stored, **urls, **(traced if self.settings.traces else {})}

    @property
    def settable(self) -> tuple[Variable, ...]:
        """The variables that its ConfigMap may have besides."""
        return tuple(each for each in variables.settings(self.service) if isinstance(each, Optional))

    @property
    def reaches_out(self) -> bool:
        """Whether the service calls what is outside of the cluster."""
        return variables.reaches_out(self.system, self.service)


def workloads(system: System, settings: Kubernetes) -> tuple[Workload, ...]:
    """Return every service of the system."""
    return tuple(Workload(system, each, settings) for each in system.services)
