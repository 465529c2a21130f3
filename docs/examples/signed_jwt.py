"""A first call to PDS with a signed JWT: `.venv/bin/python docs/examples/signed_jwt.py`.

Say another server, application or key by arguments: URL KEY PEM-FILE KID.
"""

import json
import sys
import time
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import RSAKey

usual = ["http://localhost:1948", "ashby-practice-key"]
usual += ["var/keys/applications/ashby-practice-system-1.pem", "ashby-practice-system-1"]
url, app, pem, kid = sys.argv[1:] or usual

key = RSAKey.import_key(Path(pem).read_text())
claims = {"iss": app, "sub": app, "aud": f"{url}/oauth2/token", "jti": str(uuid.uuid4())}
claims["exp"] = int(time.time()) + 300
assertion = jwt.encode({"alg": "RS512", "kid": kid}, claims, key, algorithms=["RS512"])
form = {"grant_type": "client_credentials", "client_assertion": assertion}
form["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
data = urllib.parse.urlencode(form).encode()
token = json.load(urllib.request.urlopen(f"{url}/oauth2/token", data))["access_token"]

headers = {"Authorization": f"Bearer {token}", "X-Request-ID": str(uuid.uuid4())}
patient = f"{url}/personal-demographics/FHIR/R4/Patient/9000000009"
print(urllib.request.urlopen(urllib.request.Request(patient, headers=headers)).read().decode())
