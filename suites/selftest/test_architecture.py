"""Imports run one way, so that each part can be read, tested and replaced with what stands to its right alone."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures"
RUNNER = FIXTURES / "sandbox" / "runner"

# A part may import those of lower rank.
_LAYERS = """
__main__
plugin
runs
report
throughput proxy fingerprint
generation
backends
grading selfcheck
protocols
transforms delivery simulated_apis
engines extraction
problems
rundir
evaluation
servers
gates sandbox http_client
profiles
stats chat_templates
command_line
text_files printable whole_file closing schema_faults distinct_keys
errors
"""
RANK = {part: rank for rank, layer in enumerate(reversed(_LAYERS.split("\n"))) for part in layer.split()}
ASKS_MODELS = {"generation", "throughput", "proxy"}


def _modules(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def _nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(_tree(path)))


@cache
def _imported(path: Path) -> tuple[str, ...]:
    """Dotted names of everything that a module imports, inside functions and for type checking too."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    package = ("servecheck", *path.relative_to(ROOT).parent.parts[1:])
    for node in _nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join([*package[: len(package) - node.level + 1], *filter(None, [node.module])])
            module = base if node.level else str(node.module)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _part(name: str) -> str | None:
    """The part of the package that a dotted name is of."""
    first, _, rest = name.partition(".")
    return rest.partition(".")[0] if first == "servecheck" and rest else None


def _part_of(path: Path) -> str:
    return path.relative_to(FIXTURES).parts[0].removesuffix(".py")


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


MODULES = [path for path in _modules(FIXTURES) if path != FIXTURES / "__init__.py"]


def test_the_top_level_has_nothing_else():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert {name.partition("/")[0] for name in tracked.splitlines() if not name.startswith(".")} == {
        "pyproject.toml", "conftest.py", "suites", "fixtures", "reference-scores.json", "README.md", "LICENSE",
    }  # fmt: skip


def test_every_part_has_its_place():
    assert {_part_of(path) for path in MODULES} <= RANK.keys()


def test_a_module_imports_only_what_stands_below_it():
    upward = [
        (_name(path), name)
        for path in MODULES
        for name in _imported(path)
        if (part := _part(name)) is not None and part != _part_of(path) and RANK[part] >= RANK[_part_of(path)]
    ]

    assert upward == []


def test_the_package_has_one_name():
    """Imported as ``fixtures`` too, every module would be there twice, or be another distribution's."""
    paths = [*_modules(ROOT / "fixtures"), *_modules(ROOT / "suites"), ROOT / "conftest.py"]
    own = [path for path in paths if "attacks" not in path.parts]  # programs for the sandbox, broken ones among them
    naming = [path for path in own if "fixtures" in path.read_text(encoding="utf-8")]  # reading trees takes seconds

    assert naming
    assert [_name(path) for path in naming for name in _imported(path) if name.split(".")[0] == "fixtures"] == []


def test_only_the_plugin_imports_pytest():
    using = {
        _part_of(path) for path in MODULES for name in _imported(path) if name.split(".")[0] in {"pytest", "_pytest"}
    }

    assert using == {"plugin"}


def test_models_are_asked_in_three_parts_alone():
    clients = {"aiohttp", "openai"}
    using = {_part_of(path) for path in MODULES for name in _imported(path) if name.split(".")[0] in clients}

    assert using
    assert using <= ASKS_MODELS


def test_there_are_three_ways_of_http():
    """The measuring one of throughput's own, openai's over aiohttp's connections, and httpx; each is bounded once."""
    others = {"http.client", "requests", "urllib3", "urllib.request"}
    using = {
        _name(path)
        for path in MODULES
        for name in _imported(path)
        for other in others
        if f"{name}.".startswith(f"{other}.")
    }

    assert using == {"fixtures/profiles/endpoint.py"}  # for the environment's proxies, which it alone looks up
    aiohttps = {_name(path) for path in MODULES for name in _imported(path) if name.split(".")[0] == "aiohttp"}
    assert {Path(name).parent.name for name in aiohttps} == {"generation", "proxy"}
    assert [name for name in aiohttps if "/proxy/" in name] == ["fixtures/proxy/transport.py"]


