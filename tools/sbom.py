"""Write what argogate is made of (CycloneDX 1.6), from the lock file.

python -m tools.sbom dist/argogate.cdx.json
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from argogate import __version__

LOCK = Path(__file__).resolve().parents[1] / "requirements" / "runtime.txt"


def main() -> None:
    """Write the file that is named."""
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(bill(LOCK.read_text("utf-8")), indent=1) + "\n", "utf-8")


def bill(lock: str) -> dict[str, Any]:
    """Return the document for a lock file of `name==version --hash=sha256:…` entries."""
    components = [
        component(match["name"], match["version"], re.findall("sha256:([0-9a-f]{64})", match[0]))
        for match in re.finditer(
            r"^(?P<name>[\w.-]+)==(?P<version>[^\s\\;]+).*(?:\n +--hash.*)*", lock, re.MULTILINE
        )
    ]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": component("argogate", __version__, [], kind="application")},
        "components": components,
        "dependencies": [
            {
                "ref": reference("argogate", __version__),
                "dependsOn": [each["bom-ref"] for each in components],
            },
        ],
    }


def component(name: str, version: str, hashes: list[str], kind: str = "library") -> dict[str, Any]:
    """Return one component; each hash is one of the files that pip may have taken."""
    return {
        "type": kind,
        "bom-ref": reference(name, version),
        "name": name,
        "version": version,
        "purl": reference(name, version),
        "externalReferences": [
            {
                "type": "distribution",
                "url": f"https://pypi.org/project/{name}/{version}/",
                "hashes": [{"alg": "SHA-256", "content": content} for content in hashes],
            },
        ],
    }


def reference(name: str, version: str) -> str:
    """Return the package URL."""
    return f"pkg:pypi/{name}@{version}"


if __name__ == "__main__":
    main()
