"""render: every planned file becomes bytes. Templates print ``Code`` and nothing else."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from black import Mode, format_str
from black.mode import TargetVersion
from black.parsing import InvalidInput
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, Undefined
from jinja2.exceptions import TemplateError

from fountaingen.model.plan import FromData, FromTemplate, FromViews, Plan, PlannedFile, Verbatim
from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.primitives.code import Code
from fountaingen.stages import views

LINE_LENGTH = 120
_MODE = Mode(line_length=LINE_LENGTH, target_versions={TargetVersion.PY311})


def render(plan: Plan, folders: Iterable[Path]) -> Mapping[str, bytes]:
    """Return the bytes of every file of ``plan``; templates come from the first of ``folders`` that has them.

    Raises:
        Rejected: FG301 a template that cannot be printed, FG302 generated Python that does not parse.
    """
    environment = _environment(tuple(folders))
    return {file.path: _bytes(file, environment) for file in plan.files}


def _environment(folders: tuple[Path, ...]) -> Environment:
    return Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        undefined=StrictUndefined,
        finalize=_only_code,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _only_code(value: object) -> object:
    """Refuse to print what is not ``Code``: text of a spec cannot become code, nor a number or None slip through."""
    if isinstance(value, Code):
        return value
    if isinstance(value, Undefined):
        return str(value)  # raises, and says what is undefined
    raise TypeError(f"templates print Code, not {type(value).__name__}")


def _bytes(file: PlannedFile, environment: Environment) -> bytes:
    match file:
        case Verbatim(content=content):
            return content
        case FromData(path=path, data=data):
            return _yaml(data) if path.endswith((".yaml", ".yml")) else _json(data)
        case FromViews(views=found, header=header):
            source = views.render(found.schemas, header, requests=found.requests, responses=found.responses)
            return source.encode("utf-8")
        case FromTemplate(path=path, template=template, view=view):
            text = _printed(environment, template, view)
            return _python(path, text) if path.endswith(".py") else text.encode("utf-8")


def _printed(environment: Environment, template: str, view: Mapping[str, Any]) -> str:
    try:
        return environment.get_template(template).render(view)
    except (TemplateError, TypeError) as error:
        raise Rejected([Problem("FG301", f"cannot be printed: {error}", Place(f"templates/{template}"))]) from error


def _python(path: str, source: str) -> bytes:
    try:
        return format_str(source, mode=_MODE).encode("utf-8")
    except (InvalidInput, UnicodeEncodeError) as error:
        message = f"generated code is not valid: {str(error).splitlines()[0]}"
        raise Rejected([Problem("FG302", message, Place(path), "report this as a fault of fountaingen")]) from error


def _json(data: Any) -> bytes:
    return json.dumps(data, indent=2, ensure_ascii=True, allow_nan=False).encode("ascii") + b"\n"


class _Dumper(yaml.CSafeDumper):
    """Writes YAML without anchors, so that each part of the file stands alone."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _written(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    """Quote text that YAML 1.2 would read as a number where YAML 1.1 does not, such as ``0o7`` or ``1e3``."""
    style = "'" if text[:1] in tuple("+-.0123456789") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _written)


def _yaml(data: Any) -> bytes:
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=120).encode("ascii")
