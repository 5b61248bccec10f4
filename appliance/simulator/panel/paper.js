// The roll: stickers come out of the slot, newest on top.

import { attempt, get } from "/panel/calls.js";
import { scan } from "/panel/phone.js";

const section = document.querySelector(".printer");
const roll = document.getElementById("roll");
const line = document.getElementById("printer-state");
const large = document.getElementById("large");
const largePicture = document.getElementById("large-picture");
const SENTENCES = {
  ok: "",
  paper_out: "Plus de papier : les étiquettes attendent.",
  unplugged: "Débranchée : les étiquettes attendent.",
  hung: "Elle ne répond plus : les étiquettes attendent.",
};
let shown = -1;

document.getElementById("large-close").addEventListener("click", () => large.close());

export async function drawPaper(state) {
  const fault = state.paper.fault;
  section.toggleAttribute("data-fault", fault !== "ok");
  if (line.textContent !== SENTENCES[fault]) line.textContent = SENTENCES[fault];
  if (state.paper.count === shown) return;
  const first = shown < 0;
  shown = state.paper.count;
  const answer = await attempt(() => get("/sim/paper"));
  if (!answer) return;
  const there = new Set([...roll.querySelectorAll("[data-n]")].map((node) => Number(node.dataset.n)));
  roll.querySelectorAll(".empty").forEach((node) => node.remove());
  for (const paper of answer.papers) {
    if (!there.has(paper.n)) roll.prepend(sticker(paper, !first));
  }
  if (!roll.children.length) roll.append(nothing());
}

function sticker(paper, isNew) {
  const item = document.createElement("li");
  item.className = isNew ? "sticker new" : "sticker";
  item.dataset.n = paper.n;
  const sheet = document.createElement("button");
  sheet.type = "button";
  sheet.className = "paper";
  sheet.setAttribute("aria-label", `Étiquette ${paper.n} : la voir en grand`);
  const picture = document.createElement("img");
  picture.src = paper.picture;
  picture.alt = "";
  sheet.append(picture);
  sheet.addEventListener("click", () => {
    largePicture.src = paper.picture;
    largePicture.alt = `Étiquette ${paper.n}`;
    large.showModal();
  });
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain scan";
  button.textContent = "Scanner avec le téléphone";
  button.addEventListener("click", () => scan(paper.n));
  item.append(sheet, button);
  return item;
}

function nothing() {
  const item = document.createElement("li");
  item.className = "empty";
  item.textContent = "Les étiquettes sortiront ici, après le bouton bleu.";
  return item;
}
