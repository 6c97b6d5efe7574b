// Reading aids: copy buttons on code, links that copy themselves, boxes that scroll by keyboard, and the note
// that a page was read.

const SECONDS_READ = 10;
const aids = document.getElementById("copy-button");

function addCopyButton(code) {
  const button = aids.content.firstElementChild.cloneNode(true);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = button.dataset.done;
  });
  const box = document.createElement("div");
  box.className = "copyable";
  code.replaceWith(box);
  box.append(code, button);
}

async function copyLink(event) {
  const link = event.target.closest?.("a[data-copied]");
  const means = event.ctrlKey || event.metaKey || event.shiftKey ? "follow" : "copy";
  if (!link || means === "follow" || !navigator.clipboard) return;
  event.preventDefault();
  await navigator.clipboard.writeText(link.href);
  link.textContent = link.dataset.copied;
}

function noteReading(url) {
  const body = new FormData();
  body.set("csrf_token", document.querySelector("meta[name=csrf-token]").content);
  navigator.sendBeacon(url, body);
}

function afterVisibleSeconds(seconds, act) {
  let left = seconds * 1000;
  let since = 0;
  let timer = 0;
  const watch = () => {
    clearTimeout(timer);
    if (since) left -= Date.now() - since;
    since = document.hidden ? 0 : Date.now();
    if (since) timer = setTimeout(finish, Math.max(left, 0));
  };
  const finish = () => {
    document.removeEventListener("visibilitychange", watch);
    act();
  };
  document.addEventListener("visibilitychange", watch);
  watch();
}

for (const box of document.querySelectorAll(".prose pre, .prose table")) {
  if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
}
document.querySelectorAll(".prose pre").forEach(addCopyButton);
document.addEventListener("click", copyLink);
if (aids?.dataset.dwellUrl) afterVisibleSeconds(SECONDS_READ, () => noteReading(aids.dataset.dwellUrl));
