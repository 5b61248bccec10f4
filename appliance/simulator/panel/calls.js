// The simulator's interface, as a page calls it. A refusal becomes an Error with its French sentence.

async function call(method, path, body, type) {
  const response = await fetch(path, { method, body, headers: type ? { "Content-Type": type } : {} });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.message || "Le simulateur ne répond pas. Est-il arrêté ?");
  return answer;
}

export const get = (path) => call("GET", path);
export const post = (path, value = {}) => call("POST", path, JSON.stringify(value), "application/json");
export const put = (path, blob) => call("PUT", path, blob, blob.type || "application/octet-stream");

const alertBox = document.getElementById("alert");
let hiding = 0;

export function tell(message) {
  alertBox.textContent = message;
  alertBox.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { alertBox.hidden = true; }, 8000);
}

// Runs an action and tells what went wrong, if anything.
export async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    tell(error instanceof TypeError ? "Le simulateur ne répond pas. Est-il arrêté ?" : error.message);
    return null;
  }
}

// Calls `show` with each new state, for ever; waits at the server, not here.
export async function follow(show) {
  let since = 0;
  for (;;) {
    try {
      const state = await get(`/sim/state?wait=20&since=${since}`);
      since = state.version;
      show(state);
    } catch {
      tell("Le simulateur ne répond plus. Relancez « ./boite demo ».");
      since = 0;
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
}
