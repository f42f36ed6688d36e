"""The manifests of a cluster, judged by the schemas of Kubernetes, the Gateway API and the Prometheus Operator."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from support.manifests import Manifests, on, planned
from support.systems import GOLDEN, REPOSITORY, system_of

from fountaingen.model.deployment import Kubernetes

# One worker runs them all: what npm installs is installed once.
pytestmark = pytest.mark.xdist_group("kubernetes")

_SETTINGS = {
    "sqlite": Kubernetes(),
    "postgresql": Kubernetes(
        database="postgresql",
        database_networks=("10.20.0.0/16", "2001:db8::/64"),
        replicas=2,
        traces="http://collector.monitoring:4318",
        storage_class="fast",
    ),
}
_ROOTS = (REPOSITORY, *(GOLDEN / case for case in ("nasty", "outgoing", "security")))
_ELSEWHERE = {
    "HTTPRoute": "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1",
    "ServiceMonitor": "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1",
}
_PACKAGES = ("@kubernetes-models/gateway-api@0.5.1", "@kubernetes-models/prometheus-operator@6.0.0")
_JUDGE = """
import {readFileSync} from "node:fs";
const found = [];
for (const {path, kind, module, object} of JSON.parse(readFileSync(0, "utf8"))) {
  const kinds = await import(module);
  try { new kinds[kind](object).validate(); } catch (error) { found.push(path + ": " + error.message); }
}
console.log(JSON.stringify(found));
"""


@pytest.fixture(scope="module")
def bases() -> Mapping[str, Manifests]:
    """The manifests of several systems, each with either kind of database."""
    return {
        f"{root.name}, {name}": planned(system_of(root, on(settings)))[0]
        for root in _ROOTS
        for name, settings in _SETTINGS.items()
    }


@pytest.fixture(scope="module")
def objects(bases: Mapping[str, Manifests]) -> Manifests:
    """All of their objects."""
    return {
        f"{base}, {path}": each
        for base, manifests in bases.items()
        for path, each in manifests.items()
        if each["kind"] != "Kustomization"
    }


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """kubernetes-validate, made to read each of its schemas once."""
    judge = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is not installed")
    read = cache(judge.utils.schema_contents)
    monkeypatch.setattr(judge.utils, "schema_contents", read)
    yield judge
    read.cache_clear()


@pytest.mark.parametrize("version", ["1.29", "1.31", "1.34", "1.37"])
def test_kubernetes_takes_every_object_as_it_is(judge: ModuleType, objects: Manifests, version: str) -> None:
    core = [each for each in objects.values() if each["kind"] not in _ELSEWHERE]
    assert len({each["kind"] for each in core}) == 9
    for each in core:
        assert judge.utils.validate(each, version, strict=True) == version


def test_kubernetes_would_refuse_what_it_does_not_know(judge: ModuleType, objects: Manifests) -> None:
    """The judge is strict: a member that is misspelt is refused."""
    deployment, *_ = (each for each in objects.values() if each["kind"] == "Deployment")
    with pytest.raises(judge.utils.ValidationError):
        judge.utils.validate({**deployment, "spec": {**deployment["spec"], "replica": 1}}, "1.37", strict=True)


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which npm installed the schemas of what is no part of Kubernetes itself."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("npm")
    (folder / "package.json").write_text("{}")
    command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", *_PACKAGES]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=180, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("npm does not get the packages")
    if done.returncode:
        pytest.skip(f"npm does not get the packages: {(done.stderr or done.stdout)[-300:]}")
    return folder


def refusals(folder: Path, manifests: Manifests) -> list[str]:
    """Return what the schemas refuse, with the path of each."""
    judged = [
        {"path": path, "kind": each["kind"], "module": _ELSEWHERE[each["kind"]], "object": each}
        for path, each in manifests.items()
        if each["kind"] in _ELSEWHERE
    ]
    assert {each["kind"] for each in judged} == _ELSEWHERE.keys()
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", _JUDGE],
        cwd=folder,
        input=json.dumps(judged),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def test_the_gateway_api_and_the_prometheus_operator_take_theirs(modules: Path, objects: Manifests) -> None:
    assert refusals(modules, objects) == []


def test_they_would_refuse_what_they_do_not_take(modules: Path, objects: Manifests) -> None:
    spoilt = json.loads(json.dumps(dict(objects)))
    for each in spoilt.values():
        if each["kind"] == "HTTPRoute":
            each["spec"]["rules"][0]["matches"][0]["path"]["type"] = "Prefix"
        if each["kind"] == "ServiceMonitor":
            each["spec"]["endpoints"][0]["port"] = 8000
    wrong = sum(each["kind"] in _ELSEWHERE for each in spoilt.values())
    assert len(refusals(modules, spoilt)) == wrong


@pytest.mark.parametrize("name", _SETTINGS)
def test_kustomize_builds_the_base(tmp_path: Path, bases: Mapping[str, Manifests], name: str) -> None:
    """Every object comes out of kustomize as it was, but for the label that the base adds."""
    beside = Path(sys.executable).with_name("kubectl")
    kubectl = str(beside) if beside.exists() else shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl, which has kustomize in it, is not installed")
    manifests = bases[f"{_ROOTS[0].name}, {name}"]
    for path, each in manifests.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(yaml.safe_dump(each), "utf-8")
    done = subprocess.run(
        [kubectl, "kustomize", str(tmp_path)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    built = {_key(each): _unlabelled(each) for each in yaml.safe_load_all(done.stdout)}
    assert built == {_key(each): each for each in manifests.values() if each["kind"] != "Kustomization"}


def _key(found: Any) -> tuple[str, str]:
    return found["kind"], found["metadata"]["name"]


def _unlabelled(found: Any) -> Any:
    """Take away the label that the base adds, and see that it was there."""
    held = [found["metadata"]]
    if "template" in found.get("spec", {}):
        held.append(found["spec"]["template"]["metadata"])
    for metadata in held:
        assert metadata["labels"].pop("app.kubernetes.io/managed-by") == "fountaingen"
        if not metadata["labels"]:
            del metadata["labels"]
    return found
