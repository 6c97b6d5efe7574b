// Completes @names in the reply field: people who can read the topic, chosen with the arrow keys and Enter.

const form = document.querySelector("form[data-people]");
const field = form?.querySelector("textarea");
const list = document.createElement("ul");
let people = [];
let chosen = 0;

function started() {
  return /(?:^|\s)@([^\s@]{1,40})$/.exec(field.value.slice(0, field.selectionStart));
}

function close() {
  list.hidden = true;
  field.removeAttribute("aria-activedescendant");
}

function show() {
  list.replaceChildren(
    ...people.map((person, number) => {
      const item = document.createElement("li");
      item.id = `person-${number}`;
      item.role = "option";
      item.ariaSelected = String(number === chosen);
      item.textContent = person.name;
      item.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        put(person);
      });
      return item;
    }),
  );
  list.hidden = people.length === 0;
  if (people.length) field.setAttribute("aria-activedescendant", `person-${chosen}`);
}

function put(person) {
  const [written] = started()?.slice(1) ?? [""];
  const end = field.selectionStart;
  field.setRangeText(`${person.text} `, end - written.length - 1, end, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  close();
}

async function propose() {
  const found = started();
  if (!found) return close();
  const answer = await fetch(`${form.dataset.people}?q=${encodeURIComponent(found[1])}`);
  if (!answer.ok || started()?.[1] !== found[1]) return;
  ({ people } = await answer.json());
  chosen = 0;
  show();
}

function steer(event) {
  if (list.hidden) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    chosen = (chosen + (event.key === "ArrowDown" ? 1 : people.length - 1)) % people.length;
    show();
  } else if (event.key === "Enter" || event.key === "Tab") put(people[chosen]);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
}

if (field) {
  list.className = "completions";
  list.id = "people";
  list.role = "listbox";
  list.hidden = true;
  list.ariaLabel = "@";
  field.after(list);
  field.setAttribute("aria-controls", "people");
  field.addEventListener("input", propose);
  field.addEventListener("keydown", steer);
  field.addEventListener("blur", close);
}
