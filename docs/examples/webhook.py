"""Be sent an event, and check from whom it is: `.venv/bin/python docs/examples/webhook.py`.

Say another server or application by arguments: URL KEY. Nothing but Python is needed.
"""

import base64
import hmac
import json
import sys
import time
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer

url, key = sys.argv[1:] or ["http://localhost:1948", "larkfield-events-key"]
subscriptions = f"{url}/multicast-notification-service/subscriptions"
OLDEST = 300  # seconds: what was signed longer ago may be somebody's who has overheard it
seen = set()  # ids: what was sent twice is taken once. Keep them where they outlive a crash


def ask(method, path="", body=None):
    headers = {"apikey": key, "X-Correlation-ID": str(uuid.uuid4())}
    headers["Content-Type"] = "application/fhir+json"
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(subscriptions + path, data, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


def is_signed(headers, body, secret):
    """Whether this was sent by who knows the secret, lately, and is whole."""
    id, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not sent.isdecimal() or abs(time.time() - int(sent)) > OLDEST:
        return False
    signer = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(signer, f"{id}.{sent}.".encode() + body, "sha256")
    right = f"v1,{base64.b64encode(digest).decode()}"
    given = headers.get("webhook-signature", "").split(" ")  # several, while a secret is changed
    return any(hmac.compare_digest(right.encode(), each.encode()) for each in given)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        good = is_signed(self.headers, body, secret)
        self.send_response(204 if good else 401)  # 200 to 299: it is yours now
        self.end_headers()
        if not good:
            print("Refused: not signed for us, or too long ago", file=sys.stderr)
        elif self.headers["webhook-id"] not in seen:
            seen.add(self.headers["webhook-id"])
            print(body.decode())

    def log_message(self, *words):
        pass


server = HTTPServer(("127.0.0.1", 0), Receiver)
endpoint = f"http://127.0.0.1:{server.server_port}/events"
channel = {"type": "rest-hook", "endpoint": endpoint, "payload": "application/json"}
wanted = {"resourceType": "Subscription", "status": "requested", "reason": "To try it"}
wanted |= {"criteria": "eventType='pds-record-change-2'", "channel": channel}
path = f"/{ask('POST', body=wanted)['id']}"
secret = ask("GET", f"{path}/deliveries")["secret"]
ask("POST", f"{path}/deliveries/test")
while not seen:
    server.handle_request()
ask("DELETE", path)
