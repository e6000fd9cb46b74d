// Edits inside the chosen song: a region is marked, made into an edit, moved by its ends, heard as it will be, taken out again.

import { canvas, draw, say, show, state } from "./programme_state.js";
import { fullLength, known, laid, nudgeOf, numberOf, place, rateOf, regionOf, song } from "./programme_laid.js";
import { step } from "./programme_steps.js";
import { hear } from "./programme_sound.js";

export const NAMES = { cut: "cut", mute: "mute", reverse: "reverse", repeat: "repeat", replace: "replace", radio_fade: "radio fade" };
/** Why an edit of each kind is made where nobody says otherwise. */
const USUALLY = { cut: "length", mute: "language", reverse: "language", repeat: "length", replace: "language", radio_fade: "length" };
/** So long is what was asked for at a moment. */
const MOMENT_SECONDS = 1;
/** How the ends of each edit that was heard were joined, by the edit as it was. */
const joins = new Map();

export const edits = () => song().edit || [];
export const asked = () => known(song())?.comments || [];
export const chosenEdit = () => edits()[state.edit];
const nameOf = (edit) => `${song().track} ${song().version} ${JSON.stringify(edit)}`;
export const joined = (edit) => joins.get(nameOf(edit));
const within = (s) => Math.max(0, Math.min(fullLength(song()), s));
const written = (s) => place(within(s), rateOf(song()), state.own.scale);

/** The region that keys and fields are about: that of the chosen edit, or the marked one. */
export const held = () => { const edit = chosenEdit(); return edit ? regionOf(edit, rateOf(song())) : state.region; };

/** Sets one end of what is held; an end beyond the other takes it along. */
export function setEnd(end, s) {
  const was = held() || { from: s, to: s }, region = { ...was, [end]: within(s) };
  if (region.from > region.to) region[end === "from" ? "to" : "from"] = region[end];
  state.held = end;
  const edit = chosenEdit();
  if (!edit) { state.region = region; return; }
  if (region.from !== was.from) edit.from = written(region.from);
  if (region.to !== was.to) edit.to = written(region.to);
}
export function end(which, s = state.own.cursor) {
  if (chosenEdit()) step(() => setEnd(which, s));
  else { setEnd(which, s); show(); }
}
function nudgeEnd(by) {
  const region = held();
  if (region) end(state.held, region[state.held] + by * nudgeOf(rateOf(song()), state.own.scale, 0.001));
}
/** Edits stand in the order of their beginnings; the chosen one stays chosen. */
export function inOrder(chosen) {
  const rate = rateOf(song()), all = edits().sort((one, other) => regionOf(one, rate).from - regionOf(other, rate).from);
  if (all.length) song().edit = all; else delete song().edit;
  state.edit = all.indexOf(chosen);
}
/** What can take a region's place: first what goes beside the song. */
export function namesBeside() {
  const own = known(song())?.title, beside = (one) => one.startsWith(`${own} (`);
  return (state.view.names || []).filter((one) => one !== own).sort((one, other) => beside(other) - beside(one));
}
/** Makes the marked region an edit, or another one of the chosen edit. */
export function make(what) {
  const others = namesBeside(), had = chosenEdit();
  if (what === "replace" && !others.length) return say("There is nothing to take its place yet: name an instrumental, or another song, on the order's page.");
  const more = { repeat: { times: 1 }, radio_fade: { shape: "cosine" }, replace: { with: others[0] } }[what] || {};
  if (!had && !(state.region?.to > state.region?.from)) return say("Mark a region on the song first: drag over it, or set its ends with [ and ].");
  step(() => {
    const of = had || { from: written(state.region.from), to: written(state.region.to), because: USUALLY[what] };
    const edit = { what, from: of.from, to: of.to, because: of.because, ...(of.join && { join: of.join }), ...more };
    if (had) edits()[state.edit] = edit;
    else { song().edit = [...edits(), edit]; state.region = null; }
    inOrder(edit);
  });
}
export function remove() {
  if (chosenEdit()) return step(() => { song().edit.splice(state.edit, 1); inOrder(null); });
  state.region = null;
  show();
}
export function chooseEdit(n) {
  state.edit = n;
  state.region = null;
  const region = held();
  if (region) lookAt(region);
  show();
}
const next = (n, all) => (all.length ? (n + 1) % all.length : -1);
/** What was asked for at a moment or over a range, as the marked region. */
export function markAsked(n = state.asked) {
  const said = asked()[n];
  if (!said) return;
  Object.assign(state, { asked: n, edit: -1, region: { from: said.seconds, to: within(said.until_seconds ?? said.seconds + MOMENT_SECONDS) } });
  lookAt(state.region);
  show();
}
function lookAt({ from, to }) {
  const own = state.own, seen = canvas.clientWidth / own.scale;
  own.cursor = from;
  if (from < own.from || to > own.from + seen) own.from = Math.max(0, from - Math.max(0, seen - (to - from)) / 2);
}
export function hearEdit() {
  const edit = chosenEdit();
  if (!edit) return say(edits().length ? "Choose an edit first, with V or on the song." : "There is no edit in this song yet: mark a region, and make it one.");
  const name = nameOf(edit);
  hear(`/edit/${state.disc + 1}/${numberOf(state.chosen)}/${state.edit + 1}?around_ms=2500`, (answer) => { joins.set(name, answer.headers.get("lacquer-joined") || ""); show(); });
}
function walk(by) {
  const seen = canvas.clientWidth / state.own.scale, rate = rateOf(song());
  state.own.cursor = within(Math.round((state.own.cursor + by * Math.max(1 / rate, seen / 200)) * rate) / rate);
  const at = (state.own.cursor - state.own.from) / seen;
  if (at < 0 || at > 1) state.own.from = Math.max(0, state.own.cursor - seen / 2);
  draw();
}
/** Where the song is over, or fades out: a radio fade reaches from the marked region's beginning to its end. */
export const radioFade = () => {
  if (!chosenEdit() && state.region?.from === state.region?.to) state.region = { from: state.own.cursor, to: Math.min(laid()[state.chosen].stop, state.own.cursor + 5) };
  make("radio_fade");
};
export const acts = {
  cut: () => make("cut"), mute: () => make("mute"), reverse: () => make("reverse"), repeat: () => make("repeat"), replace: () => make("replace"), radio_fade: radioFade,
  hear_edit: hearEdit, remove_edit: remove, region_in: () => end("from"), region_out: () => end("to"),
  next_edit: () => chooseEdit(next(state.edit, edits())), next_asked: () => { state.asked = next(state.asked, asked()); show(); }, mark_asked: () => markAsked(),
};
export const keys = {
  c: acts.cut, m: acts.mute, r: acts.reverse, p: acts.repeat, t: acts.replace, f: radioFade, h: hearEdit, Backspace: remove, "[": acts.region_in, "]": acts.region_out,
  n: () => nudgeEnd(1), N: () => nudgeEnd(-1), ",": () => walk(-1), ".": () => walk(1), v: acts.next_edit, q: acts.next_asked, a: acts.mark_asked,
  Escape: () => { Object.assign(state, { region: null, edit: -1, asked: -1 }); show(); },
};
