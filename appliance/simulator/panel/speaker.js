// Plays again what each loudspeaker plays: every sound in its turn, cut where it was cut.

const soundSwitch = document.getElementById("sound");
const players = new Map();

// `sounds` are the last ones of a station, oldest first: `n`, `cut`.
export function listen(id, sounds) {
  const latest = sounds.length ? sounds[sounds.length - 1].n : 0;
  // What had already sounded when the page opened stays silent.
  if (!players.has(id)) players.set(id, { last: latest, waiting: [], current: null });
  const player = players.get(id);
  for (const sound of sounds) {
    if (sound.n > player.last && soundSwitch.checked) player.waiting.push(fetched(id, sound.n));
    if (sound.cut) cut(player, sound.n);
  }
  player.last = Math.max(player.last, latest);
  if (!player.current) next(player);
}

function fetched(id, n) {
  const audio = new Audio(`/sim/stations/${id}/speaker.wav?n=${n}`);
  audio.preload = "auto";
  return { n, audio };
}

function cut(player, n) {
  player.waiting = player.waiting.filter((sound) => sound.n !== n);
  if (player.current && player.current.n === n) {
    player.current.audio.pause();
    next(player);
  }
}

function next(player) {
  const current = player.waiting.shift() || null;
  player.current = current;
  if (!current) return;
  const ended = () => {
    if (player.current === current) next(player);
  };
  current.audio.addEventListener("ended", ended);
  current.audio.addEventListener("error", ended);
  current.audio.play().catch(ended);
}

soundSwitch.addEventListener("change", () => {
  if (soundSwitch.checked) return;
  for (const player of players.values()) {
    if (player.current) player.current.audio.pause();
    Object.assign(player, { waiting: [], current: null });
  }
});
