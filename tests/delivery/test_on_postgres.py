"""Delivery on PostgreSQL: what is told there is delivered as on SQLite, by one node."""

import pytest

from openroots.testing import open_nation
from tests.services.events.asking import QUEUE, subscription
from tests.services.queues.test_client import bodies, client
from tests.waiting import until

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
MALE = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
SUBSCRIPTION = subscription(endpoint=f"{QUEUE}moves", payload="application/json")

pytestmark = pytest.mark.postgres


def test_an_event_is_delivered_once_though_two_nodes_run(new_database, tmp_path):
    """Both are asked, and one of them delivers."""
    database = new_database()
    one = open_nation(tmp_path / "one", people=20, store=database)
    other = open_nation(tmp_path / "other", people=20, store=database)
    mns = "/multicast-notification-service/subscriptions"
    other.ask("POST", mns, SUBSCRIPTION, headers={"x-correlation-id": "1"})
    assert other.ask("PATCH", JANE, MALE, headers={"If-Match": 'W/"2"'}).status == 200
    sqs = client(one, "open-access")
    url = sqs.get_queue_url(QueueName="moves")["QueueUrl"]
    assert len(until(lambda: bodies(sqs, url))) == 1
    sent = [entry for nation in (one, other) for entry in nation.audit()]
    assert [entry["endpoint"] for entry in sent].count("delivery.send") == 1
    one.close()
    other.close()
