"""An issuer of bearer tokens, with a key pair that is made when the tests begin and known to nobody else."""

import json
import time
from collections.abc import Iterable

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from jwt.algorithms import ECAlgorithm

_NAME = "https://issuer.test"
_AUDIENCE = "tests"
_KEY_ID = "tests"
_SECONDS = 300


class Issuer:
    """Signs JSON Web Tokens with ES256 (RFC 7519); every issuer has a key of its own, all have the same name."""

    def __init__(self) -> None:
        self._key = generate_private_key(SECP256R1())

    def environment(self) -> dict[str, str]:
        """Return the variables with which a service trusts this issuer."""
        public = {**ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True), "kid": _KEY_ID}
        return {"JWT_ISSUER": _NAME, "JWT_AUDIENCE": _AUDIENCE, "JWT_JWKS": json.dumps({"keys": [public]})}

    def token(self, subject: str, scopes: Iterable[str], seconds: int = _SECONDS) -> str:
        """Return a token for ``subject`` that is good for ``seconds`` from now; fewer than none and it has expired."""
        now = int(time.time())
        claims = {
            "iss": _NAME,
            "aud": _AUDIENCE,
            "sub": subject,
            "iat": now + min(seconds, 0),
            "exp": now + seconds,
            "scopes": sorted(scopes),
        }
        return jwt.encode(claims, self._key, "ES256", headers={"kid": _KEY_ID})