def test_no_report_asks_which_gate_it_draws():
    """A report draws rows: whatever is a gate's own is in the gate's file."""
    files = {path.stem for path in _modules(FIXTURES / "gates") if "\nGATES = " in path.read_text(encoding="utf-8")}
    using = {
        (_name(path), name)
        for path in MODULES
        if _part_of(path) == "report"
        for name in _imported(path)
        if name.startswith("servecheck.gates.") and name.split(".")[2] in files
    }

    assert {"against_published", "against_recorded", "against_run", "acceptance", "regression"} <= files
    assert using == set()


def test_the_runner_imports_the_standard_library_and_itself_alone():
    names = {(_name(path), name) for path in _modules(RUNNER) for name in _imported(path)}

    # the folder is copied into the sandbox, where it is called ``runner``; numpy is imported there where it is, by name
    foreign = {
        (path, name)
        for path, name in names
        if name.split(".")[0] not in sys.stdlib_module_names | {"runner"}
        and not name.startswith("servecheck.sandbox.runner.")
    }
    assert names
    assert foreign == set()


def test_collecting_imports_no_client_of_a_server_or_an_engine():
    program = (
        "import sys, pytest\n"
        "code = pytest.main(['--collect-only', '-q', '-m', 'humaneval', '-p', 'no:cacheprovider'])\n"
        "print('imported', sorted({'aiohttp', 'docker', 'httpx', 'openai', 'scipy', 'numpy'} & set(sys.modules)))\n"
        "sys.exit(code)\n"
    )

    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "44 tests collected" in done.stdout
    assert done.stdout.splitlines()[-1] == "imported []"


BACKENDS = {path.stem for path in (FIXTURES / "backends").glob("*.py")} - {"__init__"}
# The name of the backend that a profile has which names none.
_MAY_NAME = {("fixtures/profiles/backend_names.py", "external")}


def _is_about(path: Path, backend: str) -> bool:
    """Whether a file is that backend's own: of its name, or in its folder."""
    return any(part.startswith(backend) for part in path.relative_to(FIXTURES).with_suffix("").parts)


def test_a_backend_is_named_in_its_own_files_alone():
    named = {
        (path, node.value)
        for path in MODULES
        for node in _nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in BACKENDS
    }

    assert {(_name(path), name) for path, name in named if not _is_about(path, name)} == _MAY_NAME


def _asks_for_the_backend(node: ast.AST) -> bool:
    """Whether it compares a profile's backend, or looks something up by it."""
    asked: list[ast.AST] = []
    if isinstance(node, ast.Compare):
        asked = [node.left, *node.comparators]
    elif isinstance(node, ast.Subscript):
        asked = [node.slice]
    elif isinstance(node, ast.Match):
        asked = [node.subject]
    return any(isinstance(one, ast.Attribute) and one.attr == "backend" for one in asked)


def test_nobody_asks_which_backend_a_profile_has():
    asking = [
        f"{_name(path)}:{node.lineno}" for path in MODULES for node in _nodes(path) if _asks_for_the_backend(node)
    ]

    assert asking == []


@pytest.mark.parametrize(
    "text",
    [
        "profile.backend == 'vllm'",
        "'vllm' != self.profile.backend",
        "profile.backend in ('vllm', 'toy')",
        "TABLE[profile.backend]",
        "match profile.backend:\n    case 'vllm': pass",
    ],
)
def test_no_way_to_ask_for_it_is_missed(text):
    assert any(_asks_for_the_backend(node) for node in ast.walk(ast.parse(text)))


def _classes(path: Path) -> Iterator[ast.ClassDef]:
    return (node for node in _nodes(path) if isinstance(node, ast.ClassDef))


def test_no_two_classes_have_one_name():
    """A search for a name finds what it means, and a reader need not look at the imports."""
    defined = Counter(node.name for path in MODULES for node in _classes(path))

    assert [name for name, times in defined.items() if times > 1] == []


