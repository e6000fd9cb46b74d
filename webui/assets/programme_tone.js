// What sounds in a gap in place of digital silence: which recording of the order, from where in it, how loud, and its blends.

import { board, canvas, find, give, on, say, state } from "./programme_state.js";
import { fullLength, keyOf, laid, nudgeOf, place, seconds, song, songsOf, written, x } from "./programme_laid.js";
import { wave } from "./programme_waves.js";
import { HANDLE, LANE, colour, top, words } from "./programme_drawn.js";
import { put } from "./programme_told.js";
import { step } from "./programme_steps.js";

const pen = canvas.getContext("2d"), form = find("form.song-panel"), field = form.elements;
/** So many seconds it blends where nobody says otherwise and the gap has room for them. */
const USUAL_BLEND = 0.1;

/** The order's song that is heard; none for what goes beside a song. */
const recorded = ({ file }) => state.view.songs.find((one) => one.title === file || one.track === file);
/** What the order holds: first what is no song of the programme. */
function recordings() {
  const all = state.programme.disc.flatMap(songsOf), isSong = (file) => all.some((one) => one.track === recorded({ file })?.track);
  return [...state.view.names].sort((one, other) => isSong(one) - isSong(other));
}
/** The gap before a song with what sounds in it; none where that is silence. */
function toneOf(line) {
  const tone = line.song.room_tone, length = line.at - line.gapFrom;
  return tone && { tone, length, from: seconds(tone.start, line.rate) ?? 0, blend: seconds(tone.blend, line.rate) ?? 0, own: recorded(tone) };
}
function drawn() {
  for (const line of laid()) {
    const told = toneOf(line), a = Math.max(0, x(line.gapFrom)), b = Math.min(canvas.clientWidth, x(line.at));
    if (!told || b <= a) continue;
    const { tone, from, blend, own } = told, y = top(line), s = from + a / state.scale + state.from - line.gapFrom;
    pen.fillStyle = pen.strokeStyle = colour(line.index === state.chosen ? "--accent" : "--fine");
    const key = own && { key: keyOf(own), rate: line.rate, full: fullLength(own), picture: `tone ${line.index}` };
    if (own) wave(key, { a, b, s, scale: state.scale }, { middle: y + LANE / 2 + 4, half: LANE / 2 - 14 });
    pen.lineWidth = 1.5;
    pen.beginPath();
    [[line.gapFrom, y + LANE - 7], [line.gapFrom + blend, y + 1], [line.at - blend, y + 1], [line.at, y + LANE - 7]].forEach(([t, high], n) => (n ? pen.lineTo(x(t), high) : pen.moveTo(x(t), high)));
    pen.stroke();
    if (line.index === state.chosen) for (const t of [line.gapFrom + blend, line.at - blend]) pen.fillRect(x(t) - 4, y - 1, 8, 8);
    words(tone.file, a, b, y + LANE - 12, line.index === state.chosen ? "--accent" : "--fine");
  }
}
on("draw", drawn);

/** What of a tone lies at a place of its gap: one of its blends, or below the middle the recording itself. */
export function toneBelow(line, { px, py }) {
  const told = toneOf(line), y = top(line), near = (t) => Math.abs(x(t) - px) <= HANDLE;
  if (!told || py < y - 4 || py > y + LANE) return {};
  if (py < y + 12) return near(line.gapFrom + told.blend) ? { what: "blend", tone: 1 } : near(line.at - told.blend) ? { what: "blend", tone: -1 } : {};
  return py > y + LANE / 2 ? { what: "start", tone: -1 } : {};
}
/** Moves one thing of the chosen song's tone from how it lies, as far as its gap and its recording go. */
function moved(what, line, by) {
  const { tone, length, from, blend, own } = toneOf(line), most = own ? Math.max(0, fullLength(own) - length) : Infinity;
  if (what === "blend") tone.blend = written(Math.max(0, Math.min(length / 2, blend + by)), line.rate);
  else if (what === "start") { const s = Math.max(0, Math.min(most, from + by)); give(tone, "start", s > 0 && place(s, line.rate)); }
  else give(tone, "gain_db", Math.round(((tone.gain_db || 0) + by) * 10) / 10);
}
/** What a drag of a blend or of the recording makes of it. */
export const draggedTone = ({ what, tone }, by) => moved(what, laid()[state.chosen], tone * by);

/** Another recording begins where that one begins; silence is none. */
function take(file) {
  const { at, gapFrom, rate } = laid()[state.chosen];
  step(() => give(song(), "room_tone", file && { blend: written(Math.min(USUAL_BLEND, (at - gapFrom) / 2), rate), ...song().room_tone, start: undefined, file }));
}
/** By key: the next recording, and behind the last silence. */
function next() {
  const all = recordings();
  if (!all.length) return say("The order holds no recording yet: room tone is sent like a mix.");
  take(all[all.indexOf(song().room_tone?.file) + 1]);
}
function nudge(what, by) {
  const line = laid()[state.chosen];
  if (!toneOf(line)) return say("Silence lies before this song: choose a recording in its panel, or with Shift R.");
  step(() => moved(what, line, what === "gain" ? by / 2 : by * nudgeOf(line.rate, state.scale, what === "blend" ? 0.01 : 0.1)));
}
function told() {
  const tone = song().room_tone, isOf = (file) => new Option(file, file, false, file === tone?.file);
  field.tone.replaceChildren(new Option("digital silence", ""), ...recordings().map(isOf));
  put(field, "tone_start", tone?.start ?? "");
  put(field, "tone_blend", tone?.blend ?? "");
  put(field, "tone_gain", tone?.gain_db ?? 0);
  for (const name of ["start", "blend", "gain"]) field[`tone_${name}`].parentElement.hidden = !tone;
  board.dataset.tone = tone ? [tone.file, tone.start || "", tone.blend, tone.gain_db || 0].join("|") : "";
}
on("show", told);

form.addEventListener("change", ({ target: { name, value } }) => {
  if (name === "tone") take(value);
  else if (name.startsWith("tone")) step(() => {
    const tone = song().room_tone;
    if (name === "tone_gain") give(tone, "gain_db", Number(value));
    else if (name === "tone_start") give(tone, "start", value.trim());
    else tone.blend = value.trim() || "0 s";
  });
});
export const keys = {
  R: next, 1: () => nudge("start", -1), 2: () => nudge("start", 1), 3: () => nudge("blend", -1), 4: () => nudge("blend", 1), 5: () => nudge("gain", -1), 6: () => nudge("gain", 1),
};
