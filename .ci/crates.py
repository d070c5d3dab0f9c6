"""The crates of the project, as cargo knows them: for `.ci/licences`, `.ci/sbom` and `.ci/dependencies`."""

import json
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@cache
def metadata(*options):
    """Cargo's metadata of all crates."""
    cargo = ["cargo", "metadata", "--locked", "--format-version", "1", *options]
    return json.loads(subprocess.run(cargo, check=True, capture_output=True, cwd=ROOT).stdout)


@cache
def metadata_of_platform():
    """Cargo's metadata of the crates for this platform."""
    rustc = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout
    host = next(line.split()[1] for line in rustc.splitlines() if line.startswith("host: "))
    return metadata("--filter-platform", host)


def packages():
    return {package["id"]: package for package in metadata_of_platform()["packages"]}


def workspace_ids():
    return set(metadata_of_platform()["workspace_members"])


def needed(kinds, with_macros=True):
    """The command and the crates that it needs, each with its direct dependencies.

    `kinds` has cargo's names: None for a crate that a program links, "build" for one that a build script needs, and
    "dev" for one that only tests need.
    """
    nodes = {node["id"]: node for node in metadata_of_platform()["resolve"]["nodes"]}
    edges, waiting = {}, [id for id, package in packages().items() if package["name"] == "leakdex-cli"]
    while waiting:
        id = waiting.pop()
        if id not in edges:
            dependencies = nodes[id]["deps"]
            edges[id] = {
                dependency["pkg"]
                for dependency in dependencies
                if any(kind["kind"] in kinds for kind in dependency["dep_kinds"])
                and (with_macros or not is_macro(dependency["pkg"]))
            }
            waiting += edges[id]
    return edges


def is_macro(id):
    """Whether the package is a procedural macro. It and its dependencies run only in the compiler."""
    return any("proc-macro" in target["kind"] for target in packages()[id]["targets"])


def in_order(ids):
    """Packages in a fixed order, for reproducible files."""
    by_id = packages()
    return sorted((by_id[id] for id in ids), key=lambda package: (package["name"], package["version"]))
