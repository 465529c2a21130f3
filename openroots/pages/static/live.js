// Shows requests as they are made. Without it, the page is asked for again by its form.
const place = document.getElementById("live");
const body = place.querySelector("tbody");
const told = document.getElementById("live-told");
const pattern = document.getElementById("live-row").content.querySelector("tr");
const token = document.querySelector("input[name=token]").value;
const { live, endpoint, status, newest } = place.dataset;
const pause = document.getElementById("live-pause");
const MOST = 100;
const BETWEEN = 500; // milliseconds from what is told to what is told next, as it is read aloud
let last = newest;
let count = 0;
let held = null; // what came while the list is paused
let telling = false;

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
  shorten();
  document.getElementById("live-none")?.remove();
}

// The oldest go, but for the one in which the focus is.
function shorten() {
  const old = [...body.children].slice(MOST);
  old.filter((each) => !each.contains(document.activeElement)).forEach((each) => each.remove());
}

function tell() {
  telling = false;
  const paused = held ? " The list is paused." : "";
  told.textContent = `${count} new since you opened this page.${paused}`;
}

function take(one) {
  count += 1;
  if (held) held = [...held, one].slice(-MOST);
  else show(one);
  if (!telling) setTimeout(tell, BETWEEN);
  telling = true;
}

// Whoever reads, or goes through the list by keyboard, is not run away from.
pause.hidden = false;
pause.addEventListener("click", () => {
  held?.forEach(show);
  held = held ? null : [];
  pause.textContent = held ? "Go on" : "Pause";
  tell();
});

function hear(event) {
  const lines = event.split("\n");
  const data = lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6));
  if (!data.length) return;
  const one = JSON.parse(data.join("\n"));
  last = one.id;
  if (fits(one)) take(one);
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
pause.remove();
held?.forEach(show);
setTimeout(() => (told.textContent = "New requests are not shown any more. Look again."), BETWEEN);
