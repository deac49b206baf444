"""Finds where code takes text made for people for data: compares it, searches it, cuts it, or reads from it.

Text is made by an f-string, by str(), repr(), format() or join(), or by one of the product's own functions that say
something. It may be shown, written, logged, or put into more text; it may not decide anything. Nor may a phrase (a
literal with a blank between words) be what something is compared with.
"""

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache

# What looks into a text, by string methods and by regular expressions.
_LOOKING = frozenset(
    (
        *("startswith", "endswith", "find", "rfind", "index", "rindex", "count"),
        *("split", "rsplit", "splitlines", "partition", "rpartition"),
        *("removeprefix", "removesuffix", "replace", "translate"),
        *("isdisjoint", "fnmatch"),
    )
)
_REGULAR = frozenset(("match", "search", "fullmatch", "split", "sub", "subn", "findall", "finditer"))

# What makes a text, of anything or of other texts; and what makes another of one.
_MAKING = frozenset(("str", "repr", "format"))
_JOINING = frozenset(("format", "join"))
_SHAPING = frozenset(("lower", "upper", "title", "strip", "lstrip", "rstrip", "casefold", "ljust", "rjust", "center"))

# What puts one more into a collection.
_ADDING = frozenset(("append", "add", "extend", "update", "insert", "appendleft"))

# Two words and a blank between them; or Chinese.
_PHRASE = re.compile(r"[^\W\d_]{2,} [^\W\d_]{2,}|[\u4e00-\u9fff]")

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Module


def misused(source: str, sayers: Mapping[str, Collection[str]] | None = None) -> list[str]:
    """Return the lines of a module that take text for data.

    `sayers` are, by module, the functions and methods that make text: they count where it is imported from.
    """
    tree = ast.parse(source)
    lines = source.splitlines()
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    makers = frozenset(name for module, names in (sayers or {}).items() if module in imported for name in names)
    makers = _with_own(tree, makers)
    kept = _kept(tree, makers)
    found = {node.lineno for scope in _scopes(tree) for node in _misuses(scope, makers, kept)}
    return [lines[number - 1].strip() for number in sorted(found)]


def sayers(source: str) -> set[str]:
    """Return the names of a module's functions and methods that return text, or several texts."""
    return {
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.returns is not None and _is_text(ast.unparse(node.returns))
    } - {"__init__", "__repr__"}


def _with_own(tree: ast.Module, makers: frozenset[str]) -> frozenset[str]:
    """Add the module's own functions that return a text: made there, or by another of them."""
    own: frozenset[str] = frozenset()
    before = -1
    while before < len(own):
        before = len(own)
        others = [scope for scope in _scopes(tree) if not isinstance(scope, ast.Module) and scope.name not in own]
        own |= {scope.name for scope in others if _says(scope, makers | own)}
    return makers | own


def _says(function: ast.FunctionDef | ast.AsyncFunctionDef, makers: frozenset[str]) -> bool:
    texts = _Texts(function, makers, frozenset())
    given = [node.value for node in _own(function) if isinstance(node, ast.Return | ast.Yield | ast.YieldFrom)]
    return any(value is not None and texts.has(value) for value in given)


def _is_text(annotation: str) -> bool:
    return annotation == "str" or re.fullmatch(r"(list|tuple|Iterator)\[.*\bstr\b.*\]", annotation) is not None


def _scopes(tree: ast.Module) -> Iterator[_Function]:
    yield tree
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@cache
def _own(scope: _Function) -> list[ast.AST]:
    """Return what is in a function, and not in the functions within it."""
    found: list[ast.AST] = list(scope.body)
    for node in found:  # which grows
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found += ast.iter_child_nodes(node)
    return found


@cache
def _own_bindings(scope: _Function) -> list[tuple[ast.expr, ast.expr]]:
    return [binding for node in _own(scope) for binding in _bindings(node)]


