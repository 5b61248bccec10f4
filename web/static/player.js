// Turns each <audio data-player> into a play button, a bar to seek with, and the time.

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

const icon = (name) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.classList.add("icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
};

const pauseOthers = (audio) => {
  for (const other of document.querySelectorAll("audio")) if (other !== audio) other.pause();
};

export function dress(audio) {
  const known = Number(audio.dataset.duration) / 1000;
  const length = () => (Number.isFinite(audio.duration) ? audio.duration : known);
  const player = document.createElement("div");
  player.className = "player";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button listen";
  button.dataset.key = "play";
  const label = document.createElement("span");
  const bar = document.createElement("input");
  bar.type = "range";
  bar.min = 0;
  bar.step = 0.1;
  bar.value = 0;
  bar.max = known;
  bar.setAttribute("aria-label", audio.dataset.seek);
  const time = document.createElement("output");

  const show = () => {
    const playing = !audio.paused && !audio.ended;
    label.textContent = playing ? audio.dataset.pause : audio.dataset.play;
    button.replaceChildren(icon(playing ? "pause" : "play"), label);
    bar.max = length();
    bar.value = audio.currentTime;
    bar.setAttribute("aria-valuetext", `${clock(audio.currentTime)} / ${clock(length())}`);
    time.textContent = clock(audio.currentTime || length());
  };
  button.addEventListener("click", () => (audio.paused ? audio.play().catch(show) : audio.pause()));
  bar.addEventListener("input", () => {
    audio.currentTime = Number(bar.value);
    show();
  });
  audio.addEventListener("play", () => pauseOthers(audio));
  for (const event of ["play", "pause", "ended", "timeupdate", "loadedmetadata"]) audio.addEventListener(event, show);
  audio.controls = false;
  audio.replaceWith(player);
  player.append(audio, button, bar, time);
  show();
}

export function dressAll(within) {
  for (const audio of within.querySelectorAll("audio[data-player]")) if (audio.controls) dress(audio);
}

dressAll(document);
