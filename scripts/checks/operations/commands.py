"""Checks every command that a page shows: it parses, its program, options and paths exist, or a reason is given.

Commands are the fenced blocks of the pages, and inline code that begins with one of our programs. `bash -n` parses each
block. A program's own --help says which options it has. scripts/check operations also runs the blocks of the operators'
pages. A block that cannot be run anywhere here says why in its first line (`# cloud: needs a registry`), and NOT_RUN
has the reasons of the other blocks. Exit status 1 if a command is wrong, or is neither run nor has a reason.
"""

import json
import re
import shlex
import subprocess
import sys
import tomllib

from checks.lib.help_text import tilegen_faults, unknown
from checks.lib.serving import RELEASE, ROOT
from checks.operations.operations import DOCS, NEEDS_MORE

PAGES = ("README.md", "docs/*.md", "docs/*/*.md", "deployment/*.md", "deployment/*/*.md", "public/README.md")
HISTORY = {"docs/CHANGELOG.md"}  # names what a version had
BLOCK = re.compile(r"(?m)^( *)```(sh)?\n(.*?)^ *```", re.S)
SPAN = re.compile(r"`((?:tilegen|tileserve|scripts/[\w-]+) [^`\n]+)`")
OURS = re.compile(r"^(?:tilegen|tileserve|scripts/[\w-]+|kubectl|docker) ")
# Commands that need not exist, each with the reason.
EXCUSED = {"tilegen init": "docs/features.md says that it is missing"}
# Pages whose variables docs/runbook/README.md sets.
OPERATORS = ("docs/runbook/*.md", "docs/recovery.md", "docs/handover.md")
# The first words of blocks that no check runs as they are, each with the reason.
NOT_RUN = {
    "scripts/run ": "README.md: CI runs it in a clone",
    "tilegen density --orders path/to/orders": "README.md: scripts/check operations builds these from demo data",
    "tilegen run orders --config": "docs/deployment.md: scripts/check fetch runs it against a database",
    "tilegen erase --users": "docs/operating.md: tilegen/tests/integration/erase.rs erases people of several days",
    "scripts/local-stack ": "docs/deployment.md: scripts/check stack runs it",
    "scripts/health-check http": "docs/deployment.md: scripts/check operations runs both with its own server",
    "cd deployment/compose": "docs/deployment.md: scripts/check deployment DATA runs the services of this file",
    "tilegen catalog rollback --store URL": "docs/operating.md: scripts/check operations rolls back maps and jobs",
    "npm ci": "public/README.md: scripts/test runs each",
}
BRANCHES = {";", "|", "||", "&&", "&"}


def main():
    pages = sorted({page for pattern in PAGES for page in ROOT.glob(pattern)} - {ROOT / name for name in HISTORY})
    checks = tomllib.loads((ROOT / "scripts/checks/checks.toml").read_text())["checks"]
    shown = [(page, text, is_block) for page in pages for text, is_block in commands(page.read_text())]
    found = [(page, text, is_block) for page, text, is_block in shown if text not in EXCUSED]
    faults = [
        f"{page.relative_to(ROOT)}: {fault}: {text.strip()[:160]}"
        for page, text, is_block in found
        for fault in [*(syntax(text) if is_block else []), *words_of(text, checks)]
    ]
    faults += [f"no page shows {text!r}, which is excused" for text in EXCUSED.keys() - {text for _, text, _ in shown}]
    faults += [*variable_faults(), *blocks_without_reason(pages)]
    faults += [f"no fault is found in {wrong!r}" for wrong in WRONG if not [*syntax(wrong), *words_of(wrong, checks)]]
    for fault in dict.fromkeys(faults):
        print(fault, file=sys.stderr)
    print(json.dumps({"pages": len(pages), "commands": len(found), "faults": len(faults)}))
    sys.exit(1 if faults or len(found) < 100 else 0)


WRONG = (
    "if true; then echo",
    "tilegen density --order x",
    "tilegen catalog undo",
    "tileserve --stroe x",
    "scripts/backup --form x",
    "scripts/bakcup --store x",
    "scripts/check no-such-check",
    "cp deployment/no-such-file x",
)


def commands(text):
    """Blocks and inline commands of a page, and whether each is a block."""
    for indent, language, block in BLOCK.findall(text):
        lines = re.sub(rf"(?m)^{indent}", "", block)
        if language or OURS.match(lines):
            yield lines, bool(language)
    for span in SPAN.findall(BLOCK.sub("", text)):
        yield span, False


