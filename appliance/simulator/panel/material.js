// What a station is given: a voice to hear, or a tray to look at.

import { attempt, put, tell } from "/panel/calls.js";
import { TRAYS, VOICES } from "/panel/words.js";
import { recordVoice } from "/panel/voice.js";

export function materialOf(id, devices) {
  return [...(devices.includes("camera") ? tray(id) : []), ...microphone(id, id === "A" ? "chat" : "cubes")];
}

function microphone(id, first) {
  const group = choices("Ce que le micro entendra");
  for (const [name, title] of Object.entries(VOICES)) {
    add(group, title, () => give(id, "microphone", `/panel/voices/${name}.wav`));
  }
  const mine = add(group, "Ma voix…", () => mine.speak());
  mine.speak = async () => {
    if (mine.recording) return mine.recording.stop();
    const recording = await attempt(() => recordVoice());
    if (!recording) return null;
    mine.recording = recording;
    mine.textContent = "J’ai fini";
    const wav = await attempt(() => recording.wav);
    mine.recording = null;
    mine.textContent = "Ma voix…";
    return wav && put(`/sim/stations/${id}/microphone`, wav);
  };
  group.append(file("Un fichier WAV…", "audio/wav,.wav", (given) => put(`/sim/stations/${id}/microphone`, given)));
  press(group, Object.keys(VOICES).indexOf(first));
  return [title(group), group];
}

function tray(id) {
  const group = choices("Ce qu’il y a sur le plateau");
  for (const [name, words] of Object.entries(TRAYS)) {
    const button = add(group, "", () => give(id, "camera", `/panel/trays/${name}.jpg`));
    button.classList.add("tray");
    button.setAttribute("aria-label", words);
    const picture = document.createElement("img");
    picture.src = `/panel/trays/${name}.jpg`;
    picture.alt = "";
    button.append(picture);
  }
  group.append(file("Une photo…", "image/jpeg,image/png", (given) => put(`/sim/stations/${id}/camera`, given)));
  press(group, 0);
  return [title(group), group];
}

function choices(label) {
  const group = document.createElement("div");
  group.className = "choices";
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", label);
  return group;
}

function title(group) {
  const line = document.createElement("p");
  line.className = "hint";
  line.textContent = group.getAttribute("aria-label");
  return line;
}

function add(group, text, action) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.textContent = text;
  button.addEventListener("click", async () => {
    if (await attempt(action)) press(group, [...group.children].indexOf(button));
  });
  group.append(button);
  return button;
}

function press(group, index) {
  [...group.querySelectorAll("button")].forEach((button, at) => {
    button.setAttribute("aria-pressed", String(at === index));
  });
}

function file(text, accept, give_) {
  const label = document.createElement("label");
  label.className = "file";
  const input = document.createElement("input");
  input.type = "file";
  input.accept = accept;
  input.addEventListener("change", async () => {
    const given = input.files[0];
    if (given && (await attempt(() => give_(given)))) {
      press(label.parentElement, -1);
      tell(`C’est fait : « ${given.name} ».`);
    }
    input.value = "";
  });
  label.append(text, input);
  return label;
}

async function give(id, device, path) {
  const response = await fetch(path);
  return put(`/sim/stations/${id}/${device}`, await response.blob());
}
