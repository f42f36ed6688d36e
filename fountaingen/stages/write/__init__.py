"""Write: bring the output folder to what a build rendered, all or nothing, touching only what changed."""

from fountaingen.stages.write.protocol import Written, write

__all__ = ["Written", "write"]
