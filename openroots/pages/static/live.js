// Shows requests as they are made. Without it, the page is asked for again by its form.
const place = document.getElementById("live");
const body = place.querySelector("tbody");
const told = document.getElementById("live-told");
const pattern = document.getElementById("live-row").content.querySelector("tr");
const token = document.querySelector("input[name=token]").value;
const { live, endpoint, status, newest } = place.dataset;
const MOST = 100;
let last = newest;
let count = 0;

const fits = (one) =>
  (!endpoint || one.endpoint === endpoint) && (!status || String(one.status) === status);

function show(one) {
  const row = pattern.cloneNode(true);
  const put = (slot, text) => (row.querySelector(`[data-slot=${slot}]`).textContent = text);
  put("method", one.method);
  put("path", one.path);
  put("ms", one.ms.toFixed(1));
  put("application", one.application || "Nobody known");
  put("status", one.lost ? "No answer" : one.status);
  const bad = one.lost || one.status >= 400;
  row.querySelector("[data-slot=status]").className = `nhsuk-tag nhsuk-tag--${bad ? "red" : "green"}`;
  row.querySelector("input[name=id]").value = one.id;
  row.querySelector("button .nhsuk-u-visually-hidden").textContent = ` ${one.method} ${one.path}`;
  body.prepend(row);
  while (body.children.length > MOST) body.lastElementChild.remove();
  document.getElementById("live-none")?.remove();
  count += 1;
  told.textContent = `${count} new since you opened this page.`;
}

function hear(event) {
  const lines = event.split("\n");
  const data = lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6));
  if (!data.length) return;
  const one = JSON.parse(data.join("\n"));
  last = one.id;
  if (fits(one)) show(one);
}

// An EventSource can send no header, so the events are read from the answer itself.
async function listen() {
  const headers = { "X-OpenRoots-Token": token };
  if (last) headers["Last-Event-ID"] = last;
  const answer = await fetch(live, { headers });
  if (!answer.ok) return false;
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return true;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    events.forEach(hear);
  }
}

told.textContent = "New requests are shown here as they are made.";
try {
  while (await listen());
} catch {
  // The server has gone, or the page is left.
}
told.textContent = "New requests are not shown any more. Look again.";
