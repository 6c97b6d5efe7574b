// Markdown in a plain text area: a toolbar, shortcuts, and files by paste, drop or choice.
// What a button writes stands in its data; ‸ is where the selection goes. Every change can be undone.

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const PLACE = "‸";

function write(area, from, to, text, selectFrom = from + text.length, selectTo = selectFrom) {
  area.focus({ preventScroll: true });
  area.setSelectionRange(from, to);
  const command = text ? "insertText" : "delete";
  if (document.activeElement !== area || !document.execCommand(command, false, text)) {
    area.setRangeText(text, from, to, "end");
    area.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
  area.setSelectionRange(selectFrom, selectTo);
}

// Replaces a text wherever it is now, and leaves the reader's caret, focus and view where they are.
function swap(area, old, text) {
  const at = area.value.indexOf(old);
  if (at < 0) return;
  const moved = (place) => (place <= at ? place : Math.max(place, at + old.length) + text.length - old.length);
  const [focused, x, y] = [document.activeElement, scrollX, scrollY];
  write(area, at, at + old.length, text, moved(area.selectionStart), moved(area.selectionEnd));
  if (focused !== document.body) focused.focus({ preventScroll: true });
  scrollTo(x, y);
}

const insert = (area, text) => write(area, area.selectionStart, area.selectionEnd, text);

const selection = ({ value, selectionStart: from, selectionEnd: to }) => ({
  from, to, left: value.slice(0, from), chosen: value.slice(from, to), right: value.slice(to),
});

const writers = {
  wrap(area, pattern) {
    const [before, after] = pattern.split(PLACE);
    const { from, to, left, chosen, right } = selection(area);
    const isBold = before === "*" && /(^|[^*])\*\*$/.test(left);
    if (left.endsWith(before) && right.startsWith(after) && !isBold) {
      write(area, from - before.length, to + after.length, chosen, from - before.length, to - before.length);
      return;
    }
    const text = before + chosen + after;
    const address = chosen ? text.indexOf("https://", before.length + chosen.length) : -1;
    if (address < 0) write(area, from, to, text, from + before.length, to + before.length);
    else write(area, from, to, text, from + address, from + text.length - 1);
  },

  lines(area, prefix, { above }) {
    const { value, selectionStart, selectionEnd } = area;
    const isWhole = selectionEnd > selectionStart && value[selectionEnd - 1] === "\n";
    const from = value.lastIndexOf("\n", selectionStart - 1) + 1;
    const to = (value + "\n").indexOf("\n", isWhole ? selectionEnd - 1 : selectionEnd);
    const lines = value.slice(from, to).split("\n");
    const marks = lines.map((_, index) => prefix.replace("1", index + 1));
    const isMarked = lines.every((line, index) => line.startsWith(marks[index]));
    const changed = isMarked
      ? lines.map((line, index) => (line === above ? null : line.slice(marks[index].length)))
      : [above ?? null, ...lines.map((line, index) => marks[index] + line)];
    const text = changed.filter((line) => line !== null).join("\n");
    write(area, from, to, text, lines.length > 1 ? from : from + text.length, from + text.length);
  },

  block(area, pattern) {
    const [before, after] = pattern.split(PLACE);
    const { from, to, left, chosen, right } = selection(area);
    const gap = !left || left.endsWith("\n\n") ? "" : left.endsWith("\n") ? "\n" : "\n\n";
    const rest = right.startsWith("\n\n") ? "" : right.startsWith("\n") ? "\n" : "\n\n";
    const start = from + gap.length + before.length;
    write(area, from, to, gap + before + chosen + after + rest, start, start + chosen.length);
  },

  footnote(area) {
    const { to, right } = selection(area);
    const used = [...area.value.matchAll(/\[\^(\d+)\]/g)].map((found) => Number(found[1]));
    const mark = `[^${Math.max(0, ...used) + 1}]`;
    write(area, to, area.value.length, `${mark}${right.trimEnd()}\n\n${mark}: `);
  },
};

// Tab enters the toolbar once; the arrows walk in it.
function walkable(toolbar) {
  const tools = [...toolbar.querySelectorAll("button")];
  const choose = (chosen) => {
    for (const tool of tools) tool.tabIndex = tool === chosen ? 0 : -1;
  };
  choose(tools[0]);
  toolbar.addEventListener("focusin", (event) => choose(event.target));
  toolbar.addEventListener("keydown", (event) => {
    const at = tools.indexOf(document.activeElement);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    tools.at(next % tools.length).focus();
  });
}

function choose(accept, then) {
  const field = document.createElement("input");
  Object.assign(field, { type: "file", accept, multiple: true });
  field.addEventListener("change", () => then([...field.files]));
  field.click();
}

async function upload(file, { uploadUrl, failed }) {
  const body = new FormData();
  body.set("file", file);
  const token = document.querySelector("meta[name=csrf-token]").content;
  const headers = { Accept: "application/json", "X-CSRFToken": token };
  const answer = await fetch(uploadUrl, { method: "POST", body, headers }).catch(() => null);
  const said = await answer?.json().catch(() => null);
  if (answer?.ok && said?.url) return said;
  throw new Error(said?.detail || failed);
}

// Asks what a picture shows; the empty text if there is nothing to say.
function askToDescribe(dialog, address, isImage) {
  const [image, field] = [dialog.querySelector("[data-described]"), dialog.querySelector("input")];
  image.hidden = !isImage;
  if (isImage) image.src = address;
  field.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  field.focus();
  return new Promise((resolve) => {
    const answer = () => resolve(dialog.returnValue ? field.value.trim() : "");
    dialog.addEventListener("close", answer, { once: true });
  });
}

// Outside the form, so that Enter in it does not send the text.
function prepareDialog(dialog) {
  document.body.append(dialog);
  for (const button of dialog.querySelectorAll("button")) {
    button.addEventListener("click", () => dialog.close(button.value));
  }
  dialog.querySelector("input").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) dialog.close("yes");
  });
}

