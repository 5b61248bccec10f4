// Hides every word, for whoever wants to try the panels as a child who cannot read does.

const KEY = "texts";
const button = document.getElementById("texts");

function show(hidden) {
  document.body.classList.toggle("no-texts", hidden);
  button.setAttribute("aria-pressed", String(hidden));
}

button.addEventListener("click", () => {
  const hidden = button.getAttribute("aria-pressed") !== "true";
  sessionStorage.setItem(KEY, hidden ? "hidden" : "");
  show(hidden);
});
show(sessionStorage.getItem(KEY) === "hidden");
