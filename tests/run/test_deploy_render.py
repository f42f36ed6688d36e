"""Credentials and certificates, rendered into kong.yml by the script that deployments run."""

import base64
import hashlib
import json
import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from fountaingen.certificates.authority import key_pem, new_key
from fountaingen.certificates.store import certify
from fountaingen.kong.loader import check, read
from fountaingen.model.settings import Settings
from fountaingen.pipeline import compile_project
from fountaingen.project import Project, discover
from fountaingen.runtime.credentials.keys import ApiKey, api_keys
from fountaingen.runtime.credentials.passwords import Cost, hashed

_CONTRACT = """
openapi: 3.1.0
info: {title: Shop, version: '1'}
servers: [{url: https://shop.example.org}]
security: [{key: []}]
paths:
  /open: {get: {security: [], responses: {'200': {description: fine}}}}
  /read: {get: {security: [{key: [read]}], responses: {'200': {description: fine}}}}
  /both: {get: {security: [{key: [read, write]}], responses: {'200': {description: fine}}}}
  /either: {get: {security: [{key: []}, {basic: []}], responses: {'200': {description: fine}}}}
  /token: {get: {security: [{token: []}], responses: {'200': {description: fine}}}}
  /trusted: {get: {security: [{oursOnly: []}], responses: {'200': {description: fine}}}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-API-KEY}
    oursOnly: {type: apiKey, in: header, name: X-OURS, x-fountaingen-security: gateway}
    basic: {type: http, scheme: basic}
    token: {type: http, scheme: bearer, bearerFormat: JWT}
"""
_CHEAP = Cost(n=2**10, p=1)
_GOOD = {
    "API_KEYS": "alice:a-key;scopes=read write,bob:b-key;scopes=read\n# nobody\ncarol:c-key,carol:c-other,alone",
    "API_KEYS_OURS_ONLY": "dora:d-key",
    "GATEWAY_BASIC_USERS": "eve:e-word",
    "BASIC_USERS": f"eve:{hashed('e-word', _CHEAP)}",
    "JWT_ISSUER": "https://issuer.example",
    "JWT_SECRET": "s" * 32,
}


@dataclass(frozen=True)
class _Deployment:
    """A generated system, of which only what the gateway needs is written."""

    folder: Path

    def render(self, environment: Mapping[str, str], *more: str) -> subprocess.CompletedProcess[str]:
        """Run the script as a deployment does; the output is ``full.yml``."""
        command = [
            sys.executable,
            "-B",
            "-S",
            str(self.folder / "deploy/render.py"),
            "--output",
            str(self.output),
            *more,
        ]
        held = {name: value for name, value in os.environ.items() if name == "PATH"} | environment
        return subprocess.run(command, env=held, capture_output=True, text=True, check=False)

    @property
    def output(self) -> Path:
        """The file that Kong would load."""
        return self.folder / "full.yml"

    def loaded(self, environment: Mapping[str, str], *more: str) -> dict[str, Any]:
        """Return what Kong would load, which it does not refuse."""
        done = self.render(environment, *more)
        assert (done.returncode, done.stderr) == (0, "")
        data: dict[str, Any] = read(self.output.read_text("ascii"))
        assert check(data) == ()
        return data

    def refused(self, environment: Mapping[str, str], *more: str) -> str:
        """Return what is told where nothing is written."""
        self.output.unlink(missing_ok=True)
        before = sorted(self.folder.iterdir())
        done = self.render(environment, *more)
        assert (done.returncode, done.stdout) == (1, "")
        assert sorted(self.folder.iterdir()) == before
        return done.stderr


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> _Deployment:
    project = tmp_path_factory.mktemp("project")
    (project / "specs").mkdir()
    (project / "specs/shop.yaml").write_text(_CONTRACT, encoding="utf-8")
    sources = Project(project, Settings())
    files = compile_project(sources, discover(sources, ())).tree.files
    folder = tmp_path_factory.mktemp("generated")
    for path in ("kong.yml", *(each for each in files if each.startswith("deploy/"))):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(files[path])
    return _Deployment(folder)


def _consumers(data: Mapping[str, Any]) -> dict[str, Any]:
    return {each["username"]: each for each in data["consumers"] if "username" in each}


def _groups(consumer: Mapping[str, Any]) -> set[str]:
    return {each["group"] for each in consumer.get("acls", ())}


