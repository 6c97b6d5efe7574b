// Puts the template of the chosen board into the text field, as long as nothing else stands there.

const board = document.querySelector("select[name=board]");
const body = document.querySelector("textarea[name=body]");
const templates = [...board.options].map((option) => option.dataset.template ?? "");

board.addEventListener("change", () => {
  const isUntouched = !body.value.trim() || templates.includes(body.value);
  if (isUntouched && board.form.elements.kind.value === "question") body.value = templates[board.selectedIndex];
});

// What solved it closes the draft; its writer can bring it back for a day.
document.querySelector("#similar").addEventListener("submit", () => {
  board.form.elements.title.value = body.value = "";
  body.dispatchEvent(new Event("input", { bubbles: true }));
});
