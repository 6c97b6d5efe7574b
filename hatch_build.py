"""Builds what a site serves but nobody edits: message catalogues, htmx, and static files compressed once."""

import gzip
from importlib import resources
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # `make` runs this file by itself, where nothing is packaged.
    BuildHookInterface = object

HTMX = resources.files("js_lib_htmx") / "static" / "htmx" / "htmx.min.js"
COMPRESSED = {".css", ".js", ".svg"}


def build(root: Path) -> None:
    """Write each `.mo` beside its `.po`, htmx among the static files, and a `.gz` beside each of those."""
    for po in root.glob("portal/translations/**/*.po"):
        with po.open("rb") as source, po.with_suffix(".mo").open("wb") as target:
            write_mo(target, read_po(source))
    vendor = root / "portal" / "static" / "vendor"
    vendor.mkdir(exist_ok=True)
    (vendor / HTMX.name).write_bytes(HTMX.read_bytes())
    for path in root.glob("portal/static/**/*"):
        if path.suffix in COMPRESSED:
            packed = gzip.compress(path.read_bytes(), 9, mtime=0)
            path.with_name(path.name + ".gz").write_bytes(packed)


class BuildHook(BuildHookInterface):
    """Runs before a wheel or an editable install is made."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build into the source tree."""
        build(Path(self.root))


if __name__ == "__main__":
    build(Path(__file__).parent)
