// Passkeys: a form with data-passkey asks the browser for one, and is sent with its answer.
const ask = async (form) => {
  const answer = await fetch(form.dataset.options, { headers: { Accept: "application/json" }, redirect: "error" });
  if (!answer.ok) throw new Error(`options: ${answer.status}`);
  const { publicKey } = await answer.json();
  return form.dataset.passkey === "create"
    ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
    : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
};

const tell = (form, text) => {
  const place = form.querySelector("[data-passkey-told]");
  place.textContent = text;
  place.hidden = false;
};

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const field = form.querySelector("[data-passkey-answer]");
  if (!form.matches("[data-passkey]") || !field) return;
  event.preventDefault();
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) return tell(form, form.dataset.cannot);
  const button = form.querySelector(".acts .button");
  button.disabled = true;
  try {
    field.value = JSON.stringify((await ask(form)).toJSON());
    form.submit();
  } catch (fault) {
    tell(form, fault instanceof DOMException && fault.name === "SecurityError" ? form.dataset.cannot : form.dataset.saidNo);
    button.disabled = false;
  }
});
for (const node of document.querySelectorAll("[data-without-script]")) node.hidden = true;
