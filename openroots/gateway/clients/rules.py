"""The rules that a client is judged by: what a good one does, whence that is, how to mend another.

For reports. Each rule is one entry here; what it looks for is the function that it names.

Source: each rule's own.
"""

from openroots.gateway.clients.credentials import renewed, reused
from openroots.gateway.clients.heeding import corrected, narrowed, replaced
from openroots.gateway.clients.identifying import fresh, identified, repeated
from openroots.gateway.clients.messages import acknowledged, taken
from openroots.gateway.clients.people import dropped, followed, respected
from openroots.gateway.clients.rule import Rule
from openroots.gateway.clients.versions import reread, versioned
from openroots.gateway.clients.waiting import backed_off, bounded

IDS = (
    Rule(
        "request-id",
        "Each request has an X-Request-ID that is a UUID.",
        "PDS FHIR API, header X-Request-ID",
        "Make a UUID for each request, and send it as X-Request-ID.",
        "Have your client ask for anything.",
        identified,
    ),
    Rule(
        "request-id-fresh",
        "Different requests have different ids, and what was answered is not sent again by its id.",
        "PDS FHIR API, header X-Request-ID: repeats are told by it",
        "Make the id where the request is made, not where the client is; keep it for retries only.",
        "Have your client ask for two things.",
        fresh,
    ),
    Rule(
        "retry-same-id",
        "A write that may or may not have been done is sent again under the same X-Request-ID.",
        "PDS FHIR API, error 503: 'Using the same X-Request-ID header, retry your request'",
        "Make the id outside the loop that tries again. Then nothing is done twice.",
        "openroots fault add 'PATCH */Patient/{id}' --do lose --times 1, and have it change a "
        "record.",
        repeated,
    ),
)

RECORDS = (
    Rule(
        "if-match",
        "Each change names, by If-Match, the newest version of the record that was shown.",
        "PDS FHIR API, 'Update patient details'",
        "Keep the ETag of each record that is read, and send it as If-Match. Of a change, the "
        "answer holds the next.",
        "Have your client change a record.",
        versioned,
    ),
    Rule(
        "conflict-reread",
        "After a conflict (409 or 412) the record is read before it is changed again.",
        "PDS FHIR API, error RESOURCE_VERSION_MISMATCH",
        "Read the record, see whether the change is still right, and send it with the new ETag.",
        "openroots fault add 'PATCH */Patient/{id}' --do stale --times 1, and have it change a "
        "record.",
        reread,
    ),
)

WAITING = (
    Rule(
        "back-off",
        "After 429 or 503, nothing is asked again before the time that Retry-After gives.",
        "PDS FHIR API, errors 429 and 503; RFC 9110 section 10.2.3",
        "Wait as many seconds as Retry-After says, for the whole API after 429, then ask again.",
        "openroots fault add 'demographics.*' --do limited --every 3, and have it ask some things.",
        backed_off,
    ),
    Rule(
        "retries-bounded",
        "What goes on failing is sent ten times in a minute at most.",
        "PDS FHIR API, error 429, spike arrest; RFC 9110 section 9.2.2",
        "Count the tries, wait longer each time, and give up after a few.",
        "openroots fault add 'demographics.*', have it ask for anything, and clear the fault.",
        bounded,
    ),
)

HEEDING = (
    Rule(
        "refusal-mended",
        "What was refused for what it is (400, 403 and the like) is not sent again as it was.",
        "RFC 9110 section 15.5.1; PDS FHIR API, errors",
        "Try again after 408, 429 and 5xx only. Tell the user of any other refusal.",
        "Have your client send something wrong, such as a search by family name alone.",
        corrected,
    ),
    Rule(
        "search-narrowed",
        "A search with too many matches is asked with more, and not once again.",
        "PDS FHIR API, 'Search for a patient', TOO_MANY_MATCHES",
        "Ask the user for more: a given name, a gender, a postcode.",
        "Have your client search for something that fits more people than it asks for at most.",
        narrowed,
    ),
    Rule(
        "warning-heeded",
        "What was answered with Deprecation or Sunset is not done so again.",
        "RFC 9745; RFC 8594",
        "Read what the header Link names, or openroots why, and mend the request before the date.",
        "openroots clock to a day on which a standard warns, and have it do what that asks for.",
        replaced,
    ),
)

