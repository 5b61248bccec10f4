// Every word that the page says of a state, a prompt, a device or a fault.

import { PHRASES } from "/panel/phrases.js";

export const STATIONS = {
  A: { name: "Lecture", sign: "book" },
  B: { name: "Manipulations", sign: "abacus" },
};

export const STATES = {
  off: "Éteinte",
  ready: "Prête",
  looking: "Je cherche ton badge",
  starting: "Attention…",
  recording: "J’enregistre",
  finishing: "Attends un peu",
  review: "Écoute, garde ou recommence",
  playing: "Écoute",
  kept: "C’est gardé",
  cannot: "Je ne peux pas",
};

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
  loudspeaker: "Haut-parleur",
};

export const FAULTS = {
  ok: "marche",
  unplugged: "débranché",
  paper_out: "sans papier",
  hung: "bloquée",
  down: "en panne",
  slow: "très lent",
  full: "plein",
};

export const FAULTS_OF = {
  printer: ["ok", "paper_out", "unplugged", "hung"],
  ent: ["ok", "down", "slow", "full"],
};

export const PROCESSES = {
  hub: "La boîte (pages et base)",
  "station-A": "Atelier Lecture",
  "station-B": "Atelier Manipulations",
  printer: "Imprimante",
  ent: "Serveur de l’ENT",
};

export const VOICES = {
  chat: "Le petit chat",
  pluie: "Il pleut, il mouille",
  voyage: "Le voyage (10 s)",
};

export const TRAYS = { 24: "24 cubes", frise: "une frise", maison: "une maison" };

export function permissionWords(permissions, nature) {
  const scopes = permissions[nature] || [];
  if (scopes.includes("family")) return "classe, famille";
  if (scopes.includes("class")) return "classe";
  return "non";
}
