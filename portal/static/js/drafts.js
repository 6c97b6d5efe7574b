// Keeps what is typed into forms with data-draft in this browser until the server has answered "posted".

const person = document.querySelector("[data-person]")?.dataset.person;
const nameOf = (form) => `draft:${person}:${form.dataset.draft}`;
const textsOf = (form) => [...form.elements].filter((item) => item.matches("textarea, input[type=text]"));

function keep(form) {
  const texts = textsOf(form).map((item) => [item.name, item.value]);
  localStorage.setItem(nameOf(form), JSON.stringify(Object.fromEntries(texts)));
}

function restore(form) {
  const draft = JSON.parse(localStorage.getItem(nameOf(form)) ?? "{}");
  const lost = textsOf(form).filter((item) => !item.value && draft[item.name]);
  for (const item of lost) item.value = draft[item.name];
  noteOf(form, lost.length > 0);
}

function noteOf(form, isShown) {
  const note = form.querySelector("[data-draft-note]");
  if (note) note.hidden = !isShown;
}

function forget(form) {
  localStorage.removeItem(nameOf(form));
  noteOf(form, false);
}

if (document.querySelector(".flash.posted")) localStorage.removeItem(sessionStorage.getItem("posting"));

for (const form of document.querySelectorAll("form[data-draft]")) {
  restore(form);
  form.addEventListener("input", () => keep(form));
  form.addEventListener("reset", () => forget(form));
  form.addEventListener("submit", () => sessionStorage.setItem("posting", nameOf(form)));
}
