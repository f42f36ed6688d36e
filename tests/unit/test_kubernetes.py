"""The manifests of a cluster: what each says, and that whatever one of them refers to is there."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from building import THING, crud, operation, service
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st
from support.manifests import Manifests, on, planned
from support.systems import GOLDEN, REPOSITORY, system_of

from fountaingen.model.deployment import Deployment, Gateway, Kubernetes
from fountaingen.model.hookset import HookSet
from fountaingen.model.service import Service
from fountaingen.model.system import PORT, System
from fountaingen.stages.plan.system.kubernetes.routes import Match, match_of

_SQLITE = Kubernetes()
_SERVER = Kubernetes(database="postgresql", replicas=2, traces="http://collector.monitoring:4318")
_ROOTS = (REPOSITORY, *(GOLDEN / case for case in ("nasty", "outgoing", "peers", "security", "streams")))
_LABEL = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?")


def system(settings: Kubernetes, *services: Service, **more: Any) -> System:
    """Return a system in a cluster."""
    hooks = {each.name: HookSet(each.name) for each in services}
    return System(services, hooks, Deployment(kubernetes=settings, **more))


def things(name: str = "things", **more: Any) -> Service:
    """Return a service that keeps rows."""
    return replace(service(crud("/things", THING), **more), name=name)


def asking(name: str = "asking", **more: Any) -> Service:
    """Return a service that keeps none."""
    return replace(service({"/ask": {"post": operation({"type": "object"})}}, **more), name=name)


def of_kind(manifests: Manifests, kind: str) -> list[Any]:
    """Return the objects of a kind."""
    return [each for each in manifests.values() if each["kind"] == kind]


def nodes(value: Any) -> Iterator[Any]:
    """Yield every mapping inside a value."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from nodes(each)
    elif isinstance(value, list):
        for each in value:
            yield from nodes(each)


