// The class's badges: cards to drag in front of a camera, or to choose and then show.

import { attempt, post } from "/panel/calls.js";
import { permissionWords } from "/panel/words.js";

const list = document.getElementById("badges");
const listeners = [];
const MOST = 6;
let chosen = [];
let drawn = "";
let droppedAt = -1000;

export function onChoice(listener) {
  listeners.push(listener);
}

export function choose(pupils) {
  chosen = pupils;
  const codes = pupils.map((pupil) => pupil.code);
  for (const card of list.querySelectorAll(".badge")) {
    card.setAttribute("aria-pressed", String(codes.includes(card.dataset.code)));
  }
  listeners.forEach((listener) => listener(pupils));
}

export async function showAt(station, pupils) {
  const codes = pupils.map((pupil) => pupil.code);
  if (await attempt(() => post(`/sim/stations/${station}/badge`, { codes }))) choose([]);
}

// A reader reads one badge after the other.
export async function readAt(station, pupils) {
  for (const { code } of pupils) await attempt(() => post(`/sim/stations/${station}/reader`, { code }));
  choose([]);
}

export function drawBadges(state) {
  const inFront = new Set(Object.values(state.stations).flatMap((station) => station.held.badges));
  const others = state.class.trial_badge ? [{ ...trial, code: state.class.trial_badge }, stranger] : [stranger];
  const wanted = JSON.stringify([state.class.badges, others]);
  if (wanted !== drawn) {
    drawn = wanted;
    list.replaceChildren(...[...state.class.badges, ...others].map(card));
    choose(state.class.badges.filter((pupil) => isChosen(pupil)));
  }
  for (const node of list.querySelectorAll(".badge")) {
    node.classList.toggle("away", inFront.has(node.dataset.code));
  }
}

const isChosen = (pupil) => chosen.some((other) => other.code === pupil.code);

function toggle(pupil) {
  const others = chosen.filter((other) => other.code !== pupil.code);
  choose(isChosen(pupil) ? others : [...others, pupil].slice(-MOST));
}

const stranger = { code: "ZZZZZZZZ", shown: "Inconnu", pictogram: "star", about: "un badge d’une autre classe" };
const trial = { shown: "Badge d’essai", pictogram: "key", about: "pour les adultes : rien n’est gardé" };

function card(pupil) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "badge";
  button.dataset.code = pupil.code;
  button.setAttribute("aria-pressed", "false");
  const picture = document.createElement("img");
  picture.src = `/pictograms/${pupil.pictogram}.svg`;
  picture.alt = "";
  picture.draggable = false;
  const name = document.createElement("strong");
  name.textContent = pupil.shown;
  const detail = document.createElement("small");
  if (pupil.permissions) {
    const voice = permissionWords(pupil, "voice");
    const work = permissionWords(pupil, "production");
    detail.append(`voix : ${voice}`, document.createElement("br"), `travail : ${work}`);
  } else {
    detail.textContent = pupil.about;
  }
  button.append(picture, name, detail);
  button.addEventListener("click", (event) => {
    // A drag that ends on its own card is no choice.
    if (event.timeStamp - droppedAt > 300) toggle(pupil);
  });
  button.addEventListener("pointerdown", (event) => startDrag(event, button, pupil));
  item.append(button);
  return item;
}

// Dragging is the mouse's and the pen's; a finger scrolls the row, and chooses by a tap.
function startDrag(down, button, pupil) {
  if (down.pointerType === "touch" || down.button !== 0) return;
  let ghost = null;
  const box = button.getBoundingClientRect();
  const move = (event) => {
    if (!ghost && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < 8) return;
    if (!ghost) {
      ghost = button.cloneNode(true);
      ghost.classList.add("flying");
      ghost.style.width = `${box.width}px`;
      document.body.append(ghost);
    }
    const x = event.clientX - (down.clientX - box.left);
    const y = event.clientY - (down.clientY - box.top);
    ghost.style.transform = `translate(${x}px, ${y}px) rotate(-3deg)`;
    mark(stationUnder(event));
  };
  const up = (event) => {
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", up);
    removeEventListener("pointercancel", up);
    mark(null);
    if (!ghost) return;
    ghost.remove();
    droppedAt = event.timeStamp;
    const station = event.type === "pointerup" ? stationUnder(event) : null;
    if (!station) return;
    const give = under(event, ".reader") ? readAt : showAt;
    give(station.dataset.station, isChosen(pupil) ? chosen : [pupil]);
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", up);
  addEventListener("pointercancel", up);
}

function under(event, selector) {
  const node = document.elementFromPoint(event.clientX, event.clientY);
  return node && node.closest(selector);
}

const stationUnder = (event) => under(event, ".station");

function mark(station) {
  for (const node of document.querySelectorAll(".station")) node.classList.toggle("over", node === station);
}
