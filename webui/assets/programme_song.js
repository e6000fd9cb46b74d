// The chosen song as it came, below the disc: its edits, the marked region and what was asked for, drawn and taken in hand.

import { canvas, copy, draw, on, show, state } from "./programme_state.js";
import { fitOwn, fullLength, keyOf, laid, ownX, rateOf, regionOf, song, zoomOwn } from "./programme_laid.js";
import { wave } from "./programme_waves.js";
import { BELOW, HANDLE, colour, ruler, words } from "./programme_drawn.js";
import { alsoBelow } from "./programme_hands.js";
import { stepFrom } from "./programme_steps.js";
import { NAMES, asked, chooseEdit, edits, held, inOrder, setEnd } from "./programme_edits.js";

const pen = canvas.getContext("2d");
const TOP = BELOW + 26, HIGH = 92, WORDS = 16;
const timeAt = (px) => Math.max(0, Math.min(fullLength(song()), state.own.from + px / state.own.scale));

function band(from, to, name, alpha) {
  const a = ownX(from), b = ownX(to);
  pen.fillStyle = colour(name);
  pen.globalAlpha = alpha;
  pen.fillRect(a, TOP, Math.max(1, b - a), HIGH);
  pen.globalAlpha = 1;
  pen.fillRect(a - 0.5, TOP, 1, HIGH);
  pen.fillRect(b - 0.5, TOP, 1, HIGH);
}
function drawn() {
  const width = canvas.clientWidth, line = laid()[state.chosen];
  if (state.own.isFitted) fitOwn();
  canvas.dataset.songScale = state.own.scale;
  canvas.dataset.songFrom = state.own.from;
  ruler(width, TOP, state.own);
  pen.fillStyle = colour("--code");
  pen.fillRect(0, TOP, Math.min(width, ownX(line.full)), HIGH);
  pen.fillStyle = colour("--sheet");
  pen.fillRect(ownX(line.start), TOP, ownX(line.stop) - ownX(line.start), HIGH);
  pen.fillStyle = pen.strokeStyle = colour("--wave");
  const a = Math.max(0, ownX(0)), b = Math.min(width, ownX(line.full));
  wave({ key: keyOf(line.song), rate: line.rate, full: line.full, picture: "own" }, { a, b, s: timeAt(a), scale: state.own.scale }, { middle: TOP + HIGH / 2, half: HIGH / 2 - WORDS });
  edits().forEach((edit, n) => {
    const { from, to } = regionOf(edit, line.rate);
    band(from, to, n === state.edit ? "--accent" : "--fine", n === state.edit ? 0.24 : 0.14);
    words(NAMES[edit.what] || edit.what, ownX(from), Math.max(ownX(to), ownX(from) + 70), TOP + 12, n === state.edit ? "--accent" : "--fine");
  });
  asked().forEach((said, n) => wish(said, n, asked()[n + 1], width));
  if (state.region) band(state.region.from, state.region.to, "--accent", 0.2);
  const region = held();
  pen.fillStyle = colour("--accent");
  if (region) for (const s of [region.from, region.to]) pen.fillRect(ownX(s) - 4, TOP + HIGH / 2 - 8, 8, 16);
  pen.fillStyle = colour("--ink");
  pen.fillRect(ownX(state.own.cursor) - 0.5, TOP - 4, 1, HIGH + 4);
}
on("draw", drawn);
/** What a client or the staff asked for: over its range, with its words. */
function wish(said, n, after, width) {
  const isChosen = n === state.asked, a = ownX(said.seconds), b = ownX(said.until_seconds ?? said.seconds), y = TOP + HIGH - WORDS;
  pen.fillStyle = colour(isChosen ? "--accent" : "--soft");
  pen.globalAlpha = isChosen ? 0.35 : 0.18;
  pen.fillRect(a, y, Math.max(3, b - a), WORDS);
  pen.globalAlpha = 1;
  pen.fillRect(a - 0.5, TOP, 1, HIGH);
  words(`${said.by}: ${said.words}`, a, Math.min(width, after ? ownX(after.seconds) - 4 : width), y + 12, isChosen ? "--accent" : "--ink");
}

let drag = null;
function endNear(px) {
  const near = (s) => Math.abs(ownX(s) - px) <= HANDLE, region = held(), rate = rateOf(song());
  for (const end of ["from", "to"]) if (region && near(region[end])) return { end, n: state.edit };
  for (const [n, edit] of edits().entries()) for (const end of ["from", "to"]) if (near(regionOf(edit, rate)[end])) return { end, n };
  return null;
}
const editAt = (s) => edits().findIndex((edit) => { const { from, to } = regionOf(edit, rateOf(song())); return s >= from && s < to; });
alsoBelow({
  takes({ px }) {
    const hit = endNear(px), s = timeAt(px);
    if (hit) { state.edit = hit.n; if (hit.n >= 0) state.region = null; }
    drag = { px, s, end: hit?.end, was: copy(state.programme) };
    return true;
  },
  moves({ px }) {
    if (!drag || (Math.abs(px - drag.px) < 4 && !drag.isMoving)) return;
    const s = timeAt(px);
    drag.isMoving = true;
    if (drag.end) {
      // From where it stood: an end that passed the other comes back.
      if (state.edit >= 0) state.programme = copy(drag.was);
      setEnd(drag.end, s);
    } else Object.assign(state, { edit: -1, held: s < drag.s ? "from" : "to", region: { from: Math.min(s, drag.s), to: Math.max(s, drag.s) } });
    draw();
  },
  ends() {
    const done = drag;
    drag = null;
    if (!done) return;
    state.own.cursor = done.isMoving ? held()?.from ?? done.s : done.s;
    if (!done.isMoving) { if (!done.end) { state.region = null; chooseEdit(editAt(done.s)); state.own.cursor = done.s; } return show(); }
    if (!done.end || state.edit < 0) return show();
    inOrder(edits()[state.edit]);
    stepFrom(done.was);
  },
  cursor: ({ px }) => (endNear(px) ? "ew-resize" : "text"),
  wheel({ px }, event) {
    if (event.ctrlKey) zoomOwn(event.deltaY < 0 ? 1.25 : 0.8, px);
    else { state.own.isFitted = false; state.own.from = Math.max(0, state.own.from + (event.deltaY || event.deltaX) / state.own.scale); }
  },
});
export const acts = { song_in: () => { zoomOwn(2); draw(); }, song_out: () => { zoomOwn(0.5); draw(); }, song_all: () => { fitOwn(); draw(); } };
export const keys = { k: acts.song_in, K: acts.song_out, j: acts.song_all };
