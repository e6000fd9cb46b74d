// The programme on one canvas: waveforms with their real gaps, fades, segues, edits, loudness, findings and comments. What is
// dragged has a key, every step can be taken back, and what is wrong is said at its song while it is drawn.

import { board, canvas, draw, show, state } from "./programme_state.js";
import { keep, load } from "./programme_asked.js";
import { fit, laid, listOf, zoom } from "./programme_laid.js";
import { choose, move, nudge, off, redo, split, turnDisc, undo } from "./programme_steps.js";
import { audition } from "./programme_sound.js";
import "./programme_drawn.js";
import "./programme_told.js";
import { keys as toneKeys } from "./programme_tone.js";
import "./programme_hands.js";
import { acts as editActs, keys as editKeys } from "./programme_edits.js";
import { acts as songActs, keys as songKeys } from "./programme_song.js";
import { acts as discActs, keys as discKeys } from "./programme_discs.js";
import { acts as balanceActs, keys as balanceKeys } from "./programme_balance.js";
import "./programme_panel.js";

/** So close that each sample of the chosen song's beginning is seen. */
function close() {
  const line = laid()[state.chosen];
  state.isFitted = false;
  state.scale = line.rate * 4;
  state.from = Math.max(0, line.at - canvas.clientWidth / state.scale / 2);
  zoom(1);
}
const acts = {
  ...editActs, ...songActs, ...discActs, ...balanceActs, undo, redo, keep, audition, off, disc: split, earlier: () => move(-1), later: () => move(1),
  in: () => { zoom(2); draw(); }, out: () => { zoom(0.5); draw(); }, all: () => { fit(); draw(); }, close: () => { close(); draw(); },
};
const keys = {
  ...editKeys, ...songKeys, ...discKeys, ...balanceKeys, ...toneKeys,
  ArrowLeft: () => { choose(Math.max(0, state.chosen - 1)); show(); }, ArrowRight: () => { choose(Math.min(listOf().length - 1, state.chosen + 1)); show(); },
  "Alt+ArrowLeft": acts.earlier, "Alt+ArrowRight": acts.later, "<": acts.earlier, ">": acts.later, PageUp: () => turnDisc(state.disc - 1), PageDown: () => turnDisc(state.disc + 1), "/": split,
  g: () => nudge("gap", 1), G: () => nudge("gap", -1), s: () => nudge("start", 1), S: () => nudge("start", -1), e: () => nudge("end", -1), E: () => nudge("end", 1),
  i: () => nudge("fade_in", 1), I: () => nudge("fade_in", -1), o: () => nudge("fade_out", 1), O: () => nudge("fade_out", -1),
  x: () => nudge("segue", 1), X: () => nudge("segue", -1), Delete: off,
  " ": audition, "+": acts.in, "-": acts.out, 0: acts.all, z: acts.close,
  "Control+z": undo, "Control+Z": redo, "Control+y": redo, "Control+s": keep, u: undo, U: redo,
};
board.addEventListener("click", (event) => { const act = event.target.closest("[data-do]"); if (act) acts[act.dataset.do](); });
document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, select, textarea"), isButton = event.key === " " && event.target.closest("button, a, summary");
  const act = keys[(event.ctrlKey || event.metaKey ? "Control+" : "") + (event.altKey ? "Alt+" : "") + event.key];
  if (!act || isButton || (isTyping && !event.ctrlKey && !event.metaKey) || !state.view) return;
  event.preventDefault();
  act();
});
addEventListener("beforeunload", (event) => { if (!state.isKept) event.preventDefault(); });
board.querySelectorAll("[hidden].needs-programme").forEach((part) => { part.hidden = false; });
load();