def test_everybody_who_may_call_is_a_consumer(deployment: _Deployment) -> None:
    found = _consumers(deployment.loaded(_GOOD))
    keys = {name: [each["key"] for each in one.get("keyauth_credentials", ())] for name, one in found.items()}
    assert keys == {
        "nobody": [],
        "alice": ["a-key"],
        "bob": ["b-key"],
        "carol": ["c-key", "c-other"],
        "key": ["alone"],
        "dora": ["d-key"],
        "eve": [],
        "https://issuer.example": [],
    }
    assert found["eve"]["basicauth_credentials"] == [{"username": "eve", "password": "e-word"}]
    assert found["https://issuer.example"]["jwt_secrets"] == [
        {"key": "https://issuer.example", "algorithm": "HS256", "secret": "s" * 32}
    ]


def test_groups_are_scopes_and_bind_keys_to_schemes_that_only_the_gateway_checks(deployment: _Deployment) -> None:
    found = _consumers(deployment.loaded(_GOOD))
    assert _groups(found["alice"]) == {"read", "read write"}
    assert _groups(found["bob"]) == {"read"}
    assert _groups(found["carol"]) == {"read", "read write"}
    assert _groups(found["dora"]) == {"oursOnly:", "read", "read write"}


def test_only_its_owner_reads_what_is_written_and_nothing_else_is_left(deployment: _Deployment) -> None:
    deployment.loaded(_GOOD)
    assert stat.S_IMODE(deployment.output.stat().st_mode) == 0o600
    assert {path.name for path in deployment.folder.iterdir()} == {"kong.yml", "deploy", "full.yml"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"API_KEYS": ""}, "set API_KEYS or API_KEYS_KEY"),
        ({"API_KEYS": "alice:sha256=" + "0" * 64}, "entry 1 of API_KEYS is a hash, which Kong cannot use"),
        ({"API_KEYS": "a:same,b:same"}, "'a' and 'b' have the same key"),
        ({"API_KEYS": "a:one", "API_KEYS_OURS_ONLY": "b:one"}, "'a' and 'b' have the same key"),
        ({"API_KEYS": "a:x,a:"}, "entry 2 of API_KEYS has no key"),
        ({"API_KEYS": "a:{vault://env/A}"}, "entry 1 of API_KEYS holds a reference to a vault"),
        ({"API_KEYS": "", "API_KEYS_FILE": "/nowhere/keys"}, "API_KEYS_FILE cannot be read: No such file"),
        ({"API_KEYS_FILE": "/nowhere/keys"}, "API_KEYS and API_KEYS_FILE exclude each other"),
        ({"GATEWAY_BASIC_USERS": ""}, "set GATEWAY_BASIC_USERS"),
        ({"GATEWAY_BASIC_USERS": _GOOD["BASIC_USERS"]}, "entry 1 of GATEWAY_BASIC_USERS is a hash"),
        ({"GATEWAY_BASIC_USERS": "eve:other"}, "is not what the services know of 'eve'"),
        ({"JWT_SECRET": ""}, "set JWT_SECRET or JWT_JWKS"),
        ({"JWT_ISSUER": ""}, "set JWT_ISSUER"),
        ({"JWT_ALGORITHMS": "HS256,HS512"}, "JWT_ALGORITHMS must be one of HS256"),
        ({"JWT_SECRET": "", "JWT_JWKS": "https://issuer.example/keys"}, "is a URL, from which Kong fetches no keys"),
        ({"JWT_SECRET": "", "JWT_JWKS": '{"keys": []}'}, "JWT_JWKS has 0 keys"),
        ({"JWT_SECRET": "", "JWT_JWKS": '{"keys": [{"kty": "RSA"}]}'}, "JWT_JWKS has a key that Kong cannot use"),
        ({"JWT_SECRET": "{vault://env/S}"}, "JWT_SECRET holds a reference to a vault"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(
    deployment: _Deployment, change: Mapping[str, str], told: str
) -> None:
    said = deployment.refused({**_GOOD, **change})
    assert told in said
    assert not any(secret in said for secret in ("e-word", "s" * 32, "a-key", "/env/"))


def test_every_fault_is_told_at_once(deployment: _Deployment) -> None:
    assert len(deployment.refused({"API_KEYS": "a:sha256=0,b:{vault://x"}).splitlines()) == 4


def test_keys_come_from_files_too(deployment: _Deployment, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("# ours\nfrank:f-key\n", encoding="utf-8")
    found = _consumers(deployment.loaded({**_GOOD, "API_KEYS": "", "API_KEYS_FILE": str(tmp_path / "keys")}))
    assert found["frank"]["keyauth_credentials"] == [{"key": "f-key"}]


@settings(max_examples=8, deadline=None)
@given(st.text(st.characters(exclude_categories=["C"], exclude_characters=",\n"), min_size=1).map(str.strip))
def test_any_key_arrives_as_it_is(deployment: _Deployment, key: str) -> None:
    entry = f"name:{key}"
    if not key or "{vault://" in key or ";scopes=" in key or key.startswith("sha256=") or len(key.split("\u2028")) > 1:
        return
    found = _consumers(deployment.loaded({**_GOOD, "API_KEYS": entry}))
    (credential,) = found["name"]["keyauth_credentials"]
    assert ApiKey.parse(f"name:{credential['key']}", "") == api_keys({"API_KEYS": entry}, "key")[0]
    assert hashlib.sha256(key.encode()).digest() == api_keys({"API_KEYS": entry}, "key")[0].digest


@pytest.mark.parametrize("kind", ["RS256", "ES256", "ES384", "ES512", "EdDSA"])
def test_a_public_key_is_what_tokens_are_verified_with(deployment: _Deployment, kind: str) -> None:
    made: Any = {
        "RS256": lambda: rsa.generate_private_key(65537, 2048),
        "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "ES512": lambda: ec.generate_private_key(ec.SECP521R1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate,
    }[kind]()
    algorithm = jwt.get_algorithm_by_name(kind)
    key = json.loads(type(algorithm).to_jwk(made.public_key()))
    environment = {**_GOOD, "JWT_SECRET": "", "JWT_JWKS": json.dumps({"keys": [key]})}
    (credential,) = _consumers(deployment.loaded(environment))["https://issuer.example"]["jwt_secrets"]
    pem = made.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert (credential["algorithm"], credential["rsa_public_key"]) == (kind, pem)


def test_certificates_are_told_by_their_hosts(deployment: _Deployment, tmp_path: Path) -> None:
    certify(["shop.example.org", "*.example.org"], tmp_path / "certs", tmp_path / "home", datetime.now(UTC))
    data = deployment.loaded(_GOOD, "--certificates", str(tmp_path / "certs"))
    assert sorted(sni["name"] for each in data["certificates"] for sni in each["snis"]) == [
        "*.example.org",
        "shop.example.org",
    ]
    assert (tmp_path / "certs/shop.example.org.key").read_text() in {each["key"] for each in data["certificates"]}


def test_certificates_that_cannot_be_used_are_told(deployment: _Deployment, tmp_path: Path) -> None:
    assert "there is no folder" in deployment.refused(_GOOD, "--certificates", str(tmp_path / "none"))
    assert "there is no certificate" in deployment.refused(_GOOD, "--certificates", str(tmp_path))
    certify(["a.example"], tmp_path / "certs", tmp_path / "home", datetime.now(UTC))
    (tmp_path / "certs/a.example.key").unlink()
    assert "a.example.crt cannot be used" in deployment.refused(_GOOD, "--certificates", str(tmp_path / "certs"))
    other = key_pem(new_key())
    (tmp_path / "certs/a.example.key").write_bytes(other)
    assert "a.example.key does not belong" in deployment.refused(_GOOD, "--certificates", str(tmp_path / "certs"))


def test_another_configuration_is_not_completed(deployment: _Deployment, tmp_path: Path) -> None:
    (tmp_path / "kong.yml").write_text("_format_version: '3.0'\nconsumers: []\nservices: []\n", encoding="utf-8")
    assert "is not the kong.yml" in deployment.refused(_GOOD, "--config", str(tmp_path / "kong.yml"))
    assert "No such file" in deployment.refused(_GOOD, "--config", str(tmp_path / "none"))


def test_the_scripts_pass_the_linter_and_the_strict_type_checker(deployment: _Deployment, tmp_path: Path) -> None:
    folder = deployment.folder / "deploy"
    for command in (
        ["ruff", "check", "--isolated", "--select", "E,F,I,B,UP,SIM,RUF", "--line-length", "120", "--no-cache", "."],
        ["black", "--check", "--quiet", "--line-length", "120", "."],
        ["mypy", "--strict", "--cache-dir", str(tmp_path), "render.py"],
    ):
        done = subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_passwords_are_compared_with_hashes_of_the_services() -> None:
    # The formats of both sides: unpadded base64url, the cost in the text.
    method, n, r, p, salt, digest = hashed("word", _CHEAP).split(".")
    raw = hashlib.scrypt(b"word", salt=base64.urlsafe_b64decode(f"{salt}=="), n=int(n), r=int(r), p=int(p), dklen=32)
    assert (method, base64.urlsafe_b64encode(raw).decode().rstrip("=")) == ("scrypt", digest)
