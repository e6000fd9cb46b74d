// Balance: all songs side by side with what each would be moved by and why, and what shops make of them.

import { board, canvas, find, node, say, state } from "./programme_state.js";
import { send } from "./programme_asked.js";
import { songsOf } from "./programme_laid.js";
import { step } from "./programme_steps.js";

const part = find(".balance"), limits = [find(".balance-gain"), find(".balance-tilt")], weighedBy = find(".balance-by");
let told = null, of = "";

const all = () => state.programme.disc.flatMap(songsOf);
const signed = (db) => `${db < 0 ? "\u2212" : "+"}${Math.abs(db).toFixed(1)}`;
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
  of = JSON.stringify(state.programme);
  const wide = (canvas.clientWidth - 40) / all().length, [gain, tilt] = limits.map((one) => one.value || one.placeholder);
  const asked = new URLSearchParams({ by: weighedBy.value, gain_db: gain, tilt_db: tilt, column_px: wide });
  const answer = await send("POST", `/balance/${before + state.chosen + 1}?${asked}`, { programme: state.programme }).catch(() => null);
  const said = await answer?.json();
  if (!answer?.ok) return say(said?.message || "Lacquer does not answer.");
  told = said;
  part.hidden = false;
  find(".balance-picture").innerHTML = told.picture;
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
for (const field of [weighedBy, ...limits]) field.addEventListener("change", balance);
export const acts = { balance, take };
export const keys = { b: balance, B: take };
