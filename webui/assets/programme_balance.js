// Balance: all songs side by side with what each would be moved by and why, and what shops make of them.

import { board, find, node, say, state } from "./programme_state.js";
import { send } from "./programme_asked.js";
import { songsOf } from "./programme_laid.js";
import { step } from "./programme_steps.js";

const part = find(".balance"), SVG = "http://www.w3.org/2000/svg";
const LOUD = 120, SPECTRUM = 96, NARROWEST = 84, WIDEST = 180, MARGIN_LU = 4;
let told = null, anchor = 0, of = "", wide = NARROWEST, loudest = 0, quietest = -40;

function shape(kind, attributes, words) {
  const made = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (words) made.textContent = words;
  return made;
}
const all = () => state.programme.disc.flatMap(songsOf);
const signed = (db) => `${db < 0 ? "\u2212" : "+"}${Math.abs(db).toFixed(1)}`;
const high = (lufs) => 16 + ((loudest - Math.max(quietest, lufs)) / (loudest - quietest)) * LOUD;

/** A song's spectrum against its own loudness, so that only its colour is compared. */
function spectrum(song, at, name) {
  const own = song.octaves.filter(([hz, db]) => db !== null && hz >= 30 && song.integrated_lufs !== null);
  if (own.length < 2) return [];
  const y = (db) => 60 + LOUD + SPECTRUM - ((Math.max(-50, Math.min(0, db)) + 50) / 50) * SPECTRUM;
  const level = own.reduce((sum, [, db]) => sum + db, 0) / own.length;
  const points = own.map(([, db], n) => `${(at + 8 + (n / (own.length - 1)) * (wide - 16)).toFixed(1)},${y(db - level - 22).toFixed(1)}`);
  return [shape("polyline", { points: points.join(" "), class: name })];
}
/** One column for each song: from its loudness to its loudest seconds, where it would go, and its spectrum over the anchor's. */
function column(song, n) {
  const at = n * wide, { gain_db: gain } = told.steps[n], middle = at + wide / 2 - 14, lufs = song.integrated_lufs;
  const title = song.title.length > 11 ? song.title.slice(0, 10) + "\u2026" : song.title;
  const made = [shape("text", { x: at + 6, y: 40 + LOUD, class: n === anchor ? "anchor" : "" }, title)];
  if (lufs !== null) {
    const top = high(song.max_short_term_lufs ?? lufs);
    made.push(shape("rect", { x: middle - 9, y: top, width: 18, height: Math.max(1, high(lufs) - top), class: "range" }));
    made.push(shape("rect", { x: middle - 16, y: high(lufs) - 1.5, width: 32, height: 3, class: n === anchor ? "own anchor" : "own" }));
    made.push(shape("text", { x: middle + 21, y: high(lufs) + 4 }, lufs.toFixed(1).replace("-", "\u2212")));
    if (gain) made.push(shape("rect", { x: middle - 16, y: high(lufs + gain) - 0.75, width: 32, height: 1.5, class: "moved" }));
  }
  return [...made, ...(n === anchor ? [] : spectrum(told.songs[anchor], at, "beside")), ...spectrum(song, at, n === anchor ? "anchor" : "")];
}
function picture() {
  const place = find(".balance-picture"), share = place.clientWidth / told.songs.length, tall = 66 + LOUD + SPECTRUM;
  const levels = told.songs.flatMap((one) => [one.integrated_lufs, one.max_short_term_lufs]).filter((one) => one !== null);
  wide = Math.round(Math.max(NARROWEST, Math.min(WIDEST, share)));
  loudest = Math.max(...levels) + MARGIN_LU / 2;
  quietest = Math.max(-50, Math.min(...levels)) - MARGIN_LU;
  const whole = told.songs.length * wide, svg = shape("svg", { viewBox: `0 0 ${whole} ${tall}`, width: whole, height: tall, role: "img", "aria-label": "Loudness and spectrum of all songs side by side" });
  svg.append(...told.songs.flatMap(column));
  place.replaceChildren(svg);
}
function steps() {
  find(".balance-steps").replaceChildren(...told.steps.map((one) => {
    const item = node("li"), by = [one.gain_db && `${signed(one.gain_db)} dB`, one.tilt_db && `tilt ${signed(one.tilt_db)} dB`].filter(Boolean).join(", ");
    item.append(node("strong", `${one.title}${by ? ": " + by : ""}`), node("span", " " + one.reasons.join(" "), { className: "hint" }));
    if (one.tilt_db) item.append(node("span", " Its tilt is set in the song\u2019s panel, by ear.", { className: "hint" }));
    return item;
  }));
}
function shops() {
  const head = node("tr"), dash = (db) => (db === null ? "\u2013" : Math.abs(db) < 0.05 ? "0" : signed(db));
  head.append(...["Shop", ...told.songs.map((one) => one.title), "The album in order"].map((words) => node("th", words)));
  const rows = told.shops.map((shop) => {
    const row = node("tr");
    row.append(node("th", shop.shop), ...shop.songs_db.map((db) => node("td", dash(db))), node("td", shop.album_db === null ? "each song by itself" : dash(shop.album_db)));
    return row;
  });
  find(".shops").replaceChildren(head, ...rows);
}
/** Compares all songs with the chosen one, as the programme stands on the screen. */
export async function balance() {
  const before = state.programme.disc.slice(0, state.disc).reduce((sum, own) => sum + songsOf(own).length, 0);
  anchor = before + state.chosen;
  of = JSON.stringify(state.programme);
  const answer = await send("POST", `/balance/${anchor + 1}?by=${find(".balance-by").value}`, { programme: state.programme }).catch(() => null);
  const said = await answer?.json();
  if (!answer?.ok) return say(said?.message || "Lacquer does not answer.");
  told = said;
  part.hidden = false;
  picture();
  steps();
  shops();
  const button = find("[data-do=take]");
  if (button) button.disabled = !told.steps.some((one) => one.gain_db);
  board.dataset.balance = String(told.steps.length);
  part.scrollIntoView({ block: "nearest" });
}
/** Takes the proposal's gains: one step, which can be taken back. */
export function take() {
  if (!told) return balance();
  if (of !== JSON.stringify(state.programme)) return say("The programme was changed since it was balanced: balance it again, then take the gains.");
  step(() => all().forEach((one, n) => {
    const gain = Math.round(((one.gain_db || 0) + told.steps[n].gain_db) * 1000) / 1000;
    if (gain) one.gain_db = gain; else delete one.gain_db;
  }));
  return balance();
}
find(".balance-by").addEventListener("change", balance);
export const acts = { balance, take };
export const keys = { b: balance, B: take };
