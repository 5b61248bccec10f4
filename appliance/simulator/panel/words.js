// Every word that the page says of a state, a prompt, a device or a fault.

import { PHRASES } from "/panel/phrases.js";

export const STATIONS = {
  A: { name: "Lecture", sign: "book" },
  B: { name: "Manipulations", sign: "abacus" },
};

export const STATES = {
  away: "Pas en marche",
  wait: "Elle démarre",
  off: "Fermée",
  ready: "Prête",
  looking: "Je cherche ton badge",
  gathering: "Qui vient avec toi ?",
  welcome: "Bonjour, appuie sur rouge",
  choosing: "Cherche ton image",
  briefing: "Bonjour, écoute",
  starting: "Attention…",
  recording: "J’enregistre",
  finishing: "Attends un peu",
  review: "Écoute, garde ou recommence",
  playing: "Tu t’écoutes",
  wishing: "Qui peut écouter ?",
  hearing: "Ton cahier parle",
  kept: "C’est gardé",
  cannot: "Je ne peux pas",
  stuck: "Mon bouton est coincé",
};

// Said as the panel goes back to rest, and still worth reading then.
export const LAST_WORDS = ["no_badge", "nothing_heard", "draft_gone", "closing_soon"];

const SAID = { take: "(ta voix)", pupil: "(ton prénom)", consigne: "(la consigne)" };

// What the bubble shows for the name of a sound: a phrase, `picture/turtle`, `pupil/…`, `consigne/…`, `take`.
export function promptWords(name) {
  const [kind, rest] = (name || "").split("/");
  return PHRASES[name] || PHRASES[`${kind}_${rest}`] || SAID[kind];
}

export const INVITATION = "Appuie sur le bouton rouge.";

export const DEVICES = {
  microphone: "Micro",
  camera: "Caméra du plateau",
  badge_camera: "Caméra des badges",
  badge_reader: "Lecteur de badges",
  loudspeaker: "Haut-parleur",
  buttons: "Boutons",
};

export const FAULTS = {
  ok: "marche",
  unplugged: "débranché",
  frozen: "figée",
  red_stuck: "rouge coincé",
  green_stuck: "vert coincé",
  blue_stuck: "bleu coincé",
  paper_out: "sans papier",
  hung: "bloquée",
  down: "en panne",
  slow: "très lent",
  full: "plein",
};

// By thing, then by kind of device; the others are there or not.
export const FAULTS_OF = {
  printer: ["ok", "paper_out", "unplugged", "hung"],
  ent: ["ok", "down", "slow", "full"],
  camera: ["ok", "unplugged", "frozen"],
  badge_camera: ["ok", "unplugged", "frozen"],
  buttons: ["ok", "red_stuck", "green_stuck", "blue_stuck"],
};

export const PROCESSES = {
  hub: "La boîte (pages et base)",
  "station-A": "Station Lecture",
  "station-B": "Station Manipulations",
  printer: "Imprimante",
  ent: "Serveur de l’ENT",
};

export const VOICES = {
  chat: "Le petit chat",
  pluie: "Il pleut, il mouille",
  voyage: "Le voyage (10 s)",
  cubes: "Deux paquets de dix",
};

export const TRAYS = { 24: "24 cubes", frise: "une frise", maison: "une maison" };

export function permissionWords(pupil, nature) {
  const scopes = pupil.permissions[nature] || [];
  if (scopes.includes("family")) return "classe, famille";
  if (scopes.includes("class")) return "classe";
  return pupil.refused.includes(nature) ? "non" : "sans réponse";
}
