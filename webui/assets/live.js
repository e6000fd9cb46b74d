// The live room: what is pressed is said without the page going away, levels move, and the board is drawn anew when
// the session is another. Everything has a key.

const board = document.getElementById("board");
const STEP_SECONDS = 5, DRAG = 4;
let drawing = false, due = false, seconds = Number(board.dataset.seconds || 0), bins = null, dragged = null;

const clock = (at) => Math.floor(at / 60) + ":" + String(Math.floor(at % 60)).padStart(2, "0");
const number = (name) => Number(board.dataset[name]);
const find = (selector) => board.querySelector(selector);

function refuse(words) {
  const line = document.getElementById("refused");
  line.textContent = words || "";
  line.hidden = !words;
}

const typable = "form input:not([type=hidden])";
/** What a field is called, however often the board is drawn: its form's fixed fields, its own name. */
const called = (field) => [...field.form.elements].filter((one) => one.type === "hidden" && one.name !== "form_token").map((one) => one.value).join(" ") + " " + field.form.id + " " + field.name;

/** What somebody has written (or ticked) and not said yet, by field. */
function unsaid() {
  const fields = [...board.querySelectorAll(typable)].filter((field) => field.value !== field.defaultValue || field.checked !== field.defaultChecked);
  return new Map(fields.map((field) => [called(field), field]));
}

/** What a form has said is written by nobody any more. */
function settle(form) {
  const said = new Set([...form.elements].filter((one) => one.matches("input:not([type=hidden])")).map(called));
  for (const field of board.querySelectorAll(typable)) if (said.has(called(field))) field.defaultValue = field.value;
}

/** Says what a form says. */
async function say(form) {
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => null);
  if (!answer) return refuse("Lacquer does not answer; try again.");
  if (answer.type === "opaqueredirect" || answer.ok) { settle(form); return refuse(""); }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  refuse(page.querySelector(".refusal")?.textContent || page.querySelector(".lead")?.textContent || "That was not done (" + answer.status + ").");
}

/** Says a word that no form stands for as it is: the fields of one that does, with others in them. */
function sayWith(form, fields) {
  for (const [name, value] of Object.entries(fields)) form.elements[name].value = value;
  say(form);
}

const goTo = (at) => {
  const form = find("form[data-say] input[value=at]")?.form;
  if (form) { const copy = form.cloneNode(true); if (!copy.elements.seconds) return; copy.action = form.action; sayWith(copy, { seconds: Math.max(0, at).toFixed(3) }); }
};
const goRound = (from, to) => {
  const form = document.getElementById("loop-form");
  if (form && to > from) { const copy = form.cloneNode(true); copy.action = form.action; sayWith(copy, { from_seconds: from.toFixed(3), to_seconds: to.toFixed(3) }); }
};

board.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-say]")) return;
  event.preventDefault();
  event.stopPropagation();
  say(event.target);
});

let turning;
board.addEventListener("input", (event) => {
  const form = event.target.closest("form.knob");
  if (!form) return;
  clearTimeout(turning);
  turning = setTimeout(() => { if (event.target.validity.valid) say(form); }, 80);
});

function place() {
  const wave = find(".live-wave");
  if (!wave) return;
  const all = number("duration") || 1;
  const cursor = wave.querySelector(".cursor");
  cursor.style.left = Math.min(100, (seconds / all) * 100) + "%";
  wave.setAttribute("aria-valuenow", seconds.toFixed(1));
  const position = find(".position");
  if (position) position.textContent = clock(seconds);
}

function drawWave() {
  const wave = find(".live-wave");
  if (!wave) return;
  wave.hidden = false;
  const all = number("duration") || 1;
  const round = wave.querySelector(".round");
  const [from, to] = dragged || [number("loopFrom"), number("loopTo")];
  if (to > from) { round.setAttribute("x", (from / all) * 1000); round.setAttribute("width", ((to - from) / all) * 1000); } else round.setAttribute("width", 0);
  if (bins) {
    const x = (i) => ((i + 0.5) * 1000 / bins.length).toFixed(1);
    const top = bins.map(([, high], i) => x(i) + " " + (127 - Math.max(high, 0.6)).toFixed(1));
    const bottom = bins.map(([low], i) => x(i) + " " + (127 - Math.min(low, -0.6)).toFixed(1)).reverse();
    wave.querySelector("path").setAttribute("d", "M" + top.join("L") + "L" + bottom.join("L") + "Z");
  }
  place();
}

