"""The judge of generated files: whether any text of a contract has become more than text, as each sink reads it."""

import ast
import io
import json
import re
import tokenize
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

import yaml
from dotenv import dotenv_values
from markdown_it import MarkdownIt

from hostile.contracts import CANARY

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_ORDERS = re.compile(r"#\s*(?:noqa|type:|fmt:|ruff:|mypy:|isort:|pragma|nosec|pylint:|pyright:)", re.IGNORECASE)
_INSTRUCTIONS = frozenset(
    {"FROM", "ENV", "COPY", "RUN", "LABEL", "WORKDIR", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "CMD"}
)
_MARKDOWN = MarkdownIt("gfm-like", {"linkify": False})
_INERT = {"html_inline", "html_block", "link_open", "image"}

_SHELL = re.compile(r"""\\.|'[^']*'|"(?:\\.|[^"\\])*"|(?:^|(?<=\s))\#[^\n]*""", re.MULTILINE)
_DEVICE = re.compile(r"(con|prn|aux|nul|com[1-9]|lpt[1-9])(\..*)?", re.IGNORECASE)

Files = Mapping[str, bytes]


def judge(files: Files) -> list[str]:
    """Return what is wrong with generated files, empty where every text is text."""
    return [*paths(files), *(f"{path}: {fault}" for path, content in files.items() for fault in _file(path, content))]


def paths(names: Mapping[str, Any]) -> Iterator[str]:
    """Yield the paths that lead elsewhere, or that some file system takes for another one."""
    seen: dict[str, str] = {}
    for path in names:
        parts = path.split("/")
        if not path.isprintable() or "\\" in path or {"", ".", ".."} & set(parts):
            yield f"{path!r}: leads elsewhere"
        if any(_DEVICE.fullmatch(part) or part != part.rstrip(" .") for part in parts):
            yield f"{path!r}: is a device"
        other = seen.setdefault(unicodedata.normalize("NFKC", path).casefold(), path)
        if other != path:
            yield f"{path!r}: is {other!r}"


def _file(path: str, content: bytes) -> Iterator[str]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        yield "is not UTF-8"
        return
    yield from unseen(text)
    for ending, reader in _READERS.items():
        if path.endswith(ending):
            yield from reader(text)
            return
    yield from _fixed(text)


def unseen(text: str) -> Iterator[str]:
    """Yield what nobody sees, or what moves what stands around it; lines end in line feeds."""
    for each in sorted(set(text) - {"\n"}):
        if unicodedata.category(each) in _UNSEEN:
            yield f"holds {each!r}"


def python(text: str) -> Iterator[str]:
    """Yield where the canary is a name, what is defined twice, and comments that give orders."""
    try:
        if tokenize.detect_encoding(io.BytesIO(text.encode()).readline)[0] != "utf-8":
            yield "says that it is encoded otherwise"
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        yield f"is no Python: {error}"
        return
    for node in ast.walk(tree):
        yield from _node(node)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and _ORDERS.search(token.string):
            yield f"gives orders: {token.string}"


def _node(node: ast.AST) -> Iterator[str]:
    for field in ("id", "attr", "arg", "name", "asname", "module"):
        if getattr(node, field, None) == CANARY:
            yield f"line {getattr(node, 'lineno', 0)}: {CANARY} is a name"
    if isinstance(node, ast.Module | ast.ClassDef):
        defined = Counter(name.casefold() for name in _defined(node))
        yield from (f"{name} is defined twice" for name, count in defined.items() if count > 1)


def _defined(node: ast.Module | ast.ClassDef) -> Iterator[str]:
    for each in node.body:
        match each:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.AnnAssign(target=ast.Name(id=name)) if isinstance(node, ast.ClassDef):
                yield name


def data(text: str) -> Iterator[str]:
    """Yield keys that came out of text, and what Compose would fill in."""
    try:
        # Every JSON is YAML but for surrogates.
        read = json.loads(text) if text.startswith("{") else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        yield f"cannot be read: {error}"
        return
    if any(key == CANARY for key in _keys(read)):
        yield f"{CANARY} is a key"