def is_selected(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Tell whether labels are those that a selector asks for."""
    return selector.items() <= labels.items()


@pytest.fixture(scope="module", params=_ROOTS, ids=lambda root: root.name)
def root(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


@pytest.fixture(scope="module", params=(_SQLITE, _SERVER), ids=("sqlite", "postgresql"))
def manifests(request: pytest.FixtureRequest, root: Path) -> Manifests:
    found, problems = planned(system_of(root, on(request.param)))
    assert not [each for each in problems if each.is_error]
    return found


def pods(manifests: Manifests) -> list[Any]:
    """Return the templates of pods."""
    return [each["spec"]["template"] for kind in ("Deployment", "Job") for each in of_kind(manifests, kind)]


def test_kustomize_is_told_of_every_file_and_of_no_other(manifests: Manifests) -> None:
    listed = manifests["kustomization.yaml"]["resources"]
    assert sorted(listed) == sorted(manifests.keys() - {"kustomization.yaml"})
    images = {f"{each['name']}:{each['newTag']}" for each in manifests["kustomization.yaml"]["images"]}
    assert images == {pod["spec"]["containers"][0]["image"] for pod in pods(manifests)}


def test_objects_are_told_apart_and_are_in_the_namespace(manifests: Manifests) -> None:
    (space,) = of_kind(manifests, "Namespace")
    seen = set()
    for each in manifests.values():
        if each["kind"] not in ("Kustomization", "Namespace"):
            assert each["metadata"]["namespace"] == space["metadata"]["name"]
            assert _NAME.fullmatch(each["metadata"]["name"])
            key = each["apiVersion"], each["kind"], each["metadata"]["name"]
            assert key not in seen
            seen.add(key)


def test_labels_are_values_that_labels_can_have(manifests: Manifests) -> None:
    for each in (found for found in nodes(manifests) if isinstance(found, dict)):
        for held in (each.get("labels"), each.get("matchLabels")):
            for value in (held or {}).values() if isinstance(held, dict) else ():
                assert _LABEL.fullmatch(value)


def test_no_secret_is_written(manifests: Manifests) -> None:
    assert not of_kind(manifests, "Secret")


def test_configuration_and_volumes_that_pods_name_are_there(manifests: Manifests) -> None:
    maps = {each["metadata"]["name"] for each in of_kind(manifests, "ConfigMap")}
    claims = {each["metadata"]["name"] for each in of_kind(manifests, "PersistentVolumeClaim")}
    used = set()
    for pod in pods(manifests):
        (container,) = pod["spec"]["containers"]
        assert {each["configMapRef"]["name"] for each in container.get("envFrom", [])} <= maps
        volumes = {each["name"]: each for each in pod["spec"]["volumes"]}
        assert {each["name"] for each in container["volumeMounts"]} == volumes.keys()
        named = {
            each["persistentVolumeClaim"]["claimName"]
            for each in volumes.values()
            if len(each) > 1 and "persistentVolumeClaim" in each
        }
        assert named <= claims
        used |= named
        variables = [each["name"] for each in container.get("env", [])]
        assert len(variables) == len(set(variables))
    assert used == claims


def test_selectors_find_pods_of_their_service_alone(manifests: Manifests) -> None:
    labels = {
        each["metadata"]["name"]: each["spec"]["template"]["metadata"]["labels"]
        for each in of_kind(manifests, "Deployment")
    }
    jobs = [each["spec"]["template"]["metadata"]["labels"] for each in of_kind(manifests, "Job")]
    for kind in ("Service", "PodDisruptionBudget", "Deployment", "NetworkPolicy"):
        for each in of_kind(manifests, kind):
            spec, name = each["spec"], each["metadata"]["name"]
            selector = spec["podSelector"] if kind == "NetworkPolicy" else spec["selector"]
            selector = selector if kind == "Service" else selector.get("matchLabels", {})
            if name == "default-deny":
                assert selector == {}
            elif name.endswith("-schema"):
                assert [found for found in jobs if is_selected(selector, found)] == [labels_of_job(manifests, name)]
            else:
                assert [owner for owner, found in labels.items() if is_selected(selector, found)] == [name]
                assert not any(is_selected(selector, found) for found in jobs)
    assert {each["metadata"]["name"] for each in of_kind(manifests, "Service")} == labels.keys()


def labels_of_job(manifests: Manifests, policy: str) -> Any:
    """Return the labels of the pods of the schema job that a policy is for."""
    (job,) = (each for each in of_kind(manifests, "Job") if each["metadata"]["name"].startswith(policy))
    return job["spec"]["template"]["metadata"]["labels"]


def test_ports_are_those_that_containers_have(manifests: Manifests) -> None:
    ports = {each["metadata"]["name"]: each["spec"]["ports"] for each in of_kind(manifests, "Service")}
    for each in of_kind(manifests, "Deployment"):
        (container,) = each["spec"]["template"]["spec"]["containers"]
        offered = {port["name"]: port["containerPort"] for port in container["ports"]}
        for port in ports[each["metadata"]["name"]]:
            assert offered[port["targetPort"]] == port["port"] == PORT
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            assert container[probe]["httpGet"]["port"] in offered
    for each in of_kind(manifests, "ServiceMonitor"):
        assert {port["port"] for port in each["spec"]["endpoints"]} == {"http"}
    for each in of_kind(manifests, "HTTPRoute"):
        for rule in each["spec"]["rules"]:
            for backend in rule.get("backendRefs", ()):
                assert backend["port"] in {port["port"] for port in ports[backend["name"]]}


def test_autoscalers_scale_what_is_there_and_says_nothing_of_replicas(manifests: Manifests) -> None:
    deployments = {each["metadata"]["name"]: each["spec"] for each in of_kind(manifests, "Deployment")}
    scaled = {each["spec"]["scaleTargetRef"]["name"] for each in of_kind(manifests, "HorizontalPodAutoscaler")}
    assert scaled == {name for name, spec in deployments.items() if "replicas" not in spec}


def test_monitors_find_services(manifests: Manifests) -> None:
    services = [each["metadata"]["labels"] for each in of_kind(manifests, "Service")]
    for each in of_kind(manifests, "ServiceMonitor"):
        selector = each["spec"]["selector"]["matchLabels"]
        assert len([found for found in services if is_selected(selector, found)]) == 1


def test_pods_may_do_no_more_than_the_restricted_standard_lets_them(manifests: Manifests) -> None:
    for pod in pods(manifests):
        spec = pod["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is False
        assert not spec.keys() & {"hostNetwork", "hostPID", "hostIPC"}
        for volume in spec["volumes"]:
            assert volume.keys() - {"name"} <= {"emptyDir", "persistentVolumeClaim"}
        for container in spec["containers"]:
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False
            assert context["readOnlyRootFilesystem"] is True
            assert context["capabilities"] == {"drop": ["ALL"]}
            for bound in ("requests", "limits"):
                assert {"cpu", "memory"} <= container["resources"][bound].keys()


def test_a_policy_lets_pods_reach_the_peers_that_let_them_in(manifests: Manifests) -> None:
    """Whoever may go out to a service is let in there, and the other way round."""
    labels = {
        each["metadata"]["name"]: each["spec"]["template"]["metadata"]["labels"]
        for each in of_kind(manifests, "Deployment")
    }
    out, into = set(), set()
    for each in of_kind(manifests, "NetworkPolicy"):
        for rule in each["spec"].get("egress", []):
            out |= {(each["metadata"]["name"], other) for other in _peers(rule.get("to", []), labels)}
        for rule in each["spec"].get("ingress", []):
            into |= {(other, each["metadata"]["name"]) for other in _peers(rule["from"], labels)}
    assert out == into
    called = {
        (each["metadata"]["name"], url.removeprefix("http://").partition(":")[0])
        for each in of_kind(manifests, "ConfigMap")
        for url in each["data"].values()
        if url.endswith(f":{PORT}")
    }
    assert called == out


def _peers(ends: list[Any], labels: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    for end in ends:
        if end.keys() == {"podSelector"}:
            yield from (name for name, held in labels.items() if is_selected(end["podSelector"]["matchLabels"], held))


def test_files_are_the_same_each_time_and_without_a_table_none() -> None:
    assert planned(system(_SERVER, things())) == planned(system(_SERVER, things()))
    assert planned(replace(system(_SERVER, things()), deployment=Deployment())) == ({}, ())
    assert planned(system(_SERVER)) == ({}, ())


def test_rows_in_a_file_have_one_writer_and_a_volume() -> None:
    found, _ = planned(system(replace(_SQLITE, storage="20Gi", storage_class="fast"), things()))
    spec = found["things/deployment.yaml"]["spec"]
    assert spec["replicas"] == 1
    assert spec["strategy"] == {"type": "Recreate"}
    assert found["things/volume.yaml"]["spec"]["resources"]["requests"]["storage"] == "20Gi"
    assert found["things/volume.yaml"]["spec"]["storageClassName"] == "fast"
    assert found["things/config.yaml"]["data"]["DATABASE_URL"] == "sqlite:////data/things.db"
    assert not {"things/schema.yaml", "things/autoscaler.yaml"} & found.keys()


def test_rows_on_a_server_are_reached_by_a_secret_once_a_job_made_the_tables() -> None:
    found, _ = planned(system(_SERVER, things()))
    wanted = {"name": "DATABASE_URL", "valueFrom": {"secretKeyRef": {"name": "things", "key": "DATABASE_URL"}}}
    for path in ("things/deployment.yaml", "things/schema.yaml"):
        (container,) = found[path]["spec"]["template"]["spec"]["containers"]
        assert wanted in container["env"]
    assert container["command"] == ["python", "-m", "app.database", "create"]
    assert "DATABASE_URL" not in found["things/config.yaml"]["data"]
    assert found["things/autoscaler.yaml"]["spec"]["maxReplicas"] == 6
    assert "things/volume.yaml" not in found


def test_a_job_with_another_image_has_another_name() -> None:
    one, other = (planned(system(_SERVER, things(info={"title": "T", "version": version})))[0] for version in "12")
    assert one["things/schema.yaml"]["metadata"]["name"] != other["things/schema.yaml"]["metadata"]["name"]


def test_pods_are_made_anew_when_what_they_are_told_changes() -> None:
    first, second = (planned(system(replace(_SERVER, traces=url), things()))[0] for url in ("", "http://t:4318"))
    templates = [found["things/deployment.yaml"]["spec"]["template"] for found in (first, second)]
    assert templates[0]["metadata"] != templates[1]["metadata"]


@pytest.mark.parametrize("settings", [Kubernetes(replicas=2), Kubernetes(max_replicas=3)])
def test_a_file_is_not_for_several_pods(settings: Kubernetes) -> None:
    problems = planned(system(settings, asking(), things()))[1]
    assert [each.code for each in problems] == ["FG841"]
    assert ("kubernetes.replicas is 2" if settings.replicas == 2 else "kubernetes.max-replicas is 3") in problems[
        0
    ].message
    assert "'things'" in problems[0].message
    assert "'asking'" not in problems[0].message
    assert not planned(system(replace(settings, database="postgresql"), things()))[1]
    assert not planned(system(settings, asking()))[1]


def test_the_internet_is_reached_by_those_alone_that_call_it() -> None:
    calls = {"onDone": {"{$request.body#/url}": {"post": operation()}}}
    body = {"type": "object", "properties": {"url": {"type": "string"}}}
    calling = replace(service({"/jobs": {"post": operation(body=body, callbacks=calls)}}), name="calling")
    found, _ = planned(system(_SQLITE, calling, things()))
    out = {
        name: [
            end["ipBlock"]
            for rule in found[f"{name}/network.yaml"]["spec"]["egress"]
            for end in rule["to"]
            if "ipBlock" in end and end["ipBlock"]["cidr"] in ("0.0.0.0/0", "::/0")
        ]
        for name in ("calling", "things")
    }
    assert len(out["calling"]) == 2
    assert all("10.0.0.0/8" in each["except"] or "fc00::/7" in each["except"] for each in out["calling"])
    assert out["things"] == []


def test_a_database_may_be_reached_where_the_settings_say() -> None:
    settings = replace(_SERVER, database_networks=("10.20.0.0/16",), database_port=6432)
    found, _ = planned(system(settings, things()))
    rule = {"to": [{"ipBlock": {"cidr": "10.20.0.0/16"}}], "ports": [{"protocol": "TCP", "port": 6432}]}
    assert rule in found["things/network.yaml"]["spec"]["egress"]
    assert rule in found["things/schema-network.yaml"]["spec"]["egress"]


def test_who_asks_by_no_gateway_has_no_routes_and_lets_none_in() -> None:
    found, _ = planned(system(replace(_SQLITE, gateway="", monitoring_namespace=""), things()))
    assert not of_kind(found, "HTTPRoute")
    assert not of_kind(found, "ServiceMonitor")
    assert "ingress" not in found["things/network.yaml"]["spec"]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("/things", Match("Exact", "/things")),
        ("/things/{id}", Match("PathPrefix", "/things")),
        ("/things/{id}/parts/{part}", Match("PathPrefix", "/things")),
        ("/v1//things/", Match("Exact", "/v1/things/")),
        ("/{id}", Match("PathPrefix", "/")),
        ("/", Match("Exact", "/")),
        ("/a/b{c}:d", Match("PathPrefix", "/a")),
        ("/a/ü", Match("PathPrefix", "/a")),
        ("/a/%2Fb", Match("PathPrefix", "/a")),
        ("/a/../b", Match("PathPrefix", "/a")),
        ("/a/%C3%BC;v=1", Match("Exact", "/a/%C3%BC;v=1")),
    ],
)
def test_paths_are_matched_up_to_the_first_variable(template: str, expected: Match) -> None:
    assert match_of(template) == expected


# The Gateway API's own rules for values of paths, from the schema of HTTPPathMatch.
_VALUE = re.compile(r"(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+")
_REFUSED = ("//", "/./", "/../", "%2f", "%2F", "#")


@given(
    st.lists(st.text(alphabet=st.sampled_from("a/.{}%2Fé#?~:"), max_size=8)).map(lambda parts: "/" + "/".join(parts))
)
def test_a_match_is_always_one_that_the_api_takes(template: str) -> None:
    kind, path = match_of(template)
    assert kind in ("Exact", "PathPrefix")
    assert path.startswith("/")
    assert len(path) <= 1024
    assert _VALUE.fullmatch(path)
    assert not any(each in path for each in _REFUSED)
    assert not path.endswith(("/..", "/."))


def routes(*services: Service, **more: Any) -> tuple[list[Any], list[str]]:
    """Return the routes of services and the codes of problems."""
    found, problems = planned(system(_SQLITE, *services, **more))
    return of_kind(found, "HTTPRoute"), [each.code for each in problems]


def paths(route: Any) -> list[tuple[str, str, str]]:
    """Return what a route matches, with the service that gets it."""
    return [
        (match["path"]["type"], match["path"]["value"], rule["backendRefs"][0]["name"])
        for rule in route["spec"]["rules"]
        for match in rule["matches"]
    ]


def test_a_host_has_a_route_with_the_paths_of_its_contract() -> None:
    servers = [{"url": "https://Api.shop.com/v1"}, {"url": "https://*.shop.com"}]
    found, codes = routes(things(servers=servers))
    assert codes == []
    assert {route["metadata"]["name"]: (route["spec"]["hostnames"], paths(route)) for route in found} == {
        "api.shop.com": (["api.shop.com"], [("PathPrefix", "/v1/things", "things")]),
        "any.shop.com": (["*.shop.com"], [("PathPrefix", "/things", "things")]),
    }
    assert found[0]["spec"]["parentRefs"] == [{"name": "gateway", "namespace": "gateway"}]


def test_pages_that_no_contract_has_are_not_published_by_a_prefix_of_everything() -> None:
    servers = [{"url": "https://shop.com"}]
    deep = service({"/{tenant}/parts": {"get": operation()}, "/docs": {"get": operation()}}, servers=servers)
    (route,) = routes(deep)[0]
    closed = [rule for rule in route["spec"]["rules"] if "backendRefs" not in rule]
    assert [(match["path"]["type"], match["path"]["value"]) for rule in closed for match in rule["matches"]] == [
        ("Exact", page) for page in ("/health", "/metrics", "/openapi.json", "/openapi.yaml", "/ready")
    ]
    for paths_ in ({"/{slug}": {"get": operation()}}, {"/parts/{part}": {"get": operation()}}):
        (route,) = routes(service(paths_, servers=servers))[0]
        assert all("backendRefs" in rule for rule in route["spec"]["rules"])


def test_a_service_without_a_host_has_the_one_that_the_gateway_gives_it() -> None:
    found, _ = routes(things(), gateway=Gateway(domain="shop.com"))
    assert [route["spec"]["hostnames"] for route in found] == [["things.shop.com"]]


def test_services_of_one_host_share_a_route_and_are_warned_where_their_paths_meet() -> None:
    servers = [{"url": "https://shop.com"}]
    found, codes = routes(things(servers=servers), asking(servers=servers))
    assert [paths(route) for route in found] == [[("PathPrefix", "/things", "things"), ("Exact", "/ask", "asking")]]
    assert codes == []
    found, codes = routes(things(servers=servers), things("twice", servers=servers))
    assert [paths(route) for route in found] == [[("PathPrefix", "/things", "things")]]
    assert codes == ["FG843"]


def test_a_host_that_the_api_does_not_take_is_left_out_with_a_warning() -> None:
    found, codes = routes(things(servers=[{"url": "https://my_shop.example.com"}]))
    assert (found, codes) == ([], ["FG842"])


def test_routes_stay_within_the_bounds_of_the_api() -> None:
    many = service({f"/things{number}": {"get": operation(THING)} for number in range(300)})
    found, _ = routes(many)
    assert [sum(len(rule["matches"]) for rule in route["spec"]["rules"]) for route in found] == [128, 128, 44]
    assert all(len(rule["matches"]) <= 64 for route in found for rule in route["spec"]["rules"])
    assert len({route["metadata"]["name"] for route in found}) == 3


@trying(max_examples=25)
@given(st.text(max_size=80))
def test_texts_of_a_contract_are_annotations_and_nothing_else(text: str) -> None:
    marked = f"{text}<%{{here}}%>"
    made = things(info={"title": marked, "version": "1", "description": marked})
    found, _ = planned(system(_SERVER, made))
    holding = [path for path, each in found.items() if "{here}" in repr(each)]
    assert holding == ["things/deployment.yaml", "things/service.yaml"]
    for path in holding:
        title = found[path]["metadata"].pop("annotations")["fountaingen/title"]
        assert title.isprintable()
        assert "{here}" not in repr(found[path])


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        (Kubernetes(namespace="Shop"), "namespace"),
        (Kubernetes(namespace=""), "namespace"),
        (Kubernetes(gateway="a/b"), "gateway"),
        (Kubernetes(gateway_namespace="x."), "gateway_namespace"),
        (Kubernetes(storage="big"), "storage"),
        (Kubernetes(storage_class="Fast disk"), "storage_class"),
        (Kubernetes(replicas=0), "replicas"),
        (Kubernetes(replicas=3, max_replicas=2), "max_replicas"),
        (Kubernetes(database_port=0), "database_port"),
        (Kubernetes(database_networks=("10.0.0.1/8",)), "database_networks"),
        (Kubernetes(traces="collector:4318"), "traces"),
        (Kubernetes(traces="http://collector:4318/ v1"), "traces"),
    ],
)
def test_settings_that_cannot_be_are_told(settings: Kubernetes, key: str) -> None:
    assert [found for found, _ in settings.faults()] == [key]


def test_settings_that_can_be_are_not() -> None:
    for settings in (_SQLITE, _SERVER, Kubernetes(gateway="", monitoring_namespace="", traces="https://t.example/v1")):
        assert list(settings.faults()) == []
