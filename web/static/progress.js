// Real progress, asked for every second until there is none left to show.

const shown = document.getElementById("avancement");

const look = async () => {
  const answer = await fetch(shown.dataset.live, { headers: { "X-Boite-Live": "1" } });
  if (!answer.ok) return location.reload();
  const text = await answer.text();
  if (document.activeElement === document.body || !shown.contains(document.activeElement)) shown.innerHTML = text;
  if (shown.querySelector("progress, details")) setTimeout(look, 1000);
};

setTimeout(look, 1000);
