// After htmx replaced a part: focus stays where the reader was, menus and failures behave.
let openFacet = "";
document.addEventListener("htmx:beforeSwap", (event) => {
  openFacet = document.querySelector(".facet[open]")?.id ?? "";
  if (event.detail.xhr.status >= 400 && !event.detail.xhr.getResponseHeader("Content-Type")?.startsWith("text/html")) event.detail.shouldSwap = false;
});
document.addEventListener("htmx:afterSettle", () => {
  const facet = openFacet && document.getElementById(openFacet);
  if (facet && !facet.open) {
    facet.open = true;
    facet.querySelector("summary").focus({ preventScroll: true });
  }
  openFacet = "";
  if (document.activeElement === document.body) document.getElementById("main")?.focus({ preventScroll: true });
});
document.addEventListener("htmx:sendError", () => {
  const line = document.createElement("div");
  line.className = "notice state-act";
  line.textContent = document.getElementById("script-words").dataset.unreachable;
  document.getElementById("notices")?.replaceChildren(line);
});
