// The patchbay, live: levels move, and the board is drawn anew when the hardware is another.

const board = document.getElementById("board");
let rows = new Map(), drawing = false, due = false;

function words(text) {
  const place = board.querySelector("[data-live-words]");
  if (place) place.textContent = text;
}

function gather() {
  rows = new Map();
  for (const row of board.querySelectorAll("[data-port]")) {
    const meter = row.querySelector("meter");
    if (meter) rows.set(row.dataset.port, { meter, level: row.querySelector(".level") });
  }
}

function show(levels) {
  const load = board.querySelector("[data-load]");
  if (load) load.textContent = levels.load_percent.toFixed(1) + " %";
  for (const [port, { meter, level }] of rows) {
    const peak = levels.ports[port] ?? null;
    meter.value = peak === null ? meter.min : Math.max(peak, meter.min);
    level.textContent = peak === null ? "silent" : peak.toFixed(1).replace("-", "\u2212") + " dB";
  }
}

/** Draws the board anew, with what was open left open; not while a button is held down or a form is on its way. */
async function draw() {
  due = true;
  if (drawing) return;
  drawing = true;
  while (due) {
    due = false;
    const answer = await fetch("/patchbay", { redirect: "error" }).catch(() => null);
    if (!answer || !answer.ok) { setTimeout(draw, 2000); break; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = page.getElementById("board");
    if (!next) continue;
    if (board.querySelector("form[data-sent], button:active")) { setTimeout(draw, 300); break; }
    const focus = document.activeElement, held = board.contains(focus) ? [...board.querySelectorAll("button, a, summary")].indexOf(focus) : -1;
    const open = [...board.querySelectorAll("details[open]")].map((details) => details.id);
    board.replaceChildren(...next.childNodes);
    board.dataset.version = next.dataset.version;
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (held >= 0) [...board.querySelectorAll("button, a, summary")][held]?.focus({ preventScroll: true });
    gather();
    words("Live.");
    // A page that changes several times a second is not read.
    await new Promise((done) => setTimeout(done, 250));
  }
  drawing = false;
}

if (board && typeof EventSource === "function") {
  gather();
  const source = new EventSource(board.dataset.live);
  source.addEventListener("open", () => words("Live."));
  source.addEventListener("error", () => words("Lacquer does not answer; the page asks again by itself."));
  source.addEventListener("levels", (event) => show(JSON.parse(event.data)));
  source.addEventListener("patchbay", (event) => { if (JSON.parse(event.data).version !== board.dataset.version) draw(); });
}
