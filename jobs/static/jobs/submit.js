// Uploads the chosen or dropped videos one after the other and shows their progress. A single video
// leads to the page of its job; several are listed.

const form = document.getElementById("submit");
const list = document.getElementById("uploads");
const field = form.elements.file;
const button = form.querySelector("[type=submit]");

field.multiple = true;
const hint = document.createElement("p");
hint.className = "help";
hint.textContent = "Or drop videos anywhere on this page.";
field.after(hint);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const files = [...field.files];
  const rows = files.map(rowOf);
  list.replaceChildren(...rows.map((row) => row.item));
  button.disabled = field.disabled = true;
  const pages = [];
  for (const [number, file] of files.entries()) pages.push(await send(file, rows[number]));
  button.disabled = field.disabled = false;
  if (pages.length === 1 && pages[0]) location.assign(pages[0]);
  else form.reset();
});

for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    form.classList.toggle("dropping", name === "dragover");
    if (name === "drop" && !field.disabled) field.files = event.dataTransfer.files;
  });
}

function rowOf(file) {
  const item = document.createElement("li");
  const name = document.createElement("b");
  const bar = document.createElement("progress");
  const said = document.createElement("span");
  name.textContent = file.name;
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", `Upload of ${file.name}`);
  said.textContent = "Waiting";
  item.append(name, bar, said);
  return { item, bar, said };
}

// Resolves to the URL of the job's page, or to undefined if there is no job.
function send(file, { item, bar, said }) {
  const body = new FormData(form);
  body.set("file", file);
  const request = new XMLHttpRequest();
  return new Promise((resolve) => {
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      bar.value = loaded / total;
      said.textContent = loaded < total ? `${Math.floor((100 * loaded) / total)} %` : "Checking";
    });
    request.addEventListener("loadend", () => {
      bar.remove();
      const page = pageOf(request);
      if (page) {
        const link = document.createElement("a");
        link.href = page;
        link.textContent = "Submitted. Open the job page";
        said.replaceChildren(link);
      } else {
        item.className = "bad";
        said.textContent = reasonOf(request);
      }
      resolve(page);
    });
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.send(body);
  });
}

function responseOf(request) {
  try {
    return JSON.parse(request.responseText) ?? {};
  } catch {
    return {};
  }
}

function pageOf(request) {
  const id = request.status === 202 && responseOf(request).job_id;
  return id ? form.dataset.jobPage.replace("JOB", id) : undefined;
}

function reasonOf(request) {
  if (!request.status) return "The connection was lost. Check that the server is running and try again.";
  return responseOf(request).detail ?? `The server answered ${request.status}. Try again.`;
}