function listenToWave() {
  const wave = find(".live-wave");
  if (!wave) return;
  const at = (event) => { const box = wave.getBoundingClientRect(); return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * number("duration"); };
  let began = null;
  wave.addEventListener("pointerdown", (event) => { began = { x: event.clientX, at: at(event) }; wave.setPointerCapture(event.pointerId); });
  wave.addEventListener("pointermove", (event) => {
    if (!began || Math.abs(event.clientX - began.x) < DRAG) return;
    dragged = [Math.min(began.at, at(event)), Math.max(began.at, at(event))];
    drawWave();
  });
  wave.addEventListener("pointerup", () => {
    if (!began) return;
    if (dragged) goRound(...dragged); else goTo(began.at);
    began = null;
    dragged = null;
  });
}

/** Draws the board anew, with what was open left open; not while something is held down or written. */
async function draw() {
  due = true;
  if (drawing) return;
  drawing = true;
  while (due) {
    due = false;
    const answer = await fetch(board.dataset.page, { redirect: "error" }).catch(() => null);
    if (!answer || !answer.ok) { setTimeout(draw, 2000); break; }
    const next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("board");
    if (!next) continue;
    if (dragged || board.querySelector("button:active") || board.querySelector(".live-wave:active")) { setTimeout(draw, 200); break; }
    const focus = document.activeElement, fields = (root) => [...root.querySelectorAll("button, a, summary, input:not([type=hidden]), .live-wave")];
    const held = board.contains(focus) ? fields(board).indexOf(focus) : -1, typed = held >= 0 && focus.matches("input") ? focus.value : null;
    const written = unsaid();
    const open = [...board.querySelectorAll("details")].map((details) => [details.id, details.open]);
    board.replaceChildren(...next.childNodes);
    for (const name of Object.keys(board.dataset)) if (!(name in next.dataset)) delete board.dataset[name];
    Object.assign(board.dataset, next.dataset);
    for (const [id, isOpen] of open) { const details = document.getElementById(id); if (details) details.open = isOpen; }
    const field = fields(board)[held];
    field?.focus({ preventScroll: true });
    if (typed !== null && field?.matches("input")) field.value = typed;
    for (const one of board.querySelectorAll(typable)) { const was = written.get(called(one)); if (was) { one.value = was.value; one.checked = was.checked; } }
    listenToWave();
    drawWave();
    // A page that changes several times a second is not read.
    await new Promise((done) => setTimeout(done, 120));
  }
  drawing = false;
}

const words = (level) => level.peak_dbfs === null ? "silent" : (level.peak_dbfs.toFixed(1) + " / " + (level.rms_dbfs ?? -99).toFixed(1)).replaceAll("-", "\u2212");

function show(moment) {
  seconds = moment.seconds;
  place();
  const levels = [moment.source];
  moment.sends.forEach((send, at) => levels.push(send, moment.returns[at]));
  levels.push(moment.monitors);
  board.querySelectorAll("[data-meter]").forEach((row, at) => {
    const level = levels[at];
    if (!level) return;
    const meter = row.querySelector("meter");
    meter.value = level.peak_dbfs === null ? meter.min : Math.max(level.peak_dbfs, meter.min);
    row.querySelector(".level").textContent = words(level);
  });
  const lufs = find("[data-lufs]"), xruns = find("[data-xruns]");
  if (lufs) lufs.textContent = moment.short_term_lufs === null ? "silent" : moment.short_term_lufs.toFixed(1).replace("-", "\u2212") + " LUFS";
  if (xruns) xruns.textContent = moment.xruns;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  const button = [...board.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key || one.dataset.key === event.key.toLowerCase());
  const from = number("loopFrom") || 0, to = number("loopTo") || number("duration");
  if (button) button.form.requestSubmit(button);
  else if (event.key === "ArrowLeft") goTo(seconds - STEP_SECONDS);
  else if (event.key === "ArrowRight") goTo(seconds + STEP_SECONDS);
  else if (event.key === "[") goRound(seconds, Math.max(to, seconds + 1));
  else if (event.key === "]") goRound(Math.min(from, seconds), seconds);
  else return;
  event.preventDefault();
});

listenToWave();
drawWave();
fetch(board.dataset.sheet).then((answer) => answer.ok ? answer.json() : null).then((sheet) => {
  if (!sheet) return;
  bins = sheet.overview?.bins ?? sheet.bins;
  drawWave();
}).catch(() => {});
if (typeof EventSource === "function") {
  const source = new EventSource(board.dataset.live);
  let first = true;
  source.addEventListener("error", () => refuse("Lacquer does not answer; the page asks again by itself."));
  source.addEventListener("open", () => refuse(""));
  source.addEventListener("live", () => { if (!first || !board.dataset.standing || board.dataset.standing !== "ready") draw(); first = false; });
  source.addEventListener("moment", (event) => show(JSON.parse(event.data)));
}
