// After htmx replaced a part: focus stays where the reader was, menus and failures behave.
let openFacet = "";
document.addEventListener("htmx:beforeSwap", (event) => {
  openFacet = document.querySelector(".facet[open]")?.id ?? "";
  if (event.detail.xhr.status >= 400 && !event.detail.xhr.getResponseHeader("Content-Type")?.startsWith("text/html")) event.detail.shouldSwap = false;
});
document.addEventListener("htmx:afterSettle", (event) => {
  const facet = openFacet && document.getElementById(openFacet);
  if (facet && !facet.open) {
    facet.open = true;
    facet.querySelector("summary").focus({ preventScroll: true });
  }
  openFacet = "";
  // What came by itself, without anything that the reader did, takes no focus.
  if (event.detail.requestConfig?.triggeringEvent && document.activeElement === document.body) document.getElementById("main")?.focus({ preventScroll: true });
});
// An item of a workbench that was opened as a part is the current one, and on a phone its pane comes forward.
document.addEventListener("htmx:afterRequest", (event) => {
  const link = event.detail.elt.closest?.(".work-item a");
  if (!link || !event.detail.successful) return;
  const bench = link.closest(".workbench");
  for (const other of bench.querySelectorAll(".work-item [aria-current]")) other.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  bench.classList.add("has-detail");
});
document.addEventListener("htmx:sendError", () => {
  const line = document.createElement("div");
  line.className = "notice state-act";
  line.textContent = document.getElementById("script-words").dataset.unreachable;
  document.getElementById("notices")?.replaceChildren(line);
});
