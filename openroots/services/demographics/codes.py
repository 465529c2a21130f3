"""Codes and fixed words that a part of a Patient may hold.

For the shapes of what clients write, and for the rules.

Source: PDS FHIR API, "Update patient details" (addresses); UK Core code systems
DeathNotificationStatus, HumanLanguage, PreferredContactMethod and
PreferredWrittenCommunicationFormat.
"""

LANGUAGES = (  # English, "en", is in the code system and may not be sent
    "q1 q2 q3 q4 q5 "
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy "
    "da de dv dz ee el eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy "
    "hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg "
    "li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om "
    "or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw "
    "ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
WRITTEN_FORMATS = ("11", "12", "13")
CONTACT_METHODS = ("1", "2", "3", "4", "5", "6", "7", "8", "9")
DEATH_NOTICES = {
    "1": "Informal - death notice received via an update from a local NHS Organisation such as GP "
    "or Trust",
    "2": "Formal - death notice received from Registrar of Deaths",
}
PASSING = ("temp", "billing")  # uses of an address that say from when until when they hold
TEMPORARY_HOMES = (
    "Second Home",
    "Student Accommodation",
    "Respite Care Address",
    "Temporary Residence Address",
    "Convalescence Home",
    "Mobile Home",
    "Holiday Home",
)
