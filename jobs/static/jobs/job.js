// The page of a completed job: the video with what was found in the shown frame drawn over it, and
// the table of its text. A browser that cannot play the video shows pictures of its moments.

const SVG = "http://www.w3.org/2000/svg";
const COLOURS = 8;
const MAX_BOXES = 300;
const SKIP_S = 5;
const CLOSE_S = 0.001; // players round times

const player = document.getElementById("player");
const facts = JSON.parse(player?.dataset.video ?? "null");
const stage = player?.querySelector(".stage");
const overlay = stage?.querySelector("svg");
const table = document.getElementById("lines");
let video = stage?.querySelector("video");
let still = null; // in place of a video that cannot be played
let at = 0;
let rows = [];

// Boxes of stretches of time, as they were fetched: from, to, first, times, items.

const blocks = [];
const asked = new Map();

const known = (time) => blocks.find((block) => block.from <= time && time < block.to);

function fetchBlock(time) {
  const key = time.toFixed(3);
  if (!facts || known(time) || asked.has(key)) return asked.get(key);
  const request = fetch(`${player.dataset.boxes}?at=${key}`)
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
    .then((block) => {
      block.from = block.first ? block.times[0] - CLOSE_S : -Infinity;
      block.ends = block.first + block.items.length >= facts.frames;
      block.to = block.ends ? Infinity : block.times.at(-1) - CLOSE_S;
      if (!known(time)) blocks.push(block);
    })
    .catch(() => {})
    .finally(() => asked.delete(key));
  asked.set(key, request);
  return request;
}

// The place in a block of the frame that is shown at a time.
function placeAt(block, time) {
  let low = 0;
  let high = block.items.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (block.times[middle] <= time + CLOSE_S) low = middle;
    else high = middle - 1;
  }
  return low;
}

async function show(time) {
  at = time;
  highlight(time);
  let block = known(time);
  if (!block) {
    await fetchBlock(time);
    block = known(time);
    if (at !== time || !block) return;
  }
  const place = placeAt(block, time);
  draw(block, place);
  if (!block.ends && place > block.items.length / 2) fetchBlock(block.to + 2 * CLOSE_S);
}

function draw(block, place) {
  const frame = block.first + place;
  const [, width, height] = facts.sizes.findLast(([first]) => first <= frame) ?? facts.sizes[0];
  const { detections, text } = block.items[place].result;
  overlay.setAttribute("viewBox", `0 0 ${width * facts.aspect} ${height}`);
  overlay.dataset.frame = frame;
  overlay.replaceChildren(...shapes(detections, text, width * facts.aspect, height));
  for (const line of document.querySelectorAll("line.now")) {
    for (const x of ["x1", "x2"]) line.setAttribute(x, ((frame + 0.5) / facts.frames) * 1000);
  }
  document.getElementById("position").value = `Frame ${frame}`;
}

// Boxes, and labels where they cover neither a box nor another label.
function shapes(detections, text, width, height) {
  const size = Math.max(8, Math.max(width, height) / 56);
  const found = [...detections].sort((a, b) => b.confidence - a.confidence).slice(0, MAX_BOXES);
  const boxes = found.map(({ bbox: [x1, y1, x2, y2] }) => [x1 * facts.aspect, y1, x2 * facts.aspect, y2]);
  const taken = [...boxes];
  const words = labels(found, text);
  return found.flatMap((detection, number) => {
    const [x1, y1, x2, y2] = boxes[number];
    const colour = (facts.colours[detection.class] ?? COLOURS - 1) % COLOURS;
    const area = { x: x1, y: y1, width: x2 - x1, height: y2 - y1 };
    const made = [element("rect", { ...area, class: "under" }), element("rect", { ...area, class: `box colour-${colour}` })];
    const label = words[number];
    const x = Math.max(0, Math.min(x1, width - label.length * size * 0.6));
    const wide = label.length * size * 0.6;
    const free = [y1 - size * 1.4, y2 + size * 0.2].find(
      (top) =>
        top >= 0 && top + size * 1.2 <= height &&
        !taken.some(([a, b, c, d]) => x < c && a < x + wide && top < d && b < top + size * 1.2),
    );
    if (free !== undefined) {
      taken.push([x, free, x + wide, free + size * 1.2]);
      const named = element("text", { x, y: free + size, "font-size": size, class: "label" });
      named.textContent = label;
      made.push(named);
    }
    return made;
  });
}

// A class and its confidence; a line of text is what was read, where it is sure which one it is:
// each has a row of its own.
function labels(found, text) {
  const lines = text.split("\n").filter((line) => line.trim());
  const order = found.filter((one) => one.class === "text").sort((a, b) => a.bbox[1] - b.bbox[1]);
  const apart = order.every((one, n) => !n || order[n - 1].bbox[3] <= one.bbox[1] + 1);
  const sure = apart && order.length === lines.length;
  return found.map((one) => {
    if (one.class === "text" && sure) return shortened(lines[order.indexOf(one)]);
    return `${one.class} ${Math.round(one.confidence * 100)}%`;
  });
}

const shortened = (line) => (line.length > 60 ? `${line.slice(0, 59)}…` : line);

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

// The table

function readRows() {
  rows = [...(table?.tBodies[0].rows ?? [])].map((row) => ({
    row, from: Number(row.dataset.from), to: Number(row.dataset.to), text: row.cells[2].textContent.toLowerCase(),
  }));
}

