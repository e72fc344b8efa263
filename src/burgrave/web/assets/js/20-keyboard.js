// Keys: / searches, ? helps, g and a letter goes, j and k walk rows, Enter opens, x selects, Esc returns.
const typing = (node) => node.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
let going = 0;

const rowsOf = () => [...(document.querySelector("main [data-rows]")?.querySelectorAll("[data-row]") ?? [])];
const marked = () => document.querySelector("[data-row][data-at]");

const step = (by) => {
  const rows = rowsOf();
  if (!rows.length) return;
  const now = rows.findIndex((row) => row.hasAttribute("data-at") || row.contains(document.activeElement) || row.querySelector("[aria-current=true]"));
  const next = rows[Math.min(Math.max(now + by, 0), rows.length - 1)];
  marked()?.removeAttribute("data-at");
  next.setAttribute("data-at", "");
  (next.querySelector("[data-open]") ?? next.querySelector("a[href]"))?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
};

const goTo = (letter) => {
  const link = document.querySelector(`[data-go="${CSS.escape(letter)}"]`);
  if (link) location.assign(link.href);
  return Boolean(link);
};

const escape = (event) => {
  const menu = document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (typing(event.target)) event.target.blur();
  else if (marked() && !document.querySelector(".workbench.has-detail")) marked().removeAttribute("data-at");
  else {
    const back = document.querySelector(".workbench.has-detail[data-back]");
    if (back) location.assign(back.dataset.back);
  }
};

const acts = {
  "/": () => {
    const field = document.querySelector("main [data-key='/']");
    if (field) field.focus();
    else if (document.getElementById("palette")) document.dispatchEvent(new Event("burgrave:palette"));
    else document.querySelector("[data-key='/']")?.focus();
  },
  "?": () => document.getElementById("keys")?.showModal(),
  j: () => step(1),
  k: () => step(-1),
  x: () => marked()?.querySelector("[data-pick]")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") return escape(event);
  if (typing(event.target)) return;
  if (Date.now() - going < 1500 && goTo(event.key)) event.preventDefault();
  else if (event.key === "g") going = Date.now();
  else if (event.key in acts) {
    event.preventDefault();
    acts[event.key]();
  }
  if (event.key !== "g") going = 0;
});

document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-row]");
  if (!row || event.target.closest("a, button, input, label, summary, select") || String(getSelection())) return;
  row.querySelector("td a[href]")?.dispatchEvent(new MouseEvent("click", event));
});
