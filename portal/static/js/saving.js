// Keeps a form with data-keep-url as a draft on the server: a moment after typing stops, and at once when the page
// is left. js/drafts.js keeps it in this browser until the server has it.

const PAUSE = 1200;
const AGAIN = 10_000;
const writer = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function start(form) {
  const { keepUrl, saved, unsaved, unreachable } = form.dataset;
  const status = form.querySelector("[data-draft-status]");
  const [version, window_, step] = ["version", "writer", "step"].map((name) => form.elements[`draft_${name}`]);
  let hasChanges = false;
  let isStopped = false;
  let timer;

  window_.value = writer;
  for (const button of form.querySelectorAll("button[data-without-script]")) button.hidden = true;

  const say = (text, isError) => {
    if (status.textContent !== text) status.textContent = text;
    status.classList.toggle("error", isError);
  };

  // What outlives a page may have at most 64 kB.
  function send(keepalive) {
    const body = new FormData(form);
    body.delete("file");
    return fetch(keepUrl, { method: "POST", body, keepalive, headers: { Accept: "application/json" } });
  }

  function later(pause) {
    clearTimeout(timer);
    timer = setTimeout(save, pause);
  }

  async function save(isLeaving) {
    clearTimeout(timer);
    if (!hasChanges || isStopped) return;
    hasChanges = false;
    step.value = Number(step.value) + 1;
    const sent = isLeaving === true ? send(true).catch(() => send(false)) : send(false);
    const answer = await sent.catch(() => null);
    const said = await answer?.json().catch(() => null);
    if (isStopped) return;
    if (answer?.ok && said) {
      version.value = said.version;
      say(saved, false);
      if (!hasChanges) form.dispatchEvent(new Event("draft:kept"));
      return;
    }
    hasChanges = true;
    isStopped = answer?.status === 409;
    say(unsaved.replace("{why}", () => said?.detail || unreachable), true);
    if (!said?.detail) later(AGAIN);
  }

  const note = (event) => {
    if (event.target.type === "file") return;
    hasChanges = true;
    later(PAUSE);
  };
  if (form.querySelector("[aria-invalid=true]")) note({ target: form });
  form.addEventListener("input", note);
  form.addEventListener("change", note);
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    clearTimeout(timer);
    isStopped = true;
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) isStopped = false;
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) save(true);
  });
}

document.querySelectorAll("form[data-keep-url]").forEach(start);
