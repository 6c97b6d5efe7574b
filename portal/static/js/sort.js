// Lists put in order by dragging; dropping presses a button like those that do the same without this.

let dragged = null;

function neighbourAt(target) {
  return dragged && [...dragged.parentElement.children].find((item) => item.contains(target));
}

function letBeDragged() {
  for (const item of document.querySelectorAll(".sortable [data-item]")) item.draggable = true;
}

function move(item, before) {
  const button = document.createElement("button");
  button.name = "move";
  button.value = `${item.dataset.item}:${before?.dataset.item ?? ""}`;
  button.hidden = true;
  item.closest("form").append(button);
  button.click();
}

document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-item]") ?? null;
});
document.addEventListener("dragover", (event) => {
  if (neighbourAt(event.target)) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const over = neighbourAt(event.target);
  if (!over) return;
  event.preventDefault();
  const { top, height } = over.getBoundingClientRect();
  const before = event.clientY < top + height / 2 ? over : over.nextElementSibling;
  if (over !== dragged && before !== dragged) move(dragged, before);
});
document.addEventListener("dragend", () => {
  dragged = null;
});
document.addEventListener("htmx:afterSwap", letBeDragged);
letBeDragged();
