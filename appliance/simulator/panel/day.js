// The day's buttons: class, clock, evening, faults, processes.

import { attempt, post } from "/panel/calls.js";
import { lookAtEnt } from "/panel/phone.js";
import { DEVICES, FAULTS, FAULTS_OF, PROCESSES, STATIONS } from "/panel/words.js";

const byId = (id) => document.getElementById(id);
const now = byId("now");
const trusted = byId("trusted");
const classState = byId("class-state");
const openButton = byId("open-class");
const said = byId("job-said");
let clockOffset = 0;

export function drawDay(state) {
  clockOffset = Date.parse(state.clock.now) - Date.now();
  tick();
  byId("doubt").hidden = state.clock.trusted;
  trusted.checked = state.clock.trusted;
  drawClass(state.hub);
  byId("teacher").href = state.hub.https;
  byId("passphrase").textContent = state.class.passphrase;
  drawFaults(state.faults);
  drawProcesses(state.processes);
}

function drawClass(hub) {
  const open = hub.locked === false;
  const words = hub.locked === null ? "La boîte redémarre" : open ? "Classe ouverte" : "Classe verrouillée";
  classState.dataset.open = open ? "yes" : "no";
  if (classState.textContent !== words) classState.textContent = words;
  byId("class-words").textContent = open
    ? "Elle est ouverte : les étiquettes s’écoutent, les titres s’impriment."
    : "Les élèves enregistrent quand même. Rien ne s’écoute avant les sept mots.";
  openButton.disabled = open || hub.locked === null;
}

function tick() {
  const moment = new Date(Date.now() + clockOffset);
  const day = moment.toLocaleDateString("fr-FR", { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "Europe/Paris" });
  const time = moment.toLocaleTimeString("fr-FR", { hour: "numeric", minute: "2-digit", timeZone: "Europe/Paris" });
  const text = `${day}, ${time.replace(":", " h ")}`;
  if (now.textContent !== text) now.textContent = text;
}

function moveClock(change) {
  const moment = new Date(Date.now() + clockOffset);
  change(moment);
  return attempt(() => post("/sim/clock", { now: moment.toISOString() }));
}

function drawFaults(faults) {
  const home = byId("faults");
  for (const [thing, fault] of Object.entries(faults)) {
    let label = home.querySelector(`[data-thing="${thing}"]`);
    if (!label) home.append(label = faultRow(thing));
    label.toggleAttribute("data-broken", fault !== "ok");
    label.querySelector("select").value = fault;
  }
}

function faultRow(thing) {
  const [device, station] = thing.split(":");
  const label = document.createElement("label");
  label.dataset.thing = thing;
  const name = { printer: "Imprimante", ent: "ENT" }[thing] || `${DEVICES[device]} (${STATIONS[station].name})`;
  const select = document.createElement("select");
  for (const fault of FAULTS_OF[thing] || FAULTS_OF[device] || ["ok", "unplugged"]) select.append(new Option(FAULTS[fault], fault));
  select.addEventListener("change", () => attempt(() => post("/sim/faults", { [thing]: select.value })));
  label.append(name, select);
  return label;
}

function drawProcesses(processes) {
  const home = byId("processes");
  for (const [name, process] of Object.entries(processes)) {
    let item = home.querySelector(`[data-name="${name}"]`);
    if (!item) home.append(item = processRow(name));
    const times = process.restarts === 1 ? "revenu 1 fois" : `revenu ${process.restarts} fois`;
    const words = process.pid === null ? "débranché, il revient…" : process.restarts ? `en marche, ${times}` : "en marche";
    item.querySelector("small").textContent = words;
  }
}

function processRow(name) {
  const item = document.createElement("li");
  item.dataset.name = name;
  const words = document.createElement("span");
  words.append(PROCESSES[name] || name, document.createElement("small"));
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.textContent = "Débrancher";
  button.setAttribute("aria-label", `Débrancher : ${PROCESSES[name] || name}`);
  button.addEventListener("click", () => attempt(() => post(`/sim/processes/${name}/kill`)));
  item.append(words, button);
  return item;
}

async function runJob(button) {
  button.disabled = true;
  said.textContent = "En cours…";
  const answer = await attempt(() => post(`/sim/jobs/${button.dataset.job}`));
  said.textContent = answer ? answer.said.at(-1) || "C’est fait." : "Cela n’a pas marché.";
  button.disabled = false;
  lookAtEnt();
}

openButton.addEventListener("click", async () => {
  openButton.disabled = true;
  await attempt(() => post("/sim/class/open"));
});
trusted.addEventListener("change", () => attempt(() => post("/sim/clock", { trusted: trusted.checked })));
for (const button of document.querySelectorAll("[data-days]")) {
  button.addEventListener("click", () => moveClock((moment) => moment.setDate(moment.getDate() + Number(button.dataset.days))));
}
byId("after-summer").addEventListener("click", () => moveClock((moment) => {
  const passed = moment.getMonth() >= 8;
  moment.setFullYear(moment.getFullYear() + (passed ? 1 : 0), 8, 1);
}));
byId("real-time").addEventListener("click", () => moveClock((moment) => moment.setTime(Date.now())));
for (const button of document.querySelectorAll("[data-job]")) button.addEventListener("click", () => runJob(button));
setInterval(tick, 1000);
// On a telephone these two are longer than all the rest.
for (const card of document.querySelectorAll("details.card")) card.open = matchMedia("(min-width: 44rem)").matches;
