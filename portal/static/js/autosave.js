// Keeps a form as a draft on the server while it is written, and at once when the page is left.

const SECONDS = 5;

function start(editor) {
  const { autosaveUrl, saved, unsaved } = editor.dataset;
  const form = editor.closest("form");
  const status = editor.querySelector("[data-status]");
  let hasChanges = false;

  const say = (text, isError) => {
    if (status.textContent !== text) status.textContent = text;
    status.classList.toggle("error", isError);
  };

  // What outlives a page may have at most 64 kB.
  const send = (keepalive) => fetch(autosaveUrl, { method: "POST", body: new FormData(form), keepalive });

  async function save(isLeaving) {
    if (!hasChanges) return;
    hasChanges = false;
    const sent = isLeaving ? send(true).catch(() => send(false)) : send(false);
    const answer = await sent.catch(() => null);
    if (answer?.status === 204) {
      const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
      say(saved.replace("{time}", time), false);
    } else {
      hasChanges = true;
      say(unsaved, true);
    }
  }

  const note = () => {
    hasChanges = true;
  };
  form.addEventListener("input", note);
  form.addEventListener("change", note);
  form.addEventListener("submit", () => {
    hasChanges = false;
  });
  setInterval(() => save(false), SECONDS * 1000);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) save(true);
  });
}

document.querySelectorAll("[data-autosave-url]").forEach(start);
