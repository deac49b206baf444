"""What is in an image: its own service, what is shared, and nothing else of this project."""

import json
from itertools import permutations

import pytest
from docker import DockerClient

from tests.e2e.harness.compose import SERVICES, image_of
from tests.e2e.harness.waiting import wait_until

_LIST_APP = """
import json, pathlib
print(json.dumps(sorted(str(path) for path in pathlib.Path(".").rglob("*.py"))))
"""


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_holds_its_own_service_and_what_is_shared(engine: DockerClient, service: str) -> None:
    """In the work folder there is this service and shared/, the scope's lessons, and no other service, test or tool."""
    files = json.loads(_python(engine, service, _LIST_APP))
    own = [file for file in files if not file.startswith("shared/") and file != "services/__init__.py"]
    assert f"services/{service}/__main__.py" in own
    besides = ("docs/lessons/",) if service == "scope" else ()
    assert all(file.startswith((f"services/{service}/", *besides)) for file in own)


@pytest.mark.parametrize(("service", "other"), list(permutations(SERVICES, 2)))
def test_an_image_has_no_other_service(engine: DockerClient, service: str, other: str) -> None:
    """Python in the server's image cannot find the client, nor the other way round, and so on."""
    find = f"import importlib.util; print(importlib.util.find_spec('services.{other}'))"
    assert _python(engine, service, find) == "None\n"


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_has_no_tools_of_ours(engine: DockerClient, service: str) -> None:
    """What builds and tests this project is not shipped with it."""
    find = "import importlib.util; print([m for m in ('pytest', 'docker', 'mypy') if importlib.util.find_spec(m)])"
    assert _python(engine, service, find) == "[]\n"


def _python(engine: DockerClient, service: str, program: str) -> str:
    def printed() -> str:
        return engine.containers.run(image_of(service), ["-c", program], entrypoint="python3", remove=True).decode()

    # The engine of a busy machine now and then loses what a container has printed.
    return wait_until(printed, f"{image_of(service)} prints something")
