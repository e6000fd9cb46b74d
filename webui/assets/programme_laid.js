// What lies where: times as people write them, the songs in their versions, and each song's parts as its edits leave them.

import { canvas, state } from "./programme_state.js";

/** More of a repeat is counted, but not drawn one by one. */
const MOST_REPEATS = 64;

export const clock = (s) => `${Math.floor(s / 60)}:${(s % 60).toFixed(3).padStart(6, "0")}`;

/** Seconds of a time as people write it; none for what is no time. */
export function seconds(text, rate = 48000) {
  if (typeof text !== "string") return null;
  const sign = text.trim().startsWith("-") ? -1 : 1, bare = text.trim().replace(/^-/, "");
  let found;
  if ((found = /^(\d+):(\d+):(\d+)$/.exec(bare))) return sign * (found[1] * 60 + +found[2] + found[3] / 75);
  if ((found = /^(\d+):(\d+(?:\.\d+)?)$/.exec(bare))) return sign * (found[1] * 60 + +found[2]);
  if ((found = /^(\d+(?:\.\d+)?)\s*(s|ms|seconds?|CD frames?|samples?)$/.exec(bare))) {
    const unit = found[2], by = unit === "ms" ? 0.001 : unit.startsWith("CD") ? 1 / 75 : unit.startsWith("sa") ? 1 / rate : 1;
    return sign * found[1] * by;
  }
  return null;
}
/** A length or place as it is written: to the millisecond, or to the sample where samples can be seen. */
const isFine = (rate, scale) => scale > rate / 4;
const inSamples = (s, rate) => `${Math.round(s * rate)} samples`;
const toMs = (s) => Math.round(s * 1000) / 1000;
export const written = (s, rate, scale = state.scale) => (isFine(rate, scale) ? inSamples(s, rate) : `${toMs(s).toFixed(3)} s`);
export const place = (s, rate, scale = state.scale) => (isFine(rate, scale) ? inSamples(s, rate) : clock(toMs(s)));
/** What a key moves a place by: a sample where samples can be seen, else so much. */
export const nudgeOf = (rate, scale, usual) => (isFine(rate, scale) ? 1 / rate : usual);

export const disc = () => state.programme.disc[state.disc];
export const songsOf = (own) => (own.hidden ? [own.hidden, ...own.track] : own.track);
export const listOf = () => songsOf(disc());
export const song = () => listOf()[state.chosen];
export const numberOf = (index) => (disc().hidden ? index : index + 1);
export const known = (one) => state.view.songs.find((own) => own.track === one.track);
export const versionOf = (one) => { const all = known(one)?.versions || []; return all.find((own) => own.number === one.version) || all.at(-1); };
export const rateOf = (one) => versionOf(one)?.rate_hz || 48000;
export const keyOf = (one) => { const own = versionOf(one); return own?.heard_at ? `${own.heard_at}/${one.track}` : ""; };
export const fullLength = (one) => { const own = versionOf(one); return own ? own.frames / own.rate_hz : 30; };
/** The chosen song's part of what the server says of the programme as it stands here. */
export const toldOf = (index) => state.tried?.discs[state.disc]?.tracks.find((one) => one.number === numberOf(index));
export const faultsOf = (index) => (state.tried?.faults || []).filter((one) => one.disc === state.disc + 1 && one.track === numberOf(index));

/** An edit's region in seconds of the song as it came. */
export const regionOf = (edit, rate) => ({ from: seconds(edit.from, rate) ?? 0, to: seconds(edit.to, rate) ?? 0 });

/** What sounds of a song: stretches of it as it came, by where each begins behind the song's own beginning. */
function partsOf(one, start, stop, rate) {
  const parts = [];
  let done = start, at = 0, end = stop, fade = 0;
  const put = (from, to, more) => { if (to > from) { parts.push({ from, to, at, ...more }); at += to - from; } };
  (one.edit || []).forEach((edit, n) => {
    const own = regionOf(edit, rate), from = Math.max(done, Math.min(own.from, end)), to = Math.max(from, Math.min(own.to, end));
    put(done, from);
    const more = { what: edit.what, n };
    if (edit.what === "cut") parts.push({ from, to: from, at, ...more });
    else if (edit.what === "repeat") {
      const times = edit.times || 1, drawn = Math.min(times, MOST_REPEATS);
      for (let each = 0; each <= drawn; each += 1) put(from, to, more);
      at += (times - drawn) * (to - from);
    } else put(from, to, more);
    done = to;
    if (edit.what === "radio_fade") { end = to; fade = to - from; }
  });
  put(done, end);
  return { parts, length: at, fade };
}

/** Where the songs of this disc lie, by the programme as it is on the screen. */
export function laid() {
  let end = 0, before = null;
  return listOf().map((one, index) => {
    const rate = rateOf(one), full = fullLength(one), start = seconds(one.start, rate) ?? 0, stop = seconds(one.end, rate) ?? full;
    const { parts, length, fade } = partsOf(one, start, Math.max(start, stop), rate);
    const overlap = before?.segue ? seconds(before.segue.length, rate) ?? 0 : 0;
    const gap = before?.segue ? 0 : Math.max(0, seconds(one.gap ?? (index ? state.programme.gap : "0 s"), rate) ?? 0);
    const at = Math.max(0, end + gap - overlap), was = end;
    end = at + length;
    before = one;
    const fadeOut = seconds((one.fade_out || one.segue)?.length, rate) ?? fade;
    return { song: one, index, at, end, gapFrom: was, start, stop, full, rate, parts, fadeIn: seconds(one.fade_in?.length, rate) ?? overlap, fadeOut };
  });
}
/** Where on the disc a time of a song is heard; none where it was cut out. */
export function heardAt(line, s) {
  const part = line.parts.find((one) => s >= one.from && s < one.to);
  return part ? line.at + part.at + (part.what === "reverse" ? part.to - s : s - part.from) : null;
}
export const whole = () => laid().at(-1)?.end || 1;

export const x = (s) => (s - state.from) * state.scale;
export function fit() {
  state.isFitted = true;
  state.from = 0;
  state.scale = Math.max(0.01, (canvas.clientWidth - 12) / whole());
}
export function zoom(by, at = canvas.clientWidth / 2) {
  state.isFitted = false;
  const t = state.from + at / state.scale, most = rateOf(song()) * 8;
  state.scale = Math.min(most, Math.max((canvas.clientWidth - 12) / whole(), state.scale * by));
  state.from = Math.max(0, t - at / state.scale);
}
/** The same for the chosen song as it came, which keeps its cursor in sight. */
export const ownX = (s) => (s - state.own.from) * state.own.scale;
export function fitOwn() {
  Object.assign(state.own, { isFitted: true, from: 0, scale: Math.max(0.01, canvas.clientWidth / fullLength(song())) });
}
export function zoomOwn(by, at = ownX(state.own.cursor)) {
  const own = state.own, t = own.from + at / own.scale, least = canvas.clientWidth / fullLength(song());
  own.scale = Math.min(rateOf(song()) * 8, Math.max(least, own.scale * by));
  own.isFitted = own.scale === least;
  own.from = Math.max(0, Math.min(t - at / own.scale, fullLength(song()) - canvas.clientWidth / own.scale));
}
