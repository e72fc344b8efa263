// Things of every page: what only works with a script appears, copying, dialogs, menus, confirmations, relative times.
const words = () => document.getElementById("script-words")?.dataset ?? {};

const enliven = (root) => {
  for (const node of root.querySelectorAll("[data-copy], [data-copy-next], [data-needs-script]")) node.hidden = false;
  root.querySelector("[data-focus]")?.focus();
  for (const tab of root.querySelectorAll(".tabs [aria-current]")) {
    const row = tab.closest(".tabs");
    const beyond = tab.getBoundingClientRect().right - row.getBoundingClientRect().right;
    if (beyond > 0) row.scrollLeft += beyond;
  }
};

const copy = async (button) => {
  const text = button.dataset.copy ?? button.closest("figure").querySelector("pre").textContent;
  await navigator.clipboard.writeText(text);
  button.classList.add("copied");
  document.getElementById("live").textContent = words().copied;
  setTimeout(() => button.classList.remove("copied"), 1500);
};

const live = document.createElement("div");
live.id = "live";
live.className = "unseen";
live.setAttribute("role", "status");
document.body.append(live);

document.addEventListener("click", (event) => {
  const copier = event.target.closest("[data-copy], [data-copy-next]");
  if (copier) copy(copier);
  const opener = event.target.closest("[command='show-modal'][commandfor]");
  if (opener && !("command" in HTMLButtonElement.prototype)) document.getElementById(opener.getAttribute("commandfor"))?.showModal();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
}, true);

const units = [["day", 86400], ["hour", 3600], ["minute", 60]];
const refreshTimes = () => {
  const format = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always", style: "short" });
  for (const node of document.querySelectorAll("time[data-ago]")) {
    const gap = (new Date(node.dateTime) - Date.now()) / 1000;
    const unit = units.find(([, seconds]) => Math.abs(gap) >= seconds);
    if (unit) node.textContent = format.format(Math.trunc(gap / unit[1]), unit[0]);
  }
};
setInterval(refreshTimes, 60_000);

enliven(document);
document.addEventListener("htmx:load", (event) => enliven(event.detail.elt));