def blocks_without_reason(pages):
    """Blocks that are neither run nor say why, and reasons without a block."""
    run = {page for pattern in DOCS for page in ROOT.glob(pattern)} | {ROOT / "docs/training.md"}
    unused, faults = set(NOT_RUN), []
    for page in [page for page in pages if page not in run]:
        blocks = [text for text, is_block in commands(page.read_text()) if is_block]
        for block in [block.lstrip() for block in blocks if not NEEDS_MORE.match(block.lstrip())]:
            found = {start for start in NOT_RUN if block.startswith(start)}
            unused -= found
            if not found:
                faults.append(f"{page.relative_to(ROOT)}: no check runs this, and no reason is given: {block[:80]!r}")
    return faults + [f"no page has a block that starts with {start!r}" for start in sorted(unused)]


def variable_faults():
    """Variables of the operators' pages that are set nowhere."""

    def known(text):
        return set(re.findall(r"(?m)\b([A-Z_]+)=", text)) | {"PATH", "HOME"}

    shared = known((ROOT / "docs/runbook/README.md").read_text())
    for page in sorted(page for pattern in OPERATORS for page in ROOT.glob(pattern)):
        for block, _ in commands(page.read_text()):
            for name in sorted(set(re.findall(r"\$\{?([A-Z_]+)", block)) - shared - known(block)):
                yield f"{page.relative_to(ROOT)}: ${name} is set nowhere"


def syntax(text):
    done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
    return [done.stderr.strip()] if done.returncode else []


def words_of(text, checks):
    """Programs, options and paths that do not exist."""
    for line in re.sub(r"\\\n", " ", text).splitlines():
        try:
            words = shlex.split(re.sub(r"[\[\]{}]", " ", line.replace("…", " … ")), comments=True)
        except ValueError:  # a text of several lines in quotes
            continue
        for command in split(words):
            yield from command_faults(command, checks)


def split(words):
    """The commands of a line, each without assignments in front of it."""
    command: list[str] = []
    for word in [*words, ";"]:
        bare = word.rstrip(";") if word != ";" else word
        if word in BRANCHES:
            yield command
            command = []
        elif command or not re.match(r"(\w+=|time$|!$|sudo$|then$|do$|\$?\()", word):
            command.append(bare)
            if bare != word:
                yield command
                command = []


def command_faults(command, checks):
    if not command:
        return
    name, *words = command
    for word in command:
        path = re.fullmatch(
            r"((?:deployment|scripts|docs|data|public|tilegen|tileserve|styles|benches)/[\w./-]+)", word
        )
        made = re.match(r"deployment/compose/(\.env|inputs|store\.env|secrets)|public/(dist|test-results)", word)
        if path and not made and not (ROOT / path[1]).exists():
            yield f"{path[1]} does not exist"
    if name == "tilegen" and words and re.match(r"[a-z-]", words[0]):
        yield from tilegen_faults(until_dots(words))
    elif name == "tileserve":
        inner = [word for word in words[:1] if word in ("sign", "health")]
        yield from unknown(RELEASE / "tileserve", inner, words)
    elif name == "scripts/check":
        yield from check_faults(words, checks)
    elif name.startswith("scripts/") and (ROOT / name).exists():
        text = (ROOT / name).read_text()
        # Other scripts would run instead of printing their help.
        if "show_help" in text or "operations/" in text:
            at = words.index("--") if "--" in words else len(words)
            yield from unknown(ROOT / name, [], until_dots(words[:at]))
            if name == "scripts/ops" and words[at + 1 :]:  # the rest are arguments of tilegen
                yield from tilegen_faults(words[at + 1 :])


def until_dots(words):
    """What a page leaves out is not checked."""
    return [word for word in words if word != "…"]


def check_faults(words, checks):
    if not words or words[0].startswith("--") or not re.match(r"[a-z]", words[0]):
        return
    if words[0] not in checks:
        yield f"there is no check {words[0]}"
        return
    known = set(re.findall(r"--[a-z-]+", checks[words[0]]["usage"])) | {"--help"}
    yield from (
        f"scripts/check {words[0]} has no option {word}" for word in words[1:] if word[:2] == "--" and word not in known
    )


if __name__ == "__main__":
    main()