class _Texts:
    """Which expressions of a function are text: made here, or kept under a name that was given to one."""

    def __init__(self, scope: _Function, sayers: frozenset[str], kept: frozenset[str]) -> None:
        self._sayers = sayers
        self._kept = kept
        self._names: set[str] = set()
        before = -1
        while before < len(self._names):  # until nothing is learnt: an assignment may stand above another
            before = len(self._names)
            for target, value in _own_bindings(scope):
                if self.has(value):
                    self._names |= set(_names(target))

    def has(self, node: ast.AST) -> bool:
        """Tell whether an expression is text, or a collection made of texts."""
        return self._is_made(node) or any(map(self.has, _parts(node)))

    def _is_made(self, node: ast.AST) -> bool:
        match node:
            case ast.Name(id=name):
                return name in self._names
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                return name in self._kept
            case ast.Call(func=ast.Name(id="map"), args=[maker, *_]) | ast.Call(func=maker):
                return self._is_maker(maker)
        return isinstance(node, ast.JoinedStr)

    def _is_maker(self, function: ast.expr) -> bool:
        match function:
            case ast.Name(id=name):
                return name in _MAKING or name in self._sayers
            case ast.Attribute(value=value, attr=name) if not _is_bytes(value):
                return name in _JOINING or name in self._sayers
        return False


def _is_bytes(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, bytes)


def _parts(node: ast.AST) -> list[ast.expr]:
    """Return what an expression is text of, if that is."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in _SHAPING:
            return [value]
        case ast.BinOp(op=ast.Add() | ast.Mod(), left=one, right=other) | ast.IfExp(body=one, orelse=other):
            return [one, other]
        case ast.BoolOp(values=values) | ast.List(elts=values) | ast.Set(elts=values) | ast.Dict(values=values):
            return values
        case ast.ListComp(elt=value) | ast.SetComp(elt=value) | ast.GeneratorExp(elt=value) | ast.DictComp(value=value):
            return [value]
        case ast.Subscript(value=value) | ast.Starred(value=value):
            return [value]
    return []


def _names(target: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Tuple | ast.List):
        for one in target.elts:
            yield from _names(one)


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Give what a name is given: of `a, b = c, d`, each its own."""
    match target, value:
        case _, ast.IfExp(body=one, orelse=other):
            yield from _pairs(target, one)
            yield from _pairs(target, other)
        case ast.Tuple(elts=targets), ast.Tuple(elts=values) if len(targets) == len(values):
            for one, other in zip(targets, values, strict=True):
                yield from _pairs(one, other)
        case _:
            yield target, value


def _bindings(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _pairs(target, value)
        case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
            yield target, value
        case ast.AugAssign(target=target, value=value):
            yield target, value
        case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
            yield target, value
        case ast.Call(func=ast.Attribute(value=collection, attr=name), args=[*_, value]) if name in _ADDING:
            yield collection, value


def _kept(tree: ast.Module, sayers: frozenset[str]) -> frozenset[str]:
    """Return the attributes of `self` that are given a text anywhere in a module."""
    kept = set()
    for scope in _scopes(tree):
        texts = _Texts(scope, sayers, frozenset())
        for target, value in _own_bindings(scope):
            if isinstance(target, ast.Attribute) and texts.has(value):
                kept.add(target.attr)
    return frozenset(kept)


def _misuses(scope: _Function, sayers: frozenset[str], kept: frozenset[str]) -> Iterator[ast.expr | ast.stmt]:
    texts = _Texts(scope, sayers, kept)
    for node in _own(scope):
        asked = [one for part in _asked(node) for one in _members(part)]
        if isinstance(node, ast.expr | ast.stmt) and any(texts.has(one) or _is_phrase(one) for one in asked):
            yield node


def _asked(node: ast.AST) -> Sequence[ast.AST]:
    """Return what a node compares, searches, cuts or looks up."""
    match node:
        case ast.Compare(left=left, ops=[how, *_], comparators=others) if not isinstance(how, ast.Is | ast.IsNot):
            return [left, *others]
        case ast.Call(func=ast.Attribute(value=value, attr=name), args=arguments):
            return _asked_by_method(value, name, arguments)
        case ast.Subscript(slice=key, ctx=ast.Load()):
            return [key]
        case ast.Match(subject=subject, cases=cases):
            return [subject, *(one for case in cases for one in ast.walk(case.pattern))]
    return []


def _asked_by_method(value: ast.expr, name: str, arguments: list[ast.expr]) -> list[ast.expr]:
    if name in _LOOKING | _REGULAR:
        return [value, *arguments]
    if name == "get" and ast.unparse(value) != "os.environ":
        return arguments[:1]
    # A pattern that is put together is of names and character classes.
    return [one for one in arguments if isinstance(one, ast.Constant)] if name == "compile" else []


def _members(node: ast.AST) -> Sequence[ast.AST]:
    """Return what is compared: of `in (a, b)`, each."""
    return node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]


def _is_phrase(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and _PHRASE.search(node.value) is not None
