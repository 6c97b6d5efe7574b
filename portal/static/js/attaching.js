// Adds files to a text: chosen, dropped, or pasted as pictures; each shows how far it is and can be stopped.

const AFTER_A_FILE = /\]\(\/attachments\/\w+\)$/;

function write(area, from, to, text) {
  area.setSelectionRange(from, to);
  if (document.activeElement === area && document.execCommand(text ? "insertText" : "delete", false, text)) return;
  area.setRangeText(text, from, to, "end");
  area.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

// Replaces a text wherever it is by now; who writes elsewhere in the field keeps the place.
function swap(area, old, text) {
  const at = area.value.indexOf(old);
  if (at < 0) return;
  const moved = (place) => (place <= at ? place : Math.max(at, place - old.length) + text.length);
  const [from, to] = [moved(area.selectionStart), moved(area.selectionEnd)];
  write(area, at, at + old.length, text);
  area.setSelectionRange(from, to);
}

function upload(file, { attachUrl, failed, stopped }, { onProgress, stop }) {
  const body = new FormData();
  body.set("file", file);
  const request = new XMLHttpRequest();
  request.open("POST", attachUrl);
  request.responseType = "json";
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-CSRFToken", document.querySelector("meta[name=csrf-token]").content);
  return new Promise((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => onProgress((100 * loaded) / total);
    request.onload = () => {
      if (request.status === 201 && request.response?.markdown) resolve(request.response);
      else reject(new Error(request.response?.detail || failed));
    };
    request.onerror = () => reject(new Error(failed));
    request.onabort = () => reject(new Error(stopped));
    stop.addEventListener("click", () => request.abort(), { once: true });
    request.send(body);
  });
}

function start(box) {
  const texts = box.dataset;
  const form = box.closest("form");
  const area = form.querySelector("textarea");
  const [plain, tools, field, bar, stop, status] = [
    "[data-without-script]", "[data-with-script]", "[type=file]", "progress", "[data-stop]", "[data-upload-status]",
  ].map((part) => box.querySelector(part));
  let queue = Promise.resolve();
  let waiting = 0;

  const say = (text, isError = false) => {
    status.textContent = text;
    status.classList.toggle("error", isError);
  };

  async function add(file) {
    const named = (text) => text.replace("{name}", () => file.name);
    const { value, selectionStart: from, selectionEnd: to } = area;
    const chosen = value.slice(from, to);
    const holder = `![${named(texts.uploading)}]()`;
    const apart = AFTER_A_FILE.test(value.slice(0, from)) ? "\n\n" : "";
    write(area, from, to, apart + holder);
    say(named(texts.uploading));
    bar.value = 0;
    bar.hidden = stop.hidden = false;
    try {
      const onProgress = (percent) => {
        bar.value = percent;
      };
      const kept = await upload(file, texts, { onProgress, stop });
      swap(area, holder, kept.markdown);
      const words = named(kept.markdown.startsWith("!") ? texts.described : texts.uploaded);
      say([words, kept.notice].join(" ").trim());
    } catch (error) {
      swap(area, holder, chosen);
      say(error.message, true);
    }
    bar.hidden = stop.hidden = true;
    waiting -= 1;
  }

  function addAll(files) {
    for (const file of files) {
      waiting += 1;
      queue = queue.then(() => add(file));
    }
  }

  const take = (event, { files, types }) => {
    const isText = types.includes("text/html") && types.includes("text/plain"); // Cells and words come as pictures too.
    if (!files.length || isText) return;
    event.preventDefault();
    addAll([...files]);
  };
  area.addEventListener("paste", (event) => take(event, event.clipboardData));
  area.addEventListener("drop", (event) => take(event, event.dataTransfer));
  area.addEventListener("dragover", (event) => {
    if (event.dataTransfer.types.includes("Files")) event.preventDefault();
  });
  box.querySelector("[data-choose]").addEventListener("click", () => field.click());
  field.addEventListener("change", () => {
    addAll([...field.files]);
    field.value = "";
  });
  form.addEventListener("submit", (event) => {
    if (!waiting) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    say(texts.busy, true);
  }, true);

  plain.hidden = true;
  field.multiple = true;
  field.removeAttribute("name"); // Each is sent by itself.
  tools.hidden = false;
  area.closest(".field").after(box);
}

document.querySelectorAll("[data-attach-url]").forEach(start);
