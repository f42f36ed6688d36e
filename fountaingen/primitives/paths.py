"""Names of files and folders that mean the same on every file system."""

import re

_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)


def is_device(name: str) -> bool:
    """Tell whether Windows takes ``name`` for a device, with whatever ending.

    https://learn.microsoft.com/windows/win32/fileio/naming-a-file
    """
    return _DEVICES.fullmatch(name.rstrip(" .")) is not None
