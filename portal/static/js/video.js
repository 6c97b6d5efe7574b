// Videos: a button loads another site's player only once it is pressed; how far a video is watched is counted.

const aids = document.getElementById("video-buttons");
const PARTS = [25, 50, 75, 100];
const LONGEST_STEP_SECONDS = 2;

const players = {
  youtube: {
    source: (id) => `https://www.youtube-nocookie.com/embed/${id}?autoplay=1&enablejsapi=1&origin=${location.origin}`,
    greeting: JSON.stringify({ event: "listening" }),
    time: ({ info }) => ({ seconds: info?.currentTime, duration: info?.duration }),
  },
  vimeo: {
    source: (id) => `https://player.vimeo.com/video/${id.replace("/", "?h=")}${id.includes("/") ? "&" : "?"}autoplay=1&dnt=1`,
    greeting: JSON.stringify({ method: "addEventListener", value: "timeupdate" }),
    time: ({ event, data }) => (event === "timeupdate" ? { seconds: data.seconds, duration: data.duration } : {}),
  },
};

function report(figure, percent) {
  const body = new FormData();
  body.set("csrf_token", document.querySelector("meta[name=csrf-token]").content);
  body.set("video", figure.dataset.video);
  body.set("percent", percent);
  body.set("language", figure.closest("[lang]").lang);
  navigator.sendBeacon(aids.dataset.url, body);
}

// Each hundredth that was played counts once; one that was skipped does not.
function watching(figure) {
  const seen = new Set();
  const due = [...PARTS];
  let last = 0;
  return (seconds, duration) => {
    const isPlaying = seconds >= last && seconds - last <= LONGEST_STEP_SECONDS;
    const reached = Math.round((100 * seconds) / duration);
    for (let part = Math.round((100 * last) / duration) + 1; isPlaying && part <= reached; part++) seen.add(part);
    last = seconds;
    while (due.length && seen.size >= due[0]) report(figure, due.shift());
  };
}

function listen(figure, frame, player) {
  const note = watching(figure);
  let duration;
  addEventListener("message", ({ data, origin, source }) => {
    if (source !== frame.contentWindow || origin !== new URL(frame.src).origin) return;
    const message = typeof data === "string" ? JSON.parse(data) : data;
    if (message.event === "ready") frame.contentWindow.postMessage(player.greeting, origin);
    const time = player.time(message);
    duration = time.duration ?? duration;
    if (duration && time.seconds !== undefined) note(time.seconds, duration);
  });
  frame.addEventListener("load", () => frame.contentWindow.postMessage(player.greeting, new URL(frame.src).origin));
}

function play(figure, player, id) {
  const frame = document.createElement("iframe");
  frame.title = figure.querySelector("a").textContent;
  frame.allow = "autoplay; encrypted-media; fullscreen; picture-in-picture";
  frame.referrerPolicy = "strict-origin-when-cross-origin"; // YouTube refuses to play for a page it cannot name.
  frame.src = player.source(id);
  listen(figure, frame, player);
  figure.querySelector(".play").replaceWith(frame);
  frame.focus();
}

function offer(figure) {
  const [kind, id] = figure.dataset.video.split(":");
  const button = aids.content.querySelector(`[data-player="${kind}"]`)?.cloneNode(true);
  if (!button) return follow(figure, figure.querySelector("video"));
  button.addEventListener("click", () => play(figure, players[kind], id));
  figure.prepend(button);
}

function follow(figure, video) {
  const note = watching(figure);
  video.addEventListener("timeupdate", () => note(video.currentTime, video.duration));
}

document.querySelectorAll(".prose .video").forEach(offer);
