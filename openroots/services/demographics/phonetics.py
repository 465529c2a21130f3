"""Names that sound alike or stand for each other: Soundex, and what people are called for short.

For fuzzy searches. Names come folded: without case or accents.

Source: Soundex, as the United States National Archives describe it; own list of short names.
"""

import re

CODES = str.maketrans("bfpvcgjkqsxzdtlmnr", "111122222222334556")
SILENT = str.maketrans("", "", "hw")  # between two letters of one code they do not part them
OF_THEIR_OWN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})
NOT_LETTERS = re.compile(r"[^a-z]")
BETWEEN_PARTS = re.compile(r"[\s-]+")
SHORTEST_PART = 3  # letters: "de" and "la" say nothing of a name

# Each line is one name and what its bearers are called for short.
SHORT_NAMES = """
abigail abi abby gail | agnieszka aga | aleksandra ola | alan al | albert bert al | alexander
alex sandy alec | alexandra alex sandy | alfred alf fred | alison ali | andrew andy drew | angela
angie | anthony tony ant | arthur art | barbara babs barb | benjamin ben benny | beverley bev
| bradley brad | catherine cathy kate cath katie kitty | charles charlie chas chuck | charlotte
lottie charlie | christine chris chrissie tina | christopher chris kit topher | daniel dan danny
| david dave davey | deborah debbie deb debs | dominic dom | donald don donnie | dorothy dot dotty
dolly | douglas doug | edward ted ed eddie ned teddy | eleanor ellie nell nora | elizabeth liz beth
betty lizzie eliza bess libby | emily em emmy | florence flo florrie | frances fran fanny | francis
frank | frederick fred freddie | gabriel gabe | geoffrey geoff | gerald gerry | gillian gill jill
| graham gray | gregory greg | harold harry hal | henry harry hal hank | isabella bella izzy
| jacob jake | jacqueline jackie jacqui | james jim jimmy jamie | janet jan | jennifer jenny jen
| jessica jess jessie | joan joanie | john jack johnny | jonathan jon jonny | joseph joe joey
| joshua josh | judith judy | julia julie | katherine kate kathy katie kath kitty | kathleen kath
kathy | katarzyna kasia | kenneth ken kenny | lawrence larry laurie | leonard len lenny | lesley
les | lewis lew | louise lou | malgorzata gosia | margaret peggy maggie meg marge madge rita
| martin marty | mary molly polly may | matthew matt matty | maureen mo | maxwell max | michael
mick mike mickey micky | mohammed mo mohamed | muhammad mo | natalie nat | natasha tasha | nathan
nate nat | nicholas nick nicky | nicola nicky nikki | norman norm | oliver ollie | olivia liv livvy
| oluwaseun seun | pamela pam | patricia pat trish patsy tricia | patrick pat paddy rick | peter
pete | philip phil pip | rachel rach | raymond ray | rebecca becky becca | reginald reg reggie
| richard dick rick rich richie ricky | robert bob rob bobby robbie bert | roger rodge | ronald ron
ronnie | rosemary rose rosie | russell russ | samantha sam sammy | samuel sam sammy | sandra sandy
| sarah sally sadie | sheila shee | sophie soph | stanley stan | stephanie steph | stephen steve
| steven steve | stuart stu | susan sue susie suzy | suzanne sue | temitope tope | babatunde tunde
| terence terry tel | teresa terry tess tessa | theodore theo ted | theresa terry tess | thomas tom
tommy | timothy tim | tobias toby | valerie val | victor vic | victoria vicky vic tori | vincent
vince vinny | virginia ginny | walter walt wally | wendy wend | wilfred wilf | william bill will
billy willy liam | winifred winnie | yvonne von | zachary zach zak | abdirahman abdi | alexandru
alex
"""
NAMES_AND_SHORT = tuple(frozenset(line.split()) for line in SHORT_NAMES.split("|"))
FULL_NAMES = tuple(line.split()[0] for line in SHORT_NAMES.split("|"))


def soundex(name: str) -> str:
    """The Soundex code of a name, such as S530; "" for one that has no Latin letter."""
    letters = NOT_LETTERS.sub("", name.translate(OF_THEIR_OWN))
    if not letters:
        return ""
    first, rest = letters[0], letters[1:].translate(SILENT)
    code, last = first.upper(), first.translate(CODES)
    for found in rest.translate(CODES):
        if found != last and found.isdigit():
            code += found
        last = found
    return code[:4].ljust(4, "0")


def sounds(name: str) -> tuple[str, ...]:
    """How a name sounds, and how each part of a name of several parts does."""
    parts = BETWEEN_PARTS.split(name)
    long = [part for part in parts if len(part) >= SHORTEST_PART] if len(parts) > 1 else []
    return tuple(filter(None, dict.fromkeys(map(soundex, (name, *long)))))


def sound_alike(one: str, other: str) -> bool:
    """Whether two names are homophones, or one is a homophone of a part of the other."""
    own, others = soundex(one), soundex(other)
    return bool(own and others) and (own in sounds(other) or others in sounds(one))


def called(name: str) -> frozenset[str]:
    """What else somebody of this given name may be called: "joe" for "joseph", or the reverse.

    Two short names of one full name do not stand for each other.
    """
    found: set[str] = set()
    for full, names in zip(FULL_NAMES, NAMES_AND_SHORT, strict=True):
        if name in names:
            found |= names if name == full else {full}
    return frozenset(found - {name})
