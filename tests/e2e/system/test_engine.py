"""What the scripts behind make ask the engine and Compose, and what they leave: base image, .env, images, doctor."""

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker import DockerClient
from docker.errors import ImageNotFound

from tests.e2e.harness.compose import EVERY_SERVICE, REPOSITORY, image_of, python_image

# Longer than a busy machine takes for any of it.
_WITHIN_S = 200

_STAND_IN = "echoscope/python:3.13"

# Docker where no registry can be reached, and only the stand-in is there.
_NO_REGISTRY = """#!/bin/bash
case "$1 $2" in
    "pull --quiet") echo "no registry" >&2; exit 1 ;;
    "image inspect") [[ $3 == {stand_in} ]] ;;
    *) exec {docker} "$@" ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a copy of what the scripts look at, without anybody's .env."""
    shutil.copytree(REPOSITORY / ".ci", tmp_path / ".ci")
    shutil.copy(REPOSITORY / "docker-compose.yml", tmp_path)
    return tmp_path


def script(checkout: Path, *command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run one of the scripts, without the settings of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "DOCKER_HOST"}}
    return subprocess.run(
        [str(checkout / ".ci" / command[0]), *command[1:]],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=_WITHIN_S,
    )


@pytest.mark.parametrize(
    ("line", "image"),
    [
        ("PYTHON_IMAGE=one/python:3.13\r\n", "one/python:3.13"),
        ("PYTHON_IMAGE='one/python:3.13' # ours\n", "one/python:3.13"),
        ('export PYTHON_IMAGE="one/python:3.13"\n', "one/python:3.13"),
        ("REG=reg.example:5000\nPYTHON_IMAGE=${REG}/python:3.13\n", "reg.example:5000/python:3.13"),
        ("PYTHON_IMAGE=one\nPYTHON_IMAGE=two\n", "two"),
        ("# PYTHON_IMAGE=one\n", "python:3.13-slim"),
        ("", "python:3.13-slim"),
    ],
)
def test_the_base_image_is_what_compose_reads_in_env(checkout: Path, line: str, image: str) -> None:
    """With its rules for line ends, quotes, comments and variables."""
    (checkout / ".env").write_bytes(line.encode())
    assert script(checkout, "engine", "image").stdout == f"{image}\n"
    assert script(checkout, "engine", "image", PYTHON_IMAGE="three").stdout == "three\n"


def test_an_env_file_that_compose_cannot_read_is_one_line(checkout: Path) -> None:
    """It is Compose's own word for what is wrong."""
    (checkout / ".env").write_text("not a setting\n")
    done = script(checkout, "engine", "image")
    (line,) = done.stderr.splitlines()
    assert done.returncode == 1
    assert line.startswith("engine: 'docker compose config' fails: ")
    assert ".env" in line


@pytest.fixture
def no_registry(tmp_path: Path) -> str:
    """Give a PATH with a docker that can pull nothing."""
    docker = tmp_path / "bin/docker"
    docker.parent.mkdir()
    docker.write_text(_NO_REGISTRY.format(docker=shutil.which("docker"), stand_in=_STAND_IN))
    docker.chmod(0o755)
    return f"{docker.parent}:{os.environ['PATH']}"


@pytest.mark.parametrize(
    "users", ["ECHO_PORT=5001", "export A='b'\r\nECHO_PORT=5001\r\n", "PYTHON_IMAGE=python:3.13-slim\n"]
)
def test_a_stand_in_leaves_every_line_of_the_users(checkout: Path, no_registry: str, users: str) -> None:
    """Its name is appended, once, with who wrote it; Compose takes it."""
    (checkout / ".env").write_bytes(users.encode())
    for _ in range(2):
        done = script(checkout, "engine", PATH=no_registry)
        assert done.returncode == 0, done.stderr
    written = (checkout / ".env").read_bytes().decode()
    assert written.startswith(users)
    assert written.removeprefix(users).split("\n")[-3:] == [
        "# make engine: python:3.13-slim cannot be pulled here.",
        f"PYTHON_IMAGE={_STAND_IN}",
        "",
    ]
    assert written.count(_STAND_IN) == 1
    assert script(checkout, "engine", "image").stdout == f"{_STAND_IN}\n"


