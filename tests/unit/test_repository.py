"""Invariants of the tree itself."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.harness.processes import ROOT

PRODUCT = sorted(path for folder in ("shared", "services") for path in (ROOT / folder).rglob("*.py"))
SOURCES = [*PRODUCT, *sorted((ROOT / "tests").rglob("*.py"))]
REQUIREMENTS = sorted([*ROOT.glob("services/*/requirements.txt"), ROOT / "tests/requirements.txt"])


def relative(path: Path) -> str:
    """Name a test's parameter by its path."""
    return str(path.relative_to(ROOT))


def imported(path: Path) -> Iterator[str]:
    """Give the modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_a_file_has_at_most_250_lines() -> None:
    """One file, one idea: a longer one has two."""
    scripts = [path for ending in ("js", "css", "html") for path in (ROOT / "services").rglob(f"*.{ending}")]
    lengths = {relative(path): len(path.read_text().splitlines()) for path in (*SOURCES, *scripts, ROOT / "Makefile")}
    assert {name: lines for name, lines in lengths.items() if lines > 250} == {}


def test_a_function_has_at_most_40_lines() -> None:
    """It is read without scrolling; what is longer does more than one thing."""
    lengths = {
        f"{relative(path)}: {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: lines for name, lines in lengths.items() if lines > 40} == {}


def test_a_folder_has_at_most_14_files() -> None:
    """It is taken in at one glance; what has more is two rooms."""
    others = [path for ending in ("js", "css", "html", "svg") for path in (ROOT / "services").rglob(f"*.{ending}")]
    files = Counter(relative(path.parent) for path in (*SOURCES, *others) if path.name != "__init__.py")
    assert {name: count for name, count in files.items() if count > 14} == {}


def _is_truth(node: ast.AST) -> bool:
    """Tell whether an expression is true or false, and no number."""
    match node:
        case ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.BoolOp(values=values):
            return all(map(_is_truth, values))
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in {"all", "any", "bool", "isinstance"} or name.startswith(("is_", "_is_", "has_", "_has_"))
    return False


def _counted(node: ast.AST) -> list[ast.expr]:
    """Return what an expression or a statement calculates with."""
    match node:
        case ast.AugAssign(op=ast.Add() | ast.Sub() | ast.Mult(), value=value):
            return [value]
        case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult(), left=one, right=other):
            return [one, other]
        case ast.Call(func=ast.Name(id="sum"), args=[ast.GeneratorExp(elt=value) | ast.ListComp(elt=value), *_]):
            return [value]
    return []


def counting_truths(source: str) -> list[int]:
    """Return the lines that take true for 1 and false for 0."""
    nodes = ast.walk(ast.parse(source))
    return [part.lineno for node in nodes for part in _counted(node) if _is_truth(part)]


def test_nothing_counts_with_a_comparison() -> None:
    """`count += a == b` hides an `if`."""
    assert [f"{relative(path)}:{line}" for path in PRODUCT for line in counting_truths(path.read_text())] == []


@pytest.mark.parametrize(
    "code",
    ["n += a == b", "n += not a", "n += a is None and b < c", "n = 1 + is_new(a)", "n = sum(a > b for a in c)"],
)
def test_a_calculation_with_true_is_found(code: str) -> None:
    """Whatever it is written as."""
    assert counting_truths(code) == [1]


def test_services_do_not_import_each_other() -> None:
    """What two of them need is in `shared`, which needs none of them."""
    for path in PRODUCT:
        package = ".".join(path.relative_to(ROOT).parts[:2]) if path.is_relative_to(ROOT / "services") else "shared"
        foreign = {name for name in imported(path) if name.startswith("services.")}
        assert {name for name in foreign if not f"{name}.".startswith(f"{package}.")} == set(), relative(path)


@pytest.mark.parametrize("path", [path for path in PRODUCT if path.name != "__init__.py"], ids=relative)
def test_every_module_has_its_unit_tests(path: Path) -> None:
    """The tests' tree mirrors the product's."""
    folder, name = path.parent.relative_to(ROOT), path.name.replace("__main__", "main")
    assert (ROOT / "tests" / "unit" / folder / f"test_{name}").is_file()


def test_a_class_has_a_name_of_its_own_in_its_service() -> None:
    """One name, one thing; the documents' parts alone are called what they are written from."""
    names = Counter(
        (relative(path).split("/")[1], node.name)
        for path in PRODUCT
        if path.is_relative_to(ROOT / "services") and path.name not in {"schema.py", "parts.py"}
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    )
    assert {name for name, count in names.items() if count > 1} == set()


@pytest.mark.parametrize("path", REQUIREMENTS, ids=relative)
def test_requirements_name_packages_and_hashes_only(path: Path) -> None:
    """Where packages come from is the installing machine's business; what they are is not."""
    lines = [line.strip().removesuffix(" \\") for line in path.read_text().splitlines()]
    packages = [line for line in lines if not line.startswith(("--hash=sha256:", "#"))]
    assert packages
    for package in packages:
        assert "==" in package
        assert "://" not in package
        assert not package.startswith("-")
    assert sum(line.startswith("--hash=") for line in lines) >= len(packages)


def test_no_two_files_end_to_end_have_one_name() -> None:
    """There a folder is no package, and pytest knows a file of tests by its name alone."""
    names = [path.name for path in (ROOT / "tests/e2e").rglob("test_*.py")]
    assert sorted(set(names)) == sorted(names)
