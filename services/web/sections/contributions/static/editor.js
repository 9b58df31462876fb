/* The editor, made quicker: a preview that follows the typing, and a copy of what is typed in this browser
   until it is saved. The form works without it. */

const form = document.getElementById("editor");
const preview = document.getElementById("apercu");
const place = document.getElementById("apercu-texte");
const WAIT = 600;

const FIELDS = ["title", "summary", "body"];
const kept = `demain:${form.dataset.kept}`;
let timer = 0;
let asked = null;
let changed = form.hasAttribute("data-typed");
let last = null;

/* Preview */

async function show() {
  asked?.abort();
  const mine = (asked = new AbortController());
  try {
    const answer = await fetch(form.dataset.preview, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      signal: mine.signal,
    });
    if (!answer.ok || answer.redirected) return;
    const html = await answer.text();
    if (mine.signal.aborted) return;
    place.innerHTML = html;
    preview.hidden = false;
  } catch {
    /* No connection: the last preview stays, and the button still works. */
  }
}

/* A copy in this browser */

function remember() {
  const copy = Object.fromEntries(FIELDS.map((name) => [name, form.elements[name].value]));
  try {
    localStorage.setItem(kept, JSON.stringify(copy));
  } catch {
    /* Storage is full or forbidden: typing goes on. */
  }
}

function forget() {
  try {
    localStorage.removeItem(kept);
  } catch {
    /* Nothing to forget then. */
  }
}

function recall() {
  try {
    return JSON.parse(localStorage.getItem(kept) ?? "null");
  } catch {
    return null;
  }
}

function offer(copy) {
  const note = document.createElement("div");
  note.className = "kept";
  note.setAttribute("role", "status");
  const words = document.createElement("span");
  words.textContent = form.dataset.restore;
  const take = button(form.dataset.restoreButton, () => {
    for (const name of FIELDS) form.elements[name].value = copy[name] ?? "";
    changed = true;
    note.remove();
    form.elements.title.focus();
    show();
  });
  const drop = button(form.dataset.dropButton, () => {
    forget();
    note.remove();
    form.elements.title.focus();
  });
  note.append(words, take, drop);
  form.prepend(note);
}

function button(label, action) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "plain";
  made.textContent = label;
  made.addEventListener("click", action);
  return made;
}

const copy = recall();
if (copy && !changed && FIELDS.some((name) => (copy[name] ?? "") !== form.elements[name].value)) offer(copy);
else if (copy && !changed) forget();

form.addEventListener("input", () => {
  changed = true;
  clearTimeout(timer);
  timer = setTimeout(() => {
    remember();
    show();
  }, WAIT);
});
form.addEventListener("click", (event) => {
  if (event.target.closest?.("button[name=do]")) last = event.target.closest("button[name=do]").value;
});
form.addEventListener("submit", () => {
  clearTimeout(timer);
  if (changed) remember();
  changed = false;
  // keys.js drops the copy on the next page, unless that is this form again with what was typed.
  if (last !== "preview") sessionStorage.setItem("demain:sent", kept);
});
window.addEventListener("beforeunload", (event) => {
  if (changed) event.preventDefault();
});
if (form.elements.body.value.trim()) show();
