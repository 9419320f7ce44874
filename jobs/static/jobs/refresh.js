// Keeps the element #live up to date: asks for this page again while it says that something is
// still to come, less often while nobody answers, and not at all while nobody looks.

import { morph } from "./morph.js";
import { localise } from "./times.js";

const EVERY_MS = 2000;
const SLOWEST_MS = 30000;

const live = document.getElementById("live");
const stale = document.getElementById("stale");
let pause = EVERY_MS;
let timer;
let asking = false;

async function refresh() {
  clearTimeout(timer);
  if (asking) return;
  asking = true;
  try {
    await update();
    pause = EVERY_MS;
    stale.hidden = true;
  } catch {
    pause = Math.min(2 * pause, SLOWEST_MS);
    stale.hidden = false;
  }
  asking = false;
  plan();
}

async function update() {
  const answer = await fetch(location.href, { signal: AbortSignal.timeout(15000) });
  if (!answer.ok) throw new Error(answer.statusText);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("live");
  // The job of this page has begun or ended.
  if (fresh.dataset.status !== live.dataset.status) return location.reload();
  localise(fresh);
  morph(live, fresh);
}

function plan() {
  const wanted = live.dataset.active === "yes" || !stale.hidden;
  if (wanted && !document.hidden) timer = setTimeout(refresh, pause);
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) clearTimeout(timer);
  else refresh();
});

plan();
