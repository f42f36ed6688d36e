"""The hooks of this service, checked before it starts."""

from app import protocols
from app.hooks import studio as implementation
from app.runtime.hooks import check_hooks

check_hooks(
    implementation,
    {
        "create_script": protocols.CreateScript,
        "get_failure": protocols.GetFailure,
        "get_report": protocols.GetReport,
    },
)
create_script: protocols.CreateScript = implementation.create_script
get_failure: protocols.GetFailure = implementation.get_failure
get_report: protocols.GetReport = implementation.get_report
authenticate = implementation.authenticate
