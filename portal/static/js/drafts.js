// Keeps what is typed into forms with data-draft in this browser until the server has answered "posted".

const person = document.querySelector("[data-person]")?.dataset.person;
const nameOf = (form) => `draft:${person}:${form.dataset.draft}`;
const textsOf = (form) => [...form.elements].filter((item) => item.matches("textarea, input[type=text]"));

const written = (form) => JSON.stringify(Object.fromEntries(textsOf(form).map((item) => [item.name, item.value])));

function keep(form) {
  localStorage.setItem(nameOf(form), written(form));
}

// The server has it; a text that another window left here stays.
function drop(form) {
  if (localStorage.getItem(nameOf(form)) === written(form)) forget(form);
}

// Fills what is empty; what the page came with stays until the writer takes the text from here instead.
function restore(form) {
  const draft = JSON.parse(localStorage.getItem(nameOf(form)) ?? "{}");
  const differing = textsOf(form).filter((item) => draft[item.name] && draft[item.name] !== item.value);
  const put = (items) => {
    for (const item of items) item.value = draft[item.name];
    if (items.length) form.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const empty = differing.filter((item) => !item.value);
  put(empty);
  noteOf(form, differing.length > 0);
  const take = form.querySelector("[data-draft-take]");
  if (!take) return;
  take.hidden = empty.length === differing.length;
  take.addEventListener("click", () => {
    put(differing);
    take.hidden = true;
  });
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
  form.addEventListener("draft:kept", () => drop(form));
  form.addEventListener("reset", () => forget(form));
  form.addEventListener("submit", () => sessionStorage.setItem("posting", nameOf(form)));
}
