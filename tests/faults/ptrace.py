"""Another process, stopped at its system calls by ptrace(2): what it asks the kernel for, and how to answer instead.

Linux on x86_64 and aarch64, through the C library alone.
"""

import ctypes
import os
import platform
import signal
import struct
from collections.abc import Callable
from dataclasses import dataclass

TRACEME = 0
SYSCALL = 24
SETOPTIONS = 0x4200
GETREGSET = 0x4204
SETREGSET = 0x4205
GET_SYSCALL_INFO = 0x420E

# TRACESYSGOOD, followed through fork, vfork, clone and exec; EXITKILL: no tracee outlives its tracer.
OPTIONS = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x100000
SYSCALL_STOP = signal.SIGTRAP | 0x80
ALL = 0x40000000
"""__WALL of waitpid(2): threads and processes alike."""

GENERAL_REGISTERS = 1
ARM_SYSTEM_CALL = 0x404
INFO_BYTES = 88
ENTRY, EXIT = 1, 2


@dataclass(frozen=True)
class Layout:
    """Where the general registers hold what a system call is given and what it gives back."""

    words: int
    arguments: tuple[int, ...]
    result: int
    number: int | None
    """The register of the call's number; None where the kernel keeps it apart."""


LAYOUTS = {
    "x86_64": Layout(27, (14, 13, 12, 7, 9, 8), 10, 15),
    "aarch64": Layout(34, (0, 1, 2, 3, 4, 5), 0, None),
}

_library = ctypes.CDLL(None, use_errno=True)
_library.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_library.ptrace.restype = ctypes.c_long


class _Vector(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


def request(kind: int, process: int, address: int = 0, data: int = 0) -> int:
    """Make one ptrace request; raises OSError."""
    result = int(_library.ptrace(kind, process, address, data))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"ptrace: {os.strerror(code)}")
    return result


@dataclass(frozen=True)
class Entry:
    """A system call that is about to be made."""

    number: int
    arguments: tuple[int, ...]


@dataclass(frozen=True)
class Exit:
    """A system call that was made; ``result`` is negative where it failed."""

    result: int


@dataclass(frozen=True)
class Tracee:
    """A process or thread that stands still at a system call."""

    process: int

    def stop(self) -> Entry | Exit | None:
        """Return where the process stands; None where it is not at a system call."""
        buffer = ctypes.create_string_buffer(INFO_BYTES)
        request(GET_SYSCALL_INFO, self.process, INFO_BYTES, ctypes.addressof(buffer))
        match buffer.raw[0]:
            case 1:
                number, *arguments = struct.unpack_from("=7Q", buffer.raw, 24)
                return Entry(number, tuple(arguments))
            case 2:
                return Exit(struct.unpack_from("=q", buffer.raw, 24)[0])
            case _:
                return None

    def resume(self, signal_number: int = 0) -> None:
        """Let the process go on to its next system call, taking a signal with it."""
        request(SYSCALL, self.process, 0, signal_number)

    def skip(self) -> None:
        """Let the call that is about to be made not be made."""
        layout = LAYOUTS[platform.machine()]
        if layout.number is None:
            self._set(ARM_SYSTEM_CALL, struct.pack("=i", -1))
        else:
            self._change(layout.number, -1)

    def answer(self, result: int) -> None:
        """Let the call that was made, or skipped, have given ``result``: a negative errno for an error."""
        self._change(LAYOUTS[platform.machine()].result, result)

    def give(self, position: int, value: int) -> None:
        """Let the call that is about to be made have ``value`` as its argument at ``position``."""
        self._change(LAYOUTS[platform.machine()].arguments[position], value)

    def memory(self, address: int, length: int) -> bytes:
        """Read the memory of the process; raises OSError."""
        with open(f"/proc/{self.process}/mem", "rb", buffering=0) as file:
            file.seek(address)
            return file.read(length)

    def text(self, address: int) -> bytes:
        """Read a text that ends with NUL, page by page, because the next page may not be there."""
        found = b""
        while b"\0" not in found:
            found += self.memory(address + len(found), 4096 - (address + len(found)) % 4096)
        return found.partition(b"\0")[0]

    def _change(self, register: int, value: int) -> None:
        words = LAYOUTS[platform.machine()].words
        registers = bytearray(self._get(GENERAL_REGISTERS, words * 8))
        struct.pack_into("=q", registers, register * 8, value)
        self._set(GENERAL_REGISTERS, bytes(registers))

    def _get(self, registers: int, length: int) -> bytes:
        buffer = ctypes.create_string_buffer(length)
        vector = _Vector(ctypes.addressof(buffer), length)
        request(GETREGSET, self.process, registers, ctypes.addressof(vector))
        return buffer.raw[: vector.length]

    def _set(self, registers: int, content: bytes) -> None:
        buffer = ctypes.create_string_buffer(content, len(content))
        vector = _Vector(ctypes.addressof(buffer), len(content))
        request(SETREGSET, self.process, registers, ctypes.addressof(vector))


def spawn(job: Callable[[], int]) -> Tracee:
    """Fork a process that stands still before ``job``, in a group of its own; it ends with the status of ``job``."""
    child = os.fork()
    if child == 0:
        status = 99
        try:
            os.setpgid(0, 0)
            request(TRACEME, 0)
            os.kill(os.getpid(), signal.SIGSTOP)
            status = job()
        finally:
            os._exit(status)
    _, status = os.waitpid(child, ALL)
    if not os.WIFSTOPPED(status):
        raise OSError(os.waitstatus_to_exitcode(status), "a process cannot be traced here")
    request(SETOPTIONS, child, 0, OPTIONS)
    return Tracee(child)


def why_not() -> str:
    """Return why processes cannot be traced here, empty where they can."""
    if platform.system() != "Linux" or platform.machine() not in LAYOUTS:
        return f"system calls are not understood on {platform.system()} {platform.machine()}"
    try:
        tracee = spawn(lambda: 0)
        tracee.resume()
        os.waitpid(tracee.process, ALL)
        tracee.stop()
        os.kill(tracee.process, signal.SIGKILL)
        os.waitpid(tracee.process, ALL)
    except OSError as error:
        return f"the system does not let processes be traced: {error}"
    return ""
