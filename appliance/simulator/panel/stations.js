// The two panels: light, voice, camera, buttons.

import { attempt, post } from "/panel/calls.js";
import { onChoice, readAt, showAt } from "/panel/badges.js";
import { materialOf } from "/panel/material.js";
import { listen } from "/panel/speaker.js";
import { DEVICES, INVITATION, LAST_WORDS, STATES, STATIONS, promptWords } from "/panel/words.js";

const home = document.getElementById("stations");
const template = document.getElementById("station-template");
const nodes = new Map();
const SEEN_MS = 1200;
let chosen = [];

onChoice((pupils) => {
  chosen = pupils;
  const names = pupils.map((pupil) => pupil.shown).join(", ");
  for (const node of nodes.values()) {
    const show = node.querySelector(".show");
    show.disabled = node.querySelector(".reader").disabled = !pupils.length;
    show.textContent = names ? `Montrer : ${names}` : "Montrer un badge";
  }
});

export function drawStations(state) {
  for (const [id, station] of Object.entries(state.stations)) {
    if (!nodes.has(id)) nodes.set(id, build(id, station.devices));
    draw(nodes.get(id), id, station, state);
  }
}

function build(id, devices) {
  const node = template.content.cloneNode(true).querySelector("article");
  node.dataset.station = id;
  node.querySelector("h2").textContent = `${STATIONS[id].name} (station ${id})`;
  node.querySelector(".sign").src = `/pictograms/${STATIONS[id].sign}.svg`;
  for (const place of node.querySelectorAll(".show, .view")) {
    place.addEventListener("click", () => chosen.length && showAt(id, chosen));
  }
  node.querySelector(".reader").hidden = !devices.includes("badge_reader");
  node.querySelector(".reader").addEventListener("click", () => readAt(id, chosen));
  node.querySelector(".show-sticker").addEventListener("click", () => attempt(() => post(`/sim/stations/${id}/sticker`)));
  for (const button of node.querySelectorAll(".push")) followPush(id, button);
  node.querySelector(".material").append(...materialOf(id, devices));
  home.append(node);
  return node;
}

// A mouse acts as it goes down, as a real button does; a finger when it lifts, since it may be scrolling.
function followPush(id, button) {
  let already = false;
  button.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch" || event.button !== 0) return;
    already = true;
    press(id, button);
    addEventListener("pointerup", () => setTimeout(() => { already = false; }), { once: true });
  });
  button.addEventListener("click", () => {
    if (!already) press(id, button);
  });
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
  drawSticker(node.querySelector(".show-sticker"), state.paper.count);
  drawStreams(node.querySelector(".streams"), station);
  listen(id, station.sounds);
}

function saying(station) {
  if (!station.running) return "…";
  if (station.state === "off") return promptWords("closed");
  const rests = station.state === "ready" && !LAST_WORDS.includes(station.last_prompt);
  return (!rests && promptWords(station.last_prompt)) || INVITATION;
}

function drawSticker(button, count) {
  button.disabled = !count;
  const picture = button.querySelector("img");
  picture.hidden = !count;
  const source = count ? `/sim/paper/${count}.png` : "";
  if (count && picture.getAttribute("src") !== source) picture.src = source;
}

function drawView(node, id, station) {
  const picture = node.querySelector(".view img");
  const word = node.querySelector(".view-word");
  const { badges, sticker } = station.held;
  const code = [...badges, ...(sticker === null ? [] : [sticker])].join(" ");
  setText(word, station.streams.badge_camera.open ? "Je regarde… glissez un badge ici" : "Glissez un badge ici");
  if (picture.dataset.code === code) return;
  picture.dataset.code = code;
  if (code) {
    picture.src = `/sim/stations/${id}/badge?${Date.now()}`;
    picture.alt = sticker === null ? "Un badge devant la caméra" : "Une étiquette devant la caméra";
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
