// Waveforms: a stretch of a song, from the picture of the whole or, seen closely, sample by sample.

import { canvas } from "./programme_state.js";
import { LAST_FETCH, details, fetchDetail, sheets } from "./programme_asked.js";

const pen = canvas.getContext("2d");

/**
 * Draws what lies between the pixels `a` and `b`: a song's samples from its time `s` on, or backwards from there.
 * `picture` tells the stretches of one song apart that are seen at once.
 */
export function wave({ key, rate, full, picture }, { a, b, s, scale, isBack }, { middle, half }) {
  const own = sheets.get(key);
  if (!own || b <= a) return;
  const at = (px) => (isBack ? s - (px - a) / scale : s + (px - a) / scale);
  const ends = [at(a), at(b)].sort((one, other) => one - other);
  const first = Math.max(0, Math.floor(ends[0] * rate)), last = Math.min(Math.ceil(ends[1] * rate), Math.round(full * rate));
  const isClose = last - first < LAST_FETCH && own.overview.bins.length / own.overview.duration_seconds < scale;
  if (isClose) fetchDetail(key, picture, first, last);
  const detail = details.get(`${picture} ${key}`);
  if (isClose && detail?.channels && detail.first <= first && detail.last >= last - 1) {
    const px = (n) => a + (isBack ? s - n / rate : n / rate - s) * scale;
    samples(detail, { first, last: Math.min(last, detail.last), per: rate / scale, px, edge: b }, { middle, half });
  } else outline(own.overview, { a, b, at }, { middle, half });
}

function samples({ channels: [data], first: from }, { first, last, per, px, edge }, { middle, half }) {
  const seen = data.subarray(first - from, last - from);
  // What is quiet is drawn larger, and by how much stands beside it.
  const up = Math.max(1, Math.floor(0.9 / seen.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-4)));
  if (up > 1) pen.fillText(`\u00d7${up}`, edge - 48, middle - half + 4);
  pen.lineWidth = 1;
  pen.beginPath();
  for (let n = first; n < last; n += Math.max(1, Math.floor(per / 4))) {
    const x = px(n), y = middle - data[n - from] * half * up;
    if (n === first) pen.moveTo(x, y); else pen.lineTo(x, y);
    if (per < 0.5) pen.fillRect(x - 2, y - 2, 4, 4);
  }
  pen.stroke();
}

function outline({ bins, duration_seconds: all }, { a, b, at }, { middle, half }) {
  const bin = (px) => Math.max(0, Math.floor((at(px) / all) * bins.length));
  for (let px = 0; px < b - a; px += 1) {
    let low = 127, high = -127;
    const [one, other] = [bin(a + px), bin(a + px + 1)].sort((p, q) => p - q), until = Math.min(bins.length - 1, Math.max(one, other - 1));
    for (let n = one; n <= until; n += 1) { low = Math.min(low, bins[n][0]); high = Math.max(high, bins[n][1]); }
    if (high >= low) pen.fillRect(a + px, middle - (high / 127) * half, 1, Math.max(1, ((high - low) / 127) * half));
  }
}