// Returns what puts files into the text, one after the other.
function makeUploads({ area, status, dialog, texts }) {
  let queue = Promise.resolve();

  const say = (text, isError = false) => {
    status.textContent = text;
    status.classList.toggle("error", isError);
  };

  async function add(file) {
    const { from, to, chosen } = selection(area);
    const uploading = texts.uploading.replace("{name}", () => file.name);
    const holder = `![${uploading}]()`;
    const isVideo = file.type.startsWith("video/"); // It has to stand alone.
    if (isVideo) area.setSelectionRange(to, to);
    if (isVideo) writers.block(area, holder + PLACE);
    else write(area, from, to, holder);
    say(uploading);
    try {
      const kept = await upload(file, texts);
      swap(area, holder, kept.markdown);
      say(kept.notice || texts.uploaded);
      const words = await askToDescribe(dialog, kept.url, !isVideo);
      const described = words.replace(/[\\[\]`*_<~]/g, "\\$&");
      if (words) swap(area, kept.markdown, `![${described}](${kept.url})`);
    } catch (error) {
      swap(area, holder, isVideo ? "" : chosen);
      say(error.message, true);
    }
  }

  return (files) => {
    for (const file of files) queue = queue.then(() => add(file));
  };
}

function takeFiles(area, addAll) {
  const take = (event, { files, types }) => {
    const isText = types.includes("text/html") && types.includes("text/plain"); // Cells and words come as pictures too.
    if (!files.length || isText) return;
    event.preventDefault();
    addAll(files);
  };
  area.addEventListener("paste", (event) => take(event, event.clipboardData));
  area.addEventListener("drop", (event) => take(event, event.dataTransfer));
  area.addEventListener("dragover", (event) => {
    if (event.dataTransfer.types.includes("Files")) event.preventDefault();
  });
}

function prepareTools(area, tools, addAll) {
  const toolbar = tools.querySelector("[role=toolbar]");
  for (const tool of toolbar.children) {
    const key = tool.dataset.key?.toUpperCase();
    tool.title = key ? `${tool.ariaLabel} (${IS_MAC ? "⌘" : "Ctrl+"}${key})` : tool.ariaLabel;
    if (key) tool.setAttribute("aria-keyshortcuts", `${IS_MAC ? "Meta" : "Control"}+${key}`);
  }
  walkable(toolbar);
  tools.addEventListener("click", (event) => {
    const { dataset } = event.target.closest("button") ?? { dataset: {} };
    const kind = Object.keys(dataset).find((name) => writers[name]);
    if (kind) writers[kind](area, dataset[kind], dataset);
    if (dataset.choose) choose(dataset.choose, addAll);
    if ("insert" in dataset) insert(area, tools.querySelector("[data-snippet]").value);
  });
  area.addEventListener("keydown", (event) => {
    const isCommand = (IS_MAC ? event.metaKey : event.ctrlKey) && !event.altKey && !event.shiftKey;
    const tool = isCommand && /^[a-z]$/.test(event.key) && toolbar.querySelector(`[data-key=${event.key}]`);
    if (!tool || event.isComposing) return;
    event.preventDefault();
    tool.click();
  });
}

function start(editor) {
  const find = (part) => editor.querySelector(part);
  const [area, tools, status, dialog] = ["textarea", "[data-tools]", "[data-status]", "[data-describe]"].map(find);
  const addAll = makeUploads({ area, status, dialog, texts: editor.dataset });
  area.before(tools);
  tools.hidden = find(".preview").hidden = false;
  for (const item of editor.closest("form").querySelectorAll("[data-without-editor]")) item.hidden = true;
  prepareDialog(dialog);
  prepareTools(area, tools, addAll);
  takeFiles(area, addAll);
}

document.querySelectorAll("[data-editor]").forEach(start);
