// Words with the server: what it keeps, what it would say of a change, the pictures of sound and the samples themselves.

import { frameBytes, planar } from "./pcm.js";
import { board, draw, say, show, state } from "./programme_state.js";
import { fit, listOf } from "./programme_laid.js";

/** At most so many samples of a stretch are fetched to be seen one by one. */
export const LAST_FETCH = 240000;
const api = board.dataset.api, base = board.dataset.base;
export const sheets = new Map(), details = new Map();

export async function send(method, path, body) {
  return fetch(api + path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}
export const silent = "Lacquer does not answer; nothing was kept. Try again.";

export async function check() {
  const mine = JSON.stringify(state.programme);
  const answer = await send("POST", "/check", { programme: state.programme }).catch(() => null);
  if (!answer || JSON.stringify(state.programme) !== mine) return;
  if (answer.ok) { state.tried = await answer.json(); say(state.tried.refusal || ""); }
  else say((await answer.json()).message);
  show();
}
export async function keep() {
  board.dataset.state = "keeping";
  const answer = await send("PUT", "", { programme: state.programme, stood: state.stood }).catch(() => null);
  if (!answer) { board.dataset.state = "refused"; return say(silent); }
  const told = await answer.json();
  if (!answer.ok) { board.dataset.state = "refused"; say(told.message); return check(); }
  await load();
  board.dataset.state = "kept";
  say(`Kept for revision ${state.view.revision}. ${state.view.standing === "closed" ? "" : "It is put together once its masters are made, and then it can be sent."}`, true);
}
/** Called with each programme that is read: what was taken back before belongs to another. */
let forget = () => {};
export const whenLoaded = (act) => { forget = act; };
export async function load() {
  const answer = await fetch(api);
  if (!answer.ok) return say((await answer.json()).message);
  const view = await answer.json();
  Object.assign(state, { view, programme: view.programme, stood: view.stands, tried: view, isKept: true });
  forget();
  state.disc = Math.min(state.disc, state.programme.disc.length - 1);
  state.chosen = Math.min(state.chosen, listOf().length - 1);
  if (!state.scale) fit();
  view.songs.forEach((one) => one.versions.forEach(sheet.bind(null, one.track)));
  board.dataset.state = "ready";
  board.dataset.standing = view.standing;
  show();
}
async function sheet(track, version) {
  const key = `${version.heard_at}/${track}`;
  if (!version.heard_at || sheets.has(key)) return;
  sheets.set(key, null);
  const answer = await fetch(`${base}/sheet/master/${key}`).catch(() => null);
  if (answer?.ok) { sheets.set(key, await answer.json()); board.dataset.sheets = [...sheets.values()].filter(Boolean).length; draw(); }
}

/** Samples of a stretch of a song for one of its pictures, once so few are in sight that each can be seen. */
export async function fetchDetail(key, picture, first, last) {
  const name = `${picture} ${key}`, own = sheets.get(key), had = details.get(name);
  if (!own?.wav || (had && had.first <= first && had.last >= last) || had?.isOpen) return;
  const frames = Math.floor(own.wav.data_bytes / frameBytes(own.wav));
  const a = Math.max(0, first - (last - first)), b = Math.min(frames, last + (last - first));
  details.set(name, { ...had, first: had?.first ?? 0, last: had?.last ?? 0, isOpen: true });
  const bytes = frameBytes(own.wav), at = own.wav.data_offset;
  const answer = await fetch(`${base}/audio/master/${key}`, { headers: { Range: `bytes=${at + a * bytes}-${at + b * bytes - 1}` } }).catch(() => null);
  details.delete(name);
  if (answer?.status !== 206) return;
  const channels = planar(await answer.arrayBuffer(), own.wav);
  details.set(name, { first: a, last: b, channels });
  board.dataset.detail = String(b - a);
  draw();
}
