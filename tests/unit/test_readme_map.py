"""The README's map names what there is: whoever looks for a behaviour begins there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.harness.processes import ROOT
from tests.unit.test_repository import PRODUCT

twins = pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])


def entries(name: str) -> Iterator[tuple[Path, str]]:
    """Give each entry of the map with its line. It is indented by two columns more than the folder that it is in."""
    _, _, after = (ROOT / name).read_text().partition("\n```\ndocker-compose.yml ")
    text, _, _ = after.partition("\n```\n")
    folders = [ROOT]
    for indent, entry, line in re.findall(r"^( *)(\w[\w./-]*)(.*)$", text, re.MULTILINE):
        depth = len(indent) // 2
        if depth < len(folders):  # what goes on from the line above begins further to the right
            folders[depth + 1 :] = [folders[depth] / entry]
            yield folders[-1], entry + line


@twins
def test_every_folder_of_the_product_is_there(name: str) -> None:
    """And none that is gone."""
    named = {path for path, _ in entries(name)}
    folders = {path.parent for path in PRODUCT if path.name != "__init__.py"}
    assert folders - named == set()
    assert [path for path in named if not path.name.endswith(",") and not path.exists()] == []


@twins
def test_every_file_that_it_names_is_there(name: str) -> None:
    """In the folder under which it stands."""
    named = [(path.parent / file) for path, line in entries(name) for file in re.findall(r"[\w.]+\.py\b", line)]
    assert len(named) > 10
    assert [path for path in named if not path.exists()] == []
