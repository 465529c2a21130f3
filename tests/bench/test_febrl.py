"""How the linking of FEBRL is counted."""

from pathlib import Path

import pytest

from bench.febrl import main

HEAD = "rec_id,given_name,surname,street_number,address_1,address_2,suburb,postcode,date_of_birth"
RECORDS = (
    "rec-1-org,mia,white,3,mill lane,,ainsby,2000,19700304",
    "rec-1-dup-0,mia,whyte,3,mill lane,,ainsby,2000,19700304",
    "rec-2-org,noah,clarke,8,high street,,leeds,3000,19800506",
    "rec-2-dup-0,noah,clarke,8,high street,,leeds,3000,19811117",
    "rec-3-org,noah,clarke,8,high street,,leeds,3000,19800506",
)


def printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What is printed of these records."""
    file = folder / "febrl3.csv"
    file.write_text("\n".join((HEAD, *RECORDS, "")), "utf-8")
    assert main([str(file)]) == 0
    return capsys.readouterr().out.splitlines()


def test_links_are_counted_against_the_true_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of two true links one is missed, as the birth dates differ, and one link is no true one."""
    first, *lines = printed(tmp_path, capsys)
    assert first.startswith("5 records, 2 true links")
    assert "keys of tracing: 2 pairs, 0.5000 of the true links among them" in lines
    assert "pairs of fields: 4 pairs, 1.0000 of the true links among them" in lines
    assert lines.count("| 0.5 | 0.5000 | 0.5000 | 0.5000 |") == 2


def test_without_a_file_it_says_which_are_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    """One file of FEBRL 3, or two of FEBRL 4."""
    assert main([]) == 2
    assert "febrl3.csv" in capsys.readouterr().err
