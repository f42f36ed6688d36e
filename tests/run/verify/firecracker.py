"""A machine that is configured and never started; its configuration is kept in memory."""

from typing import Any

from app import schemas
from app.context import Context
from app.runtime.errors import BadRequest
from app.runtime.values import JsonValue
from app.runtime.views import view, wire

_kept: dict[str, JsonValue] = {
    "mmds": {},
    "machine-config": {"vcpu_count": 1, "mem_size_mib": 128, "ht_enabled": False},
}


def _keep(part: str, body: Any) -> None:
    _kept[part] = wire(body)


async def describe_instance(ctx: Context) -> schemas.InstanceInfo:
    """Tell of the machine."""
    return schemas.InstanceInfo(app_name="Firecracker", id="anonymous", state="Not started", vmm_version="1.0.0")


async def create_sync_action(ctx: Context, body: schemas.InstanceActionInfo) -> None:
    """Nothing is done."""


async def describe_balloon_config(ctx: Context) -> schemas.Balloon:
    """Return what was configured."""
    if "balloon" not in _kept:
        raise BadRequest("there is no balloon")
    return view(schemas.Balloon, _kept["balloon"])


async def put_balloon(ctx: Context, body: schemas.Balloon) -> None:
    """Keep the configuration."""
    _keep("balloon", body)


async def patch_balloon(ctx: Context, body: schemas.BalloonUpdate) -> None:
    """Nothing is running that could change."""


async def describe_balloon_stats(ctx: Context) -> schemas.BalloonStats:
    """Nothing is measured."""
    return schemas.BalloonStats(target_pages=0, actual_pages=0, target_mib=0, actual_mib=0)


async def patch_balloon_stats_interval(ctx: Context, body: schemas.BalloonStatsUpdate) -> None:
    """Nothing is measured, however often."""


async def put_guest_boot_source(ctx: Context, body: schemas.BootSource) -> None:
    """Keep the configuration."""
    _keep("boot-source", body)


async def put_logger(ctx: Context, body: schemas.Logger) -> None:
    """Keep the configuration."""
    _keep("logger", body)


async def get_machine_configuration(ctx: Context) -> schemas.MachineConfiguration:
    """Return what was configured."""
    return view(schemas.MachineConfiguration, _kept["machine-config"])


async def put_machine_configuration(ctx: Context, body: schemas.MachineConfiguration | None) -> None:
    """Keep the configuration, if there is any."""
    if body is not None:
        _keep("machine-config", body)


async def patch_machine_configuration(ctx: Context, body: schemas.MachineConfiguration | None) -> None:
    """Keep the configuration, if there is any."""
    if body is not None:
        _keep("machine-config", body)


async def put_metrics(ctx: Context, body: schemas.Metrics) -> None:
    """Keep the configuration."""
    _keep("metrics", body)


async def get_mmds(ctx: Context) -> JsonValue:
    """Return the data store."""
    return _kept["mmds"]


async def put_mmds(ctx: Context, body: JsonValue) -> None:
    """Replace the data store."""
    _kept["mmds"] = body


async def patch_mmds(ctx: Context, body: JsonValue) -> None:
    """Replace the data store."""
    _kept["mmds"] = body


async def put_mmds_config(ctx: Context, body: schemas.MmdsConfig) -> None:
    """Keep the configuration."""
    _keep("mmds/config", body)


async def create_snapshot(ctx: Context, body: schemas.SnapshotCreateParams) -> None:
    """Nothing runs that there could be a picture of."""


async def load_snapshot(ctx: Context, body: schemas.SnapshotLoadParams) -> None:
    """Nothing is loaded."""


async def patch_vm(ctx: Context, body: schemas.Vm) -> None:
    """Nothing runs that could pause."""


async def get_export_vm_config(ctx: Context) -> schemas.FullVmConfiguration:
    """Return the part that is always there."""
    return view(schemas.FullVmConfiguration, {"machine-config": _kept["machine-config"]})


async def put_guest_vsock(ctx: Context, body: schemas.Vsock) -> None:
    """Keep the configuration."""
    _keep("vsock", body)
