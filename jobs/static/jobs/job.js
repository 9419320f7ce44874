// The page of a job: a click on a moment shows its frame without leaving the page, and a job that
// waits or runs is looked at again until it has ended. Without this script the links do the same.

import { localise } from "./times.js";

const RETRY_MS = [1500, 3000, 6000];
const REFRESH_MS = [1000, 2000, 3000, 5000];
let asked = 0;

document.documentElement.classList.add("scripted");

async function load(url) {
  const response = await fetch(url, { headers: { Accept: "text/html" } });
  if (!response.ok) throw new Error(String(response.status));
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

// A picture that the server had no time for is asked for again.
function watchPictures(root) {
  for (const image of root.querySelectorAll(".picture img")) {
    let tries = 0;
    const again = () => {
      if (tries >= RETRY_MS.length) return;
      setTimeout(() => {
        const source = new URL(image.src);
        source.searchParams.set("try", String(tries));
        image.src = source.href;
      }, RETRY_MS[tries++]);
    };
    image.addEventListener("error", again);
    if (image.complete && image.naturalWidth === 0 && image.loading !== "lazy") again();
  }
}

async function show(url, { push = true, focus = "" } = {}) {
  const moment = document.getElementById("moment");
  const turn = ++asked;
  moment.setAttribute("aria-busy", "true");
  let found;
  try {
    found = (await load(url)).getElementById("moment");
  } catch {
    found = null;
  }
  if (turn !== asked) return; // another moment was asked for meanwhile
  if (!found) {
    location.assign(url);
    return;
  }
  moment.replaceWith(document.adoptNode(found));
  for (const line of document.querySelectorAll("line.now")) {
    line.setAttribute("x1", found.dataset.now);
    line.setAttribute("x2", found.dataset.now);
  }
  if (push) history.pushState(null, "", url);
  watchPictures(found);
  const target = (focus && found.querySelector(focus)) || found.querySelector("h2");
  target.focus({ preventScroll: true });
  const box = found.getBoundingClientRect();
  if (box.top < 0 || box.top > innerHeight * 0.6) found.scrollIntoView();
}

function frameAt(graph, x) {
  const frames = Number(graph.closest("[data-frames]").dataset.frames);
  const box = graph.getBoundingClientRect();
  const share = (x - box.left) / box.width;
  return Math.min(frames - 1, Math.max(0, Math.floor(share * frames)));
}

document.addEventListener("click", (event) => {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest("a[data-moment]");
  const graph = event.target.closest(".graph");
  if (link) {
    event.preventDefault();
    const step = link.dataset.step;
    show(link.href, { focus: step ? `a[data-step="${step}"]` : "" });
  } else if (graph) {
    show(`?frame=${frameAt(graph, event.clientX)}#moment`);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const step = { ArrowLeft: "2", ArrowRight: "3" }[event.key];
  const moment = event.target.closest("#moment");
  if (!step || !moment || event.target.closest(".scroll, .read")) return;
  event.preventDefault();
  moment.querySelector(`a[data-step="${step}"]`).click();
});

addEventListener("popstate", () => {
  if (document.getElementById("moment")) show(location.href, { push: false });
});

async function refresh(round = 0) {
  const job = document.getElementById("job");
  if (job?.dataset.active !== "yes") return;
  await new Promise((done) => setTimeout(done, REFRESH_MS[Math.min(round, REFRESH_MS.length - 1)]));
  if (document.hidden) {
    await new Promise((done) => document.addEventListener("visibilitychange", done, { once: true }));
  }
  const stale = document.getElementById("stale");
  try {
    const found = (await load(location.href)).getElementById("job");
    stale.hidden = true;
    if (found.dataset.status !== job.dataset.status) {
      location.reload();
      return;
    }
    // Only what changes is replaced, so that focus and selection stay where they are.
    for (const [here, there] of [...job.querySelectorAll(".took, [role=status]")].map((e, n) => [
      e, found.querySelectorAll(".took, [role=status]")[n],
    ])) {
      if (there && here.innerHTML !== there.innerHTML) here.replaceChildren(...there.childNodes);
    }
    localise(job);
  } catch {
    stale.hidden = false;
  }
  refresh(round + 1);
}

watchPictures(document);
refresh();