def test_a_base_image_that_somebody_asked_for_is_not_replaced(checkout: Path, no_registry: str) -> None:
    """Where it cannot be pulled, one line says so, and .env stays as it is."""
    users = "REG=reg.invalid\nPYTHON_IMAGE=${REG}/python:3.13\n"
    (checkout / ".env").write_text(users)
    done = script(checkout, "engine", PATH=no_registry)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("engine: cannot pull PYTHON_IMAGE=reg.invalid/python:3.13")
    assert (checkout / ".env").read_text() == users


@pytest.fixture
def tag(engine: DockerClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give a tag for images of the test's own."""
    name = f"e2e-{uuid.uuid4().hex[:12]}"
    monkeypatch.setenv("TAG", name)
    yield name
    for image in engine.images.list(filters={"reference": f"echoscope/*:{name}"}):
        for found in image.tags:
            if found.endswith(f":{name}"):
                engine.images.remove(found)


def test_an_image_is_the_same_in_every_project_and_leaves_none_behind(engine: DockerClient, tag: str) -> None:
    """`make load` and `make handshake` build what `make up` has built: nothing new, and nothing without a name."""
    ids = set()
    for project in ("one", "other"):
        done = script(REPOSITORY, "build", "tap", TAG=tag, PYTHON_IMAGE=python_image(), COMPOSE_PROJECT_NAME=project)
        assert done.returncode == 0, done.stderr
        ids.add(engine.images.get(f"echoscope/tap:{tag}").id)
    assert len(ids) == 1


def test_images_that_newer_ones_have_replaced_are_removed(engine: DockerClient, tag: str, tmp_path: Path) -> None:
    """Those of this project, and no other's."""

    def replaced(*labels: str) -> str:
        ids = []
        for _ in range(2):
            flags = [flag for label in (*labels, f"again={uuid.uuid4().hex}") for flag in ("--label", label)]
            command = ["docker", "build", "--quiet", *flags, "--tag", f"echoscope/replaced:{tag}", str(tmp_path)]
            done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=_WITHIN_S)
            ids.append(done.stdout.strip())
        return ids[0]

    (tmp_path / "Dockerfile").write_text(f"FROM {python_image()}\n")
    ours, strangers = replaced("org.opencontainers.image.title=echoscope"), replaced()
    try:
        done = script(REPOSITORY, "build", "tap", TAG=tag, PYTHON_IMAGE=python_image())
        assert done.returncode == 0, done.stderr
        with pytest.raises(ImageNotFound):
            engine.images.get(ours)
    finally:
        engine.images.remove(strangers)


def test_doctor_says_in_ten_lines_what_is_there() -> None:
    """Here nothing is missing without which the containers would not run."""
    done = subprocess.run(
        ["make", "--silent", "doctor"], cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=_WITHIN_S
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 10
    assert max(map(len, lines)) <= 100
    assert [line[4:16].strip() for line in lines] == [
        *("engine", "Compose", "base image", "images", "Python"),
        *("memory", "processors", "nofile", "IPv6", "root"),
    ]


def test_doctor_says_what_a_lack_means(checkout: Path, tmp_path: Path) -> None:
    """Without a docker command: which, what it costs, what to do; exit code 1."""
    for name in ("bash", "sed", "cat", "getconf", "timeout", "sort", "dirname"):
        (tmp_path / name).symlink_to(shutil.which(name) or "")
    done = script(checkout, "doctor", PATH=str(tmp_path))
    assert done.returncode == 1
    assert "no  engine      no docker command: no containers; 'make local' works" in done.stdout


def test_every_image_is_known_by_its_label(engine: DockerClient) -> None:
    """By it those that are left over are found."""
    for service in EVERY_SERVICE:
        assert engine.images.get(image_of(service)).labels["org.opencontainers.image.title"] == "echoscope"
