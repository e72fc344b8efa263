// The palette: Ctrl K (or ⌘ K) opens it from everywhere; arrows choose, Enter opens. Without a script the search page serves.
const palette = document.getElementById("palette");

if (palette) {
  const input = palette.querySelector("input");
  const list = document.getElementById("palette-list");
  let waiting = 0;
  let asked = null;
  let shown = null;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const chosen = () => list.querySelector("[aria-selected=true]");

  const choose = (option) => {
    chosen()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
  };

  const fill = async () => {
    const text = input.value.trim();
    if (text === shown) return;
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(`${palette.dataset.palette}?q=${encodeURIComponent(text)}`, {
        signal: asked.signal,
        headers: { "HX-Request": "true" },
      });
      if (!answer.ok || answer.redirected) return location.assign(`${palette.dataset.palette}../?q=${encodeURIComponent(text)}`);
      list.innerHTML = await answer.text();
      shown = text;
      choose(options()[0]);
    } catch (error) {
      if (error.name !== "AbortError") list.textContent = document.getElementById("script-words").dataset.unreachable;
    }
  };

  const open = () => {
    for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
    palette.showModal();
    input.select();
    fill();
  };

  const move = (by) => {
    const all = options();
    if (all.length) choose(all[(all.indexOf(chosen()) + by + all.length) % all.length]);
  };

  const keys = { ArrowDown: () => move(1), ArrowUp: () => move(-1), Home: () => choose(options()[0]), End: () => choose(options().at(-1)) };

  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(fill, 120);
  });
  input.addEventListener("keydown", async (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter") {
      event.preventDefault();
      clearTimeout(waiting);
      await fill();
      const target = chosen()?.href;
      palette.close();
      if (target) location.assign(target);
    } else if (event.key in keys && (event.key.startsWith("Arrow") || event.ctrlKey)) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  list.addEventListener("pointermove", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && option !== chosen()) choose(option);
  });
  palette.addEventListener("click", (event) => {
    if (event.target === palette) palette.close();
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k" && !event.isComposing) {
      event.preventDefault();
      if (palette.open) palette.close();
      else if (!document.querySelector("dialog[open]")) open();
    }
  });
  for (const opener of document.querySelectorAll("[data-opens-palette]")) opener.addEventListener("click", open);
  document.addEventListener("burgrave:palette", open);
}
