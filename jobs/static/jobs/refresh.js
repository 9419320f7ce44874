// Keeps the element #live up to date: polls the page while a job is active, less often while the
// server does not respond, and not while the tab is hidden.

import { morph } from "./morph.js";
import { localise } from "./times.js";

const EVERY_MS = 2000;
const SLOWEST_MS = 30000;

const live = document.getElementById("live");
const stale = document.getElementById("stale");
let pause = EVERY_MS;
let timer;
let fetching = false;

async function refresh() {
  clearTimeout(timer);
  if (fetching) return;
  fetching = true;
  try {
    await update();
    pause = EVERY_MS;
    stale.hidden = true;
  } catch {
    pause = Math.min(2 * pause, SLOWEST_MS);
    stale.hidden = false;
  }
  fetching = false;
  schedule();
}

async function update() {
  const response = await fetch(location.href, { signal: AbortSignal.timeout(15000) });
  if (!response.ok) throw new Error(response.statusText);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.getElementById("live");
  // The job of this page has started or ended.
  if (fresh.dataset.status !== live.dataset.status) return location.reload();
  localise(fresh);
  morph(live, fresh);
}

function schedule() {
  const wanted = live.dataset.active === "yes" || !stale.hidden;
  if (wanted && !document.hidden) timer = setTimeout(refresh, pause);
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) clearTimeout(timer);
  else refresh();
});

schedule();
