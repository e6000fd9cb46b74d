// Words timed along with the song: a tap a line while it plays, corrected by keys, kept as the text of the form.

import { players } from "./player.js";
import { clock, isSung, parse, redo, soundingAt, state, step, sungFrom, undo } from "./lyrics_lines.js";
import { whenDragged } from "./lyrics_marks.js";
import { field, find, list, refused, reveal, root, say, show, sound } from "./lyrics_told.js";

const length = Number(root.dataset.lengthMs), form = find("form.words");
const player = players.find((one) => root.contains(one.root));
const lead = find("[name=lead]");

/** What reaches the ear now, in milliseconds of the master: the sound card is behind the clock that the song runs by. */
function heard() {
  const late = player.isPlaying ? player.context?.outputLatency || 0 : 0;
  return Math.max(0, Math.round((player.position() - late) * 1000));
}
const isPlaying = () => player?.root.dataset.state === "playing";
/** What is heard here may be an excerpt, whose time is not the song's. */
const isWhole = () => Math.abs(player.duration * 1000 - length) < 50;

function choose(place) {
  if (place === null || !isSung(place)) return;
  state.chosen = place;
  show();
}
function tap() {
  if (!player) return say("Nothing of the song can be heard here yet.");
  if (!isPlaying()) { player.play(); return; }
  if (!isWhole()) return say("What is heard here is not the whole song; it can be timed once the whole of it is.");
  const place = state.chosen;
  if (!isSung(place) || state.isOver) return say("Every line is tapped in.");
  const at = Math.min(length, Math.max(0, heard() + (Number(lead.value) || 0)));
  step(() => {
    Object.assign(state.lines[place], { from: at, until: null });
    // What ended later ends where this one begins.
    const before = state.lines.slice(0, place).findLast((line) => line.from !== null);
    if (before && before.until !== null && before.until > at) before.until = null;
    refused.delete(place + 1);
    const next = sungFrom(place + 1, 1);
    state.isOver = next === null;
    state.chosen = next ?? place;
  });
  root.dataset.tapped = `${root.dataset.tapped || ""} ${place}:${at}`;
  say(`${clock(at)} ${state.lines[place].text}`);
  show();
}
function change(act) {
  const line = state.lines[state.chosen];
  if (!line?.text) return;
  step(() => act(line));
  state.isOver = false;
  refused.delete(state.chosen + 1);
  show();
}
const nudge = (ms) => change((line) => {
  if (line.from === null) return say("This line has no time yet.");
  line.from = Math.max(0, line.from + ms);
  say(`${clock(line.from)} ${line.text}`);
});
function fromLine() {
  const line = state.lines[state.chosen];
  if (!player || !line) return;
  if (line.from === null) return say("This line has no time yet; it is tapped in while the song plays.");
  player.pause();
  player.seek(line.from / 1000);
  state.isOver = false;
  player.play();
}
function preview() {
  const isOn = list.classList.toggle("preview");
  find("[data-do=preview]").setAttribute("aria-pressed", String(isOn));
  if (isOn && player && !isPlaying()) player.play();
}
const taken = (is, words) => { state.isOver = false; if (is) { say(words); show(); } };
const move = (by) => { state.isOver = false; choose(sungFrom(state.chosen + by, by)); };
const acts = {
  tap, preview, from_line: fromLine, earlier: () => nudge(-10), later: () => nudge(10),
  clear: () => change((line) => { line.from = line.until = null; say(`No time: ${line.text}`); }),
  end: () => change((line) => { if (line.from !== null && heard() > line.from) line.until = heard(); else say("It ends after it begins: let the song play on."); }),
  undo: () => taken(undo(), "Taken back."), redo: () => taken(redo(), "Done again."),
};
const keys = {
  " ": () => { if (isPlaying()) tap(); else player?.play(); }, Enter: fromLine, ArrowUp: () => move(-1), ArrowDown: () => move(1),
  Home: () => choose(sungFrom(0, 1)), End: () => choose(sungFrom(state.lines.length - 1, -1)),
  e: acts.end, x: acts.clear, u: acts.undo, U: acts.redo, p: preview, Escape: () => player?.pause(),
  "Control+z": acts.undo, "Control+Z": acts.redo, "Control+y": acts.redo, "Control+s": () => form.requestSubmit(),
};
/** Comma and full stop are keys, wherever Shift puts other signs on them. */
function keyed(event) {
  const marks = { Comma: -1, Period: 1 }, way = { ",": -1, ".": 1, "<": -1, ">": 1, ";": -1, ":": 1 }[event.key] || marks[event.code];
  if (way && !event.ctrlKey && !event.metaKey) return () => nudge(way * (event.shiftKey ? 100 : 10));
  return keys[(event.ctrlKey || event.metaKey ? "Control+" : "") + event.key];
}
document.addEventListener("keydown", (event) => {
  const target = event.target, isTyping = target.closest("input, textarea, select, [contenteditable]");
  const isOther = target.closest("a, summary, button:not(.tap):not(.play)") && [" ", "Enter"].includes(event.key);
  const isWave = target.closest(".wave") && event.key === "Home";
  const act = event.altKey ? null : keyed(event);
  if (!act || isOther || isWave || (isTyping && !(event.ctrlKey && event.key === "s"))) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  // A key that is held down taps once.
  if (!event.repeat || act !== keys[" "]) act();
}, true);
document.addEventListener("keyup", (event) => { if (event.key === " " && event.target.closest("button.tap, button.play")) event.preventDefault(); }, true);
root.addEventListener("pointerdown", (event) => {
  if (!event.target.closest("[data-do=tap]") || event.button > 0) return;
  tap();
});
root.addEventListener("click", (event) => {
  const act = event.target.closest("[data-do]")?.dataset.do;
  // A finger has tapped when it came down; a click without one comes from a key or a reader.
  if (act && !(act === "tap" && event.detail > 0)) acts[act]();
  const line = event.target.closest(".lyric-lines li");
  if (line) { state.isOver = false; choose(Number(line.dataset.place)); list.focus({ preventScroll: true }); }
});
list.addEventListener("dblclick", fromLine);
whenDragged((place, ms) => {
  state.chosen = place;
  if (ms !== null) change((line) => { line.from = ms; say(`${clock(ms)} ${line.text}`); });
  show();
});

