// Every word that the page says of a state, a prompt, a device or a fault.

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

export const PROMPTS = {
  start: "(une note : à toi de parler)",
  done: "(deux notes : c’est fini)",
  kept: "(deux notes qui montent : c’est gardé)",
  click: "(clic de l’appareil photo)",
  take: "(ta voix)",
  show_badge: "Montre-moi ton badge.",
  no_badge: "Je n’ai pas vu de badge.",
  unknown_badge: "Je ne connais pas ce badge. Demande de l’aide.",
  listen_only: "Aujourd’hui, tu écoutes, ou tu montres ton travail.",
  not_ready: "Je ne suis pas encore prête. Demande de l’aide.",
  not_now: "Pas maintenant.",
  ear_unplugged: "Mon oreille est débranchée. Demande de l’aide.",
  eye_unplugged: "Mon œil est débranché. Demande de l’aide.",
  too_short: "C’était trop court. On recommence ?",
  photo_taken: "Tu as pris une photo.",
  end: "C’est la fin.",
  three: "Trois.",
  two: "Deux.",
  one: "Un.",
};

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
