// Sound: what the server renders of the programme as it is on the screen, played at once.

import { board, say, state } from "./programme_state.js";
import { send } from "./programme_asked.js";
import { numberOf } from "./programme_laid.js";

let context = null, sounding = null;

/** Plays what an address renders of the programme, or ends what sounds; `told` gets the answer before it is heard. */
export async function hear(path, told = () => {}) {
  if (sounding) { sounding.stop(); sounding = null; board.dataset.heard = ""; return; }
  board.dataset.heard = "loading";
  const answer = await send("POST", path, { programme: state.programme }).catch(() => null);
  if (!answer?.ok) { board.dataset.heard = ""; return say(answer ? (await answer.json()).message : "Lacquer does not answer."); }
  told(answer);
  context ||= new AudioContext();
  await context.resume();
  const source = context.createBufferSource(), ear = context.createAnalyser();
  source.buffer = await context.decodeAudioData(await answer.arrayBuffer());
  source.connect(ear);
  ear.connect(context.destination);
  source.onended = () => { if (sounding === source) { sounding = null; board.dataset.heard = "ended"; } };
  sounding = source;
  board.dataset.heard = "sounding";
  board.dataset.heardSeconds = source.buffer.duration.toFixed(3);
  const block = new Float32Array(ear.fftSize), meter = setInterval(() => {
    if (sounding !== source) return clearInterval(meter);
    ear.getFloatTimeDomainData(block);
    const rms = Math.sqrt(block.reduce((sum, v) => sum + v * v, 0) / block.length);
    if (rms > 0) board.dataset.loudest = Math.max(Number(board.dataset.loudest || -99), 20 * Math.log10(rms)).toFixed(1);
  }, 50);
  source.start();
}
/** Where the chosen song begins: the last seconds of the one before, the gap, its first. */
export const audition = () => hear(`/transition/${state.disc + 1}/${numberOf(state.chosen)}?around_ms=4000`);
