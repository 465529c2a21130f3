// What a developer does with fhir-kit-client, as it is published, against the address given.
// Prints what was found as one line of JSON.

import { Client } from 'fhir-kit-client';

const [baseUrl, ...ids] = process.argv.slice(2);
const client = new Client({ baseUrl, customHeaders: { 'X-Request-ID': ids[0] } });

const statement = await client.capabilityStatement();
const jane = await client.read({ resourceType: 'Patient', id: '9000000009' });
const etag = Client.httpFor(jane).response.headers.get('etag');
const found = await client.search({
  resourceType: 'Patient',
  searchParams: { family: 'Smith', birthdate: 'eq2010-10-22', gender: 'female' },
});
const changed = await client.request('Patient/9000000009', {
  method: 'PATCH',
  body: { patches: [{ op: 'replace', path: '/gender', value: 'male' }] },
  options: {
    headers: {
      'X-Request-ID': ids[1],
      'If-Match': etag,
      'Content-Type': 'application/json-patch+json',
    },
  },
});
const bare = new Client({ baseUrl });
const refused = await bare.read({ resourceType: 'Patient', id: '9000000009' }).catch((e) => e);

console.log(
  JSON.stringify({
    fhirVersion: statement.fhirVersion,
    family: jane.name[0].family,
    etag,
    found: found.entry.map((entry) => entry.resource.id),
    gender: changed.gender,
    refused: refused.response.data.issue[0].diagnostics,
  }),
);
