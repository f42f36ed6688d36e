"""The plugins that open-source Kong 3.9 brings, and what their configurations may say."""

from collections.abc import Mapping

from fountaingen.kong.plugins import access, extensions, limits, logs, tracing, transformations
from fountaingen.kong.schema.fields import Specialisation

BUNDLED: Mapping[str, Specialisation] = {
    **access.PLUGINS,
    **limits.PLUGINS,
    **logs.PLUGINS,
    **tracing.PLUGINS,
    **transformations.PLUGINS,
    **extensions.PLUGINS,
}
"""The kinds of plugins by name; any other name is a plugin that is not enabled."""
