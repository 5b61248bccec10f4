// Keeps the day's list live without disturbing what the teacher is doing, and listens to the keyboard.

import { dressAll } from "./player.js";

const EVERY = 2000;
const list = document.getElementById("liste");
const said = document.getElementById("dit");
const served = new Map();
let etag = "";
let quiet;

const cards = (within) => [...within.querySelectorAll("[data-trace]")];
const parts = (card) => [...card.querySelectorAll("[data-part]")];
const busy = (card) => card.querySelector("details[open]") !== null;

const remember = (within) => {
  for (const card of cards(within)) served.set(card.dataset.trace, parts(card).map((part) => part.innerHTML));
};

const say = (text) => {
  said.textContent = text;
  clearTimeout(quiet);
  quiet = setTimeout(() => (said.textContent = ""), 6000);
};

// A card that is here already keeps its sound and its picture; only the words that changed are replaced.
const refresh = (card, fresh) => {
  const before = served.get(card.dataset.trace);
  const focused = card.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  card.className = fresh.className;
  parts(card).forEach((part, place) => {
    const html = parts(fresh)[place].innerHTML;
    if (before[place] !== html) part.innerHTML = html;
  });
  if (focused && !card.contains(document.activeElement)) (card.querySelector(`[data-key="${focused}"]`) ?? card).focus();
};

const adopt = (html) => {
  const fresh = document.createElement("div");
  fresh.innerHTML = html;
  const here = new Map(cards(list).map((card) => [card.dataset.trace, card]));
  const next = cards(fresh).map((card) => ({ card, known: here.get(card.dataset.trace) }));
  const held = next.some(({ known }) => known && busy(known));
  const focus = document.activeElement?.closest("[data-trace]");
  const place = focus ? cards(list).indexOf(focus) : -1;
  for (const { card, known } of next) if (known && !busy(known)) refresh(known, card);
  if (!held) remember(fresh);
  else for (const { card, known } of next) if (!known || !busy(known)) served.set(card.dataset.trace, parts(card).map((part) => part.innerHTML));
  const old = list.querySelector(".traces");
  const wanted = fresh.querySelector(".traces");
  if (!old || !wanted) {
    list.replaceChildren(...fresh.childNodes);
  } else {
    const kept = new Set(next.map(({ card }) => card.dataset.trace));
    for (const card of cards(old)) if (!kept.has(card.dataset.trace)) card.remove();
    next.forEach(({ card, known }, index) => {
      const item = known ?? card;
      if (old.children[index] !== item) old.insertBefore(item, old.children[index] ?? null);
    });
    list.querySelector(".day-sum").replaceWith(fresh.querySelector(".day-sum"));
    list.querySelector(".pager")?.remove();
    const pager = fresh.querySelector(".pager");
    if (pager) list.append(pager);
  }
  dressAll(list);
  if (focus && !focus.isConnected) (cards(list)[place] ?? cards(list).at(-1))?.focus();
  return !held;
};

const look = async () => {
  const headers = { "X-Boite-Live": "1" };
  if (etag) headers["If-None-Match"] = etag;
  const answer = await fetch(list.dataset.live, { headers, cache: "no-store", signal: AbortSignal.timeout(8000) });
  if (answer.status === 401) location.assign(list.dataset.unlock);
  // While a menu is open its card is left alone, and asked for again until it is closed.
  else if (answer.status === 200) etag = adopt(await answer.text()) ? answer.headers.get("ETag") : "";
};

const live = async () => {
  if (!document.hidden) await look().catch(() => undefined);
  setTimeout(live, EVERY);
};

const act = async (form) => {
  const answer = await fetch(form.action, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
    headers: { "X-Boite-Live": "1" },
    signal: AbortSignal.timeout(20000),
  });
  if (answer.status === 401) location.assign(list.dataset.unlock);
  else say(await answer.text());
  const menu = form.closest("details.more");
  if (menu) menu.open = false;
  await look();
};

list.addEventListener("submit", (event) => {
  if (!event.target.closest("[data-trace]")) return;
  event.preventDefault();
  const button = event.submitter;
  if (button) button.disabled = true;
  act(event.target)
    .catch(() => say(list.dataset.unreachable))
    .finally(() => button && (button.disabled = false));
});

const step = (by) => {
  const all = cards(list);
  const at = all.indexOf(document.activeElement?.closest("[data-trace]"));
  const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
};

const press = (...keys) => {
  const card = document.activeElement?.closest("[data-trace]") ?? cards(list)[0];
  for (const key of keys) {
    const found = card?.querySelector(`[data-key="${key}"]`);
    if (found) return found.click();
  }
};

const openMenu = () => {
  const card = document.activeElement?.closest("[data-trace]") ?? cards(list)[0];
  if (!card?.querySelector("details.confirm")) return;
  card.querySelector("details.more").open = true;
  card.querySelector("details.confirm").open = true;
  card.querySelector('[data-key="erase-confirm"]').focus();
};

// A pupil who chose otherwise is asked first: the question opens, and Enter answers it.
const release = () => {
  press("release");
  list.querySelector('details.more[open] [data-key="release-asked"]')?.focus();
};

const keyboard = {
  j: () => step(1),
  k: () => step(-1),
  " ": () => press("play", "see"),
  g: () => press("keep"),
  l: release,
  r: () => press("reprint"),
  a: () => press("whose"),
  e: openMenu,
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const menu of list.querySelectorAll("details.more[open]")) menu.open = false;
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  if (event.key === " " && event.target.closest("button, summary, a")) return;
  const action = keyboard[event.key.toLowerCase()];
  if (!action) return;
  event.preventDefault();
  action();
});

document.addEventListener("click", (event) => {
  for (const menu of list.querySelectorAll("details.more[open]")) if (!menu.contains(event.target)) menu.open = false;
});

remember(list);
setTimeout(live, EVERY);
