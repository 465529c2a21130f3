"""How names are written in many languages."""

import pytest

from openroots.tracing.naming import FACTORS
from tests.tracing.people import by_name


@pytest.mark.parametrize(
    ("asked", "kept", "field", "word"),
    [
        (("SMITH", "jane"), ("Smith", "Jane"), "given", "same"),
        (("Muller", "Zoe"), ("Müller", "Zoë"), "family", "same"),
        (("Lukasz", "Jane"), ("Łukasz", "Jane"), "family", "same"),
        (("OBrien", "Jane"), ("O'Brien", "Jane"), "family", "written otherwise"),
        (("O Brien", "Jane"), ("O’Brien", "Jane"), "family", "written otherwise"),
        (("OʼBrien", "Jane"), ("O'Brien", "Jane"), "family", "written otherwise"),
        (("Smith Jones", "Jane"), ("Smith-Jones", "Jane"), "family", "written otherwise"),
        (("Smith", "Mary Ann"), ("Smith", "Mary", "Ann"), "given", "written otherwise"),
        (("Smith", "Mary", "Ann"), ("Smith", "Mary Ann"), "given", "written otherwise"),
        (("Smith", "Mary", "Ann"), ("Smith", "Mary-Ann", "Jo"), "given", "written otherwise"),
        (("Smith", "Mary Ann"), ("Smith", "Mary", "Ann", "Jo"), "given", "written otherwise"),
        (("Li", "Kwok", "Wah", "Tak"), ("Li", "Kwok Wah", "Tak"), "given", "written otherwise"),
        (("Wang", "Xiaoming"), ("Wang", "Xiao", "Ming"), "given", "written otherwise"),
        (("Berg", "Jan"), ("van der Berg", "Jan"), "family", "particle"),
        (("Sayed", "Ali"), ("El-Sayed", "Ali"), "family", "particle"),
        (("D'Souza", "Ali"), ("de Souza", "Ali"), "family", "particle"),
        (("Saint John", "Ali"), ("St. John", "Ali"), "family", "particle"),
        (("v.d. Berg", "Jan"), ("van der Berg", "Jan"), "family", "particle"),
        (("Ní Bhriain", "Una"), ("Uí Bhriain", "Una"), "family", "particle"),
        (("Siti binti Abu", "Nur"), ("Siti Abu", "Nur"), "family", "particle"),
        (("Jones-Smith", "Jane"), ("Smith-Jones", "Jane"), "family", "words in another order"),
        (("Pérez de Sá", "Ana"), ("Sá Pérez", "Ana"), "family", "words in another order"),
        (("Smyth", "Jane"), ("Smith", "Jane"), "family", "sounds alike"),
        (("Garcia", "Ana"), ("García López", "Ana"), "family", "sounds alike"),
        (("Kowalski", "Ewa"), ("Kowalska", "Ewa"), "family", "sounds alike"),
        (("Papadopoulos", "Eleni"), ("Papadopoulou", "Eleni"), "family", "sounds alike"),
        (("Novak", "Jana"), ("Nováková", "Jana"), "family", "other ending"),
        (("Kazlauskas", "Ona"), ("Kazlauskienė", "Ona"), "family", "sounds alike"),
        (("Johson", "Amy"), ("Johnson", "Amy"), "family", "mistyped"),
        (("Kaur", "Harpreet"), ("Gill", "Harpreet", "Kaur"), "family", "elsewhere in the name"),
        (("Hassan", "Ahmed"), ("Ali", "Ahmed", "Hassan"), "family", "elsewhere in the name"),
        (("Smith", "Joe"), ("Smith", "Joseph"), "given", "short name"),
        (("Smith", "Mohd"), ("Smith", "Mohammed"), "given", "short name"),
        (("Nowak", "Kasia"), ("Nowak", "Katarzyna"), "given", "short name"),
        (("Smith", "J"), ("Smith", "Jane"), "given", "initial"),
        (("Smith", "Jo"), ("Smith", "J", "O"), "given", "sounds alike"),
        (("Smith", "Mary"), ("Smith", "Mary Ann"), "given", "sounds alike"),
        (("Smith", "Paul"), ("Smith", "John", "Paul"), "given", "elsewhere in the name"),
        (("Lin", "Ho"), ("Lin", "Ho Yin"), "given", "elsewhere in the name"),
        (("Lin", "Ho Yin"), ("Lin", "Ho"), "given", "elsewhere in the name"),
        (("Lin", "Yi"), ("Lin", "Ho Yin"), "given", "differs"),
        (("Smith", "Mark"), ("Smith", "Mary"), "given", "differs a little"),
        (("Smith", "Peter"), ("Smith", "Jane"), "given", "differs"),
        (("Smith", "Jane"), ("Smith",), "given", "not held"),
        (("王", "李"), ("王", "李"), "family", "same"),
        (("王", "李"), ("张", "李"), "family", "differs"),
    ],
)
def test_how_a_name_fits(
    asked: tuple[str, ...], kept: tuple[str, ...], field: str, word: str
) -> None:
    """Each way to write a name is told in words, and has its factor."""
    fit = by_name(asked, kept)
    assert fit.parts[field] == word
    assert fit.value == FACTORS[word]


@pytest.mark.parametrize(
    ("asked", "kept", "value"),
    [
        (("Jane", "Smith"), ("Smith", "Jane"), 0.8),
        (("Xiaoming", "Wang"), ("Wang", "Xiaoming"), 0.8),
        (("Jane", "Smyth"), ("Smith", "Jane"), 0.68),
        (("Smyth", "Joe"), ("Smith", "Joseph"), 0.765),
        (("Smith", "Jane", "Ann"), ("Smith", "Jane", "Anne"), 1.0),
        (("Smith", "Jane", "A."), ("Smith", "Jane", "Anne"), 1.0),
        (("Smith", "Jane", "Ruth"), ("Smith", "Jane", "Anne"), 0.95),
        (("Li", "Kwok", "Wah", "Tak"), ("Li", "Kwok Wah", "Shing"), 0.931),
        (("Smith", "Jane", "Ruth", "Eve"), ("Smith", "Jane"), 0.9025),
        (("Smith",), ("Smith", "Jane"), 1.0),
        (("Jane",), ("Smith", "Jane"), 0.8),
    ],
)
def test_what_a_name_scores(asked: tuple[str, ...], kept: tuple[str, ...], value: float) -> None:
    """Family and given name may stand in each other's place; each liberty has its price."""
    assert by_name(asked, kept).value == value
