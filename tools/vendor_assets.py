"""Copies what pages need of nhsuk-frontend out of node_modules into the package.

For whoever moves to another version of it: change package.json, `npm install`, run this, look at
the pages. The copies are committed, so that neither installing nor running needs npm.

What is changed or left out while copying, and why:

- the font rules and name: Frutiger needs a licence that this project does not have, and its files
  would come from another host; without it the style sheet asks for Arial;
- the names of source maps: they are not shipped, and a browser would ask for them;
- the favicon, opengraph and app icons: they are the NHS logo, a trade mark.

Source: nhsuk-frontend, docs/installation/installing-compiled.md.
"""

import json
import re
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "node_modules" / "nhsuk-frontend"
BUILT = PACKAGE / "dist" / "nhsuk"
STATIC = ROOT / "openroots" / "pages" / "static"
RECORD = STATIC / "VENDORED.toml"

FONT = re.compile(r"@font-face\{[^}]*\}|Frutiger W01,")
SOURCE_MAP = re.compile(r"(/\*# sourceMappingURL=.*?\*/|//# sourceMappingURL=\S*)\s*")
LOGOS = re.compile(r"favicon|opengraph|nhsuk-icon-(\d+|mask)\.")

HEAD = """\
# Files copied by tools/vendor_assets.py, with their SHA-256. Do not edit them: run it again.
package = "nhsuk-frontend"
version = "{version}"
licence = "MIT, see LICENCE-nhsuk-frontend.txt"
changes = "no fonts but Arial, no source map names; no file with the NHS logo is copied"

[sha256]
"""


def main() -> int:
    """Copy everything and record it. Answers 1 where the package is not installed."""
    if not PACKAGE.is_dir():
        print("node_modules/nhsuk-frontend is not there: run npm ci", file=sys.stderr)
        return 1
    version = json.loads((PACKAGE / "package.json").read_text("utf-8"))["version"]
    remove_old()
    copied = dict(copies(version))
    for name, content in copied.items():
        (STATIC / name).write_bytes(content)
    lines = [f'"{name}" = "{sha256(copied[name]).hexdigest()}"' for name in sorted(copied)]
    RECORD.write_text(HEAD.format(version=version) + "\n".join(lines) + "\n", "utf-8")
    print(f"copied {len(copied)} files of nhsuk-frontend {version}")
    return 0


def copies(version: str) -> Iterator[tuple[str, bytes]]:
    """Each file to be written, by its name below the static folder."""
    for suffix in ("css", "js"):
        name = f"nhsuk-frontend-{version}.min.{suffix}"
        yield name, cleaned((BUILT / name).read_text("utf-8")).encode()
    for image in sorted((BUILT / "assets" / "images").glob("*.svg")):
        if not LOGOS.search(image.name):
            yield f"assets/images/{image.name}", image.read_bytes()


def cleaned(text: str) -> str:
    """A style sheet or script without fonts from elsewhere and names of source maps."""
    return SOURCE_MAP.sub("", FONT.sub("", text)).rstrip() + "\n"


def remove_old() -> None:
    """Remove what an earlier version left."""
    for old in (*STATIC.glob("nhsuk-frontend-*"), *(STATIC / "assets" / "images").glob("*.svg")):
        old.unlink()


if __name__ == "__main__":
    sys.exit(main())
