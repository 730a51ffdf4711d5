"""Checks that imports point one way: crates, the order of rooms, import cycles, and the size of folders.

A room is a folder directly below a source root. `rooms.toml` next to this file lists the rooms of
each tree from top to bottom; a room may import only from rooms below it. Inside a room, files may
import one another without cycles. Tests are exempt.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAX_ENTRIES = 16

Imports = dict[Path, set[Path]]

# Crates that a crate must not depend on, directly or not: tilecore has no runtime, the server builds no maps.
FORBIDDEN = {
    "tilecore": {"tokio", "rayon", "hyper", "parquet", "arrow", "object_store", "tilegen", "tileserve"},
    "tileserve": {"tilegen", "rayon", "parquet", "arrow"},
    "tilegen": {"tileserve"},
}


@dataclass(frozen=True)
class Tree:
    """One source tree, as `rooms.toml` describes it."""

    name: str
    source: Path
    language: str
    rooms: list[str]
    about: dict[str, str]
    entry: set[str] = field(default_factory=set)


def read_trees(config: Path) -> list[Tree]:
    """Read the trees and their rooms."""
    trees = []
    for name, tree in tomllib.loads(config.read_text()).items():
        rooms = [room["name"] for room in tree["room"]]
        about = {room["name"]: room["about"] for room in tree["room"]}
        source = ROOT / tree["source"]
        trees.append(Tree(name, source, tree["language"], rooms, about, set(tree["entry"])))
    return trees


# --- Rust -----------------------------------------------------------------------------------------


def is_rust_test(path: Path) -> bool:
    """Whether a module is compiled for tests only, by its name."""
    return path.stem in {"tests", "testing"} or path.stem.endswith("_tests")


def without_comments(text: str) -> str:
    """Rust source without line comments and string contents."""
    text = re.sub(r'"(?:\\.|[^"\\])*"', '""', text)
    return re.sub(r"//[^\n]*", "", text)


def without_test_modules(text: str) -> str:
    """Rust source without inline `#[cfg(test)] mod … { … }` blocks."""
    out = []
    position = 0
    for found in re.finditer(r"#\[cfg\(test\)\]\s*(?:pub(?:\([^)]*\))? )?mod \w+ \{", text):
        if found.start() < position:
            continue
        out.append(text[position : found.start()])
        depth, position = 1, found.end()
        while depth and position < len(text):
            depth += {"{": 1, "}": -1}.get(text[position], 0)
            position += 1
    out.append(text[position:])
    return "".join(out)


def expand(path: str) -> list[str]:
    """The paths of a `use` tree: `a::{b, c::{d, e}}` is `a::b`, `a::c::d`, `a::c::e`."""
    path = path.strip()
    brace = path.find("{")
    if brace < 0:
        return [path.split(" as ")[0].strip()] if path else []
    prefix, inner = path[:brace], path[brace + 1 : path.rfind("}")]
    parts, depth, start = [], 0, 0
    for index, letter in enumerate(inner):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append(inner[start:index])
            start = index + 1
    parts.append(inner[start:])
    return [prefix + rest for part in parts for rest in expand(part)]


class RustTree:
    """The modules of one crate and what they import from one another."""

    def __init__(self, source: Path) -> None:
        """Read every module that is not a test."""
        self.files: dict[tuple[str, ...], Path] = {}
        self.texts: dict[tuple[str, ...], str] = {}
        for path in sorted(source.rglob("*.rs")):
            if is_rust_test(path) or path.name == "main.rs":
                continue
            parts = path.relative_to(source).with_suffix("").parts
            module = parts[:-1] if parts[-1] in {"mod", "lib"} else parts
            if any(part in {"tests", "testing"} for part in module):
                continue
            self.files[module] = path
            self.texts[module] = without_test_modules(without_comments(path.read_text()))
        self.exports = {module: self._exports(module) for module in self.files}

    def _exports(self, module: tuple[str, ...]) -> dict[str, list[str]]:
        """Names that a module re-exports from its children, with their full paths."""
        names = {}
        for found in re.finditer(r"pub(?:\([^)]*\))? use ([^;]+);", self.texts[module]):
            for path in expand(re.sub(r"\s+", " ", found[1])):
                full = self._absolute(module, path)
                if full:
                    names[full[-1]] = full
        return names

    def _absolute(self, module: tuple[str, ...], path: str) -> list[str] | None:
        """A path from the root of the crate, or None where it leaves the crate."""
        steps = [step.strip() for step in path.split("::")]
        if steps[0] == "crate":
            return steps[1:]
        here = list(module)
        if steps[0] == "self":
            return here + steps[1:]
        if steps[0] == "super":
            while steps and steps[0] == "super":
                here, steps = here[:-1], steps[1:]
            return here + steps
        return here + steps if (*module, steps[0]) in self.files else None

    def _owner(self, path: list[str], depth: int = 0) -> tuple[str, ...] | None:
        """The module that defines what a path names."""
        for length in range(len(path), -1, -1):
            module = tuple(path[:length])
            if module not in self.files:
                continue
            rest = path[length:]
            if rest and depth < 5 and rest[0] in self.exports[module]:
                return self._owner(self.exports[module][rest[0]] + rest[1:], depth + 1)
            return module
        return None

    def _used_exports(self, module: tuple[str, ...], body: str) -> list[str]:
        """Paths of the re-exported types, constants and functions that the module itself uses."""
        used = []
        for name, full in self.exports[module].items():
            call = r"\(" if name[0].islower() else r"\b"
            if re.search(rf"(?<![\w.:]){name}{call}", re.sub(rf"\bfn {name}\b", "", body)):
                used.append("::".join(["crate", *full]))
        return used

    def imports(self) -> Imports:
        """Every file with the files that it imports.

        A re-export is not an import, unless the file uses the name itself.
        """
        edges: Imports = {path: set() for path in self.files.values()}
        for module, text in self.texts.items():
            body = re.sub(r"pub(?:\([^)]*\))? use [^;]+;", "", text)
            paths = []
            for found in re.finditer(r"\buse ([^;]+);", body):
                paths += expand(re.sub(r"\s+", " ", found[1]))
            body = re.sub(r"\buse [^;]+;", "", body)
            body = re.sub(r"\bpub\(in [^)]*\)", "pub", body)  # a visibility is not an import
            paths += self._used_exports(module, body)
            paths += re.findall(r"\b(?:crate|super|self)(?:::\w+)+", body)
            children = {child[-1] for child in self.files if child[:-1] == module and child}
            if children:
                names = "|".join(sorted(children))
                paths += re.findall(rf"(?<![:\w])(?:{names})(?:::\w+)+", body)
            for path in paths:
                full = self._absolute(module, path)
                owner = self._owner(full) if full is not None else None
                if owner is not None and owner != module:
                    edges[self.files[module]].add(self.files[owner])
        return edges


# --- TypeScript -----------------------------------------------------------------------------------


def typescript_imports(source: Path) -> Imports:
    """Every file with the files of the tree that it imports, types included."""
    edges: Imports = {}
    for path in sorted([*source.rglob("*.ts"), *source.rglob("*.tsx")]):
        if ".test." in path.name or ".testing." in path.name or path.name.endswith(".d.ts"):
            continue
        found = re.findall(r"""(?:from|import|new URL\()\s*\(?["'](\.[^"']+)["']""", path.read_text())
        edges[path] = set()
        for name in found:
            target = (path.parent / name).resolve()
            for candidate in (
                target,
                target.with_name(target.name + ".ts"),
                target.with_name(target.name + ".tsx"),
                target / "index.ts",
            ):
                if candidate.is_file() and candidate.suffix in {".ts", ".tsx"}:
                    if candidate.is_relative_to(source):
                        edges[path].add(candidate)
                    break
    return edges


# --- Crates ---------------------------------------------------------------------------------------


def crates_below(crate: str) -> set[str]:
    """Every crate that a crate needs to run, directly or not."""
    command = ["cargo", "tree", "--locked", "-p", crate, "--edges", "normal", "--prefix", "none", "--format", "{p}"]
    out = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    return {line.split(" ")[0] for line in out.splitlines() if line}


def crate_faults() -> list[str]:
    """Dependencies between crates that point the wrong way."""
    faults = []
    for crate, forbidden in FORBIDDEN.items():
        found = crates_below(crate) & forbidden
        if found:
            faults.append(f"{crate} must not depend on {', '.join(sorted(found))}")
    return faults


# --- The rules ------------------------------------------------------------------------------------


def cycles(edges: Imports) -> list[list[Path]]:
    """The groups of files that import one another in a circle (Tarjan)."""
    index: dict[Path, int] = {}
    low: dict[Path, int] = {}
    stack: list[Path] = []
    groups: list[list[Path]] = []

    def visit(node: Path) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in sorted(edges.get(node, ())):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            group = []
            while True:
                last = stack.pop()
                group.append(last)
                if last == node:
                    break
            if len(group) > 1:
                groups.append(sorted(group))

    for node in sorted(edges):
        if node not in index:
            visit(node)
    return groups


def room_of(tree: Tree, path: Path) -> str:
    """The room of a file: its first folder, or the file's own name at the root."""
    parts = path.relative_to(tree.source).parts
    return parts[0] if len(parts) > 1 else path.stem


def order_faults(tree: Tree, edges: Imports) -> list[str]:
    """Imports from a room to one above it."""
    faults = []
    rank = {room: place for place, room in enumerate(tree.rooms)}
    for path, targets in sorted(edges.items()):
        room = room_of(tree, path)
        if room in tree.entry:
            continue
        if room not in rank:
            faults.append(f"{path.relative_to(ROOT)}: {room} is not a room of rooms.toml")
            continue
        for target in sorted(targets):
            other = room_of(tree, target)
            if other in tree.entry or rank.get(other, -1) < rank[room]:
                here, there = path.relative_to(ROOT), target.relative_to(ROOT)
                faults.append(f"{here} imports {there}: {other} is above {room}")
    return faults


def size_faults(tree: Tree) -> list[str]:
    """Folders with more entries than a reader takes in at a glance; a module and its folder are one, and the file that
    lists the modules of the folder itself is none."""
    faults = []
    for folder in [tree.source, *(path for path in tree.source.rglob("*") if path.is_dir())]:
        names = {
            path.name.split(".")[0]
            for path in folder.iterdir()
            if not path.name.startswith(".") and path.name not in ("mod.rs", "lib.rs")
        }
        if len(names) > MAX_ENTRIES:
            faults.append(f"{folder.relative_to(ROOT)} has {len(names)} entries, more than {MAX_ENTRIES}")
    return faults


def cycle_faults(edges: Imports) -> list[str]:
    """One sentence for each import cycle."""
    faults = []
    for group in cycles(edges):
        members = set(group)
        arrows = [
            f"    {path.relative_to(ROOT)} -> {target.relative_to(ROOT)}"
            for path in group
            for target in sorted(edges[path] & members)
        ]
        faults.append(f"{len(group)} files import one another in a cycle:\n" + "\n".join(arrows))
    return faults


def picture(tree: Tree, edges: Imports) -> str:
    """The rooms from top to bottom, each with the rooms that it imports."""
    below: dict[str, set[str]] = {room: set() for room in tree.rooms}
    for path, targets in edges.items():
        room = room_of(tree, path)
        if room in below:
            below[room] |= {room_of(tree, target) for target in targets} - {room}
    width = max(len(room) for room in tree.rooms)
    lines = [f"{tree.source.relative_to(ROOT)}"]
    for room in tree.rooms:
        arrows = [other for other in tree.rooms if other in below[room]]
        lines.append(f"  {room:<{width}}  -> {', '.join(arrows) or '(none)'}")
    return "\n".join(lines)


def room_table(tree: Tree) -> str:
    """The rooms with what they are for, as a Markdown table."""
    rows = [f"| `{room}` | {tree.about[room]} |" for room in tree.rooms]
    return "\n".join(["| room | contains |", "|---|---|", *rows])


def generated(trees: list[Tree], graphs: dict[str, Imports]) -> dict[str, str]:
    """The parts of `docs/architecture.md` that this program writes, by marker."""
    parts = {}
    for tree in trees:
        drawn = f"```\n{picture(tree, graphs[tree.name])}\n```"
        parts[tree.name] = f"{drawn}\n\n{room_table(tree)}"
    return parts


def with_parts(text: str, parts: dict[str, str]) -> str:
    """A document with its generated parts replaced."""
    for name, part in parts.items():
        start, end = f"<!-- rooms:{name} -->", f"<!-- /rooms:{name} -->"
        if start not in text or end not in text:
            raise SystemExit(f"docs/architecture.md has no markers {start} … {end}")
        head, rest = text.split(start, 1)
        text = f"{head}{start}\n{part}\n{end}{rest.split(end, 1)[1]}"
    return text


def main() -> int:
    """Check the trees, or write the picture into `docs/architecture.md`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", action="append", help="check only this tree")
    parser.add_argument("--write", action="store_true", help="write docs/architecture.md")
    args = parser.parse_args()
    trees = read_trees(Path(__file__).with_name("rooms.toml"))
    if args.tree:
        trees = [tree for tree in trees if tree.name in args.tree]
    graphs: dict[str, Imports] = {}
    faults = [] if args.tree else crate_faults()
    for tree in trees:
        rust = tree.language == "rust"
        edges = RustTree(tree.source).imports() if rust else typescript_imports(tree.source)
        graphs[tree.name] = edges
        print(picture(tree, edges), end="\n\n")
        faults += order_faults(tree, edges) + cycle_faults(edges) + size_faults(tree)
    page = ROOT / "docs/architecture.md"
    text = page.read_text()
    if args.write:
        page.write_text(with_parts(text, generated(trees, graphs)))
    elif not args.tree and with_parts(text, generated(trees, graphs)) != text:
        faults.append("docs/architecture.md is out of date: scripts/check arrows --write")
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    if not faults:
        print(f"{sum(len(edges) for edges in graphs.values())} files: rooms in order, no cycles")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
