// Opening takes a second or more on purpose: the button says so, and cannot be pressed twice.

for (const form of document.querySelectorAll("form[data-busy]")) {
  form.addEventListener("submit", () => {
    const button = form.querySelector("button[type=submit]");
    button.setAttribute("aria-busy", "true");
    button.querySelector("span").textContent = form.dataset.busy;
    // After the form is sent: a disabled button would keep it from being sent.
    setTimeout(() => (button.disabled = true));
  });
}

for (const label of document.querySelectorAll("[data-reveal]")) {
  label.hidden = false;
  const input = document.getElementById(label.dataset.reveal);
  label.querySelector("input").addEventListener("change", (event) => {
    input.type = event.target.checked ? "text" : "password";
  });
}

// Coming back with the browser's arrow shows the page as it was left, its button still waiting.
addEventListener("pageshow", (event) => event.persisted && location.reload());
