"""What things are called: types of resources and signals, and the catalogue of event types.

For the modules of this service, and for whoever delivers what they say is to be delivered.

Source: NHS England Multicast Notification Service API, its specification of 2026-04-23 and its
events catalogue. The types of resources are ours.
"""

import re

CATEGORY = "events"  # of data, as agreements name it
SUBSCRIPTION = "Subscription"
OWNER = "SubscriptionOwner"  # whose a subscription is, apart from what its owner reads
EVENT = "Event"  # as it was published
PEOPLE_LIST = "PeopleList"
NEMS_SUBSCRIPTION = "NemsSubscription"  # as NEMS has it, over subscriptions of ours

# Given in the commit that makes, changes or removes a subscription or a list. So whoever follows
# the feed learns of it in order, and a subscriber gets what was told after it subscribed.
SUBSCRIPTION_CHANGED = "openroots-subscription-changed-1"
OURS = "openroots-"  # before the types of signals that are not for subscribers

TEST_SIGNAL = "mns-test-signal-1"
RECORD_CHANGE = "pds-record-change-2"
CHANGE_OF_GP = "pds-change-of-gp-2"
DEATH_NOTIFIED = "pds-death-notification-2"
BIRTH_NOTIFIED = "pds-birth-notification-1"

CATALOGUE = {
    RECORD_CHANGE: "Something in a person's demographic record has changed.",
    CHANGE_OF_GP: "A person is registered with another GP practice, or with none any more.",
    DEATH_NOTIFIED: "A death has been notified, or what is known of it has changed.",
    "nhs-number-change-2": "A record has been merged into that of another NHS number.",
    "pds-change-of-gp-1": "As pds-change-of-gp-2, in the legacy shape. Deprecated.",
    "pds-death-notification-1": "As pds-death-notification-2, in the legacy shape. Deprecated.",
    "nhs-number-change-1": "As nhs-number-change-2, in the legacy shape. Deprecated.",
    "imms-vaccination-record-change-1": "A record of a vaccination was made, changed or removed.",
    "imms-vaccinations-1": "An older name of imms-vaccination-record-change-1.",
    "gpreg-change-gp-req-1": "Somebody asked to be registered with a GP practice.",
    "patientflags-change-1": "A flag on a person's record was set, changed or removed.",
    "vrs-proxy-role-created-1": "Somebody may act for somebody else.",
    "vrs-proxy-role-changed-1": "How somebody may act for somebody else has changed.",
    "vrs-proxy-role-deleted-1": "Somebody may no longer act for somebody else.",
    "pathology-laboratory-reporting-test-result-stored-1": "A laboratory's result is there.",
    "nhshco-hc-complete-1": "An online health check is complete.",
    "pdm-resource-change-1": "A resource of the Patient Data Manager has changed.",
    TEST_SIGNAL: "Nothing has happened: a subscriber tries whether it is told.",
    "example-event-1": "Nothing has happened: a publisher tries how to publish.",
    "blood-spot-test-outcome-1": "The result of a newborn blood spot test (of NEMS).",
    "newborn-hearing-1": "The result of a newborn hearing test (of NEMS).",
    "nipe-outcome-1": "The result of a newborn's physical examination (of NEMS).",
    "professional-contacts-1": "A professional is in contact with a child (of NEMS).",
    "vaccinations-1": "A vaccination, as NEMS tells of it.",
    BIRTH_NOTIFIED: "A birth has been notified, and the child has a record (of NEMS).",
}

# By what the events of the catalogue may be chosen, besides their type.
RESIDENCE, LIST, SUBJECT = "residence", "list", "subject"
OUR_FILTERS = frozenset(
    {RESIDENCE, LIST, "changed_address", "formergeneralpractitioner", "registered"}
)
FILTERS = OUR_FILTERS | frozenset(
    {
        "generalpractitioner",
        "registrationencountercode",
        "sourceorganisation",
        "sourceapplication",
        "subjectage",
        "immunisationtype",
        "action",
        "gppractice",
        "patient_ods_code",
        "proxy_ods_code",
        "changed_name",
        "registeredgpodscode",
        "nhsnumber",
        "flagtype",
        "origin",
        "requestingOrganisationODS",
    }
)
AREA = "residencearea"  # where somebody lives, of which nobody but NEMS can choose
HIDDEN = frozenset({RESIDENCE, AREA})  # what events are chosen by, and do not tell
DERIVED = "_manufacturer_org"  # after a filter that holds an organisation: its system's supplier

EVENT_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
UUID4 = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE
)


def is_filter(key: str) -> bool:
    """Whether events of the catalogue can be chosen by this."""
    return key in FILTERS or key.removesuffix(DERIVED) in FILTERS - OUR_FILTERS
