// Arrows go from one cell of the class's sheet to the next, and below the last line to the button that saves;
// letters choose, as in any list.

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function control(row, column) {
  return row?.cells[column]?.querySelector("select, input[type=checkbox], a") ?? null;
}

function neighbour(cell, [down, across]) {
  const rows = [...cell.closest("tbody").rows];
  let row = rows.indexOf(cell.parentElement);
  let column = cell.cellIndex;
  do {
    row += down;
    column += across;
    const found = control(rows[row], column);
    if (found) return found;
  } while (rows[row]?.cells[column]);
  return null;
}

for (const grid of document.querySelectorAll("[data-grid]")) {
  grid.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    const cell = event.target.closest("td, th");
    if (!step || !cell || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const below = event.key === "ArrowDown" ? grid.closest("form").querySelector("button.main") : null;
    (neighbour(cell, step) ?? below)?.focus();
  });
  for (const told of document.querySelectorAll("[data-arrows]")) told.hidden = false;
}