def compose(text: str) -> Iterator[str]:
    """Yield what Compose would fill in of a text."""
    yield from data(text)
    if re.search(rf"\$\{{?{CANARY}", text.replace("$$", "")):
        yield f"{CANARY} is filled in"


def gateway(text: str) -> Iterator[str]:
    """Yield routes that take what their paths do not say."""
    yield from data(text)
    routes = (route for each in yaml.safe_load(text)["services"] for route in each.get("routes", ()))
    for path in (path for route in routes for path in route["paths"] if path.startswith("~")):
        if re.search(re.sub(r"\(\?<(\w+)>", r"(?P<\1>", path[1:]), "/unknownZcanary"):
            yield f"{path} takes other paths"


def _keys(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _keys(item)


def _dockerfile(text: str) -> Iterator[str]:
    lines = re.sub(r"\\\n", " ", text).split("\n")
    words = [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]
    yield from (f"{word} is an instruction" for word in words if word not in _INSTRUCTIONS)
    instructions = {word: words.count(word) for word in ("RUN", "FROM", "CMD", "LABEL")}
    if instructions != {"RUN": 2, "FROM": 3, "CMD": 1, "LABEL": 1}:
        yield f"has other instructions: {instructions}"
    bare = re.sub(r'"(?:[^"\\$]|\\.)*"', '""', text)
    yield from (f"{line} is outside of quotes" for line in bare.split("\n") if CANARY in line)


def _shell(text: str) -> Iterator[str]:
    bare = _SHELL.sub(lambda found: found[0] if found[0][0] == '"' else " ", text)
    yield from (f"{line} is outside of quotes" for line in bare.split("\n") if CANARY in line)


def _environment(text: str) -> Iterator[str]:
    if CANARY in dotenv_values(stream=io.StringIO(text), interpolate=False):
        yield f"{CANARY} is a variable"
    for line in text.split("\n"):
        if line and not re.match(r"#|[A-Za-z_][A-Za-z0-9_]*=", line):
            yield f"{line} is no line of its own"


def _sql(text: str) -> Iterator[str]:
    if CANARY in text:
        yield f"{CANARY} is in it"


def markdown(text: str) -> Iterator[str]:
    """Yield HTML, links and images, and rows with other cells than their heads."""
    width = cells = 0
    tokens = [each for token in _MARKDOWN.parse(text) for each in (token, *(token.children or ()))]
    for token in tokens:
        ours = token.content.startswith("<!-- Generated") or str(token.attrs.get("href", "")).endswith("README.md")
        if token.type in _INERT and not ours:
            yield f"{token.content or token.attrs} is {token.type}"
        if token.type == "fence" or (token.type == "code_block" and CANARY in token.content):
            yield f"{token.content!r} is a block of code"
        cells = 0 if token.type == "tr_open" else cells + (token.type in ("td_open", "th_open"))
        if token.type == "thead_close":
            width = cells
        if token.type == "tr_close" and width and cells > width:
            yield f"a row has {cells} cells"
    for line in text.split("\n"):
        if line.strip().startswith((CANARY, f"{CANARY}")):
            yield f"{line} is a line of its own"
        if line.startswith("|") and len(re.findall(r"(?<!\\)\|", re.sub(r"\\\\", "", line))) > 5:
            yield f"{line} has more cells"


def _fixed(text: str) -> Iterator[str]:
    if CANARY in text:
        yield f"{CANARY} is in it"


def page(text: str) -> Iterator[str]:
    """Yield the elements of a page that text has made."""
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append(tag)

    Reader().feed(text)
    yield from (f"{tag} is an element" for tag in found if tag == CANARY)


_READERS: Mapping[str, Callable[[str], Iterator[str]]] = {
    ".py": python,
    "docker-compose.yml": compose,
    "kong.yml": gateway,
    ".json": data,
    ".yaml": data,
    ".yml": data,
    ".env.example": _environment,
    ".md": markdown,
    ".sh": _shell,
    ".sql": _sql,
    "Dockerfile": _dockerfile,
}
