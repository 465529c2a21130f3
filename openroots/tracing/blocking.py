"""Keys under which somebody is looked up: those of who is sought, and those of who is held.

For tracing, and for the index of people. Two records that may be of one person share a key, and
few others do: how a name sounds, or a postcode, with the birth date. All names and parts of names
stand side by side, so that it does not matter which is taken for the family name.

Source: none.
"""

from collections.abc import Iterable, Iterator

from openroots.tracing.dates import swapped
from openroots.tracing.nicknames import called
from openroots.tracing.person import Address, Known, Name, Wanted
from openroots.tracing.phonetics import heard

APART = "\t"  # between the parts of a key: names are folded, and hold none
OF_PLACE = "@"  # before a postcode, so that none is taken for the sound of a name


def keys(wanted: Wanted, *, doubt: bool = True) -> tuple[str, ...]:
    """The keys under which to look for somebody; without `doubt`, those of their birth date only,
    else those of the date with day and month swapped too."""
    days = [wanted.born] if wanted.born else []
    if doubt and (other := swapped(wanted.born)):
        days.append(other)
    said = [*heard_of(wanted), *_places(wanted.lived)]
    return tuple(dict.fromkeys(f"{one}{APART}{day}" for day in days for one in said))


def keys_of(known: Known) -> tuple[str, ...]:
    """The keys under which somebody is found, by names and addresses of whatever time."""
    if not known.born:
        return ()
    said = [sound for name in known.names for sound in heard_in(name)]
    said += _places(known.addresses)
    return tuple(dict.fromkeys(f"{one}{APART}{known.born}" for one in said))


def heard_in(name: Name) -> Iterator[str]:
    """How the family name and the first given name sound, and the parts of each."""
    yield from heard(name.family)
    if name.given:
        yield from heard(name.given[0])


def heard_of(wanted: Wanted) -> Iterator[str]:
    """How each name that is sought sounds, and what else its bearer may be called."""
    for name in wanted.called:
        yield from heard_in(name)
        for other in sorted(called(name.given[0])) if name.given else ():
            yield from heard(other)


def _places(addresses: Iterable[Address]) -> Iterator[str]:
    return (f"{OF_PLACE}{address.postcode}" for address in addresses if address.postcode)