PEOPLE = (
    Rule(
        "superseded-followed",
        "Where a record comes back under another NHS number, that one is used from then on.",
        "PDS FHIR API, 'Get patient details': superseded NHS numbers",
        "Compare the id of the answer with the one that was asked for, and keep the answer's.",
        "openroots people --superseded finds one: have your client read it, and go on with it.",
        followed,
    ),
    Rule(
        "invalidated-dropped",
        "An NHS number that was invalidated is not used again.",
        "PDS FHIR API, error INVALIDATED_RESOURCE",
        "Mark the number as invalid where you keep it, and find the person by a search.",
        "openroots people --invalidated finds one: have your client read it, and go on.",
        dropped,
    ),
    Rule(
        "restricted-respected",
        "The record of somebody who was shown to be restricted is not changed.",
        "PDS FHIR API, 'Restricted patients', meta.security; error FORBIDDEN_UPDATE",
        "Look at meta.security before a form is offered: where it holds R or V, offer none.",
        "openroots people --restricted finds one: have your client read them, and go on.",
        respected,
    ),
)

TOKENS = (
    Rule(
        "token-reused",
        "A token is used until it ends, and not got anew for each request.",
        "NHS England API platform, signed JWT authentication: access tokens last ten minutes",
        "Keep the token with the time at which it ends, for all threads, and renew it shortly "
        "before.",
        "Have your client get a token from /oauth2/token, and ask for two things.",
        reused,
    ),
    Rule(
        "token-renewed",
        "After 401, another token is got before anything is asked again.",
        "RFC 6750 section 3.1, invalid_token",
        "Throw the token away that was refused, get one, and send the request again with it.",
        "openroots fault add 'demographics.*' --do expired --times 1, and have it ask by a token.",
        renewed,
    ),
)

EVENTS = (
    Rule(
        "messages-acknowledged",
        "Each message that is taken from a mailbox or queue is acknowledged, once.",
        "MESH API, 'Acknowledge message'; Amazon SQS, DeleteMessage",
        "Acknowledge or delete a message as soon as what it says is kept safely.",
        "Have your client subscribe by a mailbox or a queue, and read what comes.",
        acknowledged,
    ),
    Rule(
        "webhook-takes",
        "A webhook takes each event at the first try, and one that comes twice as well.",
        "Standard Webhooks 1.0",
        "Answer 2xx at once, and do the work afterwards; answer 2xx to what is known already.",
        "openroots fault add 'pds-*' --do duplicate, and change a record that it is subscribed to.",
        taken,
    ),
)

NOT_TOLD_BY_THE_WIRE = (
    Rule(
        "duplicates-ignored",
        "An event that comes twice is acted upon once.",
        "CloudEvents 1.0, id",
        "Keep the ids of events for some days, and do nothing for one that is there.",
        "openroots fault add 'pds-*' --do duplicate, and look into your system: it was done once.",
    ),
    Rule(
        "order-kept",
        "Events of one person are acted upon in the order of what happened.",
        "Multicast Notification Service: events tell that something changed, not what",
        "Read the record when an event comes, and let its version decide what is newer.",
        "openroots fault add 'pds-*' --do reorder, and look into your system: it holds the newest.",
    ),
    Rule(
        "score-not-shown",
        "The score of a search orders what is found, and is shown to nobody.",
        "PDS FHIR API, 'Search for a patient': search.score",
        "Use the score to sort; tell people apart by what they say of themselves.",
        "Look at the screen on which your client shows what it found.",
    ),
    Rule(
        "restricted-erased",
        "Where somebody became restricted, what was kept of where they are is erased.",
        "PDS FHIR API, 'Restricted patients'",
        "On each read, replace all that is kept by what was answered, also by nothing.",
        "Read somebody who is restricted, and look into your system for an address.",
    ),
)

RULES = (*IDS, *RECORDS, *WAITING, *HEEDING, *PEOPLE, *TOKENS, *EVENTS, *NOT_TOLD_BY_THE_WIRE)
