// Records the visitor's own voice as a WAV, when the browser allows it.

const LONGEST_MS = 60_000;

export async function recordVoice() {
  if (!navigator.mediaDevices || !window.MediaRecorder) {
    throw new Error("Ce navigateur ne donne pas accès au micro. Choisissez une phrase, ou un fichier WAV.");
  }
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true }).catch(() => {
    throw new Error("Le navigateur a refusé le micro. Autorisez-le, ou choisissez une phrase.");
  });
  const recorder = new MediaRecorder(stream);
  const parts = [];
  recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
  const wav = new Promise((resolve, reject) => {
    recorder.addEventListener("stop", () => {
      stream.getTracks().forEach((track) => track.stop());
      toWav(new Blob(parts, { type: recorder.mimeType })).then(resolve, reject);
    });
  });
  recorder.start();
  const limit = setTimeout(() => recorder.stop(), LONGEST_MS);
  const stop = () => {
    clearTimeout(limit);
    if (recorder.state !== "inactive") recorder.stop();
    return null;
  };
  return { stop, wav };
}

async function toWav(blob) {
  const context = new AudioContext();
  const sound = await context.decodeAudioData(await blob.arrayBuffer());
  await context.close();
  const samples = sound.getChannelData(0);
  const view = new DataView(new ArrayBuffer(44 + samples.length * 2));
  const ascii = (at, text) => [...text].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)));
  ascii(0, "RIFF");
  view.setUint32(4, 36 + samples.length * 2, true);
  ascii(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sound.sampleRate, true);
  view.setUint32(28, sound.sampleRate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  ascii(36, "data");
  view.setUint32(40, samples.length * 2, true);
  samples.forEach((sample, index) => {
    view.setInt16(44 + index * 2, Math.max(-1, Math.min(1, sample)) * 32767, true);
  });
  return new Blob([view.buffer], { type: "audio/wav" });
}
