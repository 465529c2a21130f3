"""Copies what pages need of nhsuk-frontend out of node_modules into the package.

For whoever moves to another version of it: change package.json, `npm install`, run this, look at
the pages. The copies are committed, so that neither installing nor running needs npm.

What is changed or left out while copying, and why:

- the font rules and name: Frutiger needs a licence that this project does not have, and its files
  would come from another host; without it the style sheet asks for Arial;
- the names of source maps: they are not shipped, and a browser would ask for them;
- the favicon, opengraph and app icons: they are the NHS logo, a trade mark;
- colours, as the kit has them once compiled: each becomes a custom property, named by what it
  colours (`var(--kit-text-212b32, #212b32)`), so that openroots.css can turn the pages dark. Where
  it gives none, the kit's own stands. What has the focus, and tags, are dark on bright in both.

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
BLOCK = re.compile(r"([^{}]*)\{([^{}]*)\}")
DECLARED = re.compile(r"(?<![\w-])([a-z-]+):([^;]*)")
COLOUR = re.compile(r"#([0-9a-f]{3,6})\b")
FOCUS = "#ffeb3b"
ALWAYS_SO = re.compile(r":root|nhsuk-tag|(?<!not\()(?<!active):focus")
LOGOS = re.compile(r"favicon|opengraph|nhsuk-icon-(\d+|mask)\.")

HEAD = """\
# Files copied by tools/vendor_assets.py, with their SHA-256. Do not edit them: run it again.
package = "nhsuk-frontend"
version = "{version}"
licence = "MIT, see LICENCE-nhsuk-frontend.txt"
changes = "no fonts but Arial, no source map names, colours by custom properties; no NHS logo"

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
        text = cleaned((BUILT / name).read_text("utf-8"))
        yield name, (BLOCK.sub(recoloured, text) if suffix == "css" else text).encode()
    for image in sorted((BUILT / "assets" / "images").glob("*.svg")):
        if not LOGOS.search(image.name):
            yield f"assets/images/{image.name}", image.read_bytes()


def cleaned(text: str) -> str:
    """A style sheet or script without fonts from elsewhere and names of source maps."""
    return SOURCE_MAP.sub("", FONT.sub("", text)).rstrip() + "\n"


def recoloured(block: re.Match[str]) -> str:
    """A block of the style sheet in which each colour can be changed by a custom property."""
    selector, declared = block.groups()
    if FOCUS in declared or ALWAYS_SO.search(selector):
        return block[0]
    return f"{selector}{{{DECLARED.sub(renamed, declared)}}}"


def renamed(declaration: re.Match[str]) -> str:
    """A declaration whose colours are named by what they colour: text, a back or a line."""
    name, value = declaration.groups()
    if name.startswith("background"):
        role = "back"
    else:
        role = "text" if name in ("color", "fill") else "line"
    return f"{name}:" + COLOUR.sub(rf"var(--kit-{role}-\1,#\1)", value)


def remove_old() -> None:
    """Remove what an earlier version left."""
    for old in (*STATIC.glob("nhsuk-frontend-*"), *(STATIC / "assets" / "images").glob("*.svg")):
        old.unlink()


if __name__ == "__main__":
    sys.exit(main())
