"""HTTP basic: users and their hashed passwords (RFC 7617).

``python -m app.runtime.credentials.passwords`` hashes one.
"""

import asyncio
import base64
import binascii
import getpass
import hashlib
import hmac
import secrets
import sys
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from ..errors import ServiceUnavailable
from ..parameters.binder import Sources
from .authorization import authorization, quoted, user_of
from .environment import Environment, entries, secret, variable_of
from .identity import Identity, Insufficient, Refused

_METHOD = "scrypt"
_SCOPES = ";scopes="
_REMEMBERED = 1024
_MOST_WAITING = 32
_MOST_MEMORY = 256 * 1024 * 1024
# scrypt takes processor time and memory by design: two at a time leave the rest of the service its share.
_workers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="passwords")


@dataclass(frozen=True, slots=True)
class Cost:
    """The parameters of scrypt (RFC 7914 section 2); one hash takes 128 · n · r bytes."""

    n: int = 2**14
    r: int = 8
    p: int = 5

    def hash(self, password: str, salt: bytes) -> bytes:
        """Return the 32 bytes that ``password`` comes to."""
        options = {"n": self.n, "r": self.r, "p": self.p, "maxmem": _MOST_MEMORY, "dklen": 32}
        return hashlib.scrypt(password.encode(), salt=salt, **options)

    def check(self) -> None:
        """Raise ValueError where scrypt cannot take these, or where they cost too little or too much."""
        if not (self.n >= 2**10 and self.n & (self.n - 1) == 0 and self.r >= 1 and 1 <= self.p <= 16):
            raise ValueError("n must be a power of two from 1024 up, r at least 1, p from 1 to 16")
        if 128 * self.n * self.r > _MOST_MEMORY // 2:
            raise ValueError("n · r must not be above 2^20")


@dataclass(frozen=True, slots=True)
class User:
    """A user; ``scopes`` None for all of them."""

    name: str
    cost: Cost
    salt: bytes = field(repr=False)
    digest: bytes = field(repr=False)
    scopes: frozenset[str] | None

    @staticmethod
    def parse(entry: str, variable: str) -> "User":
        """Read ``name:scrypt.n.r.p.salt.digest[;scopes=a b]``, salt and digest in unpadded base64url.

        Raises ValueError naming the variable and the user.
        """
        held, marked, listed = entry.partition(_SCOPES)
        name, _, text = held.partition(":")
        if not name:
            raise ValueError(f"{variable} has an entry without a name")
        try:
            method, n, r, p, salt, digest = text.split(".")
            cost = Cost(int(n), int(r), int(p))
            cost.check()
            user = User(name, cost, _bytes(salt), _bytes(digest), frozenset(listed.split()) if marked else None)
        except ValueError:
            method, user = "", None
        if user is None or method != _METHOD or len(user.digest) != 32 or len(user.salt) < 8:
            remedy = "python -m app.runtime.credentials.passwords makes one"
            raise ValueError(f"{variable} holds no password hash for {name!r}; {remedy}")
        return user

    def knows(self, password: str) -> bool:
        """Tell whether ``password`` is the user's, in constant time but for the hash itself."""
        return hmac.compare_digest(self.cost.hash(password, self.salt), self.digest)


def hashed(password: str, cost: Cost | None = None) -> str:
    """Return ``password`` as BASIC_USERS holds it, under a new salt."""
    used, salt = cost or Cost(), secrets.token_bytes(16)
    return f"{_METHOD}.{used.n}.{used.r}.{used.p}.{_text(salt)}.{_text(used.hash(password, salt))}"


def basic_users(environment: Environment, scheme: str) -> Mapping[str, User]:
    """Return the users of a scheme: those of BASIC_USERS_<SCHEME> where it is set, else those of BASIC_USERS."""
    own = f"BASIC_USERS_{variable_of(scheme)}"
    for variable in (own, "BASIC_USERS"):
        if listed := entries(secret(environment, variable)):
            users = [User.parse(entry, variable) for entry in listed]
            return {user.name: user for user in users}
    return {}


class BasicCheck:
    """Name and password against known users; a name that is unknown costs what a known one does."""

    personal = True

    def __init__(self, scheme: str, realm: str, users: Iterable[User]) -> None:
        self._scheme = scheme
        self._users = {user.name: user for user in users}
        self.challenge = f'Basic realm="{quoted(realm)}", charset="UTF-8"'
        cost = max(
            (user.cost for user in self._users.values()), key=lambda each: each.n * each.r * each.p, default=Cost()
        )
        self._nobody = User("", cost, secrets.token_bytes(16), secrets.token_bytes(32), None)
        # What was found right once is found again without scrypt, by a digest under a key that only this process has.
        self._secret = secrets.token_bytes(32)
        self._known: OrderedDict[bytes, User] = OrderedDict()
        self._waiting = 0

    async def identity(self, sources: Sources, scopes: tuple[str, ...]) -> Identity | None:
        """Return who calls, None where no basic credentials were sent; raises Refused where they are wrong."""
        value = authorization(sources.scope, "basic", self.challenge)
        if value is None:
            return None
        given = user_of(value)
        user = None if given is None else await self._user(*given)
        if user is None:
            raise Refused(challenge=self.challenge)
        held = frozenset(scopes) if user.scopes is None else user.scopes
        return Identity(user.name, held, schemes=(self._scheme,))

    def insufficient(self, scopes: tuple[str, ...]) -> Insufficient:
        """Return the error for a user without these scopes."""
        return Insufficient()

    async def _user(self, name: str, password: str) -> User | None:
        if not self._users:
            return None
        mark = hmac.digest(self._secret, f"{len(name)}:{name}{password}".encode(), "sha256")
        if (known := self._known.get(mark)) is not None:
            return known
        user = self._users.get(name, self._nobody)
        right = await self._right(user, password)
        if not right or user is self._nobody:
            return None
        self._known[mark] = user
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return user

    async def _right(self, user: User, password: str) -> bool:
        """Tell whether the password is right; raises ServiceUnavailable where too many wait to be told."""
        if self._waiting >= _MOST_WAITING:
            raise ServiceUnavailable("too many passwords are being checked", headers={"Retry-After": "1"})
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(_workers, user.knows, password)
        finally:
            self._waiting -= 1


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def main() -> None:
    """Ask for a password, or read it from a pipe, and print what BASIC_USERS holds after ``name:``."""
    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    print(hashed(password))


if __name__ == "__main__":
    main()