function highlight(time) {
  let first = null;
  for (const { row, from, to } of rows) {
    const shown = from <= time + CLOSE_S && time + CLOSE_S < to;
    if (shown !== row.classList.contains("on")) row.classList.toggle("on", shown);
    if (shown && !row.hidden) first ??= row;
  }
  const box = table?.parentElement;
  if (!first || !video || video.paused || box.matches(":hover, :focus-within")) return;
  const top = first.offsetTop - table.tHead.offsetHeight;
  if (top < box.scrollTop || first.offsetTop + first.offsetHeight > box.scrollTop + box.clientHeight) {
    box.scrollTop = top;
  }
}

async function loadAll() {
  if (!table?.dataset.more) return;
  const answer = await fetch(table.dataset.more);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  table.tBodies[0].replaceWith(document.adoptNode(page.querySelector("#lines tbody")));
  document.querySelector(".more")?.remove();
  readRows();
  filter();
  highlight(at);
}

function filter() {
  const wanted = document.getElementById("find").value.trim().toLowerCase();
  for (const { row, text } of rows) row.hidden = !text.includes(wanted);
}

async function copy(event) {
  const shown = rows.filter(({ row }) => !row.hidden);
  const text = shown.map(({ row }) => [...row.cells].map((cell) => cell.textContent.trim()).join("\t"));
  await navigator.clipboard.writeText(`${text.join("\n")}\n`);
  event.target.textContent = "Copied";
  setTimeout(() => (event.target.textContent = "Copy"), 2000);
}

// Moving in the video

function seek(time) {
  if (video) video.currentTime = time;
  else if (still) showStill(time);
}

async function step(frames) {
  if (!facts || !video) return;
  video.pause();
  await fetchBlock(video.currentTime);
  let block = known(video.currentTime);
  if (!block) return;
  let place = placeAt(block, video.currentTime) + frames;
  const beyond = place < 0 ? block.from - 2 * CLOSE_S : block.to + 2 * CLOSE_S;
  if ((place < 0 && block.first) || (place >= block.items.length && !block.ends)) {
    await fetchBlock(beyond);
    block = known(beyond);
    if (!block) return;
    place = place < 0 ? block.items.length - 1 : 0;
  }
  place = Math.max(0, Math.min(place, block.items.length - 1));
  const lasts = (block.times[place + 1] ?? block.times[place]) - block.times[place];
  seek(block.times[place] + Math.min(2 * CLOSE_S, lasts / 2));
}

function showStill(time) {
  const links = [...document.querySelectorAll(".strip a")];
  const link = links.findLast((one) => Number(one.dataset.at) <= time + CLOSE_S) ?? links[0];
  still.src = link.querySelector("img").src;
  show(Number(link.dataset.at));
}

function cannotPlay() {
  if (still || !video) return;
  document.getElementById("no-codec").hidden = false;
  video.remove();
  video = null;
  useStills();
}

function useStills() {
  for (const button of player.querySelectorAll("[data-step]")) button.hidden = true;
  player.querySelector(".keys").hidden = true;
  if (!stage || !document.querySelector(".strip a")) {
    stage?.remove();
    player.querySelector(".controls")?.setAttribute("hidden", "");
    return;
  }
  still = document.createElement("img");
  still.alt = "";
  stage.prepend(still);
  showStill(0);
}

function follow() {
  // A frame that was shown before this script ran, and one that is sought, is told by no callback.
  for (const name of ["loadeddata", "seeked"]) video.addEventListener(name, () => show(video.currentTime));
  if (video.readyState > 1) show(video.currentTime);
  const next = (_, shown) => {
    show(shown.mediaTime);
    video?.requestVideoFrameCallback(next);
  };
  if (video.requestVideoFrameCallback) {
    video.requestVideoFrameCallback(next);
    return;
  }
  const tick = () => {
    if (video && at !== video.currentTime && video.readyState > 1) show(video.currentTime);
    requestAnimationFrame(tick);
  };
  tick();
}

const KEYS = {
  " ": () => (video.paused ? video.play() : video.pause()),
  ArrowLeft: () => seek(Math.max(0, video.currentTime - SKIP_S)),
  ArrowRight: () => seek(video.currentTime + SKIP_S),
  ",": () => step(-1),
  ".": () => step(1),
};

function start() {
  for (const part of document.querySelectorAll("#player .controls, #player .keys, .tools")) part.hidden = false;
  document.getElementById("copy")?.toggleAttribute("hidden", !navigator.clipboard);
  document.getElementById("copy")?.addEventListener("click", copy);
  document.getElementById("find")?.addEventListener("input", filter);
  document.getElementById("show-boxes")?.addEventListener("change", (event) => {
    overlay?.toggleAttribute("hidden", !event.target.checked);
  });
  readRows();
  loadAll();
  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-at], [data-step]");
    if (!target || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (target.dataset.step) step(Number(target.dataset.step));
    else {
      seek(Number(target.dataset.at) + CLOSE_S);
      history.replaceState(null, "", `#t=${target.dataset.at}`);
      const box = stage?.getBoundingClientRect();
      if (box && (box.top < 0 || box.top > innerHeight / 2)) stage.scrollIntoView();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (!video || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, button, a, .scroll") || !KEYS[event.key]) return;
    event.preventDefault();
    KEYS[event.key]();
  });
  if (!video) {
    useStills();
    return;
  }
  video.addEventListener("error", cannotPlay);
  video.addEventListener("loadedmetadata", () => {
    if (!video.videoWidth) cannotPlay(); // only its sound can be played
  });
  follow();
  if (video.error || (video.readyState && !video.videoWidth)) cannotPlay();
  const wanted = /^#t=(\d+(\.\d+)?)$/.exec(location.hash);
  if (wanted) seek(Number(wanted[1]) + CLOSE_S);
}

if (player) start();
