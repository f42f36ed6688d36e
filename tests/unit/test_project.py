"""The project is found from anywhere in it, and its contracts by the rules of their names."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen import project as projects
from fountaingen.model.problems import Note, Place, Problem, Rejected
from fountaingen.model.settings import Settings
from fountaingen.project import Project, discover, find_project, service_name
from fountaingen.stages.marks import is_contract

CONTRACT = "openapi: 3.1.0\n"


def write(root: Path, files: dict[str, str]) -> Project:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return Project(root, Settings())


def refused(project: Project, *sources: Path) -> tuple[Problem, ...]:
    with pytest.raises(Rejected) as caught:
        discover(project, sources)
    return caught.value.problems


class TestFindProject:
    def test_the_nearest_settings_upward_make_the_root(self, tmp_path: Path) -> None:
        write(tmp_path, {"fountaingen.toml": 'out = "far"', "a/pyproject.toml": '[tool.fountaingen]\nout = "near"'})
        (tmp_path / "a/b/c").mkdir(parents=True)
        assert find_project(tmp_path / "a/b/c") == Project(tmp_path / "a", Settings(out="near"))
        assert find_project(tmp_path) == Project(tmp_path, Settings(out="far"))

    def test_a_pyproject_without_our_table_is_passed_over_even_if_broken(self, tmp_path: Path) -> None:
        write(tmp_path, {"fountaingen.toml": "", "a/pyproject.toml": "[tool.black", "a/b/pyproject.toml": "[tool.x]"})
        assert find_project(tmp_path / "a/b").root == tmp_path

    def test_without_settings_the_folder_itself_is_the_project(self, tmp_path: Path) -> None:
        assert find_project(tmp_path) == Project(tmp_path, Settings())

    def test_settings_in_two_files_are_refused(self, tmp_path: Path) -> None:
        write(tmp_path, {"fountaingen.toml": "", "pyproject.toml": "\n[tool.fountaingen]\n"})
        with pytest.raises(Rejected) as caught:
            find_project(tmp_path)
        (problem,) = caught.value.problems
        assert (problem.code, problem.notes) == ("FG604", (Note(Place("pyproject.toml", 2, 1), "and here"),))

    @pytest.mark.parametrize(
        ("text", "place"),
        [
            ('out = "a"\nhooks = ', Place("fountaingen.toml")),
            ("=", Place("fountaingen.toml", 1, 1)),
            ("out = 'a'\nhooks = @", Place("fountaingen.toml", 2, 9)),
        ],
    )
    def test_what_is_not_toml_is_shown_where_it_breaks(self, tmp_path: Path, text: str, place: Place) -> None:
        write(tmp_path, {"fountaingen.toml": text})
        with pytest.raises(Rejected) as caught:
            find_project(tmp_path)
        (problem,) = caught.value.problems
        assert (problem.code, problem.place) == ("FG605", place)

    def test_bytes_that_are_no_text_are_a_problem(self, tmp_path: Path) -> None:
        (tmp_path / "fountaingen.toml").write_bytes(b"\xff\xfe")
        with pytest.raises(Rejected):
            find_project(tmp_path)


class TestNames:
    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("orders.yaml", "orders"),
            ("orders_openapi.yaml", "orders"),
            ("orders-openapi.yml", "orders"),
            ("central_sequence_service_openapi.yaml", "central_sequence_service"),
            ("orders/openapi.yaml", "orders"),
            ("Order-Items v2.0.json", "order_items_v2_0"),
            ("OrderItemsAPI.yaml", "OrderItemsAPI"),
            ("2fa.yaml", "service_2fa"),
            ("class.yaml", "service_class"),
            ("Größe.yaml", "grosse"),
            ("日本.yaml", "service_wgv71a"),
            ("日本_openapi.yaml", "service_wgv71a"),
            ("__.yaml", ""),
        ],
    )
    def test_the_name_comes_from_the_words_of_the_file(self, path: str, name: str) -> None:
        assert service_name(Path("/project/日") / path) == name

    @given(st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=30))
    def test_every_name_is_safe_or_empty(self, stem: str) -> None:
        assert re.fullmatch(r"([A-Za-z][A-Za-z0-9_]*)?", service_name(Path("/project/specs", f"x{stem}.yaml")))


class TestIsContract:
    @pytest.mark.parametrize(
        ("file", "text", "expected"),
        [
            ("a.yaml", "openapi: 3.1.0", True),
            ("a.yaml", "info: {}\n# c\nopenapi: 3.0.3", True),
            ("a.yaml", "{openapi: 3.1.0}", True),
            ("a.yaml", '"openapi": 3.1.0', True),
            ("a.yaml", "  openapi: 3.1.0\n  info: {}", True),
            ("a.yaml", "swagger: '2.0'", True),
            ("a.yaml", "components:\n  openapi: 3.1.0\n", False),
            ("a.yaml", "- openapi: 3.1.0\n", False),
            ("a.yaml", "a: openapi\n", False),
            ("a.yaml", "? [openapi]\n: 1\n", False),
            ("a.yaml", "? {a: b}\n: openapi\nc: 1", False),
            ("a.yaml", "", False),
            ("a.yaml", "a: [", True),
            ("a.yaml", "a: &x [*y]\n\tb", True),
            ("a.json", '{"openapi": "3.1.0"}', True),
            ("a.json", '{"info": {"openapi": 1}}', False),
            ("a.json", '["openapi"]', False),
            ("a.json", "{", True),
        ],
    )
    def test_a_top_level_key_makes_a_contract_and_so_does_a_broken_file(
        self, tmp_path: Path, file: str, text: str, expected: bool
    ) -> None:
        write(tmp_path, {file: text})
        assert is_contract(tmp_path / file) is expected


class TestDiscover:
    def test_a_large_file_that_is_too_much_costs_a_process_and_counts_as_a_contract(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def swollen(_: Path) -> bool:
            raise MemoryError

        project = write(tmp_path, {"specs/wide.json": '{"openapi": 1}' + " " * (2 << 20)})
        monkeypatch.setattr(projects, "is_contract", swollen)
        assert [source.name for source in discover(project, ())] == ["wide"]

    def test_a_large_fragment_is_left_out(self, tmp_path: Path) -> None:
        project = write(tmp_path, {"specs/a.yaml": CONTRACT, "specs/wide.json": '{"info": 1}' + " " * (2 << 20)})
        assert [source.name for source in discover(project, ())] == ["a"]

    def test_a_folder_holds_contracts_by_three_kinds_of_name_and_fragments(self, tmp_path: Path) -> None:
        project = write(
            tmp_path,
            {
                "specs/b_openapi.yaml": CONTRACT,
                "specs/a.json": '{"openapi": "3.1.0"}',
                "specs/c/openapi.yml": CONTRACT,
                "specs/c/parts.yaml": CONTRACT,
                "specs/common.yaml": "components: {}",
                "specs/.hidden.yaml": CONTRACT,
                "specs/notes.txt": CONTRACT,
                "specs/d/e/openapi.yaml": CONTRACT,
            },
        )
        found = discover(project, ())
        assert [(source.name, source.shown) for source in found] == [
            ("a", "specs/a.json"),
            ("b", "specs/b_openapi.yaml"),
            ("c", "specs/c/openapi.yml"),
        ]
        assert all(source.path == tmp_path / source.shown for source in found)

    def test_a_named_file_is_always_a_contract_and_named_twice_is_one(self, tmp_path: Path) -> None:
        project = write(tmp_path, {"specs/common.yaml": "components: {}", "specs/a.yaml": CONTRACT})
        specs = tmp_path / "specs"
        assert [source.name for source in discover(project, [specs / "common.yaml", specs, specs / "a.yaml"])] == [
            "a",
            "common",
        ]

    def test_a_relative_source_is_one_of_the_current_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        project = write(tmp_path, {"api/orders/openapi.yaml": CONTRACT})
        monkeypatch.chdir(tmp_path / "api/orders")
        (source,) = discover(project, [Path("openapi.yaml")])
        assert (source.name, source.shown) == ("orders", "api/orders/openapi.yaml")

    def test_two_contracts_of_one_service_are_refused_with_both_places(self, tmp_path: Path) -> None:
        project = write(tmp_path, {"specs/orders.yaml": CONTRACT, "specs/orders_openapi.json": '{"openapi": "3.1.0"}'})
        (problem,) = refused(project)
        assert problem.place == Place("specs/orders_openapi.json")
        assert problem.notes == (Note(Place("specs/orders.yaml"), "the first one"),)

    def test_all_problems_come_at_once(self, tmp_path: Path) -> None:
        project = write(tmp_path, {"specs/--.yaml": CONTRACT, "specs/a.yaml": CONTRACT, "outside.yaml": CONTRACT})
        (tmp_path / "specs/leaves.yaml").symlink_to(tmp_path / "outside.yaml")
        (tmp_path / "specs/nothing.yaml").symlink_to(tmp_path / "specs/gone")
        os.mkfifo(tmp_path / "pipe.yaml")
        problems = refused(project, tmp_path / "specs", tmp_path / "missing.yaml", tmp_path / "pipe.yaml")
        assert {(problem.code, problem.place.path) for problem in problems} == {
            ("FG613", "specs/--.yaml"),
            ("FG612", "specs/leaves.yaml"),
            ("FG611", "specs/nothing.yaml"),
            ("FG611", "missing.yaml"),
            ("FG611", "pipe.yaml"),
        }

    @pytest.mark.parametrize("name", ["$(id).yaml", "${HOME}.yaml", "`id`.json"])
    def test_a_name_that_shells_expand_is_refused(self, tmp_path: Path, name: str) -> None:
        project = write(tmp_path, {f"specs/{name}": '{"openapi": "3.1.0"}'})
        (problem,) = refused(project)
        assert (problem.code, problem.place) == ("FG613", Place(f"specs/{name}"))

    def test_a_linked_folder_that_leaves_is_refused_and_one_that_stays_is_not(self, tmp_path: Path) -> None:
        project = write(tmp_path, {"other/openapi.yaml": CONTRACT, "specs/a.yaml": CONTRACT})
        (tmp_path / "specs/away").symlink_to(tmp_path / "other")
        assert [problem.code for problem in refused(project)] == ["FG612"]
        (tmp_path / "specs/away").unlink()
        (tmp_path / "specs/again.yaml").symlink_to("a.yaml")
        assert [source.name for source in discover(project, ())] == ["a", "again"]

    def test_no_contract_at_all_is_a_problem_with_the_way_out(self, tmp_path: Path) -> None:
        project = write(tmp_path, {"specs/common.yaml": "components: {}"})
        (problem,) = refused(project)
        assert (problem.code, problem.remedy) == ("FG614", "make one with 'fountaingen new NAME'")
        (missing,) = refused(Project(tmp_path / "elsewhere", Settings()))
        assert missing.message == "'specs' does not exist"
