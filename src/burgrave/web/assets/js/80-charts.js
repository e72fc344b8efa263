// Charts: what a mark says on hover and focus, arrow keys from mark to mark, and the table behind as a file.
const tip = document.createElement("div");
tip.className = "chart-tip";
tip.hidden = true;
tip.setAttribute("aria-hidden", "true"); // the marks carry the same words as their names
document.body.append(tip);

const markOf = (target) => (target instanceof Element ? target.closest(".chart [data-tip]") : null);

const show = (mark, x, y) => {
  tip.textContent = mark.getAttribute("aria-label");
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const left = Math.min(Math.max(4, x + 12), window.innerWidth - width - 4);
  const above = y - height - 10;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${above < 4 ? y + 16 : above}px`;
};
const hide = () => { tip.hidden = true; };

document.addEventListener("pointermove", (event) => {
  const mark = markOf(event.target);
  if (mark) show(mark, event.clientX, event.clientY);
  else if (!markOf(document.activeElement)) hide();
});
document.addEventListener("focusin", (event) => {
  const mark = markOf(event.target);
  if (!mark) return hide();
  const box = mark.getBoundingClientRect();
  show(mark, box.x + box.width / 2, box.y);
});
document.addEventListener("focusout", hide);
document.addEventListener("scroll", hide, { capture: true, passive: true });

const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !tip.hidden) {
    hide();
    event.stopPropagation();
    return;
  }
  const mark = markOf(event.target);
  if (!mark || event.ctrlKey || event.metaKey || event.altKey || !(event.key in steps || event.key === "Home" || event.key === "End")) return;
  const marks = [...mark.ownerSVGElement.querySelectorAll("[data-tip][tabindex], a[data-tip]")];
  const place = marks.indexOf(mark);
  const next = event.key === "Home" ? 0 : event.key === "End" ? marks.length - 1 : place + steps[event.key];
  event.preventDefault();
  event.stopPropagation();
  if (!marks[next]) return;
  if (mark.hasAttribute("tabindex")) mark.setAttribute("tabindex", "-1");
  if (marks[next].hasAttribute("tabindex")) marks[next].setAttribute("tabindex", "0");
  marks[next].focus();
}, true);

// A text that a spreadsheet would take for a formula is kept a text.
const isNumber = (text) => /^[-+]?[\d.,]+$/.test(text);
const field = (text) => {
  const safe = /^[=+\-@\t\r]/.test(text) && !isNumber(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-csv]") : null;
  if (!button) return;
  const rows = [...button.closest(".chart-behind").querySelectorAll("tr")].map((row) =>
    [...row.cells].map((cell) => field(cell.textContent.trim().replace("\u2212", "-"))).join(","));
  const address = URL.createObjectURL(new Blob(["\ufeff", rows.join("\r\n"), "\r\n"], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `${button.dataset.csv}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
});

// The browser's own tooltip of the whole drawing would lie over those of its marks; its name stays as a label.
const quieten = (root) => { for (const title of root.querySelectorAll(".chart > title")) title.remove(); };
quieten(document);
document.addEventListener("htmx:load", (event) => quieten(event.detail.elt));

// A graph that is larger than its box begins at what it was drawn for.
for (const chosen of document.querySelectorAll(".chart-scroll .ch-chosen")) {
  const box = chosen.closest(".chart-scroll");
  const [outer, inner] = [box.getBoundingClientRect(), chosen.getBoundingClientRect()];
  box.scrollBy(inner.x + inner.width / 2 - outer.x - outer.width / 2, inner.y + inner.height / 2 - outer.y - outer.height / 2);
}