def _aliases(path: Path) -> Iterator[str]:
    """Names of types that are no classes, of the module itself."""
    for node in _tree(path).body:
        if isinstance(node, ast.AnnAssign) and "TypeAlias" in ast.unparse(node.annotation):
            yield ast.unparse(node.target)


# Each stands for two things: let none be added.
_ALIASES_NAMED_AS_CLASSES = frozenset({"Choice", "Conversation", "Found", "Outcome", "Place", "State", "Text"})


def test_no_alias_has_the_name_of_a_class():
    classes = {node.name for path in MODULES for node in _classes(path)}
    aliases = {name for path in MODULES for name in _aliases(path)}

    assert classes & aliases == _ALIASES_NAMED_AS_CLASSES


# Say nothing of what a thing is for.
_EMPTY = frozenset({"util", "utils", "helper", "helpers", "manager", "common", "misc"})
# Words of every day, some of which stood for something here that the field has a word for.
_RIDDLES = frozenset(
    {"leg", "turns", "settle", "chosen", "board", "patience", "asking", "cards", "exchange", "alone", "written"}
)
# Nowhere in a name: what a board or a card is, no reader can know.
_RIDDLES_ANYWHERE = frozenset({"board", "card", "cards", "patience"})
_EXCHANGE_OF_A_TRANSCRIPT = "Exchange"


def _is_refused(name: str) -> bool:
    """Whether it is a riddle, as a class, a function or a module."""
    words = {word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)}
    return name.lower() in _RIDDLES or bool(words & (_EMPTY | _RIDDLES_ANYWHERE))


def test_names_are_terms_that_can_be_searched():
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    names = {(_name(path), part) for path in MODULES for part in path.relative_to(FIXTURES).with_suffix("").parts}
    names |= {
        (_name(path), node.name)
        for path in MODULES
        for node in _nodes(path)
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and not (isinstance(node, functions) and node.name.startswith("_"))
    }

    refused = {(path, name) for path, name in names if _is_refused(name)}
    assert refused == {("fixtures/evaluation/transcript.py", _EXCHANGE_OF_A_TRANSCRIPT)}


@pytest.mark.parametrize("name", ["settle", "Leg", "EngineManager", "text_utils", "ReadinessBoard", "model_cards"])
def test_a_riddle_is_refused(name):
    assert _is_refused(name)


@pytest.mark.parametrize("name", ["boarding", "KeyboardWatch", "asked", "HttpExchange", "rewritten", "discard"])
def test_a_word_that_only_looks_like_one_is_not(name):
    assert not _is_refused(name)


# Most of them JSON on its way, and values of programs that nobody here wrote; it only ever becomes less.
_MOST_ANY = 701


def _anys(path: Path) -> int:
    return sum(
        (isinstance(node, ast.Name) and node.id == "Any") or (isinstance(node, ast.Attribute) and node.attr == "Any")
        for node in _nodes(path)
    )


def test_no_more_is_left_untyped_than_was():
    assert sum(_anys(path) for path in MODULES) <= _MOST_ANY


def test_methods_and_functions_stay_few_and_short():
    """A class that does one thing has no room for fifteen; a function that does one has none for sixty statements."""
    wide = {
        f"{_name(path)}: {node.name}"
        for path in MODULES
        for node in _classes(path)
        if sum(isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) for one in node.body) >= 15
    }
    long = {
        f"{_name(path)}: {node.name}"
        for path in MODULES
        for node in _nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and sum(isinstance(one, ast.stmt) for one in ast.walk(node)) > 60
    }

    assert (wide, long) == (set(), set())


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("def f():\n    import docker.errors\n", ["docker.errors"]),
        ("from servecheck import errors\n", ["servecheck.errors"]),
        ("from . import wire\n", ["servecheck.sandbox.wire"]),
        ("from ..grading import choice\n", ["servecheck.grading.choice"]),
        ("if TYPE_CHECKING:\n    from openai.types import chat\n", ["openai.types.chat"]),
    ],
)
def test_no_way_to_import_is_missed(text, names, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    path = tmp_path / "fixtures" / "sandbox" / "x.py"
    path.parent.mkdir(parents=True)
    path.write_text(text)

    assert list(_imported(path)) == names