/** What was written or pasted becomes the lines. */
function read() {
  state.lines = parse(field.value);
  state.chosen = Math.max(0, state.lines.findIndex((line) => line.text && line.from === null));
  if (!isSung(state.chosen)) state.chosen = sungFrom(0, 1) ?? 0;
  state.isOver = false;
}
field.addEventListener("change", () => { step(read); show(); });
field.addEventListener("blur", show);

/** Keeps the form's text; what is refused stands beside its line, and the song plays on. */
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  event.stopPropagation();
  if (document.activeElement === field) { step(read); }
  root.dataset.state = "keeping";
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) }).catch(() => null);
  if (!answer) { root.dataset.state = "refused"; return say("Lacquer does not answer; nothing was kept. Try again."); }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const other = page.getElementById("lyrics");
  refused.clear();
  other?.querySelectorAll(".faults li").forEach((fault) => refused.set(Number(fault.dataset.line), fault.textContent));
  find(".refused").replaceChildren(...(other ? [...other.querySelectorAll(".refused > *")] : []));
  if (other) form.elements.key.value = other.querySelector("form.words [name=key]").value;
  root.dataset.state = answer.ok ? "kept" : "refused";
  if (other) document.querySelector(".lyric-songs").replaceChildren(...page.querySelector(".lyric-songs").children);
  if (answer.ok && other) {
    form.elements.after.value = other.querySelector("form.words [name=after]").value;
    root.querySelectorAll("form [name=after]").forEach((after) => { after.value = form.elements.after.value; });
    find(".told").textContent = other.querySelector(".told").textContent;
    field.value = other.querySelector("textarea").value;
    const chosen = state.chosen;
    state.lines = parse(field.value);
    state.chosen = isSung(chosen) ? chosen : sungFrom(0, 1) ?? 0;
    state.isKept = true;
    say("Kept.");
  } else {
    say(other ? "Nothing was kept." : page.querySelector(".lead")?.textContent || "Nothing was kept.");
  }
  show();
});
addEventListener("beforeunload", (event) => { if (!state.isKept) event.preventDefault(); });

function follow() {
  if (player) {
    const ms = heard();
    root.dataset.heardMs = ms;
    sound(isPlaying() || list.classList.contains("preview") ? soundingAt(ms) : -1);
  }
  requestAnimationFrame(follow);
}

if (form) {
  root.querySelectorAll("[hidden].needs-editor").forEach((part) => { part.hidden = false; });
  read();
  find(".refused").querySelectorAll(".faults li").forEach((fault) => refused.set(Number(fault.dataset.line), fault.textContent));
  state.isKept = true;
  show();
  reveal(state.chosen);
  follow();
}
