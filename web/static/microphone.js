// The microphone of the teacher's device: opened at a press, closed after, its sound a WAV in memory.

const LONGEST_SECONDS = 60;
const CAN = Boolean(navigator.mediaDevices?.getUserMedia && window.AudioWorkletNode);

const toWav = (chunks, rate) => {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const view = new DataView(new ArrayBuffer(44 + length * 2));
  const ascii = (at, text) => [...text].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)));
  ascii(0, "RIFF");
  view.setUint32(4, 36 + length * 2, true);
  ascii(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  ascii(36, "data");
  view.setUint32(40, length * 2, true);
  let at = 44;
  for (const chunk of chunks) {
    for (const sample of chunk) {
      view.setInt16(at, Math.max(-1, Math.min(1, sample)) * 32767, true);
      at += 2;
    }
  }
  return new Blob([view], { type: "audio/wav" });
};

export class Microphone {
  // `heard` is told the level of the voice, 0 to 1; `ended` when a minute is over or the microphone went away.
  constructor(heard, ended) {
    this.heard = heard;
    this.ended = ended;
    this.chunks = null;
    this.context = null;
  }

  static get possible() {
    return CAN;
  }

  get recording() {
    return this.chunks !== null;
  }

  async open() {
    if (this.context) return;
    const wanted = { echoCancellation: false, noiseSuppression: true, autoGainControl: true };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: wanted });
    const context = new AudioContext();
    try {
      await context.audioWorklet.addModule(new URL("recorder-tap.js", import.meta.url));
      const tap = new AudioWorkletNode(context, "recorder-tap", { channelCount: 1, channelCountMode: "explicit" });
      tap.port.onmessage = ({ data }) => this.take(data);
      // Its output is silent; some browsers only run what leads to the loudspeaker.
      context.createMediaStreamSource(stream).connect(tap).connect(context.destination);
      await context.resume();
    } catch (error) {
      stream.getTracks().forEach((track) => track.stop());
      await context.close();
      throw error;
    }
    stream.getTracks()[0].addEventListener("ended", () => this.close());
    this.context = context;
    this.stream = stream;
  }

  start() {
    this.chunks = [];
    this.samples = 0;
    this.peak = 0;
  }

  take(chunk) {
    // What was still on its way before the opening was over, or after the closing.
    if (!this.context) return;
    for (const sample of chunk) this.peak = Math.max(this.peak, Math.abs(sample));
    this.ticks = (this.ticks ?? 0) + chunk.length;
    if (this.ticks > this.context.sampleRate / 15) {
      this.heard(this.peak);
      this.ticks = this.peak = 0;
    }
    if (!this.chunks) return;
    this.chunks.push(chunk);
    this.samples += chunk.length;
    if (this.samples >= LONGEST_SECONDS * this.context.sampleRate - 256) this.ended();
  }

  stop() {
    const wav = toWav(this.chunks, this.context.sampleRate);
    this.chunks = null;
    return wav;
  }

  close() {
    // Whoever is told of the end may close too.
    if (this.recording) this.ended();
    if (!this.context) return;
    this.stream.getTracks().forEach((track) => track.stop());
    this.context.close();
    this.context = null;
    this.heard(0);
  }
}
