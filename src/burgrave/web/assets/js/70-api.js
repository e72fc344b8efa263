// The page of the API: a form becomes a request with the permissions of whoever reads the page.
const pieces = (form) => {
  const path = { value: form.dataset.apiPath };
  const query = new URLSearchParams();
  const headers = new Headers({ Accept: "application/json" });
  let body;
  for (const field of form.querySelectorAll("[data-place]")) {
    const values = field.multiple ? [...field.selectedOptions].map((option) => option.value) : [field.value];
    for (const value of values.filter((each) => each !== "")) {
      if (field.dataset.place === "path") path.value = path.value.replace(`{${field.name}}`, encodeURIComponent(value));
      if (field.dataset.place === "query") query.append(field.name, value);
      if (field.dataset.place === "header") headers.set(field.name, value);
      if (field.dataset.place === "body") body = value;
    }
  }
  if (body !== undefined) headers.set("Content-Type", "application/json");
  if (form.dataset.apiMethod !== "GET") headers.set("X-CSRFToken", form.elements.csrfmiddlewaretoken.value);
  return { address: query.size ? `${path.value}?${query}` : path.value, headers, body };
};

const pretty = (text, type) => {
  if (!/json/.test(type)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
};

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-api-method]")) return;
  event.preventDefault();
  const { address, headers, body } = pieces(form);
  const place = form.querySelector("[data-api-answer]");
  const began = performance.now();
  let status;
  let text = "";
  try {
    const answer = await fetch(address, { method: form.dataset.apiMethod, headers, body, redirect: "manual" });
    text = pretty(await answer.text(), answer.headers.get("Content-Type") || "");
    status = `${answer.status} ${answer.statusText} · ${Math.round(performance.now() - began)} ms`;
  } catch (fault) {
    status = String(fault);
  }
  place.hidden = false;
  place.querySelector("[data-api-status]").textContent = `${form.dataset.apiMethod} ${address} → ${status}`;
  place.querySelector("code").textContent = text;
});

const openNamed = () => {
  const named = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named && named.matches("details.operation")) named.open = true;
};
addEventListener("hashchange", openNamed);
openNamed();
