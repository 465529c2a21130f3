"""A set of texts that may be larger than memory."""

from openroots.storage.texts import AT_A_TIME, Texts


def test_what_was_added_is_found_among_others_however_many_are_asked_for():
    """Texts that came twice are held once; nothing else is."""
    texts, many = Texts(), [str(number) for number in range(3 * AT_A_TIME + 1)]
    assert texts.among(many) == []
    texts.add(many[::2])
    texts.add(many[:3:2])
    assert sorted(texts.among(many)) == sorted(many[::2])
    assert texts.among([]) == []
    texts.close()
