// The search field: "/" focuses it; ↑ ↓ Enter Esc walk the suggestions that htmx loads while typing.

const field = document.querySelector("[data-search] input");
const list = document.getElementById("suggestions");

const options = () => [...list.querySelectorAll("[role=option]")];
const chosen = () => list.querySelector("[aria-selected=true]");
let isDismissed = false; // By Esc, until something is typed: suggestions that are still on their way open nothing.

function show(isOpen) {
  list.hidden = !isOpen;
  field.setAttribute("aria-expanded", isOpen);
  choose(null);
}

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  option ? field.setAttribute("aria-activedescendant", option.id) : field.removeAttribute("aria-activedescendant");
}

function move(step) {
  if (list.hidden) show(options().length > 0);
  const stops = [null, ...options()];
  choose(stops.at((stops.indexOf(chosen()) + step) % stops.length));
}

const keys = {
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  Enter: () => chosen()?.click(),
  Escape: () => {
    isDismissed = true;
    show(false);
  },
};

function walk(event) {
  const isIdle = event.key === "Enter" ? !chosen() : event.key === "Escape" && list.hidden;
  if (event.isComposing || isIdle || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
}

function focusOnSlash(event) {
  const isTyping = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
  event.preventDefault();
  field.select();
}

if (field) {
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", list.id]]) {
    field.setAttribute(name, value);
  }
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", list.dataset.label);
  show(false);
  list.addEventListener("htmx:afterSettle", () => {
    show(!isDismissed && document.activeElement === field && options().length > 0);
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  field.addEventListener("keydown", walk);
  field.addEventListener("input", () => (isDismissed = false));
  field.addEventListener("blur", () => show(false));
  document.addEventListener("keydown", focusOnSlash);
}
