// The page of a completed job: the video with the detections of the current frame, and the table of
// its text. If the browser cannot play the video, stills are shown instead.

const SVG = "http://www.w3.org/2000/svg";
const COLOURS = 8;
const MAX_BOXES = 300;
const MAX_LABEL = 60;
const SKIP_S = 5;
const CLOSE_S = 0.001; // players round times
const MAX_BLOCKS = 40;
const RETRY_MS = 2000;

const player = document.getElementById("player");
const facts = JSON.parse(player?.dataset.video ?? "null");
const stage = player?.querySelector(".stage");
const overlay = stage?.querySelector("svg");
const table = document.getElementById("lines");
let video = stage?.querySelector("video");
let still = null; // replaces a video that cannot be played
let at = 0;
let rows = [];

// Fetched blocks of results: from, to (s), first (frame), times, items.
const blocks = [];
const requests = new Map();
let failedAt = -RETRY_MS;

const known = (time) => blocks.find((block) => block.from <= time && time < block.to);

function fetchBlock(time) {
  const key = time.toFixed(3);
  const wait = performance.now() < failedAt + RETRY_MS;
  if (!facts || wait || known(time) || requests.has(key)) return requests.get(key);
  const request = fetch(`${player.dataset.boxes}?at=${key}`)
    .then((response) => (response.ok ? response.json() : Promise.reject(response.status)))
    .then((block) => {
      block.from = block.first ? block.times[0] - CLOSE_S : -Infinity;
      block.ends = block.first + block.items.length >= facts.frames;
      block.to = block.ends ? Infinity : block.times.at(-1) - CLOSE_S;
      if (!known(time) && blocks.push(block) > MAX_BLOCKS) blocks.shift();
    })
    .catch(() => (failedAt = performance.now()))
    .finally(() => requests.delete(key));
  requests.set(key, request);
  return request;
}

// The index in a block of the frame shown at a time.
function placeAt({ times, items }, time) {
  return Math.max(0, times.findLastIndex((each, n) => n < items.length && each <= time + CLOSE_S));
}

async function show(time) {
  at = time;
  highlight(time);
  if (!known(time)) await fetchBlock(time);
  const block = known(time);
  if (!block || at !== time) return;
  const place = placeAt(block, time);
  draw(block, place);
  if (!block.ends && place > block.items.length / 2) fetchBlock(block.to + 2 * CLOSE_S);
}

function draw({ first, items }, number) {
  const frame = first + number;
  const [, width, height] = facts.sizes.findLast(([from]) => from <= frame) ?? facts.sizes[0];
  const { detections, text } = items[number].result;
  overlay.setAttribute("viewBox", `0 0 ${width * facts.aspect} ${height}`);
  overlay.dataset.frame = frame;
  overlay.replaceChildren(...shapes(detections, text, width * facts.aspect, height));
  const place = `translate(${((frame + 0.5) / facts.frames) * 1000})`;
  for (const line of document.querySelectorAll("line.now")) line.setAttribute("transform", place);
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
    const wide = label.length * size * 0.6;
    const x = Math.max(0, Math.min(x1, width - wide));
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

// A class and its confidence. Text boxes get their text if each box can be matched with a line: there
// are as many lines, and no two boxes share a row.
function labels(found, text) {
  const lines = text.split("\n").filter((line) => line.trim());
  const order = found.filter((one) => one.class === "text").sort((a, b) => a.bbox[1] - b.bbox[1]);
  const apart = order.every((one, n) => !n || order[n - 1].bbox[3] <= one.bbox[1] + 1);
  const sure = apart && order.length === lines.length;
  return found.map((one) => {
    if (one.class === "text" && sure) return lines[order.indexOf(one)].slice(0, MAX_LABEL);
    return `${one.class} ${Math.round(one.confidence * 100)}%`;
  });
}

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
  const end = first.offsetTop + first.offsetHeight - box.clientHeight;
  if (top < box.scrollTop || end > box.scrollTop) box.scrollTop = top;
}

async function loadAll() {
  if (!table?.dataset.more) return;
  const response = await fetch(table.dataset.more);
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
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
  const words = (row) => [...row.cells].map((cell) => cell.textContent.trim()).join("\t");
  const shown = rows.filter(({ row }) => !row.hidden).map(({ row }) => `${words(row)}\n`);
  await navigator.clipboard.writeText(shown.join(""));
  event.target.textContent = "Copied";
  setTimeout(() => (event.target.textContent = "Copy"), 2000);
}

// Seeking
function seek(time) {
  if (video) video.currentTime = time;
  else if (still) showStill(time);
}

async function step(frames) {
  video.pause();
  await fetchBlock(video.currentTime);
  const here = known(video.currentTime);
  if (!here) return;
  let time = here.times[placeAt(here, video.currentTime) + frames];
  if (time === undefined && here.first) {
    const before = here.from - CLOSE_S;
    await fetchBlock(before);
    time = known(before)?.times.at(-2);
  }
  if (time !== undefined) seek(time + 2 * CLOSE_S);
}

function showStill(time) {
  const links = [...document.querySelectorAll(".strip a")];
  const link = links.findLast((one) => Number(one.dataset.at) <= time + CLOSE_S) ?? links[0];
  still.src = link.querySelector("img").src;
  still.alt = link.textContent;
  show(Number(link.dataset.at));
}

// Used if there is no video, or the browser cannot play it.
function useStills() {
  if (still) return;
  document.getElementById("no-codec").hidden = !video;
  video?.remove();
  video = null;
  for (const part of player.querySelectorAll("[data-step], .keys")) part.hidden = true;
  if (!stage || !document.querySelector(".strip a")) {
    for (const part of player.querySelectorAll(".stage, .controls")) part.remove();
    return;
  }
  still = new Image();
  stage.classList.remove("fitted");
  stage.prepend(still);
  showStill(0);
}

function follow() {
  // The callback reports neither a frame shown before this script ran nor one shown after a seek.
  for (const name of ["loadeddata", "seeked"]) video.addEventListener(name, () => show(video.currentTime));
  if (video.readyState > 1) show(video.currentTime);
  const next = (_, shown) => {
    show(shown.mediaTime);
    video?.requestVideoFrameCallback(next);
  };
  if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(next);
  else video.addEventListener("timeupdate", () => show(video.currentTime));
}

// Leave room below the picture for the browser's controls, which would hide text.
function fit() {
  if (!video?.videoWidth) return useStills(); // only the sound can be played
  const { videoWidth: width, videoHeight: height } = video;
  stage.style.aspectRatio = `${width} / ${height}`;
  stage.style.maxWidth = `calc(70vh * ${width / height})`;
  stage.classList.add("fitted");
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
  if (!video || video.error) return useStills();
  video.addEventListener("error", useStills);
  for (const name of ["loadedmetadata", "resize"]) video.addEventListener(name, fit);
  if (video.readyState) fit();
  if (!video) return;
  follow();
  const wanted = /^#t=(\d+(\.\d+)?)$/.exec(location.hash);
  if (wanted) seek(Number(wanted[1]) + CLOSE_S);
}

if (player) start();
