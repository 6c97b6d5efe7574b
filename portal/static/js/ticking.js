// Ticks or unticks all rows of a page at once.

for (const form of document.querySelectorAll("[data-ticking]")) {
  const boxes = () => [...form.querySelectorAll("tbody input[type=checkbox]")];
  const place = form.querySelector("[data-tick-all]");
  const all = document.createElement("input");
  all.type = "checkbox";
  all.setAttribute("aria-label", place.dataset.tickAll);
  all.addEventListener("change", () => {
    for (const box of boxes()) box.checked = all.checked;
  });
  form.addEventListener("change", () => {
    const ticked = boxes().filter((box) => box.checked).length;
    all.checked = ticked > 0 && ticked === boxes().length;
    all.indeterminate = ticked > 0 && !all.checked;
  });
  place.replaceChildren(all);
}
