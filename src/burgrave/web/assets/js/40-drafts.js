// Nothing typed is lost: a form with a draft key keeps its text in this tab until it was sent and accepted.
const prefix = "draft:";
const kept = new Set(["text", "search", "email", "url", "tel", "number", "date", "textarea", "select-one"]);
const fieldsOf = (form) => [...form.elements].filter((field) => field.name && kept.has(field.type));
const keyOf = (form) => prefix + form.dataset.draft;

const save = (form) => {
  const typed = Object.fromEntries(fieldsOf(form).map((field) => [field.name, field.value]));
  sessionStorage.setItem(keyOf(form), JSON.stringify({ typed, at: location.pathname }));
};

const tell = (form) => {
  const said = document.getElementById("script-words").dataset;
  const line = document.createElement("p");
  const forget = document.createElement("button");
  line.className = "help";
  forget.className = "button small";
  forget.type = "button";
  line.append(said.restored, " ", forget);
  forget.textContent = said.forget;
  forget.addEventListener("click", () => {
    sessionStorage.removeItem(keyOf(form));
    form.reset();
    line.remove();
  });
  form.prepend(line);
};

const restore = (form) => {
  const text = sessionStorage.getItem(keyOf(form));
  if (!text || form.dataset.restored) return;
  form.dataset.restored = "yes";
  const { typed } = JSON.parse(text);
  const changed = fieldsOf(form).filter((field) => field.name in typed && typed[field.name] !== field.value);
  for (const field of changed) field.value = typed[field.name];
  if (changed.length) tell(form);
};

const restoreAll = (root) => {
  for (const form of root.querySelectorAll("form[data-draft]")) restore(form);
};

// What was sent is forgotten once a page says that it was accepted: not by an error, the sign-in page, or the way back.
const settle = () => {
  const sent = sessionStorage.getItem("sent");
  if (!sent) return;
  sessionStorage.removeItem("sent");
  const arrived = performance.getEntriesByType("navigation")[0]?.type ?? "navigate";
  const refused = document.querySelector("body.bare, .refusal-page, .error-summary, .field-wrong, main > .notice[role=alert]");
  if (arrived === "navigate" && !refused) sessionStorage.removeItem(prefix + sent);
};

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.dataset.draft) save(form);
});
document.addEventListener("submit", (event) => {
  // Whoever signs in next in this tab reads nothing of it.
  if ("signOut" in event.target.dataset) sessionStorage.clear();
  if (event.target.dataset.draft) sessionStorage.setItem("sent", event.target.dataset.draft);
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt;
  if (!form.dataset?.draft) return;
  sessionStorage.removeItem("sent");
  if (event.detail.successful) sessionStorage.removeItem(keyOf(form));
});
document.addEventListener("htmx:load", (event) => restoreAll(event.detail.elt.parentElement ?? event.detail.elt));

settle();
restoreAll(document);
