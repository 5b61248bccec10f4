// The phone: in class it opens what a sticker says; at home it looks into the ENT.

import { attempt, get } from "/panel/calls.js";

const page = document.getElementById("phone-page");
const empty = document.getElementById("phone-empty");
const list = document.getElementById("ent");
const content = document.getElementById("ent-content");
const tabs = [...document.querySelectorAll('.phone [role="tab"]')];

export async function scan(n) {
  const read = await attempt(() => get(`/sim/paper/${n}/link`));
  if (!read) return;
  select(tabs[0]);
  const link = URL.canParse(read.text) ? new URL(read.text) : null;
  page.hidden = !link;
  empty.hidden = Boolean(link);
  // The page is the hub's own, passed on by the simulator: this browser does not know its certificate.
  if (link) page.src = link.pathname;
  else empty.textContent = read.text;
  document.querySelector(".family").scrollIntoView({ block: "nearest" });
}

export async function lookAtEnt() {
  const answer = await attempt(() => get("/sim/ent"));
  list.replaceChildren(...(answer && answer.files.length ? answer.files.map(row) : [nothing(answer)]));
}

function row(file) {
  const item = document.createElement("li");
  const where = document.createElement("span");
  where.className = "where";
  where.textContent = file.path.slice(0, -1).join(" › ");
  const open = document.createElement("button");
  open.type = "button";
  open.textContent = file.path.at(-1);
  open.addEventListener("click", () => show(file));
  item.append(where, open);
  return item;
}

function show(file) {
  const isPicture = /\.jpe?g$/i.test(file.link);
  const media = document.createElement(isPicture ? "img" : "audio");
  media.src = file.link;
  if (isPicture) media.alt = file.path.at(-1);
  else media.controls = true;
  content.replaceChildren(media);
}

function nothing(answer) {
  const item = document.createElement("li");
  item.className = "hint";
  item.textContent = answer
    ? "Rien ici pour l’instant. Une trace arrive quand l’enseignant·e l’a libérée, après la synchronisation du soir."
    : "L’ENT ne répond pas ce soir.";
  return item;
}

function select(tab) {
  for (const other of tabs) {
    const on = other === tab;
    other.setAttribute("aria-selected", String(on));
    other.tabIndex = on ? 0 : -1;
    document.getElementById(other.getAttribute("aria-controls")).hidden = !on;
  }
  if (tab.id === "tab-home") lookAtEnt();
}

for (const tab of tabs) {
  tab.addEventListener("click", () => select(tab));
  tab.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = tabs[1 - tabs.indexOf(tab)];
    select(other);
    other.focus();
  });
}
document.getElementById("ent-again").addEventListener("click", lookAtEnt);
