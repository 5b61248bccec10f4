// One large button for small hands, instead of the browser's bar.

const audio = document.querySelector("audio[data-sticker]");

if (audio) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "big-play";
  const label = document.createElement("span");
  const bar = document.createElement("progress");
  bar.value = 0;
  bar.max = 1;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.classList.add("icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.append(use);
  button.append(svg, label);

  const show = () => {
    const playing = !audio.paused && !audio.ended;
    use.setAttribute("href", playing ? "#i-pause" : "#i-play");
    label.textContent = playing ? audio.dataset.pause : audio.dataset.play;
    if (audio.duration) bar.value = audio.currentTime / audio.duration;
  };
  button.addEventListener("click", () => (audio.paused ? audio.play().catch(show) : audio.pause()));
  for (const event of ["play", "pause", "ended", "timeupdate", "loadedmetadata"]) audio.addEventListener(event, show);
  audio.controls = false;
  audio.after(button, bar);
  show();
}
