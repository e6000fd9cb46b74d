// The words as they stand on the screen: lines with their times, what was done to them, and the text that is kept of them.

const STAMP = /^\[(\d{1,3}):([0-5]?\d)(?:[.:](\d{1,3}))?\]/;
const APART_MS = 10;

export const state = { lines: [], chosen: 0, isKept: true };
const back = [], again = [];

const two = (number) => String(number).padStart(2, "0");
export const clock = (ms) => `${Math.floor(ms / 60000)}:${two(Math.floor(ms / 1000) % 60)}.${String(ms % 1000).padStart(3, "0")}`;
const stamp = (ms) => `[${two(Math.floor(ms / 60000))}:${two(Math.floor(ms / 1000) % 60)}.${String(ms % 1000).padStart(3, "0")}]`;

/** The lines of a text as Lacquer writes it; whatever else LRC knows is read where it is kept. */
export function parse(text) {
  const lines = [];
  for (const given of text.replace(/\r\n?/g, "\n").split("\n")) {
    const found = STAMP.exec(given.trim());
    const words = (found ? given.trim().slice(found[0].length) : given).trim();
    const ms = found && (Number(found[1]) * 60 + Number(found[2])) * 1000 + Number((found[3] || "").padEnd(3, "0"));
    const sung = found && !words && lines.findLast((line) => line.from !== null);
    if (sung && sung.until === null && sung.from < ms) sung.until = ms;
    else if (!found || words) lines.push({ text: words, from: found ? ms : null, until: null });
  }
  while (lines.length && !lines.at(-1).text) lines.pop();
  return lines;
}

export const sheet = (lines) => lines.map((line) => (line.from === null ? "" : stamp(line.from)) + line.text + "\n" + (line.until === null ? "" : stamp(line.until) + "\n")).join("");

/** What would be refused of each line, by its place. */
export function wrong(lines, length) {
  const said = new Map();
  let before = null;
  lines.forEach((line, place) => {
    if (line.from === null) return;
    if (before && line.from < before.from + APART_MS) said.set(place, `It begins before ${APART_MS} ms after the line before it.`);
    else if (before && before.until !== null && line.from < before.until) said.set(place, "It begins before the line before it ends.");
    else if (line.until !== null && line.until <= line.from) said.set(place, "It ends before it begins.");
    else if (length && Math.max(line.from, line.until ?? 0) > length) said.set(place, `It lies behind the end of the song at ${clock(length)}.`);
    before = line;
  });
  return said;
}

export const isSung = (place) => Boolean(state.lines[place]?.text);
/** The next line with words from a place on, in one direction; where there is none, the place itself stays. */
export function sungFrom(place, step) {
  for (let at = place; at >= 0 && at < state.lines.length; at += step) if (isSung(at)) return at;
  return null;
}

/** The line that sounds at a time. */
export function soundingAt(ms) {
  let at = -1;
  state.lines.forEach((line, place) => { if (line.from !== null && line.from <= ms && (at < 0 || line.from >= state.lines[at].from)) at = place; });
  return at >= 0 && (state.lines[at].until ?? Infinity) > ms ? at : -1;
}

const copy = () => ({ lines: state.lines.map((line) => ({ ...line })), chosen: state.chosen });
/** Does something to the lines that can be taken back. */
export function step(act) {
  const was = copy();
  act();
  back.push(was);
  again.length = 0;
  state.isKept = false;
}
function swap(from, to) {
  const other = from.pop();
  if (!other) return false;
  to.push(copy());
  Object.assign(state, other, { isKept: false });
  return true;
}
export const undo = () => swap(back, again);
export const redo = () => swap(again, back);
export const steps = () => ({ back: back.length, again: again.length });
