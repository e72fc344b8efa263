// Files: dropped or chosen, sent with progress, and then the page that the answer leads to. Without this script the
// form sends itself.
const said = () => document.getElementById("script-words").dataset;
const size = (bytes) => {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let step = 0;
  while (bytes >= 1024 && step < units.length - 1) {
    bytes /= 1024;
    step += 1;
  }
  return `${bytes.toFixed(step ? 1 : 0)} ${units[step]}`;
};
const left = (seconds) => (seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`);
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

const show = (form, text, wrong) => {
  const place = form.querySelector("[data-answer]");
  place.textContent = text;
  place.className = wrong ? "error" : "";
};

const tooLarge = (form) => {
  const most = Number(form.dataset.maxBytes || Infinity);
  return [...form.querySelector("[type=file]").files].find((file) => file.size > most);
};

const describe = (form) => {
  const files = [...form.querySelector("[type=file]").files];
  const total = files.reduce((sum, file) => sum + file.size, 0);
  form.querySelector("[data-chosen]").textContent =
    files.length === 1 ? `${files[0].name}, ${size(total)}` : files.length ? fill(said().chosen, { count: files.length, size: size(total) }) : "";
  const large = tooLarge(form);
  show(form, large ? fill(said().tooLarge, { name: large.name, size: size(Number(form.dataset.maxBytes)) }) : "", true);
};

const answer = (form, request) => {
  const leads = request.getResponseHeader("HX-Redirect") || request.responseURL;
  if (request.status < 400 && leads) {
    location.assign(leads);
    return;
  }
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  const refusal = page.querySelector("#refusal, .refusal-page, .error-summary, [role=alert]");
  const place = form.querySelector("[data-answer]");
  place.className = "";
  place.replaceChildren(...(refusal ? [document.importNode(refusal, true)] : [document.createTextNode(said().failed)]));
};

const send = (form, submitter) => {
  const request = new XMLHttpRequest();
  const began = performance.now();
  const panel = form.querySelector("[data-sending]");
  const bar = panel.querySelector("progress");
  const names = [...form.querySelector("[type=file]").files].map((file) => file.name).join(", ");
  const stop = () => {
    panel.hidden = true;
    submitter.disabled = false;
  };
  request.upload.addEventListener("progress", (event) => {
    const rate = event.loaded / ((performance.now() - began) / 1000);
    const percent = Math.floor((100 * event.loaded) / event.total);
    bar.value = percent;
    panel.querySelector("[data-figures]").textContent =
      event.loaded === event.total ? said().checking : fill(said().sending, { name: names, percent, rate: size(rate), left: left((event.total - event.loaded) / rate) });
  });
  request.addEventListener("load", () => {
    stop();
    answer(form, request);
  });
  request.addEventListener("error", () => {
    stop();
    show(form, said().failed, true);
  });
  request.addEventListener("abort", stop);
  panel.querySelector("[data-abort]").onclick = () => request.abort();
  panel.hidden = false;
  submitter.disabled = true;
  show(form, "", false);
  request.open("POST", form.action);
  request.setRequestHeader("HX-Request", "true");
  request.setRequestHeader("HX-Boosted", "true");
  request.send(new FormData(form, submitter));
};

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-drop]");
  if (!form || event.defaultPrevented) return;
  event.preventDefault();
  if (!tooLarge(form)) send(form, event.submitter ?? form.querySelector("button:not([type=button])"));
});
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-drop]");
  if (form && event.target.type === "file") describe(form);
});

const zoneOf = (event) => event.target.closest?.("form[data-drop]");
for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => {
    const form = zoneOf(event);
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = form ? "copy" : "none";
    for (const target of document.querySelectorAll(".drop-target")) target.classList.toggle("over", Boolean(form?.contains(target)));
  });
}
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) for (const target of document.querySelectorAll(".drop-target")) target.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  const form = zoneOf(event);
  for (const target of document.querySelectorAll(".drop-target")) target.classList.remove("over");
  if (!form) return;
  event.preventDefault();
  const input = form.querySelector("[type=file]");
  if (input.multiple || event.dataTransfer.files.length === 1) input.files = event.dataTransfer.files;
  else {
    const first = new DataTransfer();
    first.items.add(event.dataTransfer.files[0]);
    input.files = first.files;
  }
  input.dispatchEvent(new Event("change", { bubbles: true }));
});
