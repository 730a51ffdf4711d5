"""Checks what `terraform validate` checks, without its providers: every file parses; every module receives exactly the
variables that it declares; every variable is used; every reference names something that is declared.

Exit status 1 if anything is wrong.
"""

import argparse
import json
import re
import sys
from pathlib import Path

import hcl2
import yaml

from checks.lib.serving import ROOT

# What a reference may start with, in addition to resources.
KINDS = {"var": "variable", "local": "locals", "module": "module", "data": "data"}
OTHERS = {"each", "path", "count", "self", "terraform"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", required=True, type=Path)
    args = parser.parse_args()
    folders = sorted({file.parent for file in args.folder.rglob("*.tf")})
    modules = {folder.resolve(): Module(folder) for folder in folders}
    faults = [fault for module in modules.values() for fault in module.faults(modules)]
    for module in modules.values():
        if "modules" in module.folder.parts:
            faults += [*prefix_faults(module.folder, module.text)]
    faults += account_faults(modules[(args.folder / "modules/aws").resolve()])
    if not list(prefix_faults(Path("broken"), 'value = "s3://${b.id}/map"\nresources = ["${b.arn}/requests/*"]')):
        faults.append("no rule finds a policy for objects outside of the store")
    for fault in faults:
        print(fault, file=sys.stderr)
    print(json.dumps({"modules": len(modules), "faults": len(faults)}))
    sys.exit(1 if faults or not modules else 0)


def prefix_faults(folder, text):
    """Objects of the store are below its prefix: policies for the same names elsewhere allow nothing."""
    [prefix] = re.findall(r'value\s*=\s*"(?:s3|gs)://\$\{[^}]+\}/([^"]+)"', text)
    for path in re.findall(r'([^"\n]*(?:arn\}|/objects)/[^"\n]*?\b(?:requests|archives|manifests)/)', text):
        if not re.search(rf"/{re.escape(prefix)}/\w+/$", path):
            yield f"{folder}: {path} is not below the store's prefix {prefix}"


def account_faults(module):
    """Every service account of the chart has a role that trusts it, and no other has one."""
    values = yaml.safe_load((ROOT / "deployment/helm/foodmap/values.yaml").read_text())
    wanted = {f"{name.replace('-', '_')}_account": f"foodmap-{name}" for name in values["serviceAccounts"]}
    declared = {
        name: str(variable.get("default", "")).strip('"')
        for name, variable in module.declared["variable"].items()
        if name.endswith("_account")
    }
    faults = [] if declared == wanted else [f"{module.folder}: the accounts are {declared}, and the chart's {wanted}"]
    roles = re.search(r"accounts = merge\((.*?)\n  \)", module.text, re.DOTALL)
    trusted = set(re.findall(r"var\.(\w+_account)", roles[1])) if roles else set()
    return faults + [f"{module.folder}: no role trusts {name}" for name in sorted(set(wanted) - trusted)]


class Module:
    def __init__(self, folder):
        self.folder, self.text = folder, ""
        self.declared: dict[str, dict[str, dict]] = {
            kind: {} for kind in ("variable", "output", "resource", "data", "module", "locals", "provider")
        }
        for file in sorted(folder.glob("*.tf")):
            self.text += re.sub(r"(?m)^\s*#.*$", "", file.read_text())
            for kind, blocks in hcl2.loads(file.read_text()).items():
                for block in blocks if isinstance(blocks, list) else []:
                    self.declare(kind, block)

    def declare(self, kind, block):
        for name, content in block.items():
            name = name.strip('"')
            if name.startswith("__"):
                continue
            if kind in ("resource", "data"):
                for inner in (key.strip('"') for key in content if not key.startswith("__")):
                    self.declared[kind][f"{name}.{inner}"] = content
            elif kind in self.declared:
                self.declared[kind][name] = content

    def faults(self, modules):
        yield from self.dangling()
        for name in self.declared["variable"]:
            if not re.search(rf"\bvar\.{name}\b", self.text):
                yield f"{self.folder}: variable {name} is not used"
        for name, call in self.declared["module"].items():
            called = modules.get((self.folder / call["source"].strip('"')).resolve())
            if not called:
                yield f"{self.folder}: module {name} has no source {call['source']}"
                continue
            given = {key for key in call if not key.startswith("__")} - {
                "source",
                "providers",
                "count",
                "for_each",
                "depends_on",
            }
            asked = called.declared["variable"]
            needed = {key for key, variable in asked.items() if "default" not in variable}
            yield from (f"{self.folder}: module {name} has no variable {key}" for key in sorted(given - set(asked)))
            yield from (f"{self.folder}: module {name} does not receive {key}" for key in sorted(needed - given))
            for output in re.findall(rf"\bmodule\.{name}\.(\w+)", self.text):
                if output not in called.declared["output"]:
                    yield f"{self.folder}: module {name} has no output {output}"

    def dangling(self):
        """References to undeclared names. Words in quotes are not references, except inside ${…}."""
        code = re.sub(r'"((?:[^"\\]|\\.)*)"', lambda found: " ".join(re.findall(r"\$\{(.*?)\}", found[1])), self.text)
        bound = set(re.findall(r"\bfor (\w+)(?:, (\w+))? in\b", code)) | set(re.findall(r'dynamic "(\w+)"', self.text))
        bound = {name for names in bound for name in ([names] if isinstance(names, str) else names)} | OTHERS
        for first, second, third in sorted(
            set(re.findall(r"(?<![\w.])([a-z]\w*)\.(\w+)(?:\[[^\]]*\])?(?:\.(\w+))?", code))
        ):
            if first in bound:
                continue
            if first == "data":
                known, name = self.declared["data"], f"{second}.{third}"
            elif first in KINDS:
                known, name = self.declared[KINDS[first]], second
            elif first in {name.split(".")[0] for name in self.declared["resource"]} or "_" in first:
                known, name = self.declared["resource"], f"{first}.{second}"
            else:
                continue
            if name not in known:
                yield f"{self.folder}: {first}.{second} is not declared"


if __name__ == "__main__":
    main()
