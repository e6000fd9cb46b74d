// The pointer on the canvas: what is dragged on the disc, and how it is scrolled and zoomed.

import { canvas, copy, draw, show, state } from "./programme_state.js";
import { laid, x, zoom } from "./programme_laid.js";
import { BELOW, HANDLE, LANE, RULER, top } from "./programme_drawn.js";
import { choose, dragged, move, stepFrom } from "./programme_steps.js";
import { draggedTone, toneBelow } from "./programme_tone.js";

export const within = (event) => { const box = canvas.getBoundingClientRect(); return { px: event.clientX - box.left, py: event.clientY - box.top }; };

/** What lies below the pointer: an end, a fade's handle, a song, or the gap before one with what sounds in it. */
function below({ px, py }) {
  const near = (s) => Math.abs(x(s) - px) <= HANDLE, lines = laid();
  for (const line of [...lines].sort((a, b) => (b.index === state.chosen) - (a.index === state.chosen))) {
    const y = top(line);
    if (py < y - 4 || py > y + LANE) continue;
    if (line.index === state.chosen && py < y + 12) { if (near(line.end - line.fadeOut) && line.fadeOut) return { line, what: "fade_out" }; if (near(line.at + line.fadeIn) && line.fadeIn) return { line, what: "fade_in" }; }
    if (near(line.at)) return { line, what: py < y + 12 ? "fade_in" : "start" };
    if (near(line.end)) return { line, what: py < y + 12 ? "fade_out" : "end" };
    if (px > x(line.at) && px < x(line.end)) return { line, what: "song" };
  }
  const gap = lines.find((line) => px >= x(line.gapFrom) && px <= x(line.at));
  return gap && py > RULER && py < RULER + 2 * LANE ? { line: gap, what: "gap", ...toneBelow(gap, { px, py }) } : null;
}
/** Others that take what lies below the disc: each says with `takes` whether a press is its own. */
const others = [];
export const alsoBelow = (hand) => others.push(hand);
let held = null;

canvas.addEventListener("pointerdown", (event) => {
  const at = within(event);
  canvas.focus();
  canvas.setPointerCapture(event.pointerId);
  held = at.py > BELOW ? others.find((hand) => hand.takes(at, event)) : null;
  if (held || at.py > BELOW) return;
  const hit = below(at);
  if (!hit || event.button > 0) { state.drag = { pan: event.clientX, from: state.from }; return; }
  choose(hit.line.index);
  state.drag = { ...hit, at: event.clientX, was: copy(state.programme) };
  show();
});
canvas.addEventListener("pointermove", (event) => {
  const at = within(event), drag = state.drag;
  if (held) return held.moves(at);
  if (!drag) {
    const hit = at.py > BELOW ? null : below(at), hand = others.find((one) => at.py > BELOW && one.cursor(at));
    canvas.style.cursor = hand ? hand.cursor(at) : !hit ? "default" : hit.what === "song" ? "grab" : "ew-resize";
    return;
  }
  if (drag.pan !== undefined) { state.from = Math.max(0, drag.from - (event.clientX - drag.pan) / state.scale); return draw(); }
  if (Math.abs(event.clientX - drag.at) < 4 && !drag.isMoving) return;
  drag.isMoving = true;
  if (drag.what === "song") {
    const rest = laid().filter((one) => one.index !== state.chosen);
    drag.to = rest.filter((one) => x((one.at + one.end) / 2) < at.px).length;
    drag.mark = drag.to ? rest[drag.to - 1].end : 0;
    return draw();
  }
  state.programme = copy(drag.was);
  (drag.tone ? draggedTone : dragged)(drag, (event.clientX - drag.at) / state.scale);
  draw();
});
function done() {
  const drag = state.drag, hand = held;
  state.drag = held = null;
  if (hand) return hand.ends();
  if (!drag || drag.pan !== undefined || !drag.isMoving) return draw();
  if (drag.what === "song") return move(drag.to - state.chosen);
  stepFrom(drag.was);
}
canvas.addEventListener("pointerup", done);
canvas.addEventListener("pointercancel", done);
canvas.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && !event.shiftKey) return;
  event.preventDefault();
  const at = within(event), hand = at.py > BELOW && others.find((one) => one.wheel);
  if (hand) hand.wheel(at, event);
  else if (event.ctrlKey) zoom(event.deltaY < 0 ? 1.25 : 0.8, at.px);
  else state.from = Math.max(0, state.from + (event.deltaY || event.deltaX) / state.scale);
  draw();
}, { passive: false });
addEventListener("resize", show);
