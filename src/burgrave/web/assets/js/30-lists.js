// Selecting rows: all of a page, a range with Shift, and how many are selected.
let last = null;

const picksOf = (form) => [...form.querySelectorAll("[data-pick]")];

const count = (form) => {
  const picks = picksOf(form);
  const chosen = picks.filter((pick) => pick.checked).length;
  const line = form.querySelector(".bulk-count");
  if (line) line.textContent = document.getElementById("script-words").dataset.selected.replace("{count}", chosen);
  const all = form.querySelector("[data-pick-all]");
  if (all) {
    all.checked = chosen > 0 && chosen === picks.length;
    all.indeterminate = chosen > 0 && chosen < picks.length;
  }
};

document.addEventListener("click", (event) => {
  const pick = event.target.closest("[data-pick], [data-pick-all]");
  const form = pick?.closest("form");
  if (!form) return;
  const picks = picksOf(form);
  if (pick.matches("[data-pick-all]")) for (const each of picks) each.checked = pick.checked;
  else {
    const [from, to] = [picks.indexOf(last), picks.indexOf(pick)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) for (const each of picks.slice(from, to + 1)) each.checked = pick.checked;
    last = pick;
  }
  count(form);
});
