// Turns each [data-recorder] into buttons that listen and record, and [data-studio] into one name after the other.

import { Microphone } from "./microphone.js";

const words = document.querySelector("[data-recorder-words]");
const seal = document.querySelector("input[name=cachet]").value;
let quiet;

const say = (text) => {
  words.textContent = text;
  clearTimeout(quiet);
  quiet = setTimeout(() => (words.textContent = ""), 8000);
};

const dress = (button, icon, text, red = false) => {
  button.querySelector("use").setAttribute("href", `#i-${icon}`);
  button.querySelector("span").textContent = text;
  button.classList.toggle("record", red);
  button.classList.toggle("plain", !red);
};

// Sends a recording; whether the box took it. What it says of a refusal is shown.
const send = async (row, wav) => {
  const form = new FormData();
  form.append("son", wav, "son.wav");
  const headers = { "X-Boite-Cachet": seal, "X-Boite-Live": "1" };
  try {
    const answer = await fetch(row.dataset.own, { method: "POST", body: form, headers });
    if (!answer.ok) say(`${row.dataset.label} : ${await answer.text()}`);
    return answer.ok;
  } catch {
    say(words.dataset.away);
    return false;
  }
};

const adopt = (row) => {
  const audio = row.querySelector("audio");
  // The same address holds another sound now.
  audio.src = `${row.dataset.own}?${Date.now()}`;
  row.dataset.hasOwn = "oui";
  row.querySelector("[data-own-chip]").hidden = false;
  row.querySelector("[data-missing-chip]")?.setAttribute("hidden", "");
  row.querySelector("[data-forget]").hidden = false;
  row.querySelector("[data-listen]").hidden = false;
};

// The way with a file shows where there is no microphone: elsewhere it would only be one more thing to read.
const offerFiles = (needed) => {
  for (const file of document.querySelectorAll(".recorder-file")) file.hidden = !needed;
};

const open = async (microphone) => {
  if (!Microphone.possible) {
    say(words.dataset.none);
    return false;
  }
  try {
    await microphone.open();
    return true;
  } catch {
    offerFiles(true);
    say(words.dataset.refused);
    return false;
  }
};

const silence = () => document.querySelectorAll("audio").forEach((audio) => audio.pause());

const listener = (row) => {
  const audio = row.querySelector("audio");
  const button = row.querySelector("[data-listen]");
  audio.hidden = true;
  button.hidden = !audio.getAttribute("src");
  const show = () => {
    const playing = !audio.paused && !audio.ended;
    dress(button, playing ? "pause" : "play", playing ? words.dataset.pause : words.dataset.listen);
  };
  button.addEventListener("click", () => {
    const wasPlaying = !audio.paused;
    silence();
    audio.currentTime = 0;
    if (!wasPlaying) audio.play().catch(show);
  });
  for (const event of ["play", "pause", "ended"]) audio.addEventListener(event, show);
};

let busy = null;

const recorder = (row) => {
  const button = row.querySelector("[data-record]");
  button.hidden = false;
  const meter = document.createElement("meter");
  meter.className = "level";
  meter.hidden = true;
  button.parentElement.after(meter);

  const finish = async () => {
    const wav = microphone.stop();
    microphone.close();
    busy = null;
    meter.hidden = true;
    button.disabled = true;
    dress(button, "hourglass", words.dataset.wait);
    if (await send(row, wav)) {
      adopt(row);
      say(`${row.dataset.label} : ${words.dataset.saved}`);
    }
    button.disabled = false;
    dress(button, "mic", words.dataset.record);
  };
  const microphone = new Microphone((level) => (meter.value = Math.sqrt(level)), finish);

  button.addEventListener("click", async () => {
    if (microphone.recording) return finish();
    if (busy) return;
    busy = microphone;
    silence();
    if (await open(microphone)) {
      microphone.start();
      meter.hidden = false;
      dress(button, "circle-check", words.dataset.stop, true);
    } else busy = null;
  });
};

const studio = (sheet) => {
  const button = sheet.querySelector("[data-studio-record]");
  const skip = sheet.querySelector("[data-skip]");
  const meter = sheet.querySelector("[data-level]");
  const name = sheet.querySelector("h2");
  const count = sheet.querySelector("[data-count]");
  const rows = [...document.querySelectorAll("[data-recorder]")];
  let waiting = rows.filter((row) => !row.dataset.hasOwn);
  let sending = Promise.resolve();

  const show = () => {
    const missing = rows.filter((row) => !row.dataset.hasOwn).length;
    const sentence = missing ? count.dataset.of : count.dataset.allDone;
    count.textContent = sentence.replace("{done}", rows.length - missing).replace("{all}", rows.length);
    button.hidden = skip.hidden = meter.hidden = waiting.length === 0;
    if (waiting.length) name.textContent = waiting[0].dataset.label;
    else microphone.close();
    name.hidden = waiting.length === 0;
    dress(button, microphone.recording ? "circle-check" : "mic", microphone.recording ? words.dataset.stop : words.dataset.record, true);
  };
  const finish = () => {
    const row = waiting.shift();
    const wav = microphone.stop();
    busy = null;
    show();
    // One after the other, while the teacher says the next name; what failed comes back at the end.
    sending = sending.then(async () => {
      if (await send(row, wav)) adopt(row);
      else waiting.push(row);
      show();
    });
  };
  const microphone = new Microphone((level) => (meter.value = Math.sqrt(level)), finish);

  const press = async () => {
    if (microphone.recording) return finish();
    if (busy || !waiting.length) return;
    busy = microphone;
    silence();
    if (await open(microphone)) {
      microphone.start();
      show();
    } else busy = null;
  };
  button.addEventListener("click", press);
  skip.addEventListener("click", () => {
    if (microphone.recording) {
      microphone.stop();
      busy = null;
    }
    waiting.push(waiting.shift());
    show();
  });
  addEventListener("keydown", (event) => {
    if (event.key !== " " || event.repeat || event.target.closest("button, a, input, summary, select")) return;
    event.preventDefault();
    press();
  });
  document.addEventListener("visibilitychange", () => document.hidden && microphone.close());
  sheet.hidden = false;
  show();
};

offerFiles(!Microphone.possible);
for (const row of document.querySelectorAll("[data-recorder]")) {
  listener(row);
  if (row.querySelector("[data-record]")) recorder(row);
}
for (const sheet of document.querySelectorAll("[data-studio]")) studio(sheet);
