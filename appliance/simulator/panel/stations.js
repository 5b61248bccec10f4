// The two panels: light, voice, camera, buttons.

import { attempt, post } from "/panel/calls.js";
import { choose, onChoice, showAt } from "/panel/badges.js";
import { materialOf } from "/panel/material.js";
import { DEVICES, INVITATION, STATES, STATIONS, promptWords } from "/panel/words.js";

const home = document.getElementById("stations");
const template = document.getElementById("station-template");
const soundSwitch = document.getElementById("sound");
const nodes = new Map();
const players = new Map();
const SEEN_MS = 1200;
let chosen = null;

onChoice((pupil) => {
  chosen = pupil;
  for (const node of nodes.values()) {
    const show = node.querySelector(".show");
    show.disabled = !pupil;
    show.textContent = pupil ? `Montrer : ${pupil.shown}` : "Montrer un badge";
  }
});

export function drawStations(state) {
  for (const [id, station] of Object.entries(state.stations)) {
    if (!nodes.has(id)) nodes.set(id, build(id, station));
    draw(nodes.get(id), id, station, state);
  }
}

function build(id) {
  const node = template.content.cloneNode(true).querySelector("article");
  node.dataset.station = id;
  node.querySelector("h2").textContent = `${STATIONS[id].name} (atelier ${id})`;
  node.querySelector(".sign").src = `/pictograms/${STATIONS[id].sign}.svg`;
  node.querySelector(".show").addEventListener("click", async () => {
    if (chosen && (await showAt(id, chosen.code))) choose(null);
  });
  for (const button of node.querySelectorAll(".push")) {
    button.addEventListener("click", () => press(id, button));
  }
  node.querySelector(".material").append(...materialOf(id));
  home.append(node);
  return node;
}

async function press(id, button) {
  button.classList.add("down");
  await attempt(() => post(`/sim/stations/${id}/press`, { button: button.dataset.button, ms: 200 }));
  button.classList.remove("down");
}

function draw(node, id, station, state) {
  node.dataset.light = station.light.state;
  node.querySelector(".task").textContent = `«\u00a0${state.class.titles[id] || "…"}\u00a0»`;
  setText(node.querySelector(".word"), STATES[station.state] || station.state);
  setText(node.querySelector(".bubble"), saying(station));
  node.querySelectorAll(".push").forEach((button) => { button.disabled = !station.running; });
  drawView(node, id, station);
  drawStreams(node.querySelector(".streams"), station);
  play(id, station.sound);
}

function saying(station) {
  if (!station.running) return "…";
  const rests = station.state === "ready" && station.last_prompt !== "no_badge";
  return (!rests && promptWords(station.last_prompt)) || INVITATION;
}

function drawView(node, id, station) {
  const picture = node.querySelector(".view img");
  const word = node.querySelector(".view-word");
  const code = station.badge || "";
  setText(word, station.streams.badge_camera.open ? "Je regarde… glissez un badge ici" : "Glissez un badge ici");
  if (picture.dataset.code === code) return;
  picture.dataset.code = code;
  if (code) {
    picture.src = `/sim/stations/${id}/badge?${Date.now()}`;
    picture.alt = "Un badge devant la caméra";
  }
  // A badge is read in a blink: it is seen a little longer.
  setTimeout(() => {
    if (picture.dataset.code !== code) return;
    picture.hidden = !code;
    word.hidden = Boolean(code);
  }, code ? 0 : SEEN_MS);
}

function drawStreams(line, station) {
  const present = Object.entries(station.streams).filter(([device]) => station.devices.includes(device));
  line.replaceChildren(...present.flatMap(([device, count], index) => {
    const part = document.createElement("span");
    part.className = count.open ? "on" : "";
    const ending = device === "microphone" ? "" : "e";
    part.textContent = `${DEVICES[device]}\u00a0: ${count.open ? "ouvert" : "fermé"}${ending} (${count.opened} fois)`;
    return index ? [" · ", part] : [part];
  }));
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function play(id, sound) {
  const player = players.get(id);
  if (!player) {
    // What had already sounded when the page opened stays silent.
    players.set(id, { n: sound ? sound.n : null, audio: new Audio() });
  } else if (sound && sound.n !== player.n) {
    player.n = sound.n;
    player.audio.pause();
    if (soundSwitch.checked) {
      player.audio = new Audio(`/sim/stations/${id}/speaker.wav?n=${sound.n}`);
      player.audio.play().catch(() => {});
    }
  } else if (sound && !sound.playing && player.audio.duration - player.audio.currentTime > 1) {
    player.audio.pause();
  }
}
