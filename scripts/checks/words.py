"""The word list: phrases that no text of this project contains, and what to write instead."""

from __future__ import annotations

import fnmatch
import re
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# A line with this mark may contain a phrase of the list: words.toml itself, and a test that quotes one.
ESCAPE = "words: allow"
# Between letters: `is_written_again` is read as "is written again".
UNDERSCORE = re.compile(r"(?<=[A-Za-z])_(?=[A-Za-z])")


@dataclass(frozen=True)
class Phrase:
    """One phrase and its replacement."""

    pattern: re.Pattern[str]
    instead: str


@dataclass(frozen=True)
class WordList:
    """The phrases, and the files that are not searched."""

    phrases: list[Phrase]
    skip: list[str]

    def files(self, root: Path) -> Iterator[Path]:
        """The tracked text files that are searched."""
        names = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True)
        for name in names.stdout.split("\0"):
            path = root / name
            if not name or not path.is_file() or any(fnmatch.fnmatch(name, skip) for skip in self.skip):
                continue
            if b"\0" not in path.read_bytes()[:8192]:
                yield path

    def faults(self, text: str) -> Iterator[tuple[int, str, str]]:
        """Line number, phrase and replacement of every phrase in a text."""
        for number, line in enumerate(text.splitlines(), 1):
            if ESCAPE in line:
                continue
            text_of_line = UNDERSCORE.sub(" ", line)
            for phrase in self.phrases:
                for found in phrase.pattern.finditer(text_of_line):
                    yield number, found[0], phrase.instead


LIST = Path(__file__).with_name("words.toml")


def read_words(path: Path = LIST) -> WordList:
    """Read and compile the word list."""
    raw = tomllib.loads(path.read_text())
    phrases = []
    for entry in raw["phrase"]:
        flags = re.NOFLAG if entry.get("case") else re.IGNORECASE
        phrases.append(Phrase(re.compile(entry["pattern"], flags), entry["instead"]))
    return WordList(phrases, raw["skip"])
