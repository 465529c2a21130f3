// What a developer does with openid-client, as it is published, against the server given: a token
// for the application itself, and one for who logs in; both call PDS. Prints one line of JSON.

import { readFileSync } from 'node:fs';
import * as oauth from 'openid-client';

const [origin, id, secret, pem, kid, user] = process.argv.slice(2);
const server = new URL(`${origin}/oauth2`);
const insecurely = { execute: [oauth.allowInsecureRequests] };
const patient = new URL(`${origin}/personal-demographics/FHIR/R4/Patient/9000000009`);
const redirect_uri = 'http://localhost:8080/callback';

const der = Buffer.from(readFileSync(pem, 'utf8').replace(/-----[^-]+-----|\s/g, ''), 'base64');
const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' };
const key = await crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
const signing = oauth.PrivateKeyJwt(
  { key, kid },
  { [oauth.modifyAssertion]: (header) => Object.assign(header, { typ: 'JWT' }) },
);

const alone = await oauth.discovery(server, id, undefined, signing, insecurely);
const token = await oauth.clientCredentialsGrant(alone);

const withSecret = oauth.ClientSecretPost(secret);
const combined = await oauth.discovery(server, id, undefined, withSecret, insecurely);
const code_verifier = oauth.randomPKCECodeVerifier();
const expectedState = oauth.randomState();
const sent = oauth.buildAuthorizationUrl(combined, {
  redirect_uri,
  scope: 'nhs-cis2',
  state: expectedState,
  code_challenge: await oauth.calculatePKCECodeChallenge(code_verifier),
  code_challenge_method: 'S256',
  login_hint: user,
});
let place = sent;
while (!place.href.startsWith(redirect_uri)) {
  const answer = await fetch(place, { redirect: 'manual' });
  place = new URL(answer.headers.get('location'), place);
}
const checks = { pkceCodeVerifier: code_verifier, expectedState };
const tokens = await oauth.authorizationCodeGrant(combined, place, checks);
const renewed = await oauth.refreshTokenGrant(combined, tokens.refresh_token);
const info = await oauth.fetchUserInfo(combined, renewed.access_token, user);
const good = await oauth.tokenIntrospection(combined, renewed.access_token);
await oauth.tokenRevocation(combined, renewed.access_token);
const after = await oauth.tokenIntrospection(combined, renewed.access_token);

async function read(config, token) {
  const headers = new Headers({ 'X-Request-ID': crypto.randomUUID() });
  const options = [patient, 'GET', undefined, headers];
  return (await oauth.fetchProtectedResource(config, token, ...options)).status;
}

console.log(
  JSON.stringify({
    lasts: token.expires_in,
    alone: await read(alone, token.access_token),
    staff: await read(combined, tokens.access_token),
    name: info.name,
    active: [good.active, after.active],
  }),
);
