// Steps: each change of the programme, by drag, key or field, can be taken back and is tried at once.

import { board, copy, find, give, show, state } from "./programme_state.js";
import { check, whenLoaded } from "./programme_asked.js";
import { disc, fit, laid, listOf, nudgeOf, place, rateOf, seconds, song, written } from "./programme_laid.js";

const undone = [], redone = [];
let due = 0;
whenLoaded(() => { undone.length = 0; redone.length = 0; });
export const steps = () => ({ back: undone.length, again: redone.length });

/** One step: what is changed can be taken back, and is tried at once. */
export function step(change) {
  if (!board.dataset.may) return;
  const was = copy(state.programme);
  change();
  if (JSON.stringify(was) === JSON.stringify(state.programme)) return;
  undone.push(was);
  redone.length = 0;
  changed();
}
/** The same for what a drag did step by step since `was`. */
export function stepFrom(was) {
  const now = state.programme;
  state.programme = was;
  step(() => { state.programme = now; });
}
function changed() {
  state.isKept = false;
  state.tried = null;
  show();
  clearTimeout(due);
  due = setTimeout(check, 350);
}
function back(these, those) {
  if (!these.length) return;
  const { track } = song();
  those.push(copy(state.programme));
  state.programme = these.pop();
  state.disc = Math.min(state.disc, state.programme.disc.length - 1);
  // The chosen song stays so wherever it lies now.
  const at = listOf().findIndex((one) => one.track === track);
  if (at < 0) turnTo(Math.min(state.chosen, listOf().length - 1));
  else state.chosen = at;
  state.edit = Math.min(state.edit, (song().edit || []).length - 1);
  changed();
}
export const undo = () => back(undone, redone);
export const redo = () => back(redone, undone);

/** Another song is the chosen one: what was marked in the one before belongs to that. */
function turnTo(index) {
  Object.assign(state, { chosen: index, region: null, edit: -1, asked: -1 });
  Object.assign(state.own, { isFitted: true, cursor: 0 });
}
export const choose = (index) => { if (index !== state.chosen) turnTo(index); };
/** Another disc is seen, from its first song. */
export function turnDisc(to) {
  if (!state.programme.disc[to]) return;
  state.disc = to;
  turnTo(0);
  fit();
  show();
}
const hidden = () => (disc().hidden ? 1 : 0);
export function move(by) {
  const own = disc().track, at = state.chosen - hidden(), to = at + by;
  if (at < 0 || to < 0 || to >= own.length) return;
  step(() => { own.splice(to, 0, own.splice(at, 1)[0]); state.chosen = to + hidden(); });
}
/** Sets a time of the chosen song; an empty one takes it away. */
export const set = (name, value) => give(song(), name, value);
export function nudge(name, by) {
  const line = laid()[state.chosen], one = song(), rate = line.rate, unit = nudgeOf(rate, state.scale, 0.01);
  const length = (text) => seconds(text, rate) ?? 0;
  step(() => {
    if (name === "gap") set("gap", `${Math.max(0, Math.round((length(one.gap ?? (state.chosen ? state.programme.gap : "0 s")) + by * 0.1) * 1000) / 1000).toFixed(3)} s`);
    else if (name === "start") { const at = Math.max(0, line.start + by * unit); set("start", at > 0 ? place(at, rate) : null); }
    else if (name === "end") { const at = line.stop + by * unit; set("end", at < line.full ? place(at, rate) : null); }
    else if (name === "segue") segue(length(one.segue?.length) + by * 0.1);
    else fade(name, length(one[name]?.length) + by * 0.1);
  });
}
function segue(length) {
  const next = listOf()[state.chosen + 1];
  if (!next) return;
  if (length < 0.0005) return set("segue", null);
  // Where songs run into each other there is neither gap nor fade.
  for (const name of ["gap", "room_tone", "fade_in"]) delete next[name];
  set("fade_out", null);
  song().segue = { shape: "equal_power", mark: "middle", ...song().segue, length: written(length, rateOf(song())) };
}
export function fade(name, length) {
  if (length <= 0.0005) return set(name, null);
  const shape = find("form.song-panel").elements[name + "_shape"].value;
  song()[name] = { length: written(length, rateOf(song())), shape: song()[name]?.shape || shape };
}
/** Leaves the chosen song off; it stays in the order. */
export function off() {
  const own = disc().track, at = state.chosen - hidden();
  if (at >= 0 && own.length > 1) step(() => { own.splice(at, 1); turnTo(Math.max(0, state.chosen - 1)); });
}
/** A disc begins at the chosen song; where it is the first, the disc goes on behind the one before. */
export function split() {
  const own = disc(), at = state.chosen - hidden(), all = state.programme.disc;
  step(() => {
    if (at > 0) { all.splice(state.disc + 1, 0, { track: own.track.splice(at) }); state.disc += 1; turnTo(0); }
    else if (state.disc && !own.hidden) { const before = all[state.disc - 1]; turnTo(before.track.length); before.track.push(...own.track); all.splice(state.disc, 1); state.disc -= 1; }
  });
}
/** What a drag of an end, a corner or a gap makes of the chosen song. */
export function dragged({ line, what }, by) {
  if (what === "gap") set("gap", written(Math.max(0, line.at - line.gapFrom + by), line.rate));
  else if (what === "start") { const at = Math.min(line.stop, Math.max(0, line.start + by)); set("start", at > 0 ? place(at, line.rate) : null); }
  else if (what === "end") { const at = Math.max(line.start, line.stop + by); set("end", at < line.full ? place(at, line.rate) : null); }
  else fade(what, what === "fade_in" ? line.fadeIn + by : line.fadeOut - by);
}
