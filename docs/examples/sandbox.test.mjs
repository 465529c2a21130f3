import assert from "node:assert";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

const server = process.env.OPENROOTS_URL ?? "http://localhost:1948";
const token = process.env.OPENROOTS_TOKEN ?? readFileSync("var/token", "ascii").trim();

/** What a tooling door answers: the server's own, or that of a sandbox. */
async function tool(base, key, method, path, body) {
  const answer = await fetch(`${base}/_openroots${path}`, {
    method,
    headers: { "X-OpenRoots-Token": key, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const told = await answer.json();
  assert.equal(answer.status, 200, `${told.error}: ${told.mend}`);
  return told;
}

let sandbox, base;

before(async () => {
  sandbox = await tool(server, token, "POST", "/sandboxes", {});
  base = server + sandbox.path;
});

after(() => tool(server, token, "DELETE", `/sandboxes/${sandbox.name}`));

test("a change of gender is kept", async () => {
  const jane = `${base}/personal-demographics/FHIR/R4/Patient/9000000009`;
  const headers = { "X-Request-ID": crypto.randomUUID() };
  const before = await fetch(jane, { headers });
  const changed = await fetch(jane, {
    method: "PATCH",
    headers: {
      "X-Request-ID": crypto.randomUUID(),
      "If-Match": before.headers.get("etag"),
      "Content-Type": "application/json-patch+json",
    },
    body: JSON.stringify({ patches: [{ op: "replace", path: "/gender", value: "male" }] }),
  });
  assert.equal(changed.status, 200);
  assert.equal((await changed.json()).gender, "male");
});

test("time is moved in this sandbox alone", async () => {
  const clock = await tool(base, sandbox.token, "POST", "/clock", { to: "2027-04-02" });
  assert.ok(clock.time.startsWith("2027-04-02"));
  assert.equal((await tool(server, token, "GET", "/clock")).moved, false);
});
